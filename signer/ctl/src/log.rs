//! `log`: what a journal recorded, read offline.
//!
//! Invariant: the file is never written, and no signer is asked. Decisions
//! that are still in SQLite's write-ahead log are read from a copy of both.
//! Invariant: only the columns named in [`columns`] are ever selected, so no
//! signature, key or MAC can be printed, whatever the table comes to hold. Of
//! a note's envelope, what its text says is told, and nothing else of it.

use std::path::{Path, PathBuf};

use clap::Args;
use note::{Body, Envelope, UtcSeconds};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use crate::journal_id::{open_unchanging, refusal};
use crate::log_copy::Copy;
use crate::say::{Fact, Refusal, Said, fact, object, printable, put};
use crate::{clock, values};

#[derive(Args)]
pub(crate) struct Log {
    /// The journal, or a copy of it with its -wal file beside it.
    #[arg(long, value_name = "FILE", default_value = "./journal.sqlite")]
    journal: PathBuf,
    /// From then on: 2026-11-20T02:00:00Z, or 02:00Z for the last time it was that.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

pub(crate) const JOURNAL_FIX: &str =
    "name the file that `signerctl init` made, or a whole copy of it";

// ---- The journal's schema, as far as `log` knows it: this block is all of it. ----

const TABLE: &str = "leaf";
const INDEX: &str = "leaf_index";
const AT_MS: &str = "wall_ms";

/// A note as it was signed.
const ENVELOPE: &str = "envelope";

/// What is printed of a leaf, in this order, if the table has it. Blobs are
/// printed in hex. Never name a signature, a key, a salt or a MAC here.
const fn columns() -> &'static [&'static str] {
    &[
        "entry",
        "code",
        "by",
        "kind",
        "reason",
        "intent_id",
        "attempt",
        "side",
        "limit_price_e4",
        "shares_units",
        "collateral_units",
        "maker_amount",
        "taker_amount",
        "charge_units",
        "market",
        "token_id",
        "order_hash",
        "leader",
        "strategy",
        ENVELOPE,
    ]
}

// ---- ----

pub(crate) fn run(args: &Log) -> Result<Said, Refusal> {
    let since = match &args.since {
        None => UtcSeconds::new(0),
        Some(text) => values::since(text, clock::now()?),
    }
    .ok_or_else(|| {
        Refusal::new(
            "TIME",
            "--since",
            "is no time",
            "write 2026-11-20T02:00:00Z, or 02:00Z",
        )
    })?;
    let not_one = |e: rusqlite::Error| {
        let problem = format_args!("cannot be read as a journal: {e}");
        refusal(&args.journal, problem, JOURNAL_FIX)
    };
    let (db, _copy) = open(&args.journal)?;
    let leaves = leaves(&db, since).map_err(not_one)?;
    let mut said = Said::default();
    for leaf in leaves {
        put(&mut said.out, line(args.json, &leaf));
    }
    Ok(said)
}

/// Opens a journal for reading; with the copy, where one was needed, that must
/// live as long.
pub(crate) fn open(journal: &Path) -> Result<(Connection, Option<Copy>), Refusal> {
    is_file(journal)?;
    let copy = Copy::if_needed(journal)?;
    let db = match &copy {
        None => open_unchanging(journal),
        Some(copy) => Connection::open(copy.path()),
    };
    let db = db.map_err(|e| {
        let problem = format_args!("cannot be read as a journal: {e}");
        refusal(journal, problem, JOURNAL_FIX)
    })?;
    Ok((db, copy))
}

/// SQLite's own words about a file that is not there are of no help.
fn is_file(journal: &Path) -> Result<(), Refusal> {
    let meta = journal
        .metadata()
        .map_err(|e| refusal(journal, format_args!("cannot be opened: {e}"), JOURNAL_FIX))?;
    if meta.is_file() {
        Ok(())
    } else {
        Err(refusal(journal, "is not a regular file", JOURNAL_FIX))
    }
}

