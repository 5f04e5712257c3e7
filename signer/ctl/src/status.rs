//! What the signer says of itself, as lines of `name value`.
//!
//! Invariant: the names that `signerctl` looks for stand here and nowhere else.

use crate::say::{Fact, printable};

/// The journal's id, 32 hex digits.
pub(crate) const JOURNAL_ID: &str = "journal_id";
/// The version of the key set, once there is one.
pub(crate) const KEYSET_VERSION: &str = "keyset_version";
/// The version of the policy in force.
pub(crate) const POLICY_VERSION: &str = "policy_version";
/// When buys stop unless it is renewed.
pub(crate) const POLICY_EXPIRES: &str = "policy_expires";
/// When the session key ends, if the policy's key is one.
pub(crate) const SESSION_EXPIRES: &str = "session_expires";
/// When a policy first named the key, Unix milliseconds.
pub(crate) const KEY_SINCE: &str = "key_since_unix_ms";
/// How long sells run on after that, days.
pub(crate) const SELL_GRACE_DAYS: &str = "sell_grace_days";
/// What a rolling day may be charged today, USDC.
pub(crate) const DAY_USDC: &str = "today_day_usdc";
/// What the last day was charged, USDC.
pub(crate) const CHARGED_DAY: &str = "charged_day_usdc";
/// When enough witnesses last held the journal, Unix milliseconds.
pub(crate) const WITNESSED_MS: &str = "witnessed_unix_ms";
/// How old their word may be.
pub(crate) const WITNESS_LATE: &str = "witness_late_seconds";
/// What the last hour was charged, USDC.
pub(crate) const CHARGED_HOUR: &str = "charged_hour_usdc";
/// The last serial of a dial of this policy version; 0 before the first.
pub(crate) const DIAL_SERIAL: &str = "dial_serial";
/// The same of `alive`.
pub(crate) const ALIVE_SERIAL: &str = "alive_serial";
/// The same of `declare`.
pub(crate) const DECLARE_SERIAL: &str = "declare_serial";
/// The version of the policy that waits for its delay, if one does.
pub(crate) const PENDING_VERSION: &str = "pending_version";
/// The hash of its text, `0x` and 64 hex digits.
pub(crate) const PENDING_HASH: &str = "pending_hash";
/// The leaf that froze, while frozen.
pub(crate) const FROZEN_LEAF: &str = "frozen_leaf";
/// The leaf that asks for an export, if one does.
pub(crate) const EXPORT_LEAF: &str = "export_leaf";
/// Who is to get the key.
pub(crate) const EXPORT_RECIPIENT: &str = "export_recipient";
/// How long it has to wait still, seconds.
pub(crate) const EXPORT_RIPE: &str = "export_ripe_in_s";
/// Whether quorum and notifier signed for it.
pub(crate) const EXPORT_PERMITTED: &str = "export_permitted";
/// How many codes may be tried today.
pub(crate) const EXPORT_TRIES: &str = "export_tries_left";
/// What stops something, and what ends that; again for each cause.
pub(crate) const WHY: &str = "why";
/// What may come more than once, and is a list in JSON however often it does.
pub(crate) const LISTS: [&str; 2] = ["cause", WHY];
/// What can be lost within a day, and until the key is gone, USDC.
pub(crate) const LOSSES: [&str; 2] = ["loss_next_24h_usdc", "loss_until_locked_usdc"];
/// What the wallet may ever hold, by the quorum's word, USDC.
pub(crate) const WALLET_MAX: &str = "wallet_usdc_max";
/// Whether the last declaration left nothing out.
pub(crate) const COMPLETE: &str = "holdings_declared_complete";

/// A status, read.
#[derive(Debug, Default)]
pub(crate) struct Status(pub(crate) Vec<Fact>);

impl Status {
    /// Reads lines; one without a value is a name alone.
    pub(crate) fn parse(text: &str) -> Self {
        let facts = printable(text)
            .lines()
            .filter(|line| !line.is_empty())
            .map(|line| {
                let (name, value) = line.split_once(' ').unwrap_or((line, ""));
                (name.to_owned(), value.to_owned())
            })
            .collect();
        Self(facts)
    }

    /// The value of the first line of this name, unless it says `none`.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| *value != "none")
    }

    /// The values of all lines of this name.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let lines = self.0.iter().filter(move |(known, _)| known == name);
        lines.map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn lines_are_names_and_values() {
        let status = Status::parse("state ACTIVE\nfrozen_leaf none\nfigure a + b\n\nalone\n");
        assert_eq!(status.value("state"), Some("ACTIVE"));
        assert_eq!(status.value("figure"), Some("a + b"));
        assert_eq!(status.value("frozen_leaf"), None);
        assert_eq!(status.value("alone"), Some(""));
        assert_eq!(status.value("other"), None);
    }
}
