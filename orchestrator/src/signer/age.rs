//! How old the signer's key is, and what is said of that: pure.
//!
//! Invariant: nothing here stops anything. A session key's own end is the
//! signer's to keep; an owner key has none, since another one is another wallet.

use super::Status;

const DAY_MS: u64 = 24 * 3_600_000;
/// As of the venue's API keys.
const REMIND_DAYS: u64 = 90;

/// Since when the key signs, and what kind of key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyAge {
    /// When a policy first named it, unix milliseconds.
    pub since_ms: u64,
    /// An owner lent it until some day, and can lend another.
    pub is_session: bool,
}

impl KeyAge {
    /// Of what the signer says of itself.
    #[must_use]
    pub fn of(status: &Status) -> Option<Self> {
        Some(Self {
            since_ms: status.line("key_since_unix_ms")?.parse().ok()?,
            is_session: status.line("session_expires").is_some(),
        })
    }

    /// What somebody is reminded of at `now_ms`.
    #[must_use]
    pub fn reminder(self, now_ms: u64) -> Option<String> {
        let days = now_ms.saturating_sub(self.since_ms).div_euclid(DAY_MS);
        let (kind, then) = if self.is_session {
            (
                "session",
                "buys stop at 120 days, everything at 127; signerctl rotate",
            )
        } else {
            (
                "owner",
                "nothing stops, since another owner key is another wallet; a session key rotates",
            )
        };
        (days >= REMIND_DAYS)
            .then(|| format!("the {kind} key is {days} days old. Rotate for security: {then}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// M117: both kinds remind from day 90 on, and only one says that it ends.
    #[test]
    fn a_key_of_ninety_days_reminds_and_an_owners_says_that_nothing_stops() {
        let said = |is_session, days: u64, less_ms| {
            let age = KeyAge {
                since_ms: 5,
                is_session,
            };
            age.reminder((days * DAY_MS).saturating_add(5).saturating_sub(less_ms))
        };
        for is_session in [false, true] {
            assert_eq!(said(is_session, 90, 1), None);
            let words = said(is_session, 90, 0).expect("it is old");
            assert!(words.contains("key is 90 days old. Rotate for security: "));
            assert_eq!(words.contains("nothing stops"), !is_session, "{words}");
            assert_eq!(words.contains("buys stop at 120"), is_session, "{words}");
            assert!(
                said(is_session, 500, 0)
                    .expect("older")
                    .contains(" 500 days")
            );
            assert_eq!(said(is_session, 0, 5), None, "a clock before the key's");
        }
    }
}
