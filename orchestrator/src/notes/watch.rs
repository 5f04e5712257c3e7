//! What final blocks bring, signed and left for whoever carries it.
//!
//! Invariant: a block is read when it is final, once or again: what it brings
//! has one name and one text, so that reading again leaves nothing new.

use std::convert::Infallible;
use std::time::Duration;

use order::{Address, B256};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::chain::{Filled, Node, Of};
use super::config::Attesting;
use super::fills::{self, For};
use super::folder::{self, Folder};
use super::notary::Notary;
use crate::files;
use crate::intent::attest::WatcherKey;

/// What is older is copied by no policy: at a start no more is read again, by
/// two seconds a block.
const ATTESTED_BLOCKS: u64 = 300;
/// How far back our own order's fills are looked for: it was signed this day.
const OWN_BLOCKS: u64 = 43_200;
/// Blocks asked for at once.
const SPAN_BLOCKS: u64 = 1_000;
/// An attestation is of no use after its hour; a fill note after its day.
const KEPT: Duration = Duration::from_hours(48);

/// Reads, signs and leaves.
pub struct Attester {
    node: Node,
    folder: Folder,
    notary: Notary,
    to: For,
    leaders: Vec<Address>,
    wallet: Option<Address>,
    every: Interval,
    /// The last block that was read whole.
    read: Option<u64>,
}

impl Attester {
    /// Opens what `config` names, to attest what `leaders` do.
    ///
    /// # Errors
    ///
    /// A sentence that names the thing, its problem and the fix.
    pub fn open(config: &Attesting, leaders: &[Address]) -> Result<Self, String> {
        let bytes = files::read_secret(&config.identity)?;
        let key = WatcherKey::read(&bytes)
            .map_err(|e| format!("FILE {}: {e}", config.identity.display()))?;
        let notary =
            Notary::new(key, &config.name).map_err(|e| format!("CONFIG notes.name: {e}"))?;
        let mut every = interval(Duration::from_millis(config.every_ms));
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tracing::info!("attesting what is final, as {}", notary.verifier());
        Ok(Self {
            node: Node::new(&config.rpc, config.chain, config.timeout_ms)?,
            folder: Folder::open(&config.folder)?,
            notary,
            to: For {
                journal: config.journal,
                policy: config.policy,
            },
            leaders: leaders.to_vec(),
            wallet: config.wallet,
            every,
            read: None,
        })
    }

    /// Reads what becomes final, for ever: a node that is away is asked again.
    pub async fn run(&mut self) -> Infallible {
        loop {
            self.every.tick().await;
            if let Err(why) = self.look().await {
                tracing::warn!(why, "CHAIN not read; it is asked again");
            }
        }
    }

    /// Reads what became final since the last look, and says how many notes were
    /// left.
    ///
    /// # Errors
    ///
    /// Why not all of it was read.
    pub async fn look(&mut self) -> Result<usize, String> {
        if self.read.is_none() {
            self.node.is_of_the_chain().await?;
            for kind in ["attestation-", "fill-"] {
                self.folder.forget(kind, &self.notary, KEPT)?;
            }
        }
        let last = self.node.finalized().await?;
        let begun = last.saturating_sub(ATTESTED_BLOCKS);
        let mut from = self.read.map_or(begun, |read| read.saturating_add(1));
        let mut left = 0_usize;
        while from <= last {
            let to = last.min(from.saturating_add(SPAN_BLOCKS));
            left = left.saturating_add(self.span(from, to).await?);
            self.read = Some(to);
            from = to.saturating_add(1);
        }
        Ok(left)
    }

    async fn span(&self, from: u64, to: u64) -> Result<usize, String> {
        let mut left = 0_usize;
        if !self.leaders.is_empty() {
            for fill in self
                .node
                .fills((from, to), Of::Makers(&self.leaders))
                .await?
            {
                left = left.saturating_add(usize::from(self.attest(&fill).await?));
            }
        }
        let ours: &[Address] = self.wallet.as_slice();
        if !ours.is_empty() {
            for fill in self.node.fills((from, to), Of::Makers(ours)).await? {
                left = left.saturating_add(usize::from(self.tell(&fill).await?));
            }
        }
        Ok(left)
    }

    async fn attest(&self, fill: &Filled) -> Result<bool, String> {
        let block_s = self.node.time_s(fill.block).await?;
        let Some(text) = fills::attestation(self.to, fill, block_s) else {
            tracing::warn!(transaction = %fill.transaction, "a fill at no price of an order");
            return Ok(false);
        };
        let subject = folder::attestation_name(fill.transaction, Some(fill.log_index));
        self.leave(&subject, &text)
    }

    /// Tells of our own order, all of it up to this fill.
    async fn tell(&self, fill: &Filled) -> Result<bool, String> {
        let from = fill.block.saturating_sub(OWN_BLOCKS);
        let all = self.of_order(fill.order, (from, fill.block)).await?;
        let until = |one: &&Filled| (one.block, one.log_index) <= (fill.block, fill.log_index);
        let all: Vec<Filled> = all.iter().filter(until).copied().collect();
        let block_s = self.node.time_s(fill.block).await?;
        let (id, text) = fills::told(self.to, &all, block_s)
            .ok_or("our own fill has amounts that no order has")?;
        self.leave(&format!("fill-{}", hex::encode(id.0)), &text)
    }

    async fn of_order(&self, order: B256, (from, to): (u64, u64)) -> Result<Vec<Filled>, String> {
        let (mut found, mut from) = (Vec::new(), from);
        while from <= to {
            let end = to.min(from.saturating_add(SPAN_BLOCKS));
            found.extend(self.node.fills((from, end), Of::Order(order)).await?);
            from = end.saturating_add(1);
        }
        Ok(found)
    }

    fn leave(&self, subject: &str, text: &str) -> Result<bool, String> {
        let is_new = self.folder.leave(subject, text, &self.notary)?;
        if is_new {
            tracing::info!(subject, "a note was left");
        }
        Ok(is_new)
    }
}
