//! How a leaf stands in a row, and how it comes back from one.
//!
//! Invariant: an order read back passes the same checks as a new one, and its
//! hash is the one that was recorded.

use note::NoteId;
use order::strict::{Amounts, Fields, KeyKind, Order, Pricing};
use order::{Address, B256, Chain, CollateralUnits, Side, SignatureType, TickSize, U256, Venue};
use policy::{Approval, Charge, Code, Fingerprint, Intent, IntentId, Kind, Label, Size};
use rusqlite::types::{ToSqlOutput, Value};
use rusqlite::{Connection, Row, ToSql, params_from_iter};

use super::entry::{Entry, What};
use super::fault::Fault;
use super::leaf::Tree;
use super::replayed::{ReplayedLeaf, ReplayedWhat};
use super::time::{Mark, Up};
use super::words::{ATTENDED, exchange_of, exchange_text, freeze_reason, reason};

/// Every column that an insert fills, in the order of [`insert`].
const INSERT: &str = "INSERT INTO leaf (leaf_index, entry, wall_ms, slow_ms, fast_ms, by, kind, \
    intent_id, attempt, fingerprint, market, token_id, exchange, side, limit_price_e4, \
    shares_units, collateral_units, tick_size_e4, deadline_ms, strategy, leader, fill_id, \
    observed_price_e4, observed_shares_units, traded_ms, observed_ms, code, chain_id, salt, \
    maker, signing_address, session_key, signature_type, maker_amount, taker_amount, builder, \
    order_hash, charge_units, ticket, generation, envelope, reason, top) VALUES (?, ?, ?, ?, ?, ?, ?, \
    ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, \
    ?, ?, ?, ?, ?)";

pub(super) const SELECT_ORDER: &str =
    "SELECT * FROM leaf WHERE leaf_index = ?1 AND entry = 'approved'";

pub(super) const SELECT_REASON: &str =
    "SELECT reason FROM leaf WHERE leaf_index = ?1 AND entry = 'froze'";

/// Whole rows, in the order of the schema: their leaves are hashed again.
pub(super) const SELECT_REPLAY: &str = "SELECT * FROM leaf ORDER BY leaf_index";

/// The code whose denial is more than a denial: the day's cap was reached.
pub(super) const DAY_REACHED: &str = Code::BudgetDay.word();

/// A row being put together: what a leaf does not have stays NULL.
struct Columns<'a>(Vec<ToSqlOutput<'a>>);

impl<'a> Columns<'a> {
    fn push(&mut self, value: &'a (impl ToSql + ?Sized)) -> Result<(), Fault> {
        self.0.push(value.to_sql()?);
        Ok(())
    }

    fn owned(&mut self, value: impl Into<Value>) {
        self.0.push(ToSqlOutput::Owned(value.into()));
    }

    /// `SQLite` integers are signed; nothing that is recorded reaches their end.
    fn number(&mut self, value: u64) -> Result<(), Fault> {
        let value =
            i64::try_from(value).map_err(|_ignored| Fault::Corrupt("a number too large"))?;
        self.owned(value);
        Ok(())
    }

    fn nulls(&mut self, count: usize) {
        for _ in 0..count {
            self.owned(Value::Null);
        }
    }
}

/// Columns of what was asked, from kind to `observed_ms`.
const ASKED: usize = 20;
/// Columns behind the code: the order's 13, envelope and reason.
const TAIL: usize = 15;
/// Columns between who brought it and the collateral, the generation, the
/// envelope, the reason.
const AHEAD: usize = 10;
const GENERATION: usize = 33;
const ENVELOPE: usize = 34;
const REASON: usize = 35;

/// Adds one row, as the next leaf of `tree`.
pub(super) fn insert(
    db: &Connection,
    tree: &mut Tree,
    leaf_index: u64,
    entry: &Entry,
) -> Result<(), Fault> {
    let mut row = Columns(Vec::with_capacity(43));
    row.number(leaf_index)?;
    row.push(name(&entry.what))?;
    row.number(entry.at.wall_ms)?;
    row.number(entry.at.slow_ms)?;
    row.number(entry.at.fast_ms)?;
    row.push(&entry.by)?;
    fill(&mut row, &entry.what)?;
    let top = tree.append(&row.0)?;
    row.push(&top.0)?;
    db.prepare_cached(INSERT)?
        .execute(params_from_iter(row.0))?;
    Ok(())
}

