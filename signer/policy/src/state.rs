//! What the journal's rows add up to: the one thing that is counted.
//!
//! Built by [`State::apply`] and by nothing else, both when the rows are read
//! back at a start and when they are written, so a crash, a restart or another
//! program reading the same journal comes to the same sums.
//!
//! A vault may apply a row as it decides it, before the commit, so that the
//! next decision of the batch sees it: if the commit fails, the vault must end,
//! and the rows on disk build the state again.
//!
//! Invariant: at a fixed time no row lowers a window's sum, a count, or what a
//! token was charged.

use alloc::collections::BTreeMap;

use frame::tags::TagKey;
use note::{Body, Mode, Recovery};
use order::strict::AMOUNT_UNITS_MAX;
use order::{Address, CollateralUnits, U256};

use crate::ahead::Ahead;
use crate::attested::Attests;
use crate::calendar::{DAY_MS, Day, ms_of};
use crate::holdings::{Holdings, Token};
use crate::intent_id::IntentId;
use crate::meters::Meters;
use crate::orders::Orders;
use crate::replay::{Replay, Seen};
use crate::row::{Approval, Entry, Misfit, Row};
use crate::standing::{Freeze, FreezeReason};
use crate::tickets::Tickets;
use crate::time::Time;

/// Everything that a decision counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    last_leaf: Option<u64>,
    /// The largest slow time of any row: windows never go back behind it.
    slow_ms: u64,
    /// Of any chain, and of the one with the money.
    first_order_ms: Option<u64>,
    first_live_ms: Option<u64>,
    /// The UTC day of the slow time on which the day's cap was reached last, and
    /// the lowest that was.
    reached: Option<(Day, CollateralUnits)>,
    /// The largest fee ceiling that any policy ever had, basis points.
    fee_bps: u16,
    /// When a policy first named each key, on the fast reading.
    keys_ms: BTreeMap<Address, u64>,
    pub(crate) meters: Meters,
    pub(crate) holdings: Holdings,
    pub(crate) orders: Orders,
    pub(crate) replay: Replay,
    pub(crate) tickets: Tickets,
    pub(crate) attests: Attests,
    pub(crate) ahead: Ahead,
    /// The longest that any policy let the witnesses' word be old.
    late_ms: u64,
    recovered_ms: Option<u64>,
    /// The freeze of a journal that went back, which a recovery ends.
    went_back: Option<Freeze>,
    /// Any other, which an unfreeze ends: neither ends both.
    asked: Option<Freeze>,
    clock_jumped_ms: Option<u64>,
    unattended_ms: Option<u64>,
}

impl State {
    /// The state of a journal without rows, which keeps what it remembers of
    /// names and contents under tags made with `tags`, the journal's own key.
    #[must_use]
    pub fn new(tags: TagKey) -> Self {
        Self {
            last_leaf: None,
            slow_ms: 0,
            first_order_ms: None,
            first_live_ms: None,
            reached: None,
            fee_bps: 0,
            keys_ms: BTreeMap::new(),
            meters: Meters::default(),
            holdings: Holdings::default(),
            orders: Orders::new(tags.clone()),
            replay: Replay::new(tags),
            tickets: Tickets::default(),
            attests: Attests::default(),
            ahead: Ahead::default(),
            late_ms: 0,
            recovered_ms: None,
            went_back: None,
            asked: None,
            clock_jumped_ms: None,
            unattended_ms: None,
        }
    }

