//! The one place that draws randomness: ring's, which is the kernel's.

use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use crate::say::Refusal;

/// So many fresh bytes, wiped when dropped.
pub(crate) fn bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>, Refusal> {
    let mut bytes = Zeroizing::new([0; N]);
    SystemRandom::new()
        .fill(bytes.as_mut_slice())
        .map_err(|_ignored| {
            Refusal::new(
                "RANDOMNESS",
                "system",
                "gives no randomness",
                "wait, and try again",
            )
        })?;
    Ok(bytes)
}
