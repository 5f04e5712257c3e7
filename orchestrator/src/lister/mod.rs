//! The lister: signs that a market may be bought, once it has found that every
//! source says of it what the chain and its own arithmetic say.
//!
//! For: a program on a host of its own that looks at the markets it is asked
//! for, and leaves a signed note about each in the folder that `run` reads.
//!
//! Never touches: the signer, the order API's private part and its credentials,
//! the outbox; an order.
//!
//! Invariant: a listing is on disk before it is signed, a market is signed once,
//! and whoever reads it again finds the same bytes.
//! Invariant: a market of which anybody asked said nothing is not judged.

pub mod config;
pub mod ctf;
pub mod judge;
pub mod refusal;
pub mod rows;
mod sources;
pub mod store;
pub mod window;

use std::collections::BTreeMap;
use std::time::Duration;

use note::{Body, Listing, Market};
use order::B256;
use tokio::time::{Interval, MissedTickBehavior, interval};

use self::config::Config;
use self::refusal::Refusal;
use self::sources::Sources;
use self::store::{Store, StoreError, Text};
use crate::clock;
use crate::files;
use crate::intent::attest::WatcherKey;
use crate::notes::{Folder, Notary};

/// Own notes that are too late are removed from the folder; then nobody may
/// carry them, and this is longer than any window.
const KEPT: Duration = Duration::from_hours(24 * 21);

/// One that looks, judges, signs and leaves.
pub struct Lister {
    config: Config,
    sources: Sources,
    store: Store,
    folder: Folder,
    notary: Notary,
    every: Interval,
    /// What was last said of a market, so as to say it once.
    said: BTreeMap<B256, String>,
}

/// What one look came to.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Markets that were signed now.
    pub signed: Vec<B256>,
    /// Markets that were asked for and signed before.
    pub standing: usize,
    /// Markets that are not listed, and why.
    pub refused: Vec<(B256, Refusal)>,
    /// What could not be asked.
    pub unseen: Vec<String>,
}

impl Lister {
    /// Opens what `config` names.
    ///
    /// # Errors
    ///
    /// A sentence that names the thing, its problem and the fix.
    pub fn open(config: Config) -> Result<Self, String> {
        let path = &config.notes.identity;
        let bytes = files::read_secret(path)?;
        let key = WatcherKey::read(&bytes).map_err(|e| format!("FILE {}: {e}", path.display()))?;
        let notary =
            Notary::new(key, &config.notes.name).map_err(|e| format!("CONFIG notes.name: {e}"))?;
        let chain_id = config.notes.chain.id();
        let store = Store::open(&config.database, notary.verifier(), chain_id)
            .map_err(|e| format!("STORE {}: {e}", config.database.display()))?;
        let mut every = interval(Duration::from_secs(config.look_s));
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tracing::info!("listing what was checked, as {}", notary.verifier());
        Ok(Self {
            sources: Sources::new(&config)?,
            folder: Folder::open(&config.notes.folder)?,
            store,
            notary,
            every,
            said: BTreeMap::new(),
            config,
        })
    }

