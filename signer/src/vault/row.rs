//! How a decision stands in a row, and how an order comes back from one.
//!
//! Invariant: an order read back passes the same checks as a new one, and its
//! hash is the one that was recorded.

use order::strict::{Amounts, Fields, KeyKind, Order, Pricing};
use order::{
    Address, B256, Chain, CollateralUnits, Exchange, Side, SignatureType, TickSize, U256, Venue,
};
use policy::{Approved, Charge, Intent, Kind, Size};
use rusqlite::{Connection, Row, params};

use super::fault::Fault;
use super::journal::{Entry, Verdict};

pub(super) const APPROVED: &str = "approved";
const DENIED: &str = "denied";

const INSERT: &str = "INSERT INTO leaf (leaf_index, at_ms, outcome, caller, kind, intent_id, \
    attempt, fingerprint, market, token_id, side, limit_price_e4, shares_units, collateral_units, \
    tick_size_e4, deadline_ms, code, chain_id, exchange, salt, maker, signing_address, \
    signature_type, maker_amount, taker_amount, builder, order_hash, charge_units) VALUES (?1, ?2, \
    ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, \
    ?23, ?24, ?25, ?26, ?27, ?28)";

pub(super) const SELECT_ORDER: &str = "SELECT token_id, side, at_ms, chain_id, exchange, salt, \
    maker, signing_address, signature_type, maker_amount, taker_amount, builder, order_hash, \
    charge_units, shares_units IS NOT NULL, tick_size_e4 FROM leaf WHERE leaf_index = ?1 AND outcome = 'approved'";

/// Adds one row.
pub(super) fn insert(db: &Connection, leaf_index: u64, entry: &Entry) -> Result<(), Fault> {
    let (intent, denial, approved): (&Intent, _, _) = match &entry.verdict {
        Verdict::Approved(approved) => (approved.intent(), None, Some(approved.as_ref())),
        Verdict::Denied { intent, denial } => (intent, Some(denial), None),
    };
    let (shares, collateral) = match intent.size {
        Size::Shares(shares) => (Some(shares.get()), None),
        Size::Collateral(collateral) => (None, Some(collateral.get())),
    };
    let order = approved.map(Approved::order);
    let fields = order.map(Order::fields);
    db.prepare_cached(INSERT)?.execute(params![
        leaf_index,
        entry.at_ms,
        if approved.is_some() { APPROVED } else { DENIED },
        entry.caller,
        match intent.kind {
            Kind::Copy => "copy",
            Kind::Exit => "exit",
        },
        intent.id.as_str(),
        intent.attempt,
        entry.fingerprint,
        intent.market.as_slice(),
        intent.token_id.to_be_bytes::<32>(),
        intent.side.as_str(),
        intent.limit_price.get(),
        shares,
        collateral,
        intent.tick_size.e4(),
        intent.deadline_ms,
        denial.map(policy::Denial::code),
        fields.map(|f| f.venue.chain.id()),
        fields.map(|f| exchange_text(f.venue.exchange)),
        fields.map(|f| f.salt),
        fields.map(|f| f.maker.as_slice()),
        fields.map(|f| f.signing_address.as_slice()),
        fields.map(|f| f.signature_type.to_u8()),
        fields.map(|f| f.amounts.maker),
        fields.map(|f| f.amounts.taker),
        fields.map(|f| f.builder.as_slice()),
        order.map(|o| o.order_hash().to_vec()),
        approved.map(|a| a.charge().units().get()),
    ])?;
    Ok(())
}

/// Reads [`SELECT_ORDER`]'s row. The outer error is `SQLite`'s, the inner ours.
pub(super) fn read_order(r: &Row<'_>) -> rusqlite::Result<Result<(Order, Charge), Fault>> {
    let token_id: [u8; 32] = r.get(0)?;
    let side: String = r.get(1)?;
    let timestamp_ms: u64 = r.get(2)?;
    let chain_id: u64 = r.get(3)?;
    let exchange: String = r.get(4)?;
    let salt: u64 = r.get(5)?;
    let maker: [u8; 20] = r.get(6)?;
    let signing_address: [u8; 20] = r.get(7)?;
    let signature_type: u8 = r.get(8)?;
    let (maker_amount, taker_amount) = (r.get(9)?, r.get(10)?);
    let builder: [u8; 32] = r.get(11)?;
    let order_hash: [u8; 32] = r.get(12)?;
    let charge: u64 = r.get(13)?;
    let in_shares: bool = r.get(14)?;
    let tick: u16 = r.get(15)?;
    Ok((|| {
        let venue = Venue {
            chain: Chain::from_id(chain_id).ok_or(Fault::Corrupt("a chain id"))?,
            exchange: exchange_of(&exchange).ok_or(Fault::Corrupt("an exchange"))?,
        };
        let tick = TickSize::from_e4(tick).ok_or(Fault::Corrupt("a tick size"))?;
        let pricing = if in_shares {
            Pricing::Limit(tick)
        } else {
            Pricing::MarketBuy(tick)
        };
        let order = Order::new(Fields {
            venue,
            maker: Address::from(maker),
            signature_type: SignatureType::from_u8(signature_type)
                .ok_or(Fault::Corrupt("a signature type"))?,
            signing_address: Address::from(signing_address),
            key: KeyKind::Owner,
            token_id: U256::from_be_bytes(token_id),
            side: Side::parse(&side).ok_or(Fault::Corrupt("a side"))?,
            amounts: Amounts {
                maker: maker_amount,
                taker: taker_amount,
                pricing,
            },
            salt,
            timestamp_ms,
            builder: B256::from(builder),
        })
        .map_err(|_ignored| Fault::Corrupt("an order that would not be made today"))?;
        if order.order_hash() != B256::from(order_hash) {
            return Err(Fault::Corrupt("an order hash"));
        }
        Ok((order, Charge::recorded(CollateralUnits::new(charge))))
    })())
}

const fn exchange_text(exchange: Exchange) -> &'static str {
    match exchange {
        Exchange::V2Standard => "v2-standard",
        Exchange::V2NegRisk => "v2-neg-risk",
        Exchange::V3 => "v3",
    }
}

fn exchange_of(text: &str) -> Option<Exchange> {
    match text {
        "v2-standard" => Some(Exchange::V2Standard),
        "v2-neg-risk" => Some(Exchange::V2NegRisk),
        "v3" => Some(Exchange::V3),
        _ => None,
    }
}
