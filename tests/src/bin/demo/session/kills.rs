//! When programs are killed: by chance, from a seed.

/// Chance, from a seed: the same seed kills the same programs.
pub(crate) struct Kills(u64);

impl Kills {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `most` (splitmix64).
    pub(crate) const fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most
    }
}
