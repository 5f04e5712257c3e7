//! Whose key the journal's newest policy wants.
//!
//! Invariant: a key is not sealed for a journal whose policy names another
//! address; where there is no policy yet, the signer holds them together later.

use std::path::Path;

use alloy_primitives::Address;
use note::{Body, Envelope};
use rusqlite::Connection;

use crate::journal_id::{open_unchanging, refusal};
use crate::log_copy::Copy;
use crate::say::Refusal;

/// Refuses if the newest policy in `journal` names another signing address.
pub(crate) fn must_be(journal: &Path, address: Address) -> Result<(), Refusal> {
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
    match newest(&db).map_err(unreadable)? {
        Some(wanted) if wanted != address => Err(Refusal::new(
            "WRONG_WALLET",
            "key",
            format_args!("it is the key of {address}, and the policy's is {wanted}"),
            "import the other key, or apply a policy for this one first; nothing was written",
        )),
        Some(_) | None => Ok(()),
    }
}

fn newest(db: &Connection) -> rusqlite::Result<Option<Address>> {
    let tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'leaf'";
    if db.query_row(tables, [], |row| row.get::<_, u64>(0))? == 0 {
        return Ok(None);
    }
    let mut rows = db.prepare("SELECT envelope FROM leaf WHERE envelope IS NOT NULL")?;
    let envelopes = rows.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    let mut found: Option<(u64, Address)> = None;
    for envelope in envelopes {
        let envelope = envelope?;
        let read = Envelope::parse(&envelope).ok();
        let body = read.and_then(|e| Body::parse(e.unverified_text()).ok());
        if let Some(Body::Policy(policy)) = body
            && found.is_none_or(|(version, _)| version < policy.version)
        {
            found = Some((policy.version, policy.wallet.signing_address));
        }
    }
    Ok(found.map(|(_, address)| address))
}
