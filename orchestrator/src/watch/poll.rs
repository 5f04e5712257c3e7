//! Looking at leaders, each at its own pace, and sending what they brought.
//!
//! Invariant: nothing is told of a leader before his list was read whole.
//! Invariant: what a leader held before a trade is only said where the positions
//! were read between two equal readings of his trades, and every trade and other
//! activity since then was seen.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use order::Address;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::budget::List;
use super::config::Config;
use super::data_api::{DataApi, Read};
use super::gather;
use super::line::{self, Seen};
use super::rest;
use super::rows::{Event, Fill, Position};
use super::sink::Sink;
use super::store::{Brought, Sight, Store, StoreError, Told};
use crate::clock;
use crate::intent::attest::{self, WatcherKey};

/// The longest pause after a look that failed, or a line that did not arrive.
pub(super) const PAUSE_MS_MAX: u64 = 30_000;
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

/// What came of it all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Summary {
    /// Lines, since the database began.
    pub told: u64,
    /// Of those, how many wait to be sent.
    pub waiting: u64,
    /// Fills from before the watch began, which are not told.
    pub missed: u64,
    /// Looks of this run that brought no whole list.
    pub incomplete: u64,
}

/// A look that failed.
#[derive(Debug)]
enum Failed {
    Incomplete(String, Option<u64>),
    Store(StoreError),
}

impl From<StoreError> for Failed {
    fn from(e: StoreError) -> Self {
        Self::Store(e)
    }
}

/// Everything that looks share.
#[derive(Clone)]
pub(super) struct Shared {
    api: DataApi,
    pub(super) store: Arc<Mutex<Store>>,
    key: Option<Arc<WatcherKey>>,
    pub(super) to_send: Arc<Notify>,
    config: Arc<Config>,
    incomplete: Arc<Mutex<u64>>,
}

/// One leader, between looks.
struct Leader {
    number: usize,
    wallet: Address,
    activity_at_s: u64,
    asked_at_s: Option<u64>,
    failures: u32,
}

/// The watcher.
pub struct Watcher {
    shared: Shared,
    sink: Sink,
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A transaction that a panic left open is rolled back.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

impl Watcher {
    /// Opens everything that the configuration names.
    ///
    /// # Errors
    ///
    /// A sentence that names the thing, its problem and the fix.
    pub fn open(config: Config) -> Result<Self, String> {
        let key = match &config.identity {
            None => None,
            Some(path) => {
                let bytes = crate::files::read_secret(path)?;
                let key = WatcherKey::read(&bytes);
                Some(Arc::new(
                    key.map_err(|e| format!("FILE {}: {e}", path.display()))?,
                ))
            }
        };
        let count = config.leaders.len();
        let api = DataApi::new(&config.data_api, &config.hosts, config.timeout_ms, count)?;
        let store = Store::open(&config.database, config.chain_id);
        let store = store.map_err(|e| format!("STORE {e}"))?;
        let sink = Sink::open(&config.output, config.timeout_ms)?;
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        for leader in &config.not_followed {
            tracing::warn!(
                "CONFIG MONITORED_TRADERS: {leader:#x} is not in FOLLOW_TRADERS; he is only watched"
            );
        }
        let watcher = key.as_ref().map_or("nobody", |key| key.public());
        tracing::info!(
            "watching {count} leaders on {} every {} ms, lines signed by {watcher}",
            config.data_api,
            config.poll_ms
        );
        let shared = Shared {
            api,
            store: Arc::new(Mutex::new(store)),
            key,
            to_send: Arc::new(Notify::new()),
            config: Arc::new(config),
            incomplete: Arc::default(),
        };
        Ok(Self { shared, sink })
    }

    fn leaders(&self) -> Vec<Leader> {
        let wallets = self.shared.config.leaders.iter().copied().enumerate();
        let leader = |(number, wallet)| Leader {
            number,
            wallet,
            activity_at_s: 0,
            asked_at_s: None,
            failures: 0,
        };
        wallets.map(leader).collect()
    }

    /// Looks and sends until `stop` is ready.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn run(&mut self, stop: impl Future<Output = ()>) -> Result<Summary, StoreError> {
        let mut looks = JoinSet::new();
        for mut leader in self.leaders() {
            let shared = self.shared.clone();
            looks.spawn(async move { shared.follow(&mut leader).await });
        }
        let shared = self.shared.clone();
        let failed = tokio::select! {
            () = stop => None,
            ended = looks.join_next() => match ended {
                Some(Ok(e)) => Some(e),
                Some(Err(_)) => Some(StoreError::Corrupt("a look at a leader panicked")),
                None => Some(StoreError::Corrupt("there is nobody to look at")),
            },
            e = shared.send(&mut self.sink) => Some(e),
        };
        // Between two awaits nothing is half done: a sight is one transaction.
        looks.shutdown().await;
        failed.map_or_else(|| self.summary(), Err)
    }

