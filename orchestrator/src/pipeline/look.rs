//! Looks at the venue: when, at what, and what is taken from them.
//!
//! Invariant: orders and trades are one source: half of it is not used. A look
//! that is incomplete in any part closes the gate, and nothing is signed; what
//! is at the venue is followed all the same.
//! Invariant: a fill that was seen is on disk before anything is made of it,
//! whoever sent its order.

use std::collections::BTreeSet;

use super::gate::duration;
use super::{Desk, LOOK_MS_MIN};
use crate::evidence::Evidence;
use crate::reconcile::sweep::{Found, Full, FullFound, Plan};
use crate::reconcile::{self, DUST_UNITS};
use crate::signer::Status;
use crate::store::{Attempt, Compared, Key, News, Recorded, SignerSeen, Turn};
use crate::{Trouble, clock};

/// Orders asked for in one look: the rest has its turn in the next.
const ORDERS_MAX: usize = 10;

impl Desk {
    /// Something moved: look soon, then less and less often.
    pub(super) fn look_soon(&mut self) {
        self.looks.pause_ms = LOOK_MS_MIN;
        let soon_ms = clock::now_ms().saturating_add(LOOK_MS_MIN);
        self.looks.next_ms = self.looks.next_ms.min(soon_ms);
    }

    /// Balances are needed: make the next look a full one.
    pub(super) fn look_fully(&mut self, now_ms: u64) {
        self.looks.next_full_ms = now_ms;
        let next_ms = now_ms.saturating_add(self.looks.pause_ms);
        self.looks.next_ms = self.looks.next_ms.min(next_ms);
    }

    /// The look that is due, if one is.
    pub(super) fn plan(
        &mut self,
        turn: &Turn<'_>,
        rows: &[Attempt],
        now_ms: u64,
    ) -> Result<Option<Plan>, Trouble> {
        if self.looks.running || now_ms < self.looks.next_ms {
            return Ok(None);
        }
        let mut orders: Vec<(u64, Key, String)> = rows
            .iter()
            .filter(|row| row.state.is_at_venue() && !self.is_posting(row))
            .filter_map(|row| {
                let asked_ms = self.watched.get(&row.key()).map_or(0, |w| w.asked_ms);
                Some((asked_ms, row.key(), row.order_hash.clone()?))
            })
            .collect();
        orders.sort();
        orders.truncate(ORDERS_MAX);
        for (_, key, _) in &orders {
            self.watched.entry(key.clone()).or_default().asked_ms = now_ms;
        }
        let overlap_s = self.trading.overlap_s;
        let since_s = turn.trades_needed_since(overlap_s)?.unwrap_or_else(|| {
            let today_s = now_ms.checked_div(1_000).unwrap_or(0);
            today_s.saturating_sub(overlap_s)
        });
        let full = if now_ms >= self.looks.next_full_ms {
            let refresh = !self.looks.complete_once || !self.missing.is_empty();
            let tokens = turn.tokens_to_compare()?;
            Some(Full {
                tokens,
                refresh,
                // Its answer would end another run's questions.
                signer: !self.shadow,
            })
        } else {
            None
        };
        self.looks.running = true;
        Ok(Some(Plan {
            since_s,
            orders: orders.into_iter().map(|(_, k, hash)| (k, hash)).collect(),
            full,
        }))
    }

    /// Its answer is still awaited: not being there yet is no news.
    fn is_posting(&self, row: &Attempt) -> bool {
        row.state == crate::state::State::Posting && self.flying.contains(&row.key())
    }

