//! One intent with all that it is judged by, so that rules take one argument.

use crate::facts::Facts;
use crate::intent::Intent;
use crate::state::State;
use crate::time::Time;

/// What is judged, and by what.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) intent: &'a Intent,
    pub(crate) facts: &'a Facts,
    pub(crate) state: &'a State,
    pub(crate) time: Time,
}

impl Case<'_> {
    /// The slow time, never behind a row's.
    pub(crate) fn slow_ms(&self) -> u64 {
        self.state.slow_ms(self.time)
    }
}
