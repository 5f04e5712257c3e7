//! When a session key ends: when the owner's word for it does, or by its age.
//!
//! Invariant: buys stop an hour or more before it signs nothing any more. An
//! owner key does not end: rotating it would move the wallet.

use crate::calendar::{DAY_MS, HOUR_MS, ms_of};
use crate::facts::Facts;
use crate::state::State;

/// A key this old only reduces; a week later it counts as ended.
const PAUSE_MS: u64 = 120 * DAY_MS;
const HALT_MS: u64 = PAUSE_MS + 7 * DAY_MS;

/// The two stages, on the fast reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionEnds {
    /// Only exits and sells of copies from here on.
    pub reduces_ms: u64,
    /// Nothing from here on.
    pub ends_ms: u64,
}

/// The stages of the policy's key, if it is a session key.
#[must_use]
pub fn session_ends(facts: &Facts, state: &State) -> Option<SessionEnds> {
    let wallet = &facts.policy().wallet;
    let expires_ms = ms_of(wallet.session_expires?);
    let since_ms = state.key_since(wallet.signing_address);
    let by_age = |age_ms: u64| since_ms.map_or(u64::MAX, |since| since.saturating_add(age_ms));
    Some(SessionEnds {
        reduces_ms: expires_ms.saturating_sub(HOUR_MS).min(by_age(PAUSE_MS)),
        ends_ms: expires_ms.min(by_age(HALT_MS)),
    })
}