    /// Looks at each leader once, and sends what waits, once.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn once(&mut self) -> Result<Summary, StoreError> {
        for mut leader in self.leaders() {
            match self.shared.look(&mut leader).await {
                Ok(()) => {}
                Err(Failed::Store(e)) => return Err(e),
                Err(Failed::Incomplete(reason, _)) => self.shared.miss(&leader, &reason),
            }
        }
        let shared = self.shared.clone();
        while let Ok(true) = shared.send_some(&mut self.sink).await? {}
        self.summary()
    }

    fn summary(&self) -> Result<Summary, StoreError> {
        let totals = locked(&self.shared.store).totals()?;
        Ok(Summary {
            told: totals.told,
            waiting: totals.waiting,
            missed: totals.missed,
            incomplete: *locked(&self.shared.incomplete),
        })
    }
}

impl Shared {
    /// Looks again and again; ends only when the database fails.
    async fn follow(&self, leader: &mut Leader) -> StoreError {
        loop {
            let begun_ms = clock::now_ms();
            let pause_ms = match self.look(leader).await {
                Ok(()) => {
                    leader.failures = 0;
                    self.config.poll_ms
                }
                Err(Failed::Store(e)) => return e,
                Err(Failed::Incomplete(reason, wanted_ms)) => {
                    self.miss(leader, &reason);
                    leader.failures = leader.failures.saturating_add(1);
                    let doubled = 1_u64.checked_shl(leader.failures.min(5)).unwrap_or(1);
                    let pause_ms = self.config.poll_ms.saturating_mul(doubled);
                    pause_ms
                        .min(PAUSE_MS_MAX)
                        .max(wanted_ms.unwrap_or(0).min(PAUSE_MS_MAX))
                }
            };
            let took_ms = clock::now_ms().saturating_sub(begun_ms);
            rest(pause_ms.saturating_sub(took_ms)).await;
        }
    }

    fn miss(&self, leader: &Leader, reason: &str) {
        let mut incomplete = locked(&self.incomplete);
        *incomplete = incomplete.saturating_add(1);
        tracing::warn!(leader = %format!("{:#x}", leader.wallet), reason, "INCOMPLETE");
    }

    /// One look at a leader.
    async fn look(&self, leader: &mut Leader) -> Result<(), Failed> {
        let overlap_s = self.config.overlap_s;
        let place = locked(&self.store).place(leader.wallet, now_s())?;
        let start_s = place.position_s.saturating_sub(overlap_s);
        let fills = self.trades(leader, start_s).await?;
        let is_new = !locked(&self.store).fresh(leader.wallet, &fills)?.is_empty();
        let due_s = leader.activity_at_s.saturating_add(self.config.activity_s);
        let (mut events, mut activity_s, mut asked) = (None, 0, false);
        if is_new || now_s() >= due_s {
            asked = true;
            let from_s = place.activity_s.saturating_sub(overlap_s);
            let read = self
                .api
                .all::<Event>(List::Activity, leader.number, leader.wallet, from_s);
            match whole(read.await) {
                Ok(rows) => {
                    leader.activity_at_s = now_s();
                    activity_s = rows.iter().map(|row| row.at_s).max().unwrap_or(0);
                    events = Some(moving(rows));
                }
                // Trades are told meanwhile, without what was held before.
                Err(Failed::Incomplete(reason, _)) => self.miss(leader, &reason),
                Err(e @ Failed::Store(_)) => return Err(e),
            }
        }
        if asked {
            let sight = Sight {
                fills: &fills,
                events: events.as_deref(),
                activity_s,
                now_s: now_s(),
                horizon_s: start_s,
            };
            self.record(leader, &sight)?;
        }
        self.ask(leader, start_s, &fills).await
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
        let is_due = |at_s: u64| now_s() >= at_s.saturating_add(self.config.settle_s);
        let place = locked(&self.store).place(leader.wallet, now_s())?;
        if !place.to_ask || !leader.asked_at_s.is_none_or(is_due) {
            return Ok(());
        }
        leader.asked_at_s = Some(now_s());
        let read = self
            .api
            .all::<Position>(List::Positions, leader.number, leader.wallet, 0);
        let positions = whole(read.await)?;
        let again = self.trades(leader, start_s).await?;
        if gather::counted(&again) == gather::counted(fills) {
            let settled_s = now_s().saturating_sub(self.config.settle_s);
            locked(&self.store).hold(leader.wallet, &positions, settled_s)?;
        }
        Ok(())
    }
}

/// Activity that moves shares and is no trade.
fn moving(mut rows: Vec<Event>) -> Vec<Event> {
    rows.retain(|row| !CASH_ONLY.contains(&row.kind.as_str()));
    rows
}
