//! The envelope: a text and its signature lines (C2SP signed-note).
//!
//! Finds where the text ends and who signed it, and never looks inside: what
//! the text says is the business of `kind`.
//!
//! Invariant: holding a [`Verified`] means that every key in `signed_by`
//! signed exactly this text. It has no public constructor, so nothing can
//! parse a text that no known key stands behind.
//! Invariant: an [`Envelope`] prints exactly the bytes it was parsed from.
//!
//! ```compile_fail
//! fn forge(envelope: note::Envelope) -> note::Verified {
//!     note::Verified { envelope, signed_by: Default::default() }
//! }
//! ```

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha256};

use crate::envelope_refusal::EnvelopeRefusal;
use crate::key::{KeyId, PublicKey, Seed, VerifierKey, name_is_legal};

/// The longest text, bytes: a policy of a hundred markets is half of it.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// The longest envelope, bytes: the text, and signature lines of any algorithm.
pub const ENVELOPE_BYTES_MAX: usize = 128 * 1024;
/// The most signature lines. C2SP asks for 16 at least; a change of a key set
/// carries two quorums.
pub const SIGNATURES_MAX: usize = 32;

/// What each signature line begins with: an em dash and a space.
const MARK: &str = "\u{2014} ";

/// SHA-256 of a note's text, the signature lines left out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoteHash(pub [u8; 32]);

impl NoteHash {
    /// What the first of a chain names as its previous: nothing.
    pub const ZERO: Self = Self([0; 32]);

    /// Hashes a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

impl fmt::Debug for NoteHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::spelling::hex_0x(&self.0))
    }
}

/// One signature line, of whatever key and algorithm.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Line {
    name: String,
    id: KeyId,
    signature: Vec<u8>,
}

/// A text with signature lines, none of them checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Envelope {
    text: String,
    lines: Vec<Line>,
}

impl Envelope {
    /// Opens an envelope around `text`, without signatures yet.
    ///
    /// # Errors
    ///
    /// The text is too long, does not end in a newline, or has control characters.
    pub fn new(text: &str) -> Result<Self, EnvelopeRefusal> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(EnvelopeRefusal::TextTooLong {
                limit: TEXT_BYTES_MAX,
            });
        }
        if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(EnvelopeRefusal::ControlCharacter);
        }
        if !text.ends_with('\n') {
            return Err(EnvelopeRefusal::NoFinalNewline);
        }
        Ok(Self {
            text: text.to_owned(),
            lines: Vec::new(),
        })
    }

    /// Parses bytes into a text and its signature lines, checking no signature.
    ///
    /// # Errors
    ///
    /// The first rule of the format, or limit of ours, that the bytes break.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeRefusal> {
        if bytes.len() > ENVELOPE_BYTES_MAX {
            return Err(EnvelopeRefusal::EnvelopeTooLong {
                limit: ENVELOPE_BYTES_MAX,
            });
        }
        let all = core::str::from_utf8(bytes).map_err(|_cause| EnvelopeRefusal::NotUtf8)?;
        // The last empty line ends the text, so a text may hold empty lines.
        let (before, after) = all
            .rsplit_once("\n\n")
            .ok_or(EnvelopeRefusal::NoSignatures)?;
        let mut envelope = Self::new(&format!("{before}\n"))?;
        let lines = after
            .strip_suffix('\n')
            .ok_or(EnvelopeRefusal::NoFinalNewline)?;
        for (index, line) in lines.split('\n').enumerate() {
            if index >= SIGNATURES_MAX {
                return Err(EnvelopeRefusal::TooManySignatures {
                    limit: SIGNATURES_MAX,
                });
            }
            envelope
                .lines
                .push(parse_line(line).ok_or(EnvelopeRefusal::SignatureLine { index })?);
        }
        Ok(envelope)
    }

    /// The text before anyone has checked who signed it: to show a person who
    /// is about to sign, and for nothing else.
    #[must_use]
    pub fn unverified_text(&self) -> &str {
        &self.text
    }

    /// Adds the signature of `seed`'s key under `name`. Signing twice adds nothing.
    ///
    /// # Errors
    ///
    /// The name is not legal, or there are [`SIGNATURES_MAX`] lines already.
    pub fn sign(&mut self, name: &str, seed: &Seed) -> Result<(), EnvelopeRefusal> {
        let key = VerifierKey::new(name, PublicKey::of_seed(seed)).ok_or(EnvelopeRefusal::Name)?;
        let signature = SigningKey::from_bytes(seed)
            .sign(self.text.as_bytes())
            .to_bytes();
        let line = Line {
            name: name.to_owned(),
            id: key.id(),
            signature: signature.to_vec(),
        };
        if self.lines.contains(&line) {
            return Ok(());
        }
        if self.lines.len() >= SIGNATURES_MAX {
            return Err(EnvelopeRefusal::TooManySignatures {
                limit: SIGNATURES_MAX,
            });
        }
        self.lines.push(line);
        Ok(())
    }

    /// Who of `keys` signed the text. Lines of other keys are passed over; a
    /// line of one of `keys` that does not verify fails the whole note.
    fn signers(&self, keys: &[VerifierKey]) -> Result<BTreeSet<PublicKey>, EnvelopeRefusal> {
        let mut signed_by = BTreeSet::new();
        for line in &self.lines {
            // Name and id may belong to several keys, since an id can be ground:
            // what counts is the key whose signature this is.
            let named: BTreeSet<PublicKey> = keys
                .iter()
                .filter(|key| key.id() == line.id && key.name() == line.name)
                .map(VerifierKey::public)
                .collect();
            if named.is_empty() {
                continue;
            }
            let signer = named
                .into_iter()
                .find(|public| public.signed(self.text.as_bytes(), &line.signature))
                .ok_or(EnvelopeRefusal::BadSignature { key: line.id })?;
            signed_by.insert(signer);
        }
        Ok(signed_by)
    }
}

