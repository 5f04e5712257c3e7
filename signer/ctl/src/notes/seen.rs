//! `note new listing`, `attestation`, `fill`: what listers and watchers sign;
//! and `recovery`, by the quorum.
//!
//! Invariant: nothing here looks at a chain: what was seen is the signer's own
//! word, in flags.

use clap::Args;
use note::{
    Attestation, Body, Export, Fill, Filled, JournalId, Listing, Market, NoteId, Recipient,
    Recovery, UtcSeconds,
};
use order::{
    Address, B256, Chain, CollateralUnits, Exchange, PriceE4, ShareUnits, Side, TickSize, U256,
    Venue,
};

use super::draft::set;
use super::facts::{About, Known};
use crate::say::Refusal;
use crate::{random, status, values};

/// Listers and watchers are programs: they gather within the hour.
const GATHERING_MINUTES: u64 = 60;

#[derive(Args)]
pub(crate) struct NewListing {
    #[command(flatten)]
    about: About,
    /// The policy version in force; else the status says.
    #[arg(long, value_name = "N")]
    policy: Option<u64>,
    /// The market's condition.
    #[arg(long, value_name = "0x...", value_parser = values::word)]
    condition: B256,
    /// The token of its first outcome.
    #[arg(long, value_name = "TOKEN", value_parser = values::token)]
    yes: U256,
    /// The token of its second outcome.
    #[arg(long, value_name = "TOKEN", value_parser = values::token)]
    no: U256,
    /// It trades on the neg-risk exchange.
    #[arg(long)]
    neg_risk: bool,
    /// Its grid, where one is fixed.
    #[arg(long, value_name = "SIZE", value_parser = values::tick)]
    tick: Option<TickSize>,
    /// When buys of it end.
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    end: UtcSeconds,
}

#[derive(Args)]
pub(crate) struct NewAttestation {
    #[command(flatten)]
    about: About,
    /// The policy version in force; else the status says.
    #[arg(long, value_name = "N")]
    policy: Option<u64>,
    /// The chain: 137, or 80002 for the simulator's.
    #[arg(long, value_name = "N", value_parser = chain)]
    chain: Chain,
    /// The contract that logged the fill.
    #[arg(long, value_name = "v2|v2-neg-risk|v3", value_parser = exchange)]
    exchange: Exchange,
    /// The transaction.
    #[arg(long, value_name = "0x...", value_parser = values::word)]
    transaction: B256,
    /// The log's index in its block.
    #[arg(long, value_name = "N")]
    log_index: u64,
    /// The leader's order.
    #[arg(long, value_name = "0x...", value_parser = values::word)]
    order: B256,
    /// Whose order it was.
    #[arg(long, value_name = "0x...", value_parser = values::address)]
    leader: Address,
    /// The token that changed hands.
    #[arg(long, value_parser = values::token)]
    token: U256,
    /// What the leader did.
    #[arg(long, value_name = "BUY|SELL", value_parser = values::side)]
    side: Side,
    /// At what price.
    #[arg(long, value_parser = values::price)]
    price: PriceE4,
    /// How many shares.
    #[arg(long, value_name = "SHARES", value_parser = values::shares)]
    size: ShareUnits,
    /// The time of its block.
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    matched: UtcSeconds,
    /// When it was seen final; else now.
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    seen: Option<UtcSeconds>,
}

#[derive(Args)]
pub(crate) struct NewFill {
    #[command(flatten)]
    about: About,
    /// The policy version in force; else the status says.
    #[arg(long, value_name = "N")]
    policy: Option<u64>,
    /// An order of ours, its token, and all collateral and shares that changed
    /// hands for it, seen final on chain; again for each.
    #[arg(long, value_name = "0x...=TOKEN:USDC:SHARES", required = true,
        value_parser = values::filled)]
    filled: Vec<Filled>,
}

#[derive(Args)]
pub(crate) struct NewRecovery {
    #[command(flatten)]
    about: About,
    /// The leaf that froze; else the status says.
    #[arg(long, value_name = "N")]
    leaf: Option<u64>,
    /// All that this journal's orders were ever charged, the lost ones included.
    #[arg(long, value_name = "USDC", value_parser = values::usdc)]
    lifetime_usdc: CollateralUnits,
}