    /// Looks again and again, until `stop`.
    ///
    /// # Errors
    ///
    /// The database failed, or the folder: then nothing more is signed.
    pub async fn run(&mut self, stop: impl Future<Output = ()>) -> Result<(), String> {
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => return Ok(()),
                _ = self.every.tick() => {}
            }
            let summary = tokio::select! {
                () = &mut stop => return Ok(()),
                summary = self.look() => summary?,
            };
            self.tell(&summary);
        }
    }

    /// One look at every market that is asked for.
    ///
    /// # Errors
    ///
    /// The database failed, or the folder.
    pub async fn look(&mut self) -> Result<Summary, String> {
        let mut summary = Summary::default();
        self.leave_all()?;
        if let Err(why) = self.sources.are_of_the_chain().await {
            summary.unseen.push(why);
            return Ok(summary);
        }
        let named = self.config.markets.clone();
        for condition in &named {
            self.one(*condition, false, &mut summary).await?;
        }
        if let Some(rules) = self.config.rules {
            match self.sources.busiest(rules.busiest).await {
                Ok(busiest) => {
                    for condition in busiest.iter().filter(|found| !named.contains(found)) {
                        self.one(*condition, true, &mut summary).await?;
                    }
                }
                Err(why) => summary.unseen.push(why),
            }
        }
        Ok(summary)
    }

    /// Looks at one market, and signs it if it is as it must be.
    async fn one(
        &mut self,
        condition: B256,
        by_rule: bool,
        summary: &mut Summary,
    ) -> Result<(), String> {
        if self.store.has(condition).map_err(failed)? {
            summary.standing = summary.standing.saturating_add(1);
            return Ok(());
        }
        let new_per_day = self.config.new_per_day;
        if self
            .store
            .is_day_full(now_s(), new_per_day)
            .map_err(failed)?
        {
            let refusal = Refusal::DayFull { new_per_day };
            summary.refused.push((condition, refusal));
            return Ok(());
        }
        let seen = match self.sources.ask(condition).await {
            Ok(seen) => seen,
            Err(why) => {
                summary.unseen.push(format!("{condition}: {why}"));
                return Ok(());
            }
        };
        let rules = self.config.rules.as_ref().filter(|_| by_rule);
        let judged = judge::judge(&seen, &self.config.terms, rules, clock::now_ms());
        let taken = match judged {
            Ok(market) => self.sign(&market)?,
            Err(refusal) => Err(refusal),
        };
        match taken {
            Ok(()) => summary.signed.push(condition),
            Err(refusal) => summary.refused.push((condition, refusal)),
        }
        Ok(())
    }

    /// Writes the listing down, then signs and leaves it.
    fn sign(&mut self, market: &Market) -> Result<Result<(), Refusal>, String> {
        let now_s = now_s();
        let texts = self.texts(market, now_s)?;
        let per_day = self.config.new_per_day;
        let taken = self.store.take(market, &texts, now_s, per_day);
        if let Err(refusal) = taken.map_err(failed)? {
            return Ok(Err(refusal));
        }
        for text in &texts {
            self.folder.leave(&text.subject, &text.text, &self.notary)?;
        }
        tracing::info!(condition = %market.condition, "a market was listed");
        Ok(Ok(()))
    }

    fn texts(&self, market: &Market, now_s: u64) -> Result<Vec<Text>, String> {
        let notes = &self.config.notes;
        let windows = window::windows(now_s).into_iter();
        let text = |window: note::Window| {
            let body = Body::Listing(Listing {
                journal: notes.journal,
                policy: notes.policy,
                window,
                market: market.clone(),
            });
            body.check()
                .map_err(|e| format!("INVARIANT a listing breaks its rule, {e}; report it"))?;
            Ok(Text {
                subject: subject(market.condition, window, notes.policy),
                apply_before_s: window.apply_before.get(),
                text: body.print(),
            })
        };
        windows.map(text).collect()
    }

    /// Leaves what was signed before and is still of use, wherever it is gone.
    fn leave_all(&self) -> Result<(), String> {
        self.folder.forget("listing-", &self.notary, KEPT)?;
        for text in self.store.texts(now_s()).map_err(failed)? {
            if self.folder.leave(&text.subject, &text.text, &self.notary)? {
                tracing::info!(subject = text.subject, "a note was left again");
            }
        }
        Ok(())
    }

    /// Says what is news of a look.
    fn tell(&mut self, summary: &Summary) {
        for why in &summary.unseen {
            tracing::warn!(why, "not asked; it is asked again");
        }
        for (condition, refusal) in &summary.refused {
            let told = refusal.to_string();
            if self.said.get(condition) != Some(&told) {
                tracing::warn!(%condition, "{}: {told}", refusal.code());
                self.said.insert(*condition, told);
            }
        }
    }
}

/// What a listing's file is called.
fn subject(condition: B256, window: note::Window, policy: u64) -> String {
    let (market, week) = (hex::encode(condition), window.not_before.get());
    format!("listing-{market}-{policy}-{week}")
}

fn now_s() -> u64 {
    clock::now_ms().div_euclid(1_000)
}

#[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
fn failed(e: StoreError) -> String {
    format!("STORE {e}")
}
