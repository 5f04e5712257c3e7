//! One look at a leader: his trades, whatever else moved his shares, and what he
//! holds where that has to be asked for.
//!
//! Invariant: an exit that nobody knows the size of waits for the list that
//! tells it, through three looks and five seconds at most, and only its own
//! token's other fills wait with it.

use std::time::Duration;

use order::Address;

use super::budget::List;
use super::data_api::Read;
use super::gather;
use super::line::{self, Seen};
use super::poll::{Shared, locked};
use super::rows::{Event, Fill, Position};
use super::store::{Brought, Place, Sight, StoreError, Told};
use crate::clock;
use crate::intent::attest;

/// Looks that a sell may wait through, the one that found it included.
const LOOKS_MAX: u32 = 3;
/// The longest that it may wait.
const KEPT_MS_MAX: u64 = 5_000;
/// The longest pause while one waits.
const KEPT_PAUSE_MS_MAX: u64 = 1_000;
/// Activity that moves no shares of any outcome.
const CASH_ONLY: [&str; 9] = [
    "TRADE",
    "REWARD",
    "MAKER_REBATE",
    "TAKER_REBATE",
    "REFERRAL_REWARD",
    "YIELD",
    "DEPOSIT",
    "WITHDRAWAL",
    "TIP",
];

/// A look that failed.
#[derive(Debug)]
pub(super) enum Failed {
    Incomplete(String, Option<u64>),
    Store(StoreError),
}

impl From<StoreError> for Failed {
    fn from(e: StoreError) -> Self {
        Self::Store(e)
    }
}

/// Sells that wait, and the list that they stand in.
struct Kept {
    since_ms: u64,
    looks: u32,
    fills: Vec<Fill>,
    start_s: u64,
}

impl Kept {
    fn left_ms(&self) -> u64 {
        let waited_ms = clock::now_ms().saturating_sub(self.since_ms);
        KEPT_MS_MAX.saturating_sub(waited_ms)
    }
}

/// One leader, between looks.
pub(super) struct Leader {
    number: usize,
    pub(super) wallet: Address,
    activity_at_s: u64,
    asked_at_s: Option<u64>,
    /// When the positions that are believed were read; zero where none were.
    held_at_s: u64,
    pub(super) failures: u32,
    kept: Option<Kept>,
}

impl Leader {
    pub(super) const fn new(number: usize, wallet: Address) -> Self {
        Self {
            number,
            wallet,
            activity_at_s: 0,
            asked_at_s: None,
            held_at_s: 0,
            failures: 0,
            kept: None,
        }
    }

    /// Whether a sell of his waits for another look.
    pub(super) const fn keeps_back(&self) -> bool {
        self.kept.is_some()
    }

    /// How long until the next look, which usually is `usual_ms`.
    pub(super) fn pause_ms(&self, usual_ms: u64) -> u64 {
        match &self.kept {
            Some(kept) => usual_ms.min(KEPT_PAUSE_MS_MAX).min(kept.left_ms()),
            None => usual_ms,
        }
    }
}

fn now_s() -> u64 {
    clock::now_ms().checked_div(1_000).unwrap_or(0)
}

fn whole<T>(read: Read<T>) -> Result<Vec<T>, Failed> {
    match read {
        Read::Complete(rows) => Ok(rows),
        Read::Incomplete {
            reason,
            retry_after_ms,
        } => Err(Failed::Incomplete(reason, retry_after_ms)),
    }
}

impl Shared {
    /// One look at a leader.
    pub(super) async fn look(&self, leader: &mut Leader) -> Result<(), Failed> {
        let place = locked(&self.store).place(leader.wallet, now_s())?;
        let start_s = place.position_s.saturating_sub(self.config.overlap_s);
        let Some(kept) = leader.kept.take() else {
            let fills = self.see(leader, &place, start_s, None).await?;
            return self.ask(leader, start_s, &fills).await;
        };
        // Whatever the lists do, what waits is told in time.
        let left = Duration::from_millis(kept.left_ms());
        let late = || Failed::Incomplete("a sell waits no longer".to_owned(), None);
        let again = tokio::time::timeout(left, self.see(leader, &place, start_s, Some(&kept)));
        let again = again.await.unwrap_or_else(|_elapsed| Err(late()));
        match again {
            Ok(fills) => self.ask(leader, start_s, &fills).await,
            Err(Failed::Store(e)) => Err(Failed::Store(e)),
            Err(e) => {
                let sight = Sight {
                    fills: &kept.fills,
                    events: None,
                    activity_s: 0,
                    now_s: now_s(),
                    horizon_s: kept.start_s,
                    keeps_back: false,
                    asked_s: leader.held_at_s,
                };
                self.record(leader, &sight)?;
                Err(e)
            }
        }
    }

