//! What may begin now: pure.
//!
//! For: the stops, each with the words that an operator reads.
//!
//! Never touches: what has begun: an order that may be at the venue is
//! reconciled whatever stands here.
//!
//! Invariant: without a complete look at the venue nothing is signed. Buys
//! need more than exits do: no other way round.

use order::Side;

use super::place::Place;
use crate::clob::age::Age;
use crate::clob::mode::Mode;
use crate::store::Unknowns;

/// The version of the order API that bodies are written for.
pub(super) const API_VERSION: u64 = 2;

/// All that is known about what may begin.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    /// Why the last look was incomplete; none if it was complete.
    pub(super) incomplete: Option<String>,
    /// Where this host stands.
    pub(super) place: Place,
    /// How old the API credentials are.
    pub(super) keys: Age,
    /// The venue's clock less ours, the most that is borne, milliseconds.
    pub(super) skew_ms: (u64, u64),
    /// The version of the order API.
    pub(super) version: u64,
    /// The account may only close positions.
    pub(super) closed_only: bool,
    /// The venue's mode.
    pub(super) mode: Mode,
    /// Attempts of which nobody knows, with the limits.
    pub(super) unknowns: Unknowns,
    /// So many stop buys.
    pub(super) unknown_max: u64,
    /// So old a one stops buys.
    pub(super) unknown_age_ms: u64,
}

impl Gate {
    /// Why an order of `side` may not begin at `now_ms`, if so: a code and the
    /// words.
    pub(super) fn stops(&self, side: Side, now_ms: u64) -> Option<(&'static str, String)> {
        let stop = self.stops_again(side, now_ms);
        stop.or_else(|| match side {
            Side::Sell => None,
            Side::Buy => self.stops_while_unknown(now_ms),
        })
    }

    /// The same of bytes that went out before: the halt that their own UNKNOWN
    /// causes is none for them.
    pub(super) fn stops_again(&self, side: Side, now_ms: u64) -> Option<(&'static str, String)> {
        if let Some(stop) = self.place.stops() {
            return Some(stop);
        }
        if let Some(stop) = self.keys.stops(now_ms) {
            return Some(stop);
        }
        if let Some(why) = &self.incomplete {
            return Some((
                "RECONCILING",
                format!("{why}. Nothing is signed until a complete look"),
            ));
        }
        let (skew_ms, borne_ms) = self.skew_ms;
        if skew_ms > borne_ms {
            let words = format!("the venue's clock is {skew_ms} ms off ours: check time sync");
            return Some(("CLOCK", words));
        }
        if self.version != API_VERSION {
            let version = self.version;
            let words = format!("the venue speaks version {version}, we {API_VERSION}: upgrade");
            return Some(("VERSION_DRIFT", words));
        }
        if !self.mode.may_post() {
            let words = "the venue takes no such orders now; it passes by itself".to_owned();
            return Some((self.mode.name(), words));
        }
        match side {
            Side::Sell => None,
            Side::Buy => self.stops_buys(now_ms),
        }
    }

    fn stops_buys(&self, now_ms: u64) -> Option<(&'static str, String)> {
        if self.closed_only {
            let words = "the venue lets this account only close positions: ask it why".to_owned();
            return Some(("CLOSED_ONLY", words));
        }
        let old = self.keys.stops_buys(now_ms);
        old.or_else(|| self.place.stops_buys(now_ms))
    }

    fn stops_while_unknown(&self, now_ms: u64) -> Option<(&'static str, String)> {
        let count = self.unknowns.count;
        let age_ms = self
            .unknowns
            .oldest_ms
            .map_or(0, |oldest_ms| now_ms.saturating_sub(oldest_ms));
        let old = count > 0 && age_ms >= self.unknown_age_ms;
        if count >= self.unknown_max || old {
            let age = duration(age_ms);
            let words = format!("{count}, the oldest for {age}, counted as filled; buys stopped");
            return Some(("UNKNOWN", words));
        }
        None
    }
}