    /// Takes one row.
    ///
    /// # Errors
    ///
    /// A row that this journal cannot have; the state stays as it was.
    pub fn apply(&mut self, row: &Row) -> Result<(), Misfit> {
        if self.last_leaf.is_some_and(|last| row.leaf <= last) {
            return Err(Misfit::LeafOrder);
        }
        if let Entry::Approved(approval) = &row.entry {
            self.fits(approval)?;
        }
        self.last_leaf = Some(row.leaf);
        self.slow_ms = self.slow_ms.max(row.at.slow_ms);
        match &row.entry {
            Entry::Approved(approval) => self.approve(approval, row),
            Entry::Note(body) => self.note(body, row.at),
            Entry::DayReached { limit } => {
                let day = Day::of_ms(self.slow_ms);
                let before = self.day_reached(self.slow_ms).unwrap_or(*limit);
                self.reached = Some((day, before.min(*limit)));
            }
            Entry::Froze { by, reason } => {
                let slot = if *reason == FreezeReason::RolledBack {
                    &mut self.went_back
                } else {
                    &mut self.asked
                };
                *slot = Some(Freeze {
                    leaf: row.leaf,
                    at_ms: row.at.wall_ms,
                    by: *by,
                    reason: *reason,
                });
            }
            Entry::Started { attended } => {
                self.unattended_ms = (!attended).then_some(row.at.wall_ms);
                self.ahead.started(row.leaf);
            }
            Entry::Stopped => self.ahead.stopped(),
            Entry::Advanced { units } => {
                // Whoever else may charge it stops when its witnesses' word is
                // too old, and what it charges then is that late.
                let owed = self.ahead.advanced(row.leaf, *units);
                let last_ms = self.slow_ms.saturating_add(self.late_ms);
                if owed > 0 {
                    // What is marked that late must not end what was before.
                    let keep_ms = DAY_MS.saturating_add(self.late_ms);
                    self.meters.owed.add(last_ms, owed, keep_ms);
                }
            }
            Entry::ClockJumped => {
                self.clock_jumped_ms.get_or_insert(row.at.wall_ms);
            }
            Entry::ClockAccepted => self.clock_jumped_ms = None,
        }
        self.tickets.forget(row.at.fast_ms);
        self.attests.forget(row.at.fast_ms);
        if self.meters.sweep(self.slow_ms) {
            self.holdings.forget(self.slow_ms);
        }
        Ok(())
    }

    fn fits(&self, approval: &Approval) -> Result<(), Misfit> {
        let amounts = approval.maker_amount.max(approval.taker_amount);
        let charged = approval.charge.units().get().div_euclid(2);
        if amounts > AMOUNT_UNITS_MAX || charged > approval.maker_amount {
            return Err(Misfit::Amounts);
        }
        if self
            .replay
            .get(approval.intent_id, approval.attempt)
            .is_some()
        {
            return Err(Misfit::AttemptTwice);
        }
        if self.orders.contains(approval.order_hash) {
            return Err(Misfit::OrderTwice);
        }
        match approval.ticket {
            Some(id) if !self.tickets.contains(id) => Err(Misfit::TicketMissing),
            Some(_) | None => Ok(()),
        }
    }

    fn approve(&mut self, approval: &Approval, row: &Row) {
        let slow_ms = self.slow_ms;
        self.first_order_ms.get_or_insert(slow_ms);
        if approval.live {
            self.first_live_ms.get_or_insert(slow_ms);
        }
        if let Some(fill) = approval.fill {
            let shares = match approval.side {
                order::Side::Buy => approval.taker_amount,
                order::Side::Sell => approval.maker_amount,
            };
            self.attests.take(fill, approval.intent_id, shares);
        }
        self.meters.add(approval, slow_ms, row.at.fast_ms);
        self.ahead.charged(approval.charge.units().get());
        self.orders.add(approval);
        let token = approval.token_id;
        match approval.side {
            order::Side::Buy => {
                let (maker, taker) = (approval.maker_amount, approval.taker_amount);
                self.holdings.bought(token, approval.exchange, maker, taker);
                let units = approval.charge.units().get();
                self.holdings.charged(token, slow_ms, units);
            }
            order::Side::Sell => {
                let measured = approval.ticket.is_none();
                let measured = measured.then_some((slow_ms, approval.maker_amount));
                self.holdings.sold(token, measured);
            }
        }
        if let Some(id) = approval.ticket {
            self.tickets.take(id);
        }
        let seen = self
            .replay
            .seen(&approval.fingerprint, row.leaf, approval.generation);
        self.replay
            .insert(approval.intent_id, approval.attempt, seen, slow_ms);
    }

    /// When a policy first named this key, on the fast reading.
    #[must_use]
    pub fn key_since(&self, key: Address) -> Option<u64> {
        self.keys_ms.get(&key).copied()
    }

    fn note(&mut self, body: &Body, at: Time) {
        match body {
            Body::Ticket(ticket) => self.tickets.add(ticket),
            Body::Alive(alive) => {
                // Signed before the restart and held back since, it says nothing
                // of it. Notes begin on whole seconds.
                let begins_ms = ms_of(alive.window.not_before).saturating_add(999);
                self.unattended_ms = self.unattended_ms.filter(|since| begins_ms < *since);
            }
            Body::Declare(declare) => self.holdings.declare(declare),
            Body::Unfreeze(unfreeze) => {
                // A later freeze is another leaf, and stays.
                self.asked = self.asked.filter(|asked| asked.leaf != unfreeze.leaf);
            }
            Body::Recovery(recovery) => self.recover(recovery, at),
            Body::Attestation(seen) => self.attests.add(seen),
            Body::Fill(fill) => {
                for seen in &fill.fills {
                    if let Some((was, now)) = self.orders.filled(seen) {
                        self.holdings.filled(&was, &now);
                    }
                }
            }
            Body::WriteOff(off) => {
                for written in &off.orders {
                    self.orders.write_off(written.order);
                }
            }
            // The rest of it is kept by `note::Authority`, and read through
            // `Facts`; those know nothing of the policies before.
            Body::Policy(policy) => {
                self.fee_bps = self.fee_bps.max(policy.order.fee_ceiling_bps);
                let late_ms = u64::from(policy.witnessing.witness_late_seconds);
                self.late_ms = self.late_ms.max(late_ms.saturating_mul(1_000));
                let key = policy.wallet.signing_address;
                self.keys_ms.entry(key).or_insert(at.fast_ms);
            }
            Body::KeySet(_)
            | Body::Cancel(_)
            | Body::Dial(_)
            | Body::Listing(_)
            | Body::Export(_) => {}
        }
    }

