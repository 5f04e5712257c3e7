//! The signer's key is asked for: whoever can stop that must hear of it in time.
//!
//! For: an alarm when a request is first seen, another within the hour in which
//! the key may leave, and a third when the request is over.
//!
//! Never touches: the request; it is cancelled where the signer is.
//!
//! Invariant: a request is known by journal and leaf, so a restart calls nobody
//! twice; the signer's status says it again for as long as it stands, so none is
//! lost between here and the file of alerts.

use std::sync::mpsc;

use super::outbox::Alert;
use crate::signer::Status;

/// Somebody asked for the key.
pub const REQUESTED: &str = "EXPORT_REQUESTED";
/// It may leave within the hour.
pub const NEAR: &str = "EXPORT_NEAR";
/// The request is over: cancelled, or the key was handed out.
pub const ENDED: &str = "EXPORT_ENDED";
/// From here on it is near.
const NEAR_S: u64 = 3_600;

/// What one status of the signer says of exports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The journal that says so, the begin of its id.
    journal: String,
    /// The request that stands.
    open: Option<Request>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Request {
    leaf: u64,
    /// Until the key may leave.
    left_s: u64,
}

impl Seen {
    /// Reads a status. What cannot be read is as near as can be.
    #[must_use]
    pub fn of(status: &Status) -> Self {
        let number = |name| status.line(name).map(|value| value.parse().ok());
        let open = number("export_leaf").map(|leaf| Request {
            leaf: leaf.unwrap_or_default(),
            left_s: number("export_ripe_in_s").flatten().unwrap_or_default(),
        });
        let journal = status.journal_id.chars().take(8).collect();
        Self { journal, open }
    }

    /// What is told of the request that stands.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        self.open.map(Request::words)
    }

    /// The name of the request of `leaf`; all of a journal's begin alike.
    fn name(&self, leaf: &str) -> String {
        format!("export-{}-{leaf}", self.journal)
    }

    /// What is to be told, where the requests in `known` were told and are not
    /// over as far as anybody was.
    pub(super) fn alerts(&self, known: &[String], now_ms: u64) -> Vec<Alert> {
        let alert = |id: String, code: &str| Alert {
            id,
            at_ms: now_ms,
            code: code.to_owned(),
        };
        let name = self.open.map(|open| self.name(&open.leaf.to_string()));
        let ours = self.name("");
        let over = known
            .iter()
            .filter(|id| id.starts_with(&ours) && Some(*id) != name.as_ref())
            .map(|id| alert(format!("{id}-ended"), ENDED));
        let mut all: Vec<Alert> = over.collect();
        if let (Some(name), Some(open)) = (name, self.open) {
            if open.left_s <= NEAR_S {
                all.push(alert(format!("{name}-near"), NEAR));
            }
            all.push(alert(name, REQUESTED));
        }
        all
    }
}

impl Request {
    fn words(self) -> String {
        let leaf = self.leaf;
        let when = match self.left_s {
            0 => "the key may leave now".to_owned(),
            left_s => {
                let minutes = left_s.div_ceil(60);
                let (hours, rest) = (minutes.div_euclid(60), minutes.rem_euclid(60));
                format!("the key may leave in {hours}h {rest:02}m")
            }
        };
        format!("leaf {leaf}: an export is asked for, {when}. Not you? signerctl export cancel")
    }
}

/// Says what is seen in the log, and to whoever calls people.
#[derive(Debug, Default)]
pub struct Bell {
    caller: Option<mpsc::Sender<Seen>>,
    /// What was last said, so that it is said once.
    said: Option<(u64, &'static str)>,
}

impl Bell {
    /// One that `caller` hears.
    pub(super) const fn new(caller: mpsc::Sender<Seen>) -> Self {
        Self {
            caller: Some(caller),
            said: None,
        }
    }

    /// Takes in what a status says.
    pub fn hear(&mut self, status: &Status) {
        let seen = Seen::of(status);
        let now = seen.open.map(|open| {
            let code = if open.left_s <= NEAR_S {
                NEAR
            } else {
                REQUESTED
            };
            (open.leaf, code)
        });
        if let (Some((_, code)), Some(words), true) = (now, seen.words(), now != self.said) {
            tracing::error!("ALARM {code} {words}");
        }
        if let (None, Some((leaf, _))) = (now, self.said) {
            tracing::warn!("{ENDED} leaf {leaf}: cancelled, or handed out. signerctl log");
        }
        self.said = now;
        if let Some(caller) = &self.caller
            && caller.send(seen).is_err()
        {
            tracing::error!("ALERTS the thread of alerts has ended; restart this run");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(leaf: Option<&str>, left_s: &str) -> Seen {
        let mut lines = Vec::new();
        if let Some(leaf) = leaf {
            lines.push(("export_leaf".to_owned(), leaf.to_owned()));
            lines.push(("export_ripe_in_s".to_owned(), left_s.to_owned()));
        }
        Seen::of(&Status {
            journal_id: "0123456789abcdef".to_owned(),
            journal_size: 9,
            signing_address: order::Address::ZERO,
            lines,
        })
    }

    fn told(seen: &Seen, known: &[&str]) -> Vec<String> {
        let known: Vec<String> = known.iter().map(|id| (*id).to_owned()).collect();
        let alerts = seen.alerts(&known, 5).into_iter();
        alerts
            .map(|alert| format!("{} {}", alert.code, alert.id))
            .collect()
    }

    /// M111: each of the three is told of the request it belongs to, at its time.
    #[test]
    fn a_request_is_told_at_once_in_its_last_hour_and_when_it_is_over() {
        let asked = ["EXPORT_REQUESTED export-01234567-7"];
        let near = [
            "EXPORT_NEAR export-01234567-7-near",
            "EXPORT_REQUESTED export-01234567-7",
        ];
        assert_eq!(told(&seen(Some("7"), "3601"), &[]), asked);
        assert_eq!(told(&seen(Some("7"), "3600"), &[]), near);
        assert_eq!(told(&seen(Some("7"), "no number"), &[]), near);
        assert_eq!(told(&seen(None, ""), &[]), Vec::<String>::new());
        // One that was told and stands no more is over; another journal's is not.
        let known = ["export-01234567-7", "export-89abcdef-3"];
        let over = ["EXPORT_ENDED export-01234567-7-ended"];
        assert_eq!(told(&seen(None, ""), &known), over);
        assert_eq!(told(&seen(Some("7"), "9999"), &known), asked);
        let another = [over[0], "EXPORT_REQUESTED export-01234567-70"];
        assert_eq!(told(&seen(Some("70"), "9999"), &known), another);
    }
}