    /// Takes in what a look found.
    pub(super) fn looked(
        &mut self,
        turn: &mut Turn<'_>,
        full: bool,
        found: Result<Found, String>,
    ) -> Result<(), Trouble> {
        let now_ms = clock::now_ms();
        self.looks.running = false;
        self.metrics.looked(found.is_ok());
        let doubled_ms = self.looks.pause_ms.saturating_mul(2);
        self.looks.pause_ms = doubled_ms.min(self.trading.poll_ms);
        self.looks.next_ms = now_ms.saturating_add(self.looks.pause_ms);
        let found = match found {
            Ok(found) => found,
            Err(why) => {
                self.incomplete(why);
                // What could not be read whole is read whole next time.
                self.looks.next_full_ms = if full { 0 } else { self.looks.next_full_ms };
                return Ok(());
            }
        };
        self.take_fills(turn, &found)?;
        let started_s = found.started_ms.checked_div(1_000).unwrap_or(0);
        turn.trades_read_to(started_s)?;
        match found.full {
            None => {}
            Some(Err(why)) => {
                self.incomplete(why);
                self.looks.next_full_ms = 0;
                return Ok(());
            }
            Some(Ok(rest)) => {
                self.take_rest(turn, rest, found.started_ms)?;
                self.looks.complete_once = true;
                let idle_ms = if self.missing.is_empty() {
                    self.trading.idle_ms
                } else {
                    self.trading.poll_ms
                };
                self.looks.next_full_ms = now_ms.saturating_add(idle_ms);
            }
        }
        if self.looks.complete_once && self.missing.is_empty() {
            self.gate.incomplete = None;
        }
        Ok(())
    }

    /// Closes the gate, and says why once.
    fn incomplete(&mut self, why: String) {
        if self.gate.incomplete.as_ref() != Some(&why) {
            tracing::warn!("RECONCILING {why}. Nothing is signed until a complete look");
        }
        self.gate.incomplete = Some(why);
    }

    /// Fills first, then what each order's state says beside them.
    fn take_fills(&mut self, turn: &mut Turn<'_>, found: &Found) -> Result<(), Trouble> {
        let mut touched = BTreeSet::new();
        for fill in &found.fills {
            match turn.record_fill(fill)? {
                Recorded::Same => {}
                Recorded::New | Recorded::Moved => {
                    touched.insert(fill.order_hash.clone());
                }
                Recorded::Changed => {
                    let detail = format!(
                        "trade {} of order {} has other amounts than before",
                        fill.trade_id, fill.order_hash
                    );
                    self.incidents.push(("FILL_CHANGED".to_owned(), detail));
                }
            }
        }
        for (key, seen) in &found.orders {
            let mut row = turn.attempt(key)?;
            let Some(hash) = row.order_hash.clone() else {
                continue;
            };
            let tally = turn.tally(&hash)?;
            let evidence = reconcile::weigh(*seen, &tally);
            if touched.remove(&hash) {
                self.check_overfill(turn, &row)?;
            }
            self.weighed(turn, &mut row, evidence, found.started_ms)?;
        }
        for hash in touched {
            match turn.attempt_of(&hash)? {
                None => tracing::warn!(order = hash, "EXTERNAL fill: not an order of ours"),
                Some(mut row) => {
                    self.check_overfill(turn, &row)?;
                    // What is at the venue is asked for by its own hash.
                    if !row.state.is_at_venue() {
                        let evidence = reconcile::weigh_fills(&turn.tally(&hash)?);
                        self.learn(turn, &mut row, evidence, &News::Nothing)?;
                    }
                    self.look_soon();
                }
            }
        }
        Ok(())
    }

    fn weighed(
        &mut self,
        turn: &mut Turn<'_>,
        row: &mut Attempt,
        evidence: Evidence,
        look_ms: u64,
    ) -> Result<(), Trouble> {
        if evidence == Evidence::Absent {
            let disturbed_ms = self.clob.disturbed_ms();
            let apart_ms = self.trading.absence_ms;
            let watched = self.watched.entry(row.key()).or_default();
            // What was sent while the look went on cannot be missing from it.
            if watched.sent_ms < look_ms && !self.flying.contains(&row.key()) {
                watched.absence.empty(look_ms, disturbed_ms, apart_ms);
            }
        }
        let news = News::Because {
            code: evidence.name(),
            detail: "seen at the venue",
        };
        self.learn(turn, row, evidence, &news)
    }

