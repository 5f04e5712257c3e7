//! Who saw what a line tells: the watcher's signature on it.
//!
//! The last two fields of a signed line are `"watcher":"<public key>"` and
//! `"signature":"<signature>"`, lower-case hex. Signed is the label below and
//! the very line up to `,"signature":`, closed with a brace.
//!
//! For: sealing a line, and telling a sealed one from an altered one.
//!
//! Never touches: what a line asks for; which watchers are believed.
//!
//! Invariant: a line that names a watcher or a signature anywhere but so is
//! bad, never unsigned.

use std::fmt;

use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};

/// What is signed begins so, for nothing else to be taken for a line.
const LABEL: &str = "countersign intent v1\n";
const WATCHER: &str = ",\"watcher\":\"";
const SIGNATURE: &str = "\",\"signature\":\"";
const END: &str = "\"}";
const KEY_HEX: usize = 64;
const SIGNATURE_HEX: usize = 128;

/// A watcher's own key.
pub struct WatcherKey {
    pair: Ed25519KeyPair,
    public: String,
}

/// What a line says about who saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attested {
    /// This watcher did, and nothing was altered since.
    Watcher(String),
    /// Nobody in particular.
    Unsigned,
    /// Somebody, and it is not true.
    Bad,
}

impl WatcherKey {
    /// A new key, as PKCS#8.
    ///
    /// # Errors
    ///
    /// When the system gives no randomness.
    pub fn generate() -> Result<Vec<u8>, String> {
        Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
            .map(|document| document.as_ref().to_vec())
            .map_err(|_ignored| "the system gives no randomness; check the host".to_owned())
    }

    /// Reads a key: PKCS#8, or a seed of 32 bytes.
    ///
    /// # Errors
    ///
    /// When it is neither.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let pair = match bytes.len() {
            32 => Ed25519KeyPair::from_seed_unchecked(bytes),
            _ => Ed25519KeyPair::from_pkcs8(bytes),
        };
        let pair = pair.map_err(|_ignored| {
            "not an Ed25519 key; make one with `orchestrator watch identity new`".to_owned()
        })?;
        let public = hex::encode(pair.public_key().as_ref());
        Ok(Self { pair, public })
    }

    /// Its public half.
    #[must_use]
    pub fn public_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let public = self.pair.public_key().as_ref();
        for (to, from) in bytes.iter_mut().zip(public) {
            *to = *from;
        }
        bytes
    }

    /// Signs what a label of its own tells from a line: a note's text.
    #[must_use]
    pub fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.pair.sign(text).as_ref().to_vec()
    }

    /// Its public half, hex: the watcher's name.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.public
    }
}

impl fmt::Debug for WatcherKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WatcherKey({})", self.public)
    }
}

/// Adds the watcher and its signature to `line`, one JSON object with fields.
///
/// # Errors
///
/// When it is none, or names a watcher already.
pub fn seal(line: &str, key: &WatcherKey) -> Result<String, String> {
    let open = line
        .strip_suffix('}')
        .filter(|_| names(line).is_some_and(|names| is_free(&names)));
    let open = open.ok_or_else(|| "not an object with fields, or sealed already".to_owned())?;
    let named = format!("{open}{WATCHER}{}", key.public);
    let signature = key.pair.sign(signed(&named).as_bytes());
    let signature = hex::encode(signature.as_ref());
    Ok(format!("{named}{SIGNATURE}{signature}{END}"))
}

/// Whether `line` is as a watcher wrote it.
#[must_use]
pub fn verify(line: &str) -> Attested {
    let Some(names) = names(line) else {
        // What is no object is nobody's word, and is refused as such elsewhere.
        return if line.contains("\"signature\"") || line.contains("\"watcher\"") {
            Attested::Bad
        } else {
            Attested::Unsigned
        };
    };
    if is_free(&names) {
        return Attested::Unsigned;
    }
    sealed_by(line, &names).map_or(Attested::Bad, Attested::Watcher)
}

fn sealed_by(line: &str, names: &[String]) -> Option<String> {
    let (last, before) = names.split_last()?;
    let (second, before) = before.split_last()?;
    if last != "signature" || second != "watcher" || !is_free(before) {
        return None;
    }
    let rest = line.strip_suffix(END)?;
    let (rest, signature) = rest.split_at_checked(rest.len().checked_sub(SIGNATURE_HEX)?)?;
    let head = rest.strip_suffix(SIGNATURE)?;
    let (rest, watcher) = head.split_at_checked(head.len().checked_sub(KEY_HEX)?)?;
    rest.strip_suffix(WATCHER)?;
    let public = UnparsedPublicKey::new(&ED25519, bytes(watcher)?);
    public
        .verify(signed(head).as_bytes(), &bytes(signature)?)
        .ok()?;
    Some(watcher.to_owned())
}

