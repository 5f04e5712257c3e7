//! What a run came to, so that it shows that it met what it is about.

use std::collections::BTreeMap;

/// Counts of a run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// The power went.
    pub(super) crashes: u64,
    /// At a start, before its first turn was over.
    pub(super) at_start: u64,
    /// While something was asked of signer or venue.
    pub(super) in_flight: u64,
    /// A sync failed before.
    pub(super) failed_syncs: u64,
    /// Starts that came to their end.
    pub(super) recoveries: u64,
    /// Turns that were committed.
    pub(super) turns: u64,
    /// Senders who were told that their intent is taken.
    pub(super) taken: u64,
    /// Lines sent again, because nobody answered or a file is read anew.
    pub(super) sent_again: u64,
    /// POSTs, and those of bytes that went out before.
    pub(super) posts: u64,
    pub(super) posts_again: u64,
    /// POSTs that reached the venue after their process had died.
    pub(super) late: u64,
    /// Outboxes that came to rest, and the fills in which they agreed.
    pub(super) rests: u64,
    pub(super) fills: u64,
    /// Writes that a crash found not synced, and those it did not keep whole.
    pub(super) unsynced: u64,
    pub(super) lost: u64,
    /// Attempts at rest, by state.
    pub(super) ended: BTreeMap<&'static str, u64>,
    /// Attempts found at a start, by state.
    pub(super) found: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// One line each, for whoever started the run.
    pub(super) fn table(&self) -> String {
        let rows = [
            ("crashes", self.crashes),
            ("  at a start", self.at_start),
            ("  while something was asked", self.in_flight),
            ("  after a sync had failed", self.failed_syncs),
            ("starts that recovered", self.recoveries),
            ("turns committed", self.turns),
            ("answers that left: intents taken", self.taken),
            ("lines sent again", self.sent_again),
            ("POSTs", self.posts),
            ("  of the same bytes again", self.posts_again),
            ("  that arrived after a crash", self.late),
            ("outboxes at rest, equal to the venue", self.rests),
            ("  fills compared", self.fills),
            ("writes not synced at a crash", self.unsynced),
            ("  lost or torn", self.lost),
        ];
        let rows = rows.map(|(what, count)| (what.to_owned(), count));
        let by = |word: &'static str, map: &BTreeMap<&'static str, u64>| {
            let line = |(state, count): (&&str, &u64)| (format!("  {word} {state}"), *count);
            map.iter().map(line).collect::<Vec<_>>()
        };
        let found = by("found at a start", &self.found);
        let ended = by("ended", &self.ended);
        let lines = rows.into_iter().chain(found).chain(ended);
        let line = |(what, count): (String, u64)| format!("  {what:<44}{count:>9}\n");
        format!("outbox\n{}", lines.map(line).collect::<String>())
    }
}
