//! The sealing key from a passphrase: Argon2id (RFC 9106).
//!
//! Invariant: the memory it fills is ours, and is wiped.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use frame::Kdf;
use zeroize::Zeroizing;

use crate::say::Refusal;
use crate::tty;

/// The key that a sealed key is sealed with.
pub(crate) type SealingKey = Zeroizing<[u8; 32]>;

/// Derives it, saying so first: it takes a second or more by design.
pub(crate) fn derive(passphrase: &[u8], salt: &[u8; 16], kdf: Kdf) -> Result<SealingKey, Refusal> {
    let mut key = Zeroizing::new([0; 32]);
    derive_into(passphrase, salt, kdf, &mut key)?;
    Ok(key)
}

/// The same straight into its place; what the derivation left behind is burnt.
pub(crate) fn derive_into(
    passphrase: &[u8],
    salt: &[u8; 16],
    kdf: Kdf,
    key: &mut [u8; 32],
) -> Result<(), Refusal> {
    tty::say(&format!(
        "deriving the sealing key: Argon2id, {} MiB, {} passes; this takes a moment\n",
        kdf.memory_kib.div_euclid(1024),
        kdf.passes
    ));
    let derived = argon2id(passphrase, salt, kdf, key);
    page::burn();
    derived
}

#[inline(never)]
fn argon2id(passphrase: &[u8], salt: &[u8], kdf: Kdf, key: &mut [u8; 32]) -> Result<(), Refusal> {
    let refuse = |problem: String| {
        Refusal::new(
            "KDF",
            "Argon2id",
            problem,
            "free that much memory and try again, or import with smaller --kdf-memory-mib",
        )
    };
    let params = Params::new(kdf.memory_kib, kdf.passes, kdf.lanes, Some(32))
        .map_err(|e| refuse(e.to_string()))?;
    let mut memory = Zeroizing::new(Vec::new());
    let blocks = params.block_count();
    memory
        .try_reserve_exact(blocks)
        .map_err(|e| refuse(e.to_string()))?;
    memory.resize(blocks, Block::new());
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(passphrase, salt, key, memory.as_mut_slice())
        .map_err(|e| refuse(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_reference_argon2id() {
        // phc-winner-argon2, src/test.c, Argon2id version 0x13.
        let kdf = Kdf {
            memory_kib: 65_536,
            passes: 2,
            lanes: 1,
        };
        let mut key = [0; 32];
        argon2id(b"password", b"somesalt", kdf, &mut key).unwrap();
        assert_eq!(
            hex::encode(key),
            "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
        );
    }
}
