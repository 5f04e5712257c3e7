//! What was encrypted for an age key, opened by code of the harness's own
//! (C2SP age.md), over another implementation of the curve than the program's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use curve25519_dalek::MontgomeryPoint;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::hmac;

/// The key pair of a recipient, as age-keygen printed it.
pub const RECIPIENT: &str = "age1kv5gwmr02waay774r6f03f45pyazqhg3f8hgwl2eqv8t9w4n3d3s06xxm9";
/// Its secret half, which opens nothing but what tests encrypted.
const SECRET: &str = "41192bb10b89bec1f23530f57c6f23e31d2e969edd10ec0bc8f622b5b505f66d";
const PUBLIC: &str = "b328876c6f53bbd27bd51e92f8a6b4093a205d1149ee877d59030eb2bab38b63";

fn bytes(hex_digits: &str) -> [u8; 32] {
    let bytes = hex::decode(hex_digits).expect("hex");
    bytes.try_into().expect("32 bytes")
}

fn derive(from: &[u8], salt: &[u8], info: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let extracted = Salt::new(HKDF_SHA256, salt).extract(from);
    let info = [info];
    let expanded = extracted.expand(&info, HKDF_SHA256).expect("32 bytes");
    expanded.fill(&mut key).expect("32 bytes");
    key
}

fn opened(key: &[u8; 32], nonce: [u8; 12], sealed: &[u8]) -> Option<Vec<u8>> {
    let mut body = sealed.to_vec();
    let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).ok()?);
    let nonce = Nonce::assume_unique_for_key(nonce);
    let plain = key.open_in_place(nonce, Aad::empty(), &mut body).ok()?;
    Some(plain.to_vec())
}

/// The file key in one stanza, if it is for [`RECIPIENT`].
fn file_key(stanza: &str) -> Option<Vec<u8>> {
    let (arguments, body) = stanza.split_once('\n')?;
    let share = BASE64.decode(arguments.strip_prefix("X25519 ")?).ok()?;
    let share: [u8; 32] = share.try_into().ok()?;
    let shared = MontgomeryPoint(share).mul_clamped(bytes(SECRET));
    let salt = [share, bytes(PUBLIC)].concat();
    let wrapping = derive(&shared.0, &salt, b"age-encryption.org/v1/X25519");
    let body = BASE64.decode(body.replace('\n', "")).ok()?;
    opened(&wrapping, [0; 12], &body)
}

/// What stands in a file of one chunk that was encrypted for [`RECIPIENT`].
pub fn open(file: &[u8]) -> Option<Vec<u8>> {
    let mark = b"\n--- ";
    let at = file.windows(mark.len()).position(|bytes| bytes == mark)?;
    let (head, rest) = file.split_at(at + 4);
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let mac = BASE64.decode(&rest[1..end]).ok()?;
    let text = std::str::from_utf8(head).ok()?.strip_suffix("\n---")?;
    let mut stanzas = text
        .strip_prefix("age-encryption.org/v1")?
        .split("\n-> ")
        .skip(1);
    let key = stanzas.find_map(file_key)?;
    let mac_key = hmac::Key::new(hmac::HMAC_SHA256, &derive(&key, &[], b"header"));
    hmac::verify(&mac_key, head, &mac).ok()?;
    let (nonce, chunk) = rest[end + 1..].split_at_checked(16)?;
    let mut last = [0; 12];
    last[11] = 1;
    opened(&derive(&key, nonce, b"payload"), last, chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_age_itself_encrypted_is_opened_and_nothing_bent() {
        // By age's own library, for this key, with a stanza of somebody else.
        let file = base64::engine::general_purpose::STANDARD
            .decode(concat!(
                "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBJNzIvNk1UTFJDcVBQWUtBVUE1S2greFNXc2RwTHI3",
                "OTg0UXhoUW5PbzFFCnFubjhGQ3E3QkNWNXJHVi9NUmVVdm16bzhDM3pHa21jbFBqb3dBdnhwNEUKLT4gM0FD",
                "Y29FO3MtZ3JlYXNlIEp0WHwgISA4Ngo5REEwQmY2ek81THc4UXRDS0o0MEdaL3BlYVRYCi0tLSBZSzc5RTlH",
                "ZmN4eWhTUExPVjNpeFkrRUxnTHhGTjFkc1lhZTJaSDI5SmJzCtHX41vEcUuB4kuvpjz9DqGhammJCgiN8poi",
                "O1eppC+xQ48hShaxBOTSvYW0"
            ))
            .expect("base64");
        assert_eq!(open(&file).as_deref(), Some(b"told by age\n".as_slice()));
        for at in [30, file.len() - 40, file.len() - 1] {
            let mut bent = file.clone();
            bent[at] ^= 1;
            assert_eq!(open(&bent), None, "{at}");
        }
    }
}