    /// Reads the lists and takes them down; the trades.
    async fn see(
        &self,
        leader: &mut Leader,
        place: &Place,
        start_s: u64,
        kept: Option<&Kept>,
    ) -> Result<Vec<Fill>, Failed> {
        let fills = self.trades(leader, start_s).await?;
        let is_new = !locked(&self.store).fresh(leader.wallet, &fills)?.is_empty();
        let due_s = leader.activity_at_s.saturating_add(self.config.activity_s);
        if !is_new && now_s() < due_s {
            return Ok(fills);
        }
        let from_s = place.activity_s.saturating_sub(self.config.overlap_s);
        let read = self
            .api
            .all::<Event>(List::Activity, leader.number, leader.wallet, from_s);
        let (mut events, mut activity_s) = (None, 0);
        match whole(read.await) {
            Ok(rows) => {
                leader.activity_at_s = now_s();
                activity_s = rows.iter().map(|row| row.at_s).max().unwrap_or(0);
                events = Some(moving(rows));
            }
            // Buys are told meanwhile, without what was held before.
            Err(Failed::Incomplete(reason, _)) => self.miss(leader, &reason),
            Err(e @ Failed::Store(_)) => return Err(e),
        }
        let looks = kept.map_or(0, |kept| kept.looks).saturating_add(1);
        let since_ms = kept.map_or_else(clock::now_ms, |kept| kept.since_ms);
        let sight = Sight {
            fills: &fills,
            events: events.as_deref(),
            activity_s,
            now_s: now_s(),
            horizon_s: start_s,
            keeps_back: events.is_none() && looks < LOOKS_MAX,
            asked_s: leader.held_at_s,
        };
        if self.record(leader, &sight)?.kept_back > 0 {
            leader.kept = Some(Kept {
                since_ms,
                looks,
                fills: fills.clone(),
                start_s,
            });
        }
        Ok(fills)
    }

    async fn trades(&self, leader: &Leader, start_s: u64) -> Result<Vec<Fill>, Failed> {
        let read = self
            .api
            .all::<Fill>(List::Trades, leader.number, leader.wallet, start_s);
        let mut fills = whole(read.await)?;
        // What is older was dropped from memory and would seem new.
        fills.retain(|fill| fill.at_s >= start_s);
        Ok(fills)
    }

    fn record(&self, leader: &Leader, sight: &Sight<'_>) -> Result<Brought, Failed> {
        let now_ms = clock::now_ms();
        let brought = locked(&self.store).record(leader.wallet, sight, |told| {
            self.line(leader.wallet, told, now_ms)
        })?;
        for Told { order, .. } in &brought.told {
            tracing::info!(
                leader = %format!("{:#x}", leader.wallet),
                tx = %format!("{:#x}", order.tx),
                token = %order.token,
                side = %order.side(),
                size_e6 = order.size_e6,
                price_e10 = order.price_e10,
                fills = order.fills,
                age_ms = now_ms.saturating_sub(order.at_s.saturating_mul(1_000)),
                "ORDER"
            );
        }
        if brought.events > 0 {
            tracing::info!(leader = %format!("{:#x}", leader.wallet), events = brought.events,
                "MOVED otherwise than by trades");
        }
        if !brought.told.is_empty() {
            self.to_send.notify_one();
        }
        Ok(brought)
    }

    fn line(&self, leader: Address, told: &Told, now_ms: u64) -> Result<(String, String), String> {
        let seen = Seen {
            leader,
            chain_id: self.config.chain_id,
            ordinal: told.ordinal,
            held_before_e6: told.held_before_e6,
            now_ms,
        };
        let line = line::intent_line(&told.order, &seen);
        let line = match &self.key {
            Some(key) => attest::seal(&line, key)?,
            None => line,
        };
        Ok((line::intent_id(&told.order, &seen), line))
    }

    /// Asks what the leader holds, where that is not known, between two equal
    /// readings of his trades.
    async fn ask(&self, leader: &mut Leader, start_s: u64, fills: &[Fill]) -> Result<(), Failed> {
        if leader.keeps_back() {
            // Positions may know of a sell that was not taken down.
            return Ok(());
        }
        let is_due = |at_s: u64| now_s() >= at_s.saturating_add(self.config.settle_s);
        let place = locked(&self.store).place(leader.wallet, now_s())?;
        if !place.to_ask || !leader.asked_at_s.is_none_or(is_due) {
            return Ok(());
        }
        leader.asked_at_s = Some(now_s());
        let settled_s = now_s().saturating_sub(self.config.settle_s);
        let read = self
            .api
            .all::<Position>(List::Positions, leader.number, leader.wallet, 0);
        let positions = whole(read.await)?;
        let read_s = now_s();
        let again = self.trades(leader, start_s).await?;
        if gather::counted(&again) == gather::counted(fills) {
            locked(&self.store).hold(leader.wallet, &positions, settled_s)?;
            leader.held_at_s = read_s;
        }
        Ok(())
    }
}

/// Activity that moves shares and is no trade.
fn moving(mut rows: Vec<Event>) -> Vec<Event> {
    rows.retain(|row| !CASH_ONLY.contains(&row.kind.as_str()));
    rows
}