    fn check_overfill(&mut self, turn: &Turn<'_>, row: &Attempt) -> Result<(), Trouble> {
        let hash = row.order_hash.as_deref().unwrap_or_default();
        let tally = turn.tally(hash)?;
        if reconcile::is_overfilled(&row.intent, &tally) {
            let detail = format!(
                "{}/{} ({hash}): {} shares for {} were filled, more than was signed",
                row.intent_id, row.attempt, tally.live_shares_units, tally.live_collateral_units
            );
            self.incidents.push(("OVERFILLED".to_owned(), detail));
        }
        Ok(())
    }

    /// The rest of the account: signer, clock, what rests, what is held.
    fn take_rest(
        &mut self,
        turn: &mut Turn<'_>,
        rest: FullFound,
        look_ms: u64,
    ) -> Result<(), Trouble> {
        if let Some(signer) = &rest.signer {
            self.see_signer(turn, signer, look_ms)?;
        }
        self.gate.skew_ms.0 = rest.skew_ms;
        self.gate.version = rest.version;
        self.gate.closed_only = rest.closed_only;
        for order in &rest.open_orders {
            match turn.attempt_of(&order.order_hash)? {
                None => tracing::warn!(
                    order = order.order_hash,
                    token = order.token_id,
                    side = order.side,
                    "EXTERNAL order rests: not one of ours"
                ),
                Some(row) if !row.state.is_at_venue() && row.since_ms < look_ms => {
                    let (hash, state) = (&order.order_hash, row.state.name());
                    let detail = format!("{hash} rests at the venue, and is {state}; cancel it");
                    self.incidents.push(("ORDER_RESTS".to_owned(), detail));
                }
                Some(_) => {}
            }
        }
        turn.set_balance("", rest.collateral_units, look_ms)?;
        for (token, units) in rest.shares {
            turn.set_balance(&token, units, look_ms)?;
            let compared = turn.compare(&token, units, DUST_UNITS, look_ms)?;
            self.compared(&token, compared, look_ms);
        }
        Ok(())
    }

    fn see_signer(
        &mut self,
        turn: &mut Turn<'_>,
        signer: &Status,
        look_ms: u64,
    ) -> Result<(), Trouble> {
        self.bell.hear(signer);
        let seen = SignerSeen::of(signer);
        if let Err(why) = turn.see_signer(&seen, look_ms)? {
            let detail = format!("{why}; restore the newer journal, or say why it is right");
            self.incidents
                .push(("SIGNER_ROLLED_BACK".to_owned(), detail));
        }
        Ok(())
    }

    fn compared(&mut self, token: &str, compared: Compared, look_ms: u64) {
        let Compared::Missing(units) = compared else {
            self.missing.remove(token);
            match compared {
                Compared::Adopted(units) => {
                    tracing::warn!(token, units, "EXTERNAL shares came without a fill");
                }
                Compared::Returned(units) => {
                    tracing::warn!(token, units, "EXTERNAL shares went without a fill");
                }
                Compared::Agree | Compared::Missing(_) => {}
            }
            return;
        };
        let first_ms = *self.missing.entry(token.to_owned()).or_insert(look_ms);
        let age_ms = look_ms.saturating_sub(first_ms);
        let age = duration(age_ms);
        let words = format!("{units} base units of token {token} are missing for {age}");
        if age_ms >= self.trading.absence_ms {
            let detail = format!(
                "{words}; look where they went, then orchestrator incident resolve --write-off"
            );
            self.incidents.push(("SHARES_MISSING".to_owned(), detail));
        } else {
            tracing::warn!(token, units, "shares are MISSING; looking again");
        }
        self.gate.incomplete = Some(words);
    }
}