    /// Charges what a journal that went back had forgotten, topping up what it
    /// knows; and ends that freeze.
    fn recover(&mut self, recovery: &Recovery, at: Time) {
        let known = self.lifetime();
        let all = u128::from(recovery.lifetime_usdc.get());
        let lost = all.saturating_sub(known);
        self.meters.top_up(lost, self.slow_ms);
        self.orders.lose(lost);
        self.holdings.lose(lost);
        self.went_back = self.went_back.filter(|back| back.leaf != recovery.leaf);
        self.recovered_ms = Some(at.fast_ms);
    }

    /// When a person last said what the journal had forgotten, on the fast
    /// reading: of what others held before then, that is the last word.
    #[must_use]
    pub const fn recovered(&self) -> Option<u64> {
        self.recovered_ms
    }

    /// What may be charged ahead of the witnesses.
    #[must_use]
    pub const fn ahead(&self) -> &Ahead {
        &self.ahead
    }

    /// All that was ever charged, with all that is owed.
    pub(crate) fn lifetime(&self) -> u128 {
        self.meters.charged.total().saturating_add(self.owed())
    }

    /// All that starts ever came to owe.
    pub(crate) fn owed(&self) -> u128 {
        self.meters.owed.total().saturating_add(self.ahead.owed())
    }

    /// The freeze that holds, if one does: of a journal that went back, whose
    /// leaf a recovery note must name; or any other, whose an unfreeze must.
    #[must_use]
    pub const fn frozen(&self) -> Option<Freeze> {
        match self.went_back {
            Some(back) => Some(back),
            None => self.asked,
        }
    }

    /// Both of them.
    pub fn freezes(&self) -> impl Iterator<Item = Freeze> {
        self.went_back.into_iter().chain(self.asked)
    }

    /// Since when, on the wall, the clocks disagree.
    #[must_use]
    pub const fn clock_jumped(&self) -> Option<u64> {
        self.clock_jumped_ms
    }

    /// Since when, on the wall, it runs without anyone having said `alive`.
    #[must_use]
    pub const fn unattended(&self) -> Option<u64> {
        self.unattended_ms
    }

    /// The last leaf that was applied.
    #[must_use]
    pub const fn last_leaf(&self) -> Option<u64> {
        self.last_leaf
    }

    /// How many attempts the replay set remembers, and how many signed orders
    /// may still fill: what grows.
    #[must_use]
    pub fn sizes(&self) -> (usize, usize) {
        (self.replay.len(), self.orders.len())
    }

    /// The slow time of a decision: never behind a row's.
    pub(crate) fn slow_ms(&self, time: Time) -> u64 {
        self.slow_ms.max(time.slow_ms)
    }

    /// When the first order was signed; with real money, the first for it.
    pub(crate) const fn first_order_ms(&self, mode: Mode) -> Option<u64> {
        match mode {
            Mode::Paper => self.first_order_ms,
            Mode::Live => self.first_live_ms,
        }
    }

    /// The day's cap that was reached, until its UTC day is over.
    #[must_use]
    pub fn day_reached(&self, slow_ms: u64) -> Option<CollateralUnits> {
        let today = Day::of_ms(slow_ms);
        let (day, limit) = self.reached?;
        (day == today).then_some(limit)
    }

    /// The largest fee that a signed SELL may be taken at, as far as its row
    /// does not say; 0 while none is open.
    pub(crate) fn sells_fee_bps(&self) -> u16 {
        self.orders.lowest_sell().map_or(0, |_| self.fee_bps)
    }

    pub(crate) fn token(&self, token: U256) -> Option<&Token> {
        self.holdings.token(token)
    }

    pub(crate) fn seen(&self, id: IntentId, attempt: u16) -> Option<Seen> {
        self.replay.get(id, attempt)
    }
}
