//! A journal's leaves as the policy room reads them, for a simulation.
//!
//! The vault has a reading of its own; this one is only ever shown to a person.
//!
//! Invariant: the file is never written, and no signer is asked.

use std::path::Path;

use note::{JournalId, NoteId};
use order::{
    Address, B256, Chain, CollateralUnits, Exchange, PriceE4, ShareUnits, Side, TickSize, U256,
};
use policy::{
    Approval, Charge, Fingerprint, FreezeReason, Intent, IntentId, Kind, Label, Observed, Size,
    TagKey, Time,
};
use rusqlite::{Connection, Row};
use zeroize::Zeroizing;

use crate::journal_id::{open_unchanging, refusal};
use crate::log_copy::Copy;
use crate::say::Refusal;

const FIX: &str = "name the file that `signerctl init` made, or a whole copy of it";

const SELECT: &str = "SELECT leaf_index, entry, wall_ms, slow_ms, fast_ms, by, kind, intent_id, \
    attempt, fingerprint, market, token_id, exchange, side, limit_price_e4, shares_units, \
    collateral_units, tick_size_e4, deadline_ms, strategy, leader, fill_id, observed_price_e4, \
    observed_shares_units, traded_ms, observed_ms, code, chain_id, salt, maker_amount, \
    taker_amount, order_hash, charge_units, ticket, generation, envelope, reason \
    FROM leaf ORDER BY leaf_index";

/// One leaf.
pub(super) struct Leaf {
    pub(super) index: u64,
    pub(super) at: Time,
    pub(super) what: What,
}

/// What it says, as far as a simulation needs it.
pub(super) enum What {
    /// An intent, and what was said to it.
    Asked(Box<Asked>),
    /// A note as it was signed.
    Note(Vec<u8>),
    Froze {
        by: Label,
        reason: FreezeReason,
    },
    Started {
        attended: bool,
    },
    Stopped,
    Advanced {
        units: u64,
    },
    ClockJumped,
    ClockAccepted,
    Other,
}

/// An intent, and the answer.
pub(super) struct Asked {
    pub(super) intent: Intent,
    pub(super) fingerprint: Fingerprint,
    pub(super) answer: Answer,
}

pub(super) enum Answer {
    Approved { approval: Box<Approval>, salt: u64 },
    Denied { code: String },
}

/// Reads a journal, or a copy with its log beside it: whose it is, what its
/// tags are made with, and its leaves.
pub(super) fn read(journal: &Path) -> Result<(JournalId, TagKey, Vec<Leaf>), Refusal> {
    let not_one = |e: rusqlite::Error| {
        refusal(
            journal,
            format_args!("cannot be read as a journal: {e}"),
            FIX,
        )
    };
    if !journal.is_file() {
        return Err(refusal(journal, "is not a regular file", FIX));
    }
    let copy = Copy::if_needed(journal)?;
    let db = match &copy {
        None => open_unchanging(journal),
        Some(copy) => Connection::open(copy.path()),
    }
    .map_err(not_one)?;
    let (id, salt_key) = db
        .query_row("SELECT journal_id, salt_key FROM journal", [], |row| {
            Ok((row.get(0)?, Zeroizing::new(row.get(1)?)))
        })
        .map_err(not_one)?;
    let mut select = db.prepare(SELECT).map_err(not_one)?;
    let mut rows = select.query([]).map_err(not_one)?;
    let mut leaves = Vec::new();
    while let Some(row) = rows.next().map_err(not_one)? {
        let Some(leaf) = leaf(row).map_err(not_one)? else {
            let problem = format_args!("leaf {} is not read here", leaves.len());
            return Err(refusal(
                journal,
                problem,
                "use the signerctl of this signer",
            ));
        };
        leaves.push(leaf);
    }
    let tags = TagKey::of_journal(&salt_key, &id);
    Ok((JournalId(id), tags, leaves))
}

/// `None` if a value is none that the vault writes.
fn leaf(row: &Row<'_>) -> rusqlite::Result<Option<Leaf>> {
    let entry: String = row.get("entry")?;
    let what = match entry.as_str() {
        "approved" | "denied" => asked(row)?.map(|asked| What::Asked(Box::new(asked))),
        "note" => Some(What::Note(row.get("envelope")?)),
        "froze" => {
            let (by, reason): (String, String) = (row.get("by")?, row.get("reason")?);
            Label::parse(&by)
                .zip(freeze_reason(&reason))
                .map(|(by, reason)| What::Froze { by, reason })
        }
        "started" => {
            let how: String = row.get("reason")?;
            let attended = how.split(',').next() == Some("attended");
            Some(What::Started { attended })
        }
        "stopped" => Some(What::Stopped),
        "advanced" => {
            let units = row.get("collateral_units")?;
            Some(What::Advanced { units })
        }
        "clock_jumped" => Some(What::ClockJumped),
        "clock_accepted" => Some(What::ClockAccepted),
        _ => Some(What::Other),
    };
    let at = Time {
        wall_ms: row.get("wall_ms")?,
        slow_ms: row.get("slow_ms")?,
        fast_ms: row.get("fast_ms")?,
    };
    let index = row.get("leaf_index")?;
    Ok(what.map(|what| Leaf { index, at, what }))
}

