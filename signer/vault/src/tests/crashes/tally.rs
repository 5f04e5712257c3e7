//! What a run came to, so that it shows that it met what it is about.

use std::collections::BTreeMap;

/// Counts of a run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// The power went.
    pub(super) crashes: u64,
    /// At a start, before it was over.
    pub(super) at_start: u64,
    /// Between a commit and an answer to it.
    pub(super) before_answer: u64,
    /// In a clean stop, or after it.
    pub(super) stopping: u64,
    /// A sync failed before.
    pub(super) failed_syncs: u64,
    /// Starts that came to their end.
    pub(super) recoveries: u64,
    /// Answers that left.
    pub(super) left: u64,
    /// Orders among them, each once.
    pub(super) signed: u64,
    /// The same order again.
    pub(super) again_same: u64,
    /// Of those, asked for at the first chance after a crash.
    pub(super) again_at_once: u64,
    /// Denials of a signed attempt with another content.
    pub(super) again_other: u64,
    /// Leaves of which no answer left and which were there after a crash.
    pub(super) unanswered_kept: u64,
    /// Questions of which no answer left.
    pub(super) unanswered: u64,
    pub(super) freezes: u64,
    pub(super) thaws: u64,
    /// Writes that a crash found not synced, and those it did not keep whole.
    pub(super) unsynced: u64,
    pub(super) lost: u64,
    /// Denials that left, by code.
    pub(super) denials: BTreeMap<String, u64>,
}

impl Tally {
    pub(super) fn denied(&mut self, code: &str) {
        *self.denials.entry(code.to_owned()).or_default() += 1;
    }

    /// One line each, for whoever started the run.
    pub(super) fn table(&self) -> String {
        let rows = [
            ("crashes", self.crashes),
            ("  at a start", self.at_start),
            ("  between a commit and its answer", self.before_answer),
            ("  in a stop or after it", self.stopping),
            ("  after a sync had failed", self.failed_syncs),
            ("starts that recovered", self.recoveries),
            ("questions without an answer", self.unanswered),
            ("  whose leaf survived all the same", self.unanswered_kept),
            ("answers that left", self.left),
            ("orders that left", self.signed),
            ("  asked for again, the same bytes", self.again_same),
            ("  of these right after a crash", self.again_at_once),
            ("  asked for with another content, denied", self.again_other),
            ("freezes", self.freezes),
            ("thaws", self.thaws),
            ("writes not synced at a crash", self.unsynced),
            ("  lost or torn", self.lost),
        ];
        let denials = self.denials.iter();
        let denials = denials.map(|(code, count)| (format!("  denied {code}"), *count));
        let rows = rows.map(|(what, count)| (what.to_owned(), count));
        let lines = rows.into_iter().chain(denials);
        let line = |(what, count): (String, u64)| format!("  {what:<44}{count:>9}\n");
        format!("vault\n{}", lines.map(line).collect::<String>())
    }
}