/// Lower-case hex, so that there is one way to write each.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let is_lower = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let text = text.bytes().all(is_lower).then_some(text)?;
    hex::decode(text).ok()
}

/// What is signed: `named` is the line up to the watcher's last digit.
fn signed(named: &str) -> String {
    format!("{LABEL}{named}{END}")
}

fn is_free(names: &[String]) -> bool {
    !names.is_empty()
        && names
            .iter()
            .all(|name| name != "watcher" && name != "signature")
}

/// The names of an object's fields as they come, a second time if so written.
fn names(line: &str) -> Option<Vec<String>> {
    serde_json::from_str::<Names>(line)
        .ok()
        .map(|names| names.0)
}

struct Names(Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = Names;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
        let mut names = Vec::new();
        while let Some((name, _)) = map.next_entry::<String, IgnoredAny>()? {
            names.push(name);
        }
        Ok(Names(names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"intent_id":"dl-1","side":"BUY","metadata":{"extra":{"a":1}}}"#;

    fn key(byte: u8) -> WatcherKey {
        WatcherKey::read(&[byte; 32]).unwrap()
    }

    /// M1: the watcher's identity is an Ed25519 key of its own; a line says who saw it.
    #[test]
    fn a_sealed_line_names_its_watcher() {
        let sealed = seal(LINE, &key(1)).unwrap();
        assert!(sealed.starts_with(LINE.strip_suffix('}').unwrap()));
        assert_eq!(
            verify(&sealed),
            Attested::Watcher(key(1).public().to_owned())
        );
        assert_ne!(key(1).public(), key(2).public());
        let made = WatcherKey::read(&WatcherKey::generate().unwrap()).unwrap();
        let by_made = seal(LINE, &made).unwrap();
        assert_eq!(
            verify(&by_made),
            Attested::Watcher(made.public().to_owned())
        );
        assert!(WatcherKey::read(&[1; 31]).is_err());
        assert!(seal(&sealed, &key(1)).is_err(), "once is enough");
        assert!(seal("{}", &key(1)).is_err() && seal("[1]", &key(1)).is_err());
    }

    #[test]
    fn no_flipped_bit_passes_for_what_was_sealed() {
        let sealed = seal(LINE, &key(1)).unwrap();
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut bytes = sealed.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let Ok(altered) = String::from_utf8(bytes) else {
                    continue;
                };
                let said = verify(&altered);
                assert!(
                    !matches!(said, Attested::Watcher(_)),
                    "{at}.{bit}: {altered}"
                );
            }
        }
    }

    #[test]
    fn moved_doubled_and_missing_fields_are_bad() {
        let sealed = seal(LINE, &key(1)).unwrap();
        let body = LINE.strip_suffix('}').unwrap();
        let tail = sealed.strip_prefix(body).unwrap();
        let (watcher, signature) = tail.split_at(tail.find(",\"signature\"").unwrap());
        let signature = signature.strip_suffix('}').unwrap();
        let bare = |part: &str| part.strip_prefix(',').unwrap().to_owned();
        let (watcher, signature) = (bare(watcher), bare(signature));
        for altered in [
            format!(
                "{{{watcher},{signature},{}}}",
                body.strip_prefix('{').unwrap()
            ),
            format!("{body},{signature},{watcher}}}"),
            format!("{body},{watcher},{signature},{signature}}}"),
            format!("{body},{watcher},{watcher},{signature}}}"),
            format!("{body},{watcher},{signature},\"x\":1}}"),
            format!("{body},{watcher}}}"),
            format!("{body},{signature}}}"),
            format!("{body}, {watcher},{signature}}}"),
            format!("{sealed} "),
            sealed.replace("\"watcher\"", "\"\\u0077atcher\""),
            sealed.replace(key(1).public(), key(2).public()),
            sealed.to_uppercase(),
            sealed.strip_suffix('}').unwrap().to_owned(),
        ] {
            let said = verify(&altered);
            let expected = if altered.contains("SIGNATURE") {
                // Other names altogether: nobody's word.
                Attested::Unsigned
            } else {
                Attested::Bad
            };
            assert_eq!(said, expected, "{altered}");
        }
    }

    #[test]
    fn an_unsigned_line_is_unsigned_and_nested_words_do_not_sign_it() {
        for line in [
            LINE,
            "{",
            "",
            "17",
            r#"{"metadata":{"watcher":"x","signature":"y"}}"#,
        ] {
            assert_eq!(verify(line), Attested::Unsigned, "{line}");
        }
        let sealed = seal(LINE, &key(1)).unwrap();
        let nested = format!("{{\"metadata\":{sealed}}}");
        assert_eq!(verify(&nested), Attested::Unsigned);
    }
}
