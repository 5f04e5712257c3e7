//! Looking at leaders, each at its own pace, and sending what they brought.
//!
//! Invariant: nothing is told of a leader before his list was read whole.
//! Invariant: what a leader held before a trade is only said where the positions
//! were read between two equal readings of his trades, and every trade and other
//! activity since then was seen.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::config::Config;
use super::data_api::DataApi;
use super::look::{Failed, Leader};
use super::rest;
use super::sink::Sink;
use super::store::{Store, StoreError};
use crate::clock;
use crate::intent::attest::WatcherKey;

/// The longest pause after a look that failed, or a line that did not arrive.
pub(super) const PAUSE_MS_MAX: u64 = 30_000;
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

/// Everything that looks share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) api: DataApi,
    pub(super) store: Arc<Mutex<Store>>,
    pub(super) key: Option<Arc<WatcherKey>>,
    pub(super) to_send: Arc<Notify>,
    pub(super) config: Arc<Config>,
    incomplete: Arc<Mutex<u64>>,
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
        wallets
            .map(|(number, wallet)| Leader::new(number, wallet))
            .collect()
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

    /// Looks at each leader once, again where he sold and it is not known what he
    /// held, and sends what waits, once.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn once(&mut self) -> Result<Summary, StoreError> {
        for mut leader in self.leaders() {
            loop {
                match self.shared.look(&mut leader).await {
                    Ok(()) => {}
                    Err(Failed::Store(e)) => return Err(e),
                    Err(Failed::Incomplete(reason, _)) => self.shared.miss(&leader, &reason),
                }
                if !leader.keeps_back() {
                    break;
                }
                rest(leader.pause_ms(self.shared.config.poll_ms)).await;
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
                    leader.pause_ms(self.config.poll_ms)
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

    pub(super) fn miss(&self, leader: &Leader, reason: &str) {
        let mut incomplete = locked(&self.incomplete);
        *incomplete = incomplete.saturating_add(1);
        tracing::warn!(leader = %format!("{:#x}", leader.wallet), reason, "INCOMPLETE");
    }
}
