//! The comparison: journal, outbox, ledger and venue, to the unit.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::Value;
use tests::audit::{self, Books, Filled};
use tests::book::decimal;
use tests::desk::{Desk, FEE_CEILING_BPS};
use tests::process::Server;

use crate::hostile::{self, Loot};
use crate::say::say;

/// Stops venue and signer and compares; returns what does not agree, and says
/// what does.
pub(crate) fn compare(
    desk: &Desk,
    venue: Server,
    signer: Server,
    loot: &Loot,
) -> Result<Vec<String>, String> {
    let state = get(&format!("{}/sim/state", venue.address))?;
    signer.stop();
    venue.stop();
    let outbox = desk.file("orchestrator.sqlite");
    let mut found = audit::read(&desk.file("journal.sqlite"), &outbox, &state)?;
    let all = found.journal.len();
    let aside = found.set_aside(hostile::CALLER);
    let mut problems = found.disagreements(FEE_CEILING_BPS);
    if !aside.keys().eq(&loot.hashes) {
        let (journal, got) = (aside.len(), loot.hashes.len());
        problems.push(format!(
            "the journal has {journal} orders of the hostile client, which got {got}"
        ));
    }
    let charged: u64 = aside.values().map(|approval| approval.charge_units).sum();
    if charged != loot.charged_units {
        let (charged, owed) = (decimal(charged, 6), decimal(loot.charged_units, 6));
        problems.push(format!(
            "the journal charged {charged} for the hostile client, whose orders cost at most {owed}"
        ));
    }
    let (ends, wrong) = not_at_venue(&audit::open(&outbox), &found)?;
    problems.extend(wrong);
    if !problems.is_empty() {
        return Ok(problems);
    }
    say(&format!(
        "\nOrder hashes: the journal has {all}, the outbox {}, the venue {}; whatever is in one is in those before it.",
        found.outbox.len(),
        found.venue_orders.len(),
    ));
    if !aside.is_empty() {
        let count = aside.len();
        say(&format!(
            "{count} of the journal's were signed for the hostile client, and never posted."
        ));
    }
    for (end, count) in ends {
        let are = if count == 1 { "is" } else { "are" };
        say(&format!(
            "{count} of the outbox's ended {end} and {are} not at the venue."
        ));
    }
    sums(&found);
    Ok(problems)
}

/// How orders ended that the venue does not have: never one that may be there.
fn not_at_venue(
    outbox: &Connection,
    found: &Books,
) -> Result<(BTreeMap<String, u64>, Vec<String>), String> {
    let (mut ends, mut wrong) = (BTreeMap::new(), Vec::new());
    let absent = found
        .outbox
        .keys()
        .filter(|hash| !found.venue_orders.contains_key(*hash));
    for hash in absent {
        let end: String = outbox
            .query_row(
                "SELECT state || coalesce(' ' || code, '') FROM attempt WHERE lower(order_hash) = ?1",
                [hash],
                |r| r.get(0),
            )
            .map_err(|e| e.to_string())?;
        let over = ["REFUSED", "EXPIRED", "ABSENT_PROVEN"];
        if !over.iter().any(|state| end.starts_with(state)) {
            wrong.push(format!("{hash} is {end}, and the venue does not have it"));
        }
        *ends.entry(end).or_default() += 1;
    }
    Ok((ends, wrong))
}

fn sums(found: &Books) {
    let sum = |f: fn(&Filled) -> u64| found.venue_fills.values().map(f).sum::<u64>();
    say(&format!(
        "Fills {} USDC, fees {} USDC: venue and ledger agree to the unit.",
        decimal(sum(|f| f.collateral_units), 6),
        decimal(sum(|f| f.fee_units), 6),
    ));
    say(&format!(
        "Charged {} USDC: the sum of ceil(makerAmount x (1 + f)) over the BUYs that were signed for the\n\
         orchestrator, f being the fee ceiling. A killed order stays charged: nothing proves that it cannot fill.\n\
         OK: journal, outbox, ledger and exchange agree.",
        decimal(found.journal.values().map(|a| a.charge_units).sum(), 6),
    ));
}

/// Asks the simulator.
pub(crate) fn get(url: &str) -> Result<Value, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let answer = tests::http::get(url).await?;
        serde_json::from_str(&answer).map_err(|e| format!("{url}: {e}"))
    })
}
