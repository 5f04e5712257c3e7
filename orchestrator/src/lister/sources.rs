//! Who is asked about a market: the catalogue, the order API and a node of the
//! chain, each at the host that the configuration names.
//!
//! Invariant: who does not answer, or not as documented, has said nothing: an
//! error, never an unknown market.

use order::{B256, Chain, Venue};
use serde_json::Value;

use super::config::Config;
use super::ctf;
use super::judge::{Evidence, OnChain, Shown, Told};
use super::rows;
use crate::egress::Egress;
use crate::notes::Node;

/// `getOutcomeSlotCount(bytes32)`
const OUTCOMES: [u8; 4] = [0xd4, 0x2d, 0xc0, 0xc2];
/// `payoutDenominator(bytes32)`
const PAYOUT: [u8; 4] = [0xdd, 0x34, 0xde, 0x67];
/// `getCtfCollateral()`, of an exchange.
const COLLATERAL: [u8; 4] = [0x03, 0xce, 0xe3, 0xdf];

/// The ways to all three.
#[derive(Clone, Debug)]
pub(super) struct Sources {
    egress: Egress,
    gamma: String,
    clob: String,
    node: Node,
    chain: Chain,
}

impl Sources {
    pub(super) fn new(config: &Config) -> Result<Self, String> {
        let notes = &config.notes;
        Ok(Self {
            egress: Egress::new(&config.hosts, notes.timeout_ms)?,
            gamma: config.gamma.clone(),
            clob: config.clob.clone(),
            node: Node::new(&notes.rpc, notes.chain, notes.timeout_ms)?,
            chain: notes.chain,
        })
    }

    /// Makes sure that the node is of the chain that is meant.
    pub(super) async fn are_of_the_chain(&self) -> Result<(), String> {
        let found = self.node.is_of_the_chain().await;
        found.map_err(|why| format!("the node: {why}"))
    }

    /// Conditions of the `count` markets that trade most and are not closed.
    pub(super) async fn busiest(&self, count: usize) -> Result<Vec<B256>, String> {
        let query = "closed=false&order=volume24hr&ascending=false";
        let url = format!("{}/markets/keyset?{query}&limit={count}", self.gamma);
        let page = self.get(&url).await;
        let page = page.and_then(|page| page.ok_or_else(|| "404".to_owned()));
        let mut found = page
            .and_then(|page| rows::conditions(&page))
            .map_err(|why| format!("the catalogue: {why}"))?;
        found.truncate(count);
        Ok(found)
    }

    /// What all three say of `condition`.
    pub(super) async fn ask(&self, condition: B256) -> Result<Evidence, String> {
        let (gamma, clob) = (self.shown(condition).await, self.told(condition).await);
        let chain = self.on_chain(condition).await;
        Ok(Evidence {
            condition,
            gamma: gamma.map_err(|why| format!("the catalogue: {why}"))?,
            clob: clob.map_err(|why| format!("the order API: {why}"))?,
            chain: chain.map_err(|why| format!("the node: {why}"))?,
        })
    }

    async fn shown(&self, condition: B256) -> Result<Option<Shown>, String> {
        let url = format!("{}/markets/keyset?condition_ids={condition}", self.gamma);
        let Some(page) = self.get(&url).await? else {
            return Err("it was answered with 404".to_owned());
        };
        rows::shown(&page, condition)
    }

    async fn told(&self, condition: B256) -> Result<Option<Told>, String> {
        let url = format!("{}/markets/{condition}", self.clob);
        let row = self.get(&url).await?;
        row.map(|row| rows::told(&row, condition)).transpose()
    }

    async fn on_chain(&self, condition: B256) -> Result<OnChain, String> {
        let contract = ctf::contract(self.chain);
        let asked = |selector: [u8; 4]| [&selector[..], condition.as_slice()].concat();
        let outcomes = self.node.call(contract, &asked(OUTCOMES)).await?;
        let payout = self.node.call(contract, &asked(PAYOUT)).await?;
        let mut has_our_collaterals = true;
        for neg_risk in [false, true] {
            let venue = Venue {
                chain: self.chain,
                exchange: ctf::exchange(neg_risk),
            };
            let said = self.node.call(venue.verifying_contract(), &COLLATERAL);
            let ours = ctf::collateral(neg_risk).into_word();
            has_our_collaterals &= said.await? == ours;
        }
        Ok(OnChain {
            outcomes: outcomes.into(),
            payout: payout.into(),
            has_our_collaterals,
        })
    }

    /// The JSON at `url`; none for a 404.
    async fn get(&self, url: &str) -> Result<Option<Value>, String> {
        let said = self.egress.get(url).await?;
        match said.status {
            200 => serde_json::from_str(&said.text)
                .map(Some)
                .map_err(|_ignored| "the answer is no JSON".to_owned()),
            404 => Ok(None),
            status => Err(format!("it was answered with {status}")),
        }
    }
}
