//! What the signer says of itself, line by line.
//!
//! Invariant: every number is one that decisions are made of; nothing is
//! counted here.

use std::collections::BTreeSet;

use frame::{Line, Standing};
use note::{Kind, UtcSeconds};
use order::CollateralUnits;
use policy::{Facts, Figure, figures, session_ends, standing};

use super::Vault;
use super::force::time;
use super::leaf::Signed;
use super::time::Mark;

/// What whoever froze it wrote.
const FROZEN_WORDS: &str = "frozen_words";

impl Vault {
    /// The status, as a caller is answered: with proofs, which cost some dozens
    /// of reads each, while it asks no more than it may.
    pub(super) fn status(&mut self, at: Mark, proofs: bool) -> frame::Answer {
        let mut standing = self.standing(at);
        if proofs {
            self.proof_lines(&mut standing.lines);
        }
        frame::Answer::Status(standing)
    }

    /// The status, as the operator reads it.
    pub(super) fn status_text(&mut self, at: Mark) -> String {
        let standing = self.standing(at);
        let mut text = format!(
            "journal_id {}\njournal_size {}",
            hex::encode(standing.journal_id),
            standing.journal_size
        );
        for Line { name, value } in &standing.lines {
            text.push('\n');
            text.push_str(name);
            text.push(' ');
            text.push_str(value);
        }
        text
    }

    fn standing(&mut self, at: Mark) -> Standing {
        let mut lines = Vec::with_capacity(64);
        let mut line = |name: &str, value: String| {
            lines.push(Line {
                name: name.to_owned(),
                value,
            });
        };
        let facts = self.force.facts();
        match facts {
            None => {
                line("state", "LOCKED".to_owned());
                line("why", self.unfounded().to_owned());
            }
            Some(facts) => {
                let causes = standing(facts, &self.force.state, time(at));
                line("state", causes.standing().word().to_owned());
                for cause in causes.iter() {
                    line("cause", cause.word().to_owned());
                    line("why", format!("{cause}. {}", cause.fix()));
                }
            }
        }
        self.freeze_lines(&mut lines);
        let mut line = |name: &str, value: String| {
            lines.push(Line {
                name: name.to_owned(),
                value,
            });
        };
        let fallback = u8::from(self.key.missing().is_some());
        line("memory_fallback", fallback.to_string());
        line("cage_open", u8::from(!self.uncaged.is_empty()).to_string());
        if let Some((unlocked, ends_ms)) = self.key.open() {
            line("key_generation", unlocked.generation.to_string());
            line("lease_ends_unix_ms", ends_ms.to_string());
        }
        if let Some(apart_ms) = self.account.jumped_ms() {
            line("clocks_apart_ms", apart_ms.to_string());
        }
        if let Some(note) = self.force.authority.keyset() {
            line("keyset_version", note.body.version.to_string());
        }
        if let Some(facts) = facts {
            self.policy_lines(facts, &mut lines);
            self.figure_lines(facts, at, &mut lines);
            self.charged_lines(at, &mut lines);
            self.witness_lines(facts, &mut lines);
        }
        self.journal_lines(at, &mut lines);
        let address = facts.map(|facts| facts.policy().wallet.signing_address);
        Standing {
            journal_id: self.journal.id(),
            journal_size: self.journal.size(),
            signing_address: address.unwrap_or_default().into_array(),
            lines,
        }
    }

