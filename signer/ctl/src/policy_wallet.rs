//! Whose key the journal's policies want.
//!
//! Invariant: a key is not sealed for a journal whose policy names another
//! address; where there is no policy yet, the signer holds them together later.

use std::path::Path;

use alloy_primitives::Address;
use note::{Body, Envelope, UtcSeconds};
use rusqlite::Connection;

use crate::journal_id::{open_unchanging, refusal};
use crate::log_copy::Copy;
use crate::say::Refusal;

/// Refuses if the newest policy in `journal` names another signing address.
pub(crate) fn must_be(journal: &Path, address: Address) -> Result<(), Refusal> {
    match all(journal)?.last().map(|policy| policy.address) {
        Some(wanted) if wanted != address => Err(Refusal::new(
            "WRONG_WALLET",
            "key",
            format_args!("it is the key of {address}, and the policy's is {wanted}"),
            "import the other key, or apply a policy for this one first; nothing was written",
        )),
        Some(_) | None => Ok(()),
    }
}

/// Whose key the policy in force at `now` names. The signer's slower clock may
/// bring it into force a little later.
pub(crate) fn in_force(journal: &Path, now: UtcSeconds) -> Result<Option<Address>, Refusal> {
    let policies = all(journal)?;
    let begun = policies
        .iter()
        .rev()
        .find(|policy| policy.from_s <= now.get());
    Ok(begun.map(|policy| policy.address))
}

/// A policy that was applied, and nobody cancelled.
struct Applied {
    version: u64,
    address: Address,
    delay_hours: u16,
    /// When it is in force.
    from_s: u64,
}

/// All of a journal, oldest first.
fn all(journal: &Path) -> Result<Vec<Applied>, Refusal> {
    let unreadable = |e: rusqlite::Error| {
        refusal(
            journal,
            format_args!("its notes cannot be read: {e}"),
            "name the file that `signerctl init` made",
        )
    };
    let copy = Copy::if_needed(journal)?;
    let db = match &copy {
        None => open_unchanging(journal),
        Some(copy) => Connection::open(copy.path()),
    }
    .map_err(unreadable)?;
    applied(&db).map_err(unreadable)
}

fn applied(db: &Connection) -> rusqlite::Result<Vec<Applied>> {
    let tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'leaf'";
    let mut found: Vec<Applied> = Vec::new();
    if db.query_row(tables, [], |row| row.get::<_, u64>(0))? == 0 {
        return Ok(found);
    }
    let mut rows = db.prepare(
        "SELECT envelope, wall_ms FROM leaf WHERE envelope IS NOT NULL ORDER BY leaf_index",
    )?;
    let envelopes = rows.query_map([], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?)))?;
    for envelope in envelopes {
        let (envelope, wall_ms): (_, u64) = envelope?;
        let read = Envelope::parse(&envelope).ok();
        match read.and_then(|e| Body::parse(e.unverified_text()).ok()) {
            Some(Body::Policy(policy)) => {
                let hours = found.last().map_or(0, |held| held.delay_hours);
                let delay_s = u64::from(hours).saturating_mul(3_600);
                found.push(Applied {
                    version: policy.version,
                    address: policy.wallet.signing_address,
                    delay_hours: policy.delay_hours,
                    from_s: wall_ms.div_euclid(1_000).saturating_add(delay_s),
                });
            }
            Some(Body::Cancel(cancel)) => found.retain(|held| held.version != cancel.version),
            // Another key set drops what is pending.
            Some(Body::KeySet(_)) => found.retain(|held| held.from_s <= wall_ms.div_euclid(1_000)),
            Some(_) | None => {}
        }
    }
    Ok(found)
}