fn freeze_reason(text: &str) -> Option<FreezeReason> {
    match text.split_once(':')?.0 {
        "asked" => Some(FreezeReason::Asked),
        "journal-broken" => Some(FreezeReason::JournalBroken),
        "rolled-back" => Some(FreezeReason::RolledBack),
        "wrong-wallet" => Some(FreezeReason::WrongWallet),
        "self-check" => Some(FreezeReason::SelfCheck),
        _ => None,
    }
}

fn exchange(text: &str) -> Option<Exchange> {
    match text {
        "v2-standard" => Some(Exchange::V2Standard),
        "v2-neg-risk" => Some(Exchange::V2NegRisk),
        "v3" => Some(Exchange::V3),
        _ => None,
    }
}

fn word(row: &Row<'_>, name: &str) -> rusqlite::Result<B256> {
    Ok(B256::new(row.get(name)?))
}

fn asked(row: &Row<'_>) -> rusqlite::Result<Option<Asked>> {
    let Some(intent) = intent(row)? else {
        return Ok(None);
    };
    let fingerprint: Fingerprint = row.get("fingerprint")?;
    let code: Option<String> = row.get("code")?;
    let answer = match code {
        Some(code) => Answer::Denied { code },
        None => Answer::Approved {
            approval: Box::new(approval(row, &intent, fingerprint)?),
            salt: row.get("salt")?,
        },
    };
    Ok(Some(Asked {
        intent,
        fingerprint,
        answer,
    }))
}

fn intent(row: &Row<'_>) -> rusqlite::Result<Option<Intent>> {
    let text = |name| row.get::<_, String>(name);
    let price = |name| Ok::<_, rusqlite::Error>(PriceE4::new(row.get(name)?));
    let kind = match text("kind")?.as_str() {
        "EXIT" => Some(Kind::Exit),
        "STRATEGY" => Some(Kind::Strategy),
        _ => price("observed_price_e4")?
            .map(|price| {
                Ok::<_, rusqlite::Error>(Kind::Copy(Observed {
                    leader: Address::new(row.get("leader")?),
                    fill: word(row, "fill_id")?,
                    price,
                    size: ShareUnits::new(row.get("observed_shares_units")?),
                    traded_ms: row.get("traded_ms")?,
                    observed_ms: row.get("observed_ms")?,
                }))
            })
            .transpose()?,
    };
    let size = match row.get::<_, Option<u64>>("shares_units")? {
        Some(units) => Size::Shares(ShareUnits::new(units)),
        None => Size::Collateral(CollateralUnits::new(row.get("collateral_units")?)),
    };
    let (id, strategy) = (text("intent_id")?, text("strategy")?);
    let (venue, way) = (text("exchange")?, text("side")?);
    let limit_price = price("limit_price_e4")?;
    let tick = TickSize::from_e4(row.get("tick_size_e4")?);
    let (attempt, market, token) = (
        row.get("attempt")?,
        word(row, "market")?,
        row.get("token_id")?,
    );
    let deadline_ms = row.get("deadline_ms")?;
    Ok((|| {
        Some(Intent {
            kind: kind?,
            id: IntentId::parse(&id)?,
            attempt,
            market,
            token_id: U256::from_be_bytes::<32>(token),
            exchange: exchange(&venue)?,
            side: Side::parse(&way)?,
            limit_price: limit_price?,
            size,
            tick_size: tick?,
            deadline_ms,
            strategy: Label::parse(&strategy)?,
        })
    })())
}

fn approval(
    row: &Row<'_>,
    intent: &Intent,
    fingerprint: Fingerprint,
) -> rusqlite::Result<Approval> {
    let ticket: Option<[u8; 16]> = row.get("ticket")?;
    let fill = match intent.kind {
        Kind::Copy(observed) => Some(observed.fill),
        Kind::Exit | Kind::Strategy => None,
    };
    Ok(Approval {
        intent_id: intent.id,
        attempt: intent.attempt,
        fingerprint,
        exit: matches!(intent.kind, Kind::Exit),
        strategy: intent.strategy,
        leader: intent.kind.leader(),
        fill,
        live: Chain::from_id(row.get("chain_id")?) == Some(Chain::Polygon),
        token_id: intent.token_id,
        exchange: intent.exchange,
        side: intent.side,
        maker_amount: row.get("maker_amount")?,
        taker_amount: row.get("taker_amount")?,
        order_hash: word(row, "order_hash")?,
        charge: Charge::recorded(CollateralUnits::new(row.get("charge_units")?)),
        ticket: ticket.map(NoteId),
        generation: row.get("generation")?,
    })
}
