//! Fuses drawn from a seed, so that a play can be played again.

use std::collections::BTreeMap;

use super::{Fuses, Program};

/// Splitmix64: the same seed draws the same fuses for ever.
#[derive(Clone, Copy, Debug)]
pub struct Seeds(u64);

impl Seeds {
    /// Begins at `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// For each program `lives` fuses, each within the effects it had when
    /// nobody killed it.
    pub fn fuses(mut self, effects: &BTreeMap<Program, u64>, lives: usize) -> Fuses {
        let draw = |(program, most): (&Program, &u64)| {
            let fuses = (0..lives)
                .map(|_| self.next() % (*most).max(1) + 1)
                .collect();
            (*program, fuses)
        };
        Fuses(effects.iter().map(draw).collect())
    }
}