impl fmt::Display for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.lines.iter().try_for_each(|line| {
            let mut raw = line.id.0.to_vec();
            raw.extend_from_slice(&line.signature);
            writeln!(f, "{MARK}{} {}", line.name, STANDARD.encode(raw))
        })
    }
}

/// A text, and the keys whose signatures on it were checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verified {
    envelope: Envelope,
    signed_by: BTreeSet<PublicKey>,
}

impl Verified {
    /// The text that was signed, its final newline included.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.envelope.text
    }

    /// The keys that signed it, each once, however often and under however
    /// many names it signed.
    #[must_use]
    pub const fn signed_by(&self) -> &BTreeSet<PublicKey> {
        &self.signed_by
    }

    /// The hash that names this text in a chain of versions.
    #[must_use]
    pub fn hash(&self) -> NoteHash {
        NoteHash::of(self.text())
    }

    /// Who of `keys` signed it too: for keys first learnt from the text
    /// itself, as a new key set's are.
    ///
    /// # Errors
    ///
    /// A line of one of `keys` does not verify.
    pub fn also_signed_by(
        &self,
        keys: &[VerifierKey],
    ) -> Result<BTreeSet<PublicKey>, EnvelopeRefusal> {
        self.envelope.signers(keys)
    }
}

/// Checks the signatures on an envelope, before anything in its text is read.
///
/// # Errors
///
/// It is no signed note, a signature by one of `keys` does not verify, or
/// none of `keys` signed it.
pub fn verify(envelope: &[u8], keys: &[VerifierKey]) -> Result<Verified, EnvelopeRefusal> {
    let envelope = Envelope::parse(envelope)?;
    let signed_by = envelope.signers(keys)?;
    if signed_by.is_empty() {
        return Err(EnvelopeRefusal::NoKnownKey);
    }
    Ok(Verified {
        envelope,
        signed_by,
    })
}

/// Writes `text` as a note signed by one seed under one name.
///
/// # Errors
///
/// The text or the name cannot stand in a signed note.
pub fn sign(text: &str, name: &str, seed: &Seed) -> Result<String, EnvelopeRefusal> {
    let mut envelope = Envelope::new(text)?;
    envelope.sign(name, seed)?;
    Ok(format!("{envelope}"))
}

/// Takes `— <name> <base64(key id ‖ signature)>` apart.
fn parse_line(line: &str) -> Option<Line> {
    let (name, encoded) = line.strip_prefix(MARK)?.split_once(' ')?;
    let raw = STANDARD.decode(encoded).ok()?;
    let (id, signature) = raw.split_first_chunk::<4>()?;
    (name_is_legal(name) && !signature.is_empty()).then(|| Line {
        name: name.to_owned(),
        id: KeyId(*id),
        signature: signature.to_vec(),
    })
}