/// Everything behind who brought it.
fn fill<'a>(row: &mut Columns<'a>, what: &'a What) -> Result<(), Fault> {
    match what {
        What::Approved { approved, approval } => {
            asked(row, approved.intent(), &approval.fingerprint)?;
            row.nulls(1);
            ordered(row, approved.order(), approval)?;
            row.nulls(2);
        }
        What::Denied {
            intent,
            fingerprint,
            denial,
        } => {
            asked(row, intent, fingerprint)?;
            row.push(denial.code())?;
            row.nulls(TAIL);
        }
        What::Denials(counts) => {
            row.nulls(ASKED);
            row.push(counts)?;
            row.nulls(TAIL);
        }
        What::Note(envelope) => {
            row.nulls(ENVELOPE);
            row.push(envelope)?;
            row.nulls(1);
        }
        What::Unlocked { generation } => {
            row.nulls(GENERATION);
            row.number(u64::from(*generation))?;
            row.nulls(2);
        }
        What::Froze { .. }
        | What::Started { .. }
        | What::Locked(_)
        | What::Export(_)
        | What::Login(_) => {
            row.nulls(REASON);
            row.owned(reason(what));
        }
        What::Advanced(units) => {
            row.nulls(AHEAD);
            row.number(*units)?;
            row.nulls(REASON.saturating_sub(AHEAD));
        }
        What::Stopped | What::ClockJumped | What::ClockAccepted => {
            row.nulls(REASON.saturating_add(1));
        }
    }
    Ok(())
}

const fn name(what: &What) -> &'static str {
    match what {
        What::Approved { .. } => "approved",
        What::Denied { .. } => "denied",
        What::Denials(_) => "denials",
        What::Note(_) => "note",
        What::Froze { .. } => "froze",
        What::Started { .. } => "started",
        What::Stopped => "stopped",
        What::Advanced(_) => "advanced",
        What::Unlocked { .. } => "unlocked",
        What::Locked(_) => "locked",
        What::ClockJumped => "clock_jumped",
        What::ClockAccepted => "clock_accepted",
        What::Export(_) => "export",
        What::Login(_) => "login",
    }
}

fn asked<'a>(
    row: &mut Columns<'a>,
    intent: &'a Intent,
    fingerprint: &'a [u8; 32],
) -> Result<(), Fault> {
    row.push(intent.kind.word())?;
    row.owned(intent.id.as_str().to_owned());
    row.number(u64::from(intent.attempt))?;
    row.push(fingerprint.as_slice())?;
    row.push(intent.market.as_slice())?;
    row.owned(intent.token_id.to_be_bytes::<32>().to_vec());
    row.push(exchange_text(intent.exchange))?;
    row.push(intent.side.as_str())?;
    row.number(u64::from(intent.limit_price.get()))?;
    match intent.size {
        Size::Shares(shares) => {
            row.number(shares.get())?;
            row.nulls(1);
        }
        Size::Collateral(collateral) => {
            row.nulls(1);
            row.number(collateral.get())?;
        }
    }
    row.number(u64::from(intent.tick_size.e4()))?;
    row.number(intent.deadline_ms)?;
    row.owned(intent.strategy.as_str().to_owned());
    match &intent.kind {
        Kind::Copy(observed) => {
            row.push(observed.leader.as_slice())?;
            row.push(observed.fill.as_slice())?;
            row.number(u64::from(observed.price.get()))?;
            row.number(observed.size.get())?;
            row.number(observed.traded_ms)?;
            row.number(observed.observed_ms)?;
        }
        Kind::Exit | Kind::Strategy => row.nulls(6),
    }
    Ok(())
}

fn ordered<'a>(
    row: &mut Columns<'a>,
    order: &'a Order,
    approval: &'a Approval,
) -> Result<(), Fault> {
    let fields = order.fields();
    row.number(fields.venue.chain.id())?;
    row.number(fields.salt)?;
    row.push(fields.maker.as_slice())?;
    row.push(fields.signing_address.as_slice())?;
    row.number(u64::from(fields.key == KeyKind::Session))?;
    row.number(u64::from(fields.signature_type.to_u8()))?;
    row.number(fields.amounts.maker)?;
    row.number(fields.amounts.taker)?;
    row.push(fields.builder.as_slice())?;
    row.push(approval.order_hash.as_slice())?;
    row.number(approval.charge.units().get())?;
    match &approval.ticket {
        Some(NoteId(id)) => row.push(id.as_slice())?,
        None => row.nulls(1),
    }
    row.number(u64::from(approval.generation))
}

