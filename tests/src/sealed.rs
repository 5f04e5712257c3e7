//! A trading key sealed for one journal, by code of the harness's own.

use frame::{Header, Kdf};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use crate::keys::{TradingKey, random};

/// Seals `key` for `journal_id` under `sealing`; returns the file's bytes.
pub fn seal(
    key: &TradingKey,
    journal_id: &[u8; 16],
    sealing: &[u8; 32],
    generation: u32,
) -> Vec<u8> {
    let [a, b] = [random(), random()];
    let header = Header {
        address: key.address.parse().expect("an address"),
        key_id: a[..16].try_into().expect("sixteen"),
        generation,
        kdf: Kdf::TODAY,
        salt: a[16..].try_into().expect("sixteen"),
        nonce: b[..12].try_into().expect("twelve"),
    };
    let mut file = header.to_bytes();
    let mut sealed = key.bytes.to_vec();
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, sealing).expect("32 bytes"))
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(header.nonce),
            Aad::from(header.associated_data(journal_id)),
            &mut sealed,
        )
        .expect("a short plaintext");
    file.extend_from_slice(&sealed);
    file
}

/// The generation of the key in `file`, if `sealing` opens it for the journal
/// and what it holds is a key's length.
pub fn generation(file: &[u8], journal_id: &str, sealing: &[u8]) -> Option<u32> {
    let (header, sealed) = Header::split(file).expect("a sealed key");
    let journal: [u8; 16] = hex::decode(journal_id).ok()?.try_into().ok()?;
    let mut body = sealed.to_vec();
    let plain = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, sealing).ok()?)
        .open_in_place(
            Nonce::assume_unique_for_key(header.nonce),
            Aad::from(header.associated_data(&journal)),
            &mut body,
        )
        .ok()?;
    (plain.len() == 32).then_some(header.generation)
}
