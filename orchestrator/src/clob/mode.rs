//! What the venue lets anyone do right now, as far as its answers tell.
//!
//! For: when to ask again after 425, 429 and 503, and when to post.
//!
//! Never touches: a clock (the time is an argument), a socket.
//!
//! Invariant: a `Retry-After` is honoured; without one the wait doubles from
//! one second to thirty. After a restart follow two minutes of post-only
//! (docs, "Matching Engine").

/// A mode of the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Everything works, as far as is known.
    Normal,
    /// 425: the engine restarts.
    Restarting,
    /// Only post-only orders and cancels.
    PostOnly,
    /// Only cancels.
    CancelOnly,
    /// Nothing.
    Disabled,
    /// 429: too many requests.
    RateLimited,
    /// 403: not from here.
    GeoBlocked,
}

impl Mode {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "NORMAL",
            Self::Restarting => "RESTARTING",
            Self::PostOnly => "POST_ONLY",
            Self::CancelOnly => "CANCEL_ONLY",
            Self::Disabled => "DISABLED",
            Self::RateLimited => "RATE_LIMITED",
            Self::GeoBlocked => "GEO_BLOCKED",
        }
    }

    /// Orders that take, as all of ours do, may be posted.
    #[must_use]
    pub const fn may_post(self) -> bool {
        matches!(self, Self::Normal)
    }

    /// Even questions must wait.
    #[must_use]
    pub const fn holds_questions(self) -> bool {
        matches!(self, Self::Restarting | Self::RateLimited)
    }
}

/// The longest wait without a word from the venue.
const WAIT_MS_MAX: u64 = 30_000;
/// The longest `Retry-After` that is believed: an hour.
const RETRY_S_MAX: u64 = 3_600;

/// The venue's mode over time.
#[derive(Clone, Debug)]
pub struct Modes {
    mode: Mode,
    until_ms: u64,
    wait_ms: u64,
    disturbed_ms: Option<u64>,
    post_only_ms: u64,
}

impl Modes {
    /// Normal; `post_only_ms` of post-only follow each restart.
    #[must_use]
    pub const fn new(post_only_ms: u64) -> Self {
        Self {
            mode: Mode::Normal,
            until_ms: 0,
            wait_ms: 1_000,
            disturbed_ms: None,
            post_only_ms,
        }
    }

    /// The venue said that it is in `mode`; `retry_after_s` if it said for how
    /// long.
    pub fn heard(&mut self, mode: Mode, retry_after_s: Option<u64>, now_ms: u64) {
        let wait_ms = match retry_after_s {
            Some(seconds) => seconds.min(RETRY_S_MAX).saturating_mul(1_000),
            None => self.wait_ms,
        };
        self.wait_ms = self.wait_ms.saturating_mul(2).min(WAIT_MS_MAX);
        self.mode = mode;
        self.until_ms = now_ms.saturating_add(wait_ms);
        self.disturbed_ms = Some(now_ms);
    }

    /// An answer came as it should.
    pub const fn answered(&mut self) {
        self.wait_ms = 1_000;
    }

    /// The mode at `now_ms`, and until when it is known to last.
    #[must_use]
    pub fn at(&self, now_ms: u64) -> (Mode, u64) {
        if now_ms < self.until_ms {
            return (self.mode, self.until_ms);
        }
        let after = self.until_ms.saturating_add(self.post_only_ms);
        if self.mode == Mode::Restarting && now_ms < after {
            return (Mode::PostOnly, after);
        }
        (Mode::Normal, 0)
    }

    /// When the venue last said that it is not well: absence observed before
    /// counts for nothing.
    #[must_use]
    pub const fn disturbed_ms(&self) -> Option<u64> {
        self.disturbed_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_after_is_honoured_to_its_edge() {
        let mut modes = Modes::new(0);
        assert_eq!(modes.at(0), (Mode::Normal, 0));
        modes.heard(Mode::RateLimited, Some(7), 1_000);
        assert_eq!(modes.at(7_999), (Mode::RateLimited, 8_000));
        assert_eq!(modes.at(8_000).0, Mode::Normal);
        assert_eq!(modes.disturbed_ms(), Some(1_000));
        modes.heard(Mode::Disabled, Some(u64::MAX), 0);
        assert_eq!(modes.at(3_599_999).0, Mode::Disabled);
        assert_eq!(modes.at(3_600_000).0, Mode::Normal);
    }

    #[test]
    fn without_one_the_wait_doubles_to_half_a_minute_and_starts_again() {
        let mut modes = Modes::new(0);
        let mut waits = Vec::new();
        for _ in 0..7 {
            modes.heard(Mode::Restarting, None, 0);
            waits.push(modes.at(0).1);
        }
        assert_eq!(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        modes.answered();
        modes.heard(Mode::Restarting, None, 0);
        assert_eq!(modes.at(0).1, 1_000);
    }

    #[test]
    fn two_minutes_of_post_only_follow_a_restart_and_nothing_else() {
        let mut modes = Modes::new(120_000);
        modes.heard(Mode::Restarting, Some(1), 0);
        assert_eq!(modes.at(999), (Mode::Restarting, 1_000));
        assert_eq!(modes.at(1_000), (Mode::PostOnly, 121_000));
        assert_eq!(modes.at(120_999).0, Mode::PostOnly);
        assert_eq!(modes.at(121_000).0, Mode::Normal);
        modes.heard(Mode::CancelOnly, Some(1), 200_000);
        assert_eq!(modes.at(201_000).0, Mode::Normal);
    }

    #[test]
    fn only_the_normal_mode_lets_orders_through() {
        for mode in [
            Mode::Restarting,
            Mode::PostOnly,
            Mode::CancelOnly,
            Mode::Disabled,
            Mode::RateLimited,
            Mode::GeoBlocked,
        ] {
            assert!(!mode.may_post(), "{mode:?}");
        }
        assert!(Mode::Normal.may_post());
    }
}
