//! A note's file: a draft, or an envelope with signature lines.
//!
//! Invariant: nothing read here was verified, and nothing here says it was.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use note::{Body, ENVELOPE_BYTES_MAX, Envelope, EnvelopeRefusal, KeySet, Policy, TextRefusal};
use tlog::Head;

use crate::files;
use crate::say::Refusal;

/// A note's file, read and not verified.
pub(crate) struct Unverified {
    /// Every byte.
    pub(crate) bytes: Vec<u8>,
    /// The text, and the signature lines if it has any.
    pub(crate) envelope: Envelope,
}

/// What a signature line claims.
pub(crate) struct Claim {
    /// The key's name.
    pub(crate) name: String,
    /// The key's short id, hex.
    pub(crate) id: String,
}

/// Reads a draft or an envelope.
pub(crate) fn read(path: &Path) -> Result<Unverified, Refusal> {
    let bytes = files::read(path, ENVELOPE_BYTES_MAX)?;
    let envelope = match Envelope::parse(&bytes) {
        // No empty line: a draft, which is text alone.
        Err(EnvelopeRefusal::NoSignatures) => {
            let text = String::from_utf8_lossy(&bytes);
            Envelope::new(&text)
        }
        read => read,
    };
    Ok(Unverified {
        bytes,
        envelope: envelope.map_err(|e| in_file(path, &refused(e)))?,
    })
}

impl Unverified {
    /// What it says.
    pub(crate) fn body(&self) -> Result<Body, Refusal> {
        parse(self.envelope.unverified_text())
    }

    /// What it says, if it is a note. A head that witnesses cosigned goes the
    /// same way and is none: whose it is, only the signer knows.
    pub(crate) fn carried(&self) -> Result<Option<Body>, Refusal> {
        match Head::parse(self.envelope.unverified_text()) {
            Some(_) => Ok(None),
            None => self.body().map(Some),
        }
    }

    /// Who claims to have signed it.
    pub(crate) fn claims(&self) -> Vec<Claim> {
        let all = self.envelope.to_string();
        let lines = all.strip_prefix(self.envelope.unverified_text());
        let claim = |line: &str| {
            let (name, signature) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
            let raw = STANDARD.decode(signature).ok()?;
            Some(Claim {
                name: name.to_owned(),
                id: hex::encode(raw.get(..4)?),
            })
        };
        lines
            .unwrap_or_default()
            .lines()
            .filter_map(claim)
            .collect()
    }
}

/// Parses a text.
pub(crate) fn parse(text: &str) -> Result<Body, Refusal> {
    Body::parse(text).map_err(broken)
}

fn broken(e: TextRefusal) -> Refusal {
    Refusal::line(format!("{} {e}", e.code()))
}

/// The refusal of an envelope, as every refusal is written.
pub(crate) fn refused(e: EnvelopeRefusal) -> Refusal {
    Refusal::line(format!("{} {e}", e.code()))
}

fn in_file(path: &Path, refusal: &Refusal) -> Refusal {
    Refusal::line(format!("{refusal} ({})", path.display()))
}

/// A policy's text from a file, with what it says.
pub(crate) fn policy(path: &Path) -> Result<(String, Box<Policy>), Refusal> {
    let (text, body) = text_of(path)?;
    if let Body::Policy(policy) = body {
        return Ok((text, policy));
    }
    Err(not_a(path, "policy", &body))
}

/// A key set's text from a file, with what it says.
pub(crate) fn keyset(path: &Path) -> Result<(String, KeySet), Refusal> {
    let (text, body) = text_of(path)?;
    if let Body::KeySet(keyset) = body {
        return Ok((text, keyset));
    }
    Err(not_a(path, "key set", &body))
}

fn text_of(path: &Path) -> Result<(String, Body), Refusal> {
    let read = read(path)?;
    let body = read.body().map_err(|e| in_file(path, &e))?;
    Ok((read.envelope.unverified_text().to_owned(), body))
}

fn not_a(path: &Path, wanted: &str, found: &Body) -> Refusal {
    Refusal::new(
        "NOTE_KIND",
        path.display(),
        format_args!("is {}, and a {wanted} is needed", found.kind().first_line()),
        "name the right file",
    )
}
