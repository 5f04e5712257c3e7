//! Which move next: the one that brought most so far, or now and then another.

use crate::moves::Move;
use crate::rng::Rng;

/// How often it tries another than the best, in a hundred.
const CURIOUS: u64 = 25;
/// What is hoped of a move that was never made, base units.
const HOPED: i128 = 30_000_000;

/// What each move brought.
#[derive(Debug)]
pub(crate) struct Choice {
    values: Vec<(Move, i128)>,
    /// Moves in a row that brought nothing.
    pub(crate) dry: u64,
}

impl Choice {
    pub(crate) fn new(moves: &[Move]) -> Self {
        Self {
            values: moves.iter().map(|way| (*way, HOPED)).collect(),
            dry: 0,
        }
    }

    pub(crate) fn next(&self, rng: &mut Rng) -> Move {
        if rng.chance(CURIOUS) {
            return self.values[rng.index(self.values.len())].0;
        }
        let best = self.values.iter().map(|(_, value)| *value).max();
        let best = best.expect("there are moves");
        let equal: Vec<Move> = self
            .values
            .iter()
            .filter(|(_, value)| *value == best)
            .map(|(way, _)| *way)
            .collect();
        rng.pick(&equal)
    }

    /// Half of what is thought of a move is what it brought last.
    pub(crate) fn learn(&mut self, way: Move, brought: i128) {
        self.dry = if brought > 0 { 0 } else { self.dry + 1 };
        for (known, value) in &mut self.values {
            if *known == way {
                *value = i128::midpoint(*value, brought);
            }
        }
    }

    /// Time passed: what brought nothing may bring something again.
    pub(crate) fn hope(&mut self) {
        self.dry = 0;
        for (_, value) in &mut self.values {
            *value = (*value).max(HOPED / 2);
        }
    }
}
