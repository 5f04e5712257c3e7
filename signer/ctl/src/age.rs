//! A few bytes for one recipient, in the format that age reads
//! (age-encryption.org/v1, C2SP age.md): who receives a key needs no tool of ours.
//!
//! X25519 and HKDF wrap a fresh file key; ChaCha20-Poly1305 seals one chunk.
//!
//! Invariant: what is sealed is never longer than a chunk, and no key is used twice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use bech32::Bech32;
use bech32::primitives::decode::CheckedHrpstring;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::hmac;
use ring::rand::SystemRandom;
use zeroize::Zeroizing;

use crate::random;

const VERSION: &str = "age-encryption.org/v1";
const WRAP: &[u8] = b"age-encryption.org/v1/X25519";
/// What may stand in one chunk.
const CHUNK_BYTES: usize = 64 * 1024;

/// The public key in an `age1…` text, if it is one.
pub(crate) fn recipient(text: &str) -> Option<[u8; 32]> {
    let checked = CheckedHrpstring::new::<Bech32>(text).ok()?;
    let bytes: Vec<u8> = checked.byte_iter().collect();
    (checked.hrp().as_str() == "age").then(|| bytes.try_into().ok())?
}

/// The whole file.
pub(crate) fn seal(to: &[u8; 32], plain: &[u8]) -> Option<Vec<u8>> {
    let file_key = random::bytes::<16>().ok()?;
    let ephemeral = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new()).ok()?;
    let share = ephemeral.compute_public_key().ok()?;
    let salt = [share.as_ref(), to].concat();
    // Refuses a point of small order, with which nothing would be shared.
    let theirs = UnparsedPublicKey::new(&X25519, to);
    let wrapping =
        agree_ephemeral(ephemeral, &theirs, |shared| derive(shared, &salt, WRAP)).ok()??;
    let body = sealed(&wrapping, [0; 12], &*file_key)?;
    let mut head = format!(
        "{VERSION}\n-> X25519 {}\n{}\n---",
        BASE64.encode(share),
        BASE64.encode(body)
    );
    let mac_key = derive(&*file_key, &[], b"header")?;
    let mac = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, &*mac_key),
        head.as_bytes(),
    );
    head.push(' ');
    head.push_str(&BASE64.encode(mac));
    head.push('\n');
    let nonce = random::bytes::<16>().ok()?;
    let payload = derive(&*file_key, &*nonce, b"payload")?;
    let mut last = [0; 12];
    *last.last_mut()? = 1;
    let chunk = sealed(&payload, last, plain).filter(|_| plain.len() <= CHUNK_BYTES)?;
    Some([head.as_bytes(), &*nonce, &chunk].concat())
}

fn derive(from: &[u8], salt: &[u8], info: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let mut key = Zeroizing::new([0; 32]);
    let extracted = Salt::new(HKDF_SHA256, salt).extract(from);
    let info = [info];
    let expanded = extracted.expand(&info, HKDF_SHA256).ok()?;
    expanded.fill(key.as_mut_slice()).ok()?;
    Some(key)
}

fn sealed(key: &[u8; 32], nonce: [u8; 12], plain: &[u8]) -> Option<Vec<u8>> {
    // Enciphered in place, so the plain bytes stand nowhere else.
    let mut body = Vec::with_capacity(plain.len().saturating_add(16));
    body.extend_from_slice(plain);
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).ok()?)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut body)
        .ok()?;
    Some(body)
}
