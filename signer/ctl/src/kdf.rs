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
    tty::say(&format!(
        "deriving the sealing key: Argon2id, {} MiB, {} passes; this takes a moment\n",
        kdf.memory_kib.div_euclid(1024),
        kdf.passes
    ));
    argon2id(passphrase, salt, kdf)
}

fn argon2id(passphrase: &[u8], salt: &[u8], kdf: Kdf) -> Result<SealingKey, Refusal> {
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
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(passphrase, salt, key.as_mut_slice(), memory.as_mut_slice())
        .map_err(|e| refuse(e.to_string()))?;
    Ok(key)
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
        assert_eq!(
            hex::encode(*argon2id(b"password", b"somesalt", kdf).unwrap()),
            "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
        );
    }
}
