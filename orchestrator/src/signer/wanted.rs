//! An attempt, as the signer is asked for it.

use frame::intent::{Intent, Kind, Observed, Size};
use frame::intent_id::IntentId;
use frame::label::Label;
use order::{B256, Exchange};

use super::exchange_of;
use crate::intent;
use crate::notes;
use crate::store::Attempt;

/// The intent that `row` is asked with.
///
/// # Errors
///
/// A sentence, when the row lacks what its kind needs: the signer would not
/// even read it.
pub(super) fn intent(row: &Attempt, otherwise: Exchange) -> Result<Intent, String> {
    let want = &row.intent;
    let kind = match want.kind {
        intent::Kind::Exit => Kind::Exit,
        intent::Kind::Copy => Kind::Copy(observed(row)?),
    };
    let id = IntentId::parse(&row.intent_id).ok_or("the intent's name is not a name")?;
    let strategy = Label::parse(&want.strategy)
        .ok_or_else(|| format!("strategy {:?} is not 1 to 32 of [a-z0-9._-]", want.strategy))?;
    Ok(Intent {
        kind,
        id,
        attempt: row.attempt,
        market: want.market,
        token_id: want.token_id,
        exchange: exchange_of(want.token_id, want.neg_risk, otherwise),
        side: want.side,
        limit_price: want.limit_price,
        size: Size::Shares(want.shares),
        tick_size: want.tick_size,
        deadline_ms: row.deadline_ms,
        strategy,
    })
}

/// What watchers signed of the trade that it copies; nothing for anything else.
pub(super) fn attestation(row: &Attempt) -> &[u8] {
    match (row.intent.kind, &row.attestation) {
        (intent::Kind::Copy, Some(note)) => note.as_bytes(),
        (intent::Kind::Copy | intent::Kind::Exit, _) => &[],
    }
}

fn observed(row: &Attempt) -> Result<Observed, String> {
    let want = &row.intent;
    // What is attested is said as it is attested, to the letter.
    if let Some(note) = &row.attestation {
        let seen = notes::seen(note).ok_or("the trade's attestation is no attestation")?;
        return Ok(Observed {
            leader: seen.leader,
            fill: seen.fill(),
            price: seen.price,
            size: seen.size,
            traded_ms: seen.matched.get().saturating_mul(1_000),
            observed_ms: row.seen_ms,
        });
    }
    let missing = |field: &str| format!("a COPY needs its leader's trade: {field} is missing");
    let name = ring::digest::digest(&ring::digest::SHA256, want.source_id.as_bytes());
    let mut fill = [0; 32];
    fill.copy_from_slice(name.as_ref());
    Ok(Observed {
        leader: want.leader.ok_or_else(|| missing("leader"))?,
        fill: B256::from(fill),
        price: want.leader_price.ok_or_else(|| missing("leader_price"))?,
        size: want.shares,
        traded_ms: want
            .leader_time_ms
            .ok_or_else(|| missing("leader_time_ms"))?,
        observed_ms: row.seen_ms,
    })
}