/// A duration as people say it: `3m12s`.
#[must_use]
pub fn duration(ms: u64) -> String {
    let seconds = ms.checked_div(1_000).unwrap_or(0);
    let (minutes, rest) = (seconds.checked_div(60), seconds.checked_rem(60));
    match (minutes.unwrap_or(0), rest.unwrap_or(0)) {
        (0, rest) => format!("{rest}s"),
        (minutes, rest) => format!("{minutes}m{rest:02}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> Gate {
        Gate {
            incomplete: None,
            place: Place::default(),
            keys: Age::default(),
            skew_ms: (5_000, 5_000),
            version: API_VERSION,
            closed_only: false,
            mode: Mode::Normal,
            unknowns: Unknowns {
                count: 2,
                oldest_ms: Some(1_000),
            },
            unknown_max: 3,
            unknown_age_ms: 120_000,
        }
    }

    fn codes(gate: &Gate, now_ms: u64) -> [Option<&'static str>; 2] {
        [Side::Buy, Side::Sell].map(|side| gate.stops(side, now_ms).map(|(code, _)| code))
    }

    #[test]
    fn three_unknown_or_one_for_two_minutes_stop_buys_and_not_exits() {
        let mut gate = open();
        assert_eq!(codes(&gate, 120_999), [None, None]);
        assert_eq!(codes(&gate, 121_000), [Some("UNKNOWN"), None]);
        gate.unknowns.count = 3;
        assert_eq!(codes(&gate, 1_000), [Some("UNKNOWN"), None]);
        gate.unknowns = Unknowns::default();
        assert_eq!(codes(&gate, u64::MAX), [None, None]);
    }

    #[test]
    fn what_stops_everything_stops_exits_too() {
        type Bend = fn(&mut Gate);
        let bends: [(&str, Bend); 4] = [
            ("RECONCILING", |g| g.incomplete = Some("trades".to_owned())),
            ("CLOCK", |g| g.skew_ms.0 = 5_001),
            ("VERSION_DRIFT", |g| g.version = 3),
            ("RESTARTING", |g| g.mode = Mode::Restarting),
        ];
        for (code, bend) in bends {
            let mut gate = open();
            bend(&mut gate);
            assert_eq!(codes(&gate, 0), [Some(code), Some(code)]);
        }
        let mut gate = open();
        gate.closed_only = true;
        assert_eq!(codes(&gate, 0), [Some("CLOSED_ONLY"), None]);
    }

    /// M117: on day 120 buys stop, a week later everything.
    #[test]
    fn old_api_keys_stop_buys_and_then_everything() {
        let mut gate = open();
        gate.unknowns = Unknowns::default();
        gate.keys.imported_ms = Some(0);
        let day_ms = 24 * 3_600_000;
        assert_eq!(codes(&gate, 120 * day_ms - 1), [None, None]);
        assert_eq!(codes(&gate, 120 * day_ms), [Some("KEYS_OLD"), None]);
        assert_eq!(codes(&gate, 127 * day_ms), [Some("KEYS_OLD"); 2]);
    }

    #[test]
    fn bytes_go_out_again_while_their_own_unknown_stops_buys_and_not_from_where_none_may() {
        let mut gate = open();
        gate.unknowns.count = 3;
        let again = |gate: &Gate| gate.stops_again(Side::Buy, 0).map(|(code, _)| code);
        assert_eq!(again(&gate), None);
        gate.closed_only = true;
        assert_eq!(again(&gate), Some("CLOSED_ONLY"));
        gate.closed_only = false;
        gate.place = Place::of(super::super::place::Page {
            url: String::new(),
            every_ms: 1,
        });
        assert_eq!(again(&gate), Some("GEO_UNKNOWN"));
        assert_eq!(codes(&gate, 0), [Some("GEO_UNKNOWN"); 2]);
    }

    #[test]
    fn durations_read_well() {
        for (ms, text) in [(0, "0s"), (999, "0s"), (59_999, "59s"), (192_000, "3m12s")] {
            assert_eq!(duration(ms), text);
        }
    }
}
