//! What the vault asks of its machine: randomness.

use ring::rand::{SecureRandom, SystemRandom};

use super::fault::Fault;

/// Sixteen random bytes.
pub(super) fn random() -> Result<[u8; 16], Fault> {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_ignored| Fault::Random)?;
    Ok(bytes)
}