    /// What is missing before there is anything to sign by.
    const fn unfounded(&self) -> &'static str {
        if self.force.authority.keyset().is_some() {
            "no policy. signerctl note apply POLICY.note"
        } else {
            "no key set. signerctl note found KEYSET.note"
        }
    }

    /// Since when it is frozen, by whom and why.
    fn freeze_lines(&self, lines: &mut Vec<Line>) {
        let Some(freeze) = self.force.state.frozen() else {
            return;
        };
        let words = match self.journal.freeze_words(freeze.leaf) {
            Ok(words) => words.unwrap_or_default(),
            Err(fault) => format!("unreadable: {fault}"),
        };
        let told = [
            ("frozen_leaf", freeze.leaf.to_string()),
            ("frozen_by", freeze.by.to_string()),
            ("frozen_because", freeze.reason.words().to_owned()),
            (FROZEN_WORDS, words),
        ];
        lines.extend(told.map(|(name, value)| Line {
            name: name.to_owned(),
            value,
        }));
    }

    /// The export that stands, and the journal's head, which is signed as it is
    /// asked for and not with every batch: whoever shows it to a witness asks.
    fn journal_lines(&self, at: Mark, lines: &mut Vec<Line>) {
        let Signed { log, root, line } = self.journal.checkpoint();
        let head = [
            ("log_key", log),
            ("checkpoint_root", root),
            ("checkpoint_signature", line),
        ];
        let exports = self.force.exports.lines(at.slow_ms);
        for (name, value) in exports.into_iter().chain(head) {
            let name = name.to_owned();
            lines.push(Line { name, value });
        }
    }

    /// What the witnesses hold, and what they must: the signer asks nobody
    /// itself, so whoever reads this does.
    fn witness_lines(&self, facts: &Facts, lines: &mut Vec<Line>) {
        let witnessing = &facts.policy().witnessing;
        if witnessing.witness_threshold == 0 {
            return;
        }
        let (held, ahead) = (facts.host().held, self.force.state.ahead());
        let left = u64::try_from(ahead.room(held.leaves)).unwrap_or(u64::MAX);
        let told = [
            ("witness_needs_leaves", ahead.needs().to_string()),
            ("witnessed_leaves", held.leaves.to_string()),
            ("witnessed_unix_ms", held.at_ms.to_string()),
            (
                "witness_threshold",
                witnessing.witness_threshold.to_string(),
            ),
            (
                "witness_late_seconds",
                witnessing.witness_late_seconds.to_string(),
            ),
            ("ahead_left_usdc", CollateralUnits::new(left).to_string()),
        ];
        let told = told.map(|(name, value)| (name.to_owned(), value));
        let each = self.witnesses.each(witnessing);
        let each = each.map(|(key, size)| ("witness".to_owned(), format!("{key} {size}")));
        lines.extend(
            told.into_iter()
                .chain(each)
                .map(|(name, value)| Line { name, value }),
        );
    }

    /// For each head that a witness holds, the proof that this one continues it.
    fn proof_lines(&self, lines: &mut Vec<Line>) {
        let Some(facts) = self.force.facts() else {
            return;
        };
        let sizes: BTreeSet<u64> = self
            .witnesses
            .each(&facts.policy().witnessing)
            .map(|(_, size)| size)
            .collect();
        lines.extend(sizes.into_iter().map(|size| {
            let value = match self.journal.continues(size) {
                Ok(proof) => proof.iter().fold(size.to_string(), |line, hash| {
                    format!("{line} {}", hash.to_base64())
                }),
                Err(fault) => format!("{size} unreadable: {fault}"),
            };
            let name = "proof".to_owned();
            Line { name, value }
        }));
    }

    fn policy_lines(&self, facts: &Facts, lines: &mut Vec<Line>) {
        let mut line = |name: &str, value: String| {
            lines.push(Line {
                name: name.to_owned(),
                value,
            });
        };
        let (policy, today) = (facts.policy(), facts.today());
        line("policy_version", policy.version.to_string());
        line("policy_expires", policy.expires.to_string());
        let session = session_ends(facts, &self.force.state);
        if let Some(ends) = session.and_then(|s| UtcSeconds::new(s.ends_ms.div_euclid(1_000))) {
            line("session_expires", ends.to_string());
        }
        if let Some(since_ms) = self.force.state.key_since(policy.wallet.signing_address) {
            line("key_since_unix_ms", since_ms.to_string());
        }
        line("sell_grace_days", policy.exits.sell_grace_days.to_string());
        for (name, kind) in [
            ("dial_serial", Kind::Dial),
            ("alive_serial", Kind::Alive),
            ("declare_serial", Kind::Declare),
        ] {
            line(name, self.force.authority.last_serial(kind).to_string());
        }
        line(
            "policy_mode",
            format!("{:?}", policy.wallet.mode).to_lowercase(),
        );
        if let Some(pending) = self.force.authority.pending() {
            line("pending_version", pending.policy.body.version.to_string());
            line(
                "pending_hash",
                format!("0x{}", hex::encode(pending.policy.hash.0)),
            );
            line("pending_from", pending.effective_at.to_string());
        }
        line(
            "today_order_usdc_max",
            today.order.order_usdc_max.to_string(),
        );
        line("today_day_usdc", today.budgets.day_usdc.to_string());
    }

    /// What could be lost, with its terms.
    fn figure_lines(&self, facts: &Facts, at: Mark, lines: &mut Vec<Line>) {
        let mut line = |name: &str, value: String| {
            lines.push(Line {
                name: name.to_owned(),
                value,
            });
        };
        let figures = figures(facts, &self.force.state, time(at));
        line("loss_next_24h_usdc", figure(figures.next_24h.loss));
        line("loss_until_locked_usdc", figure(figures.until_locked.loss));
        line("positions_at_risk_usdc", figure(figures.positions_at_risk));
        line("wallet_usdc_max", figures.wallet_usdc_max.to_string());
        line("term_signed_buys_usdc", figure(figures.signed_buys));
        line("term_new_buys_24h_usdc", figure(figures.next_24h.new_buys));
        line(
            "term_new_buys_until_locked_usdc",
            figure(figures.until_locked.new_buys),
        );
        line("term_day_cap_usdc", figures.next_24h.day_cap.to_string());
        line("term_sells_usdc", figure(figures.sells));
        line("term_lowest_price", figures.lowest.to_string());
        line("term_fee_bps", figures.fee_bps.to_string());
        line(
            "term_shares",
            figures
                .shares
                .map_or_else(|| "unbounded".to_owned(), |s| s.to_string()),
        );
        let complete = if figures.holdings_complete {
            "yes"
        } else {
            "no"
        };
        line("holdings_declared_complete", complete.to_owned());
    }

    /// What buys were charged, in each window that ends now.
    fn charged_lines(&self, at: Mark, lines: &mut Vec<Line>) {
        let charged = self.force.state.charged(time(at));
        for (name, units) in [
            ("charged_minute_usdc", charged.minute_units),
            ("charged_hour_usdc", charged.hour_units),
            ("charged_day_usdc", charged.day_units),
            ("charged_lifetime_usdc", charged.lifetime_units),
        ] {
            let units = u64::try_from(units).unwrap_or(u64::MAX);
            lines.push(Line {
                name: name.to_owned(),
                value: CollateralUnits::new(units).to_string(),
            });
        }
    }

    /// The figures as Prometheus reads them: numbers as they are, words as
    /// labels.
    pub(super) fn metrics(&mut self, at: Mark) -> String {
        let standing = self.standing(at);
        let mut rows = vec![format!("signer_journal_size {}", standing.journal_size)];
        for Line { name, value } in &standing.lines {
            let number = value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            match name.as_str() {
                // Somebody's words, which may look like a number.
                FROZEN_WORDS => {}
                "state" | "cause" => rows.push(format!("signer_{name}{{{name}=\"{value}\"}} 1")),
                _ if number => rows.push(format!("signer_{name} {value}")),
                _ => {}
            }
        }
        rows.push(String::new());
        rows.join("\n")
    }
}

/// Plain decimal, or that there is no bound.
fn figure(figure: Figure) -> String {
    match figure {
        Figure::Usdc(units) => CollateralUnits::to_string(&units),
        Figure::Unbounded => "unbounded".to_owned(),
    }
}