#[derive(Args)]
pub(crate) struct NewExport {
    #[command(flatten)]
    about: About,
    /// The leaf of the request; else the status says.
    #[arg(long, value_name = "N")]
    leaf: Option<u64>,
    /// Who gets the key; else the status says.
    #[arg(long, value_name = "age1...", value_parser = values::recipient)]
    to: Option<Recipient>,
}

fn chain(text: &str) -> Result<Chain, String> {
    let id = text.parse().ok().and_then(Chain::from_id);
    id.ok_or_else(|| "write 137 or 80002".to_owned())
}

fn exchange(text: &str) -> Result<Exchange, String> {
    match text {
        "v2" => Ok(Exchange::V2Standard),
        "v2-neg-risk" => Ok(Exchange::V2NegRisk),
        "v3" => Ok(Exchange::V3),
        _ => Err("write v2, v2-neg-risk or v3".to_owned()),
    }
}

/// The journal and the policy that a note of this role names.
fn names(known: &Known<'_>, policy: Option<u64>) -> Result<(JournalId, u64), Refusal> {
    let policy = known.number(policy, "--policy", status::POLICY_VERSION)?;
    Ok((known.journal()?, policy))
}

impl NewListing {
    pub(crate) fn body(&self, now: UtcSeconds) -> Result<Body, Refusal> {
        let known = Known::new(&self.about, now);
        let (journal, policy) = names(&known, self.policy)?;
        Ok(Body::Listing(Listing {
            journal,
            policy,
            window: known.window(GATHERING_MINUTES)?,
            market: Market {
                condition: self.condition,
                yes: self.yes,
                no: self.no,
                neg_risk: self.neg_risk,
                tick: self.tick,
                end: Some(self.end),
            },
        }))
    }
}

impl NewAttestation {
    pub(crate) fn body(&self, now: UtcSeconds) -> Result<Body, Refusal> {
        let known = Known::new(&self.about, now);
        let (journal, policy) = names(&known, self.policy)?;
        Ok(Body::Attestation(Attestation {
            journal,
            policy,
            window: known.window(GATHERING_MINUTES)?,
            venue: Venue {
                chain: self.chain,
                exchange: self.exchange,
            },
            transaction: self.transaction,
            log_index: self.log_index,
            order: self.order,
            leader: self.leader,
            token: self.token,
            side: self.side,
            price: self.price,
            size: self.size,
            matched: self.matched,
            seen: self.seen.unwrap_or(now),
        }))
    }
}

impl NewFill {
    pub(crate) fn body(&self, now: UtcSeconds) -> Result<Body, Refusal> {
        let known = Known::new(&self.about, now);
        let (journal, policy) = names(&known, self.policy)?;
        Ok(Body::Fill(Fill {
            journal,
            policy,
            id: NoteId(*random::bytes()?),
            window: known.window(GATHERING_MINUTES)?,
            fills: set("--filled", &self.filled)?,
        }))
    }
}

impl NewExport {
    pub(crate) fn body(&self, now: UtcSeconds) -> Result<Body, Refusal> {
        let known = Known::new(&self.about, now);
        let recipient = match &self.to {
            Some(to) => to.clone(),
            None => known.read("--to", status::EXPORT_RECIPIENT, values::recipient)?,
        };
        Ok(Body::Export(Export {
            journal: known.journal()?,
            leaf: known.number(self.leaf, "--leaf", status::EXPORT_LEAF)?,
            window: known.window(super::new::READING_MINUTES)?,
            recipient,
        }))
    }
}

impl NewRecovery {
    pub(crate) fn body(&self, now: UtcSeconds) -> Result<Body, Refusal> {
        let known = Known::new(&self.about, now);
        Ok(Body::Recovery(Recovery {
            journal: known.journal()?,
            leaf: known.number(self.leaf, "--leaf", status::FROZEN_LEAF)?,
            window: known.window(super::new::QUORUM_MINUTES)?,
            lifetime_usdc: self.lifetime_usdc,
        }))
    }
}