/// One leaf as text: its time and index, then what it has of `columns`.
fn line(json: bool, leaf: &[Fact]) -> String {
    if json {
        return object(leaf).to_string();
    }
    let words: Vec<String> = leaf
        .iter()
        .map(|(name, value)| match name.as_str() {
            "at" | INDEX | "entry" | "code" | "side" => value.clone(),
            _ => format!("{name}={value}"),
        })
        .collect();
    printable(&words.join(" ")).replace('\n', " ")
}

fn leaves(db: &Connection, since: UtcSeconds) -> rusqlite::Result<Vec<Vec<Fact>>> {
    let mut known = db.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let known: Vec<String> = known
        .query_map([TABLE], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let shown: Vec<&str> = columns()
        .iter()
        .copied()
        .filter(|column| known.iter().any(|name| name == column))
        .collect();
    let list: String = shown
        .iter()
        .map(|column| [", ", *column].concat())
        .collect();
    let mut select = db.prepare(&format!(
        "SELECT {INDEX}, {AT_MS}{list} FROM {TABLE} WHERE {AT_MS} >= ?1 ORDER BY {INDEX}"
    ))?;
    let since_ms = i64::try_from(since.get().saturating_mul(1_000)).unwrap_or(i64::MAX);
    select
        .query_map([since_ms], |row| leaf(row, &shown))?
        .collect()
}

fn leaf(row: &Row<'_>, shown: &[&str]) -> rusqlite::Result<Vec<Fact>> {
    let (index, at_ms): (u64, u64) = (row.get(0)?, row.get(1)?);
    let at = UtcSeconds::new(at_ms.div_euclid(1_000));
    let at = at.map_or_else(|| at_ms.to_string(), |at| at.to_string());
    let mut facts = vec![fact("at", at), fact(INDEX, index)];
    for column in shown {
        match row.get_ref(*column)? {
            ValueRef::Null => {}
            ValueRef::Blob(bytes) if *column == ENVELOPE => facts.extend(note_facts(bytes)),
            ValueRef::Integer(number) => facts.push(fact(column, number)),
            ValueRef::Real(number) => facts.push(fact(column, number)),
            ValueRef::Text(text) => facts.push(fact(column, String::from_utf8_lossy(text))),
            ValueRef::Blob(bytes) => {
                facts.push(fact(column, format_args!("0x{}", hex::encode(bytes))));
            }
        }
    }
    Ok(facts)
}

/// What a note is and which of its kind, by its own text.
fn note_facts(envelope: &[u8]) -> Vec<Fact> {
    let read = Envelope::parse(envelope).ok();
    let Some(body) = read.and_then(|e| Body::parse(e.unverified_text()).ok()) else {
        return vec![fact("note", "unreadable")];
    };
    let kind = body.kind().first_line();
    let word = kind.split('/').nth(1).unwrap_or(kind);
    let which = match body {
        Body::Policy(policy) => fact("version", policy.version),
        Body::KeySet(keyset) => fact("version", keyset.version),
        Body::Cancel(cancel) => fact("version", cancel.version),
        Body::Dial(dial) => fact("serial", dial.serial),
        Body::Alive(alive) => fact("serial", alive.serial),
        Body::Declare(declare) => fact("serial", declare.serial),
        Body::Ticket(ticket) => fact("token", ticket.token),
        Body::Unfreeze(unfreeze) => fact("leaf", unfreeze.leaf),
        Body::WriteOff(off) => fact("orders", off.orders.len()),
        Body::Listing(listing) => fact("market", listing.market.condition),
        Body::Attestation(seen) => fact("fill", seen.fill()),
        Body::Fill(fill) => fact("orders", fill.fills.len()),
        Body::Recovery(recovery) => fact("leaf", recovery.leaf),
        Body::Export(export) => fact("leaf", export.leaf),
    };
    vec![fact("note", word), which]
}