/// Reads a row of [`SELECT_REPLAY`].
pub(super) fn read_replay(r: &Row<'_>) -> Result<ReplayedLeaf, Fault> {
    let entry: String = r.get(1)?;
    let what = match entry.as_str() {
        "approved" => ReplayedWhat::Approved(Box::new(read_approval(r)?)),
        "denied" if r.get::<_, String>(26)? == DAY_REACHED => ReplayedWhat::DayReached,
        "note" => ReplayedWhat::Note(r.get(40)?),
        "froze" => {
            let (by, reason): (String, String) = (r.get(5)?, r.get(41)?);
            ReplayedWhat::Froze {
                by: Label::parse(&by).ok_or(Fault::Corrupt("who froze"))?,
                reason: freeze_reason(&reason).ok_or(Fault::Corrupt("why it froze"))?,
            }
        }
        "started" => {
            let words: String = r.get(41)?;
            let (how, up) = words.split_once(", up ").unwrap_or((&words, ""));
            ReplayedWhat::Started {
                attended: how == ATTENDED,
                up: read_up(up),
            }
        }
        "stopped" => ReplayedWhat::Stopped,
        "advanced" => ReplayedWhat::Advanced(r.get(16)?),
        "clock_jumped" => ReplayedWhat::ClockJumped,
        "clock_accepted" => ReplayedWhat::ClockAccepted,
        "export" => ReplayedWhat::Export(r.get(41)?),
        _ => ReplayedWhat::Other,
    };
    let at = Mark {
        wall_ms: r.get(2)?,
        slow_ms: r.get(3)?,
        fast_ms: r.get(4)?,
    };
    Ok(ReplayedLeaf {
        leaf_index: r.get(0)?,
        at,
        what,
    })
}

/// Reads `1234 of 1250 ms`, whatever follows.
fn read_up(text: &str) -> Option<Up> {
    let (text, _) = text.split_once(", ").unwrap_or((text, ""));
    let (raw_ms, boot_ms) = text.strip_suffix(" ms")?.split_once(" of ")?;
    Some(Up {
        raw_ms: raw_ms.parse().ok()?,
        boot_ms: boot_ms.parse().ok()?,
    })
}

fn read_approval(r: &Row<'_>) -> Result<Approval, Fault> {
    let kind: String = r.get(6)?;
    let id: String = r.get(7)?;
    let strategy: String = r.get(19)?;
    let leader: Option<[u8; 20]> = r.get(20)?;
    let fill: Option<[u8; 32]> = r.get(21)?;
    let token: [u8; 32] = r.get(11)?;
    let exchange: String = r.get(12)?;
    let side: String = r.get(13)?;
    let order_hash: [u8; 32] = r.get(36)?;
    let charge: u64 = r.get(37)?;
    let ticket: Option<[u8; 16]> = r.get(38)?;
    Ok(Approval {
        intent_id: IntentId::parse(&id).ok_or(Fault::Corrupt("an intent id"))?,
        attempt: r.get(8)?,
        fingerprint: r.get(9)?,
        exit: kind == "EXIT",
        strategy: Label::parse(&strategy).ok_or(Fault::Corrupt("a strategy"))?,
        leader: leader.map(Address::from),
        fill: fill.map(B256::from),
        live: Chain::from_id(r.get(27)?) == Some(Chain::Polygon),
        token_id: U256::from_be_bytes(token),
        exchange: exchange_of(&exchange).ok_or(Fault::Corrupt("an exchange"))?,
        side: Side::parse(&side).ok_or(Fault::Corrupt("a side"))?,
        maker_amount: r.get(33)?,
        taker_amount: r.get(34)?,
        order_hash: B256::from(order_hash),
        charge: Charge::recorded(CollateralUnits::new(charge)),
        ticket: ticket.map(NoteId),
        generation: r.get(39)?,
    })
}

/// Reads [`SELECT_ORDER`]'s row: the order, its charge, what was asked. The outer error is `SQLite`'s, the inner ours.
pub(super) fn read_order(
    r: &Row<'_>,
) -> rusqlite::Result<Result<(Order, u64, Fingerprint), Fault>> {
    let token_id: [u8; 32] = r.get("token_id")?;
    let side: String = r.get("side")?;
    let timestamp_ms: u64 = r.get("wall_ms")?;
    let chain_id: u64 = r.get("chain_id")?;
    let exchange: String = r.get("exchange")?;
    let salt: u64 = r.get("salt")?;
    let maker: [u8; 20] = r.get("maker")?;
    let signing_address: [u8; 20] = r.get("signing_address")?;
    let session_key: bool = r.get("session_key")?;
    let signature_type: u8 = r.get("signature_type")?;
    let (maker_amount, taker_amount) = (r.get("maker_amount")?, r.get("taker_amount")?);
    let builder: [u8; 32] = r.get("builder")?;
    let order_hash: [u8; 32] = r.get("order_hash")?;
    let charge: u64 = r.get("charge_units")?;
    let fingerprint: Fingerprint = r.get("fingerprint")?;
    let in_shares = r.get::<_, Option<u64>>("shares_units")?.is_some();
    let tick: u16 = r.get("tick_size_e4")?;
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
            key: if session_key {
                KeyKind::Session
            } else {
                KeyKind::Owner
            },
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
        Ok((order, charge, fingerprint))
    })())
}
