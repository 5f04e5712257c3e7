//! Leaders' fills that watchers saw on chain, each good for one intent.
//!
//! Invariant: the shares of all orders copied from one fill, whatever their
//! attempt, stay within the policy's ratio of it.
//! Bound: a fill is kept ten minutes, twice as long as any policy lets it be
//! copied, and `note` admits at most [`note::ATTESTED_MAX`] at a time.

use alloc::collections::BTreeMap;

use note::Attestation;
use order::{Address, B256, PriceE4, ShareUnits, Side, U256};

use crate::calendar::{MINUTE_MS, ms_of};
use crate::case::Case;
use crate::charge::BPS_ONE;
use crate::denial::Denial;
use crate::holdings::shares;
use crate::intent::Observed;
use crate::intent_id::IntentId;

/// Whole seconds hold every moment of a block's.
const SECOND_MS: u64 = 1_000;
const KEPT_MS: u64 = 10 * MINUTE_MS;

/// One fill, and what was copied from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attested {
    leader: Address,
    token: U256,
    side: Side,
    price: PriceE4,
    size: ShareUnits,
    matched_ms: u64,
    /// The one intent that copies it.
    by: Option<IntentId>,
    taken: u128,
}

/// The fills that can still be copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attests(BTreeMap<B256, Attested>);

impl Attests {
    /// Takes what watchers saw. Seen again, it stays as used as it was.
    pub(crate) fn add(&mut self, seen: &Attestation) {
        self.0.entry(seen.fill()).or_insert_with(|| Attested {
            leader: seen.leader,
            token: seen.token,
            side: seen.side,
            price: seen.price,
            size: seen.size,
            matched_ms: ms_of(seen.matched),
            by: None,
            taken: 0,
        });
    }

    /// Takes an order that was copied from a fill.
    pub(crate) fn take(&mut self, fill: B256, by: IntentId, units: u64) {
        if let Some(attested) = self.0.get_mut(&fill) {
            attested.by.get_or_insert(by);
            attested.taken = attested.taken.saturating_add(u128::from(units));
        }
    }

    pub(crate) fn forget(&mut self, fast_ms: u64) {
        self.0
            .retain(|_, attested| fast_ms.saturating_sub(attested.matched_ms) < KEPT_MS);
    }
}

/// The fill that a copy names, if watchers saw it and nothing that is said of
/// it differs; a buy may need one.
pub(crate) fn of<'a>(observed: &Observed, case: Case<'a>) -> Result<Option<&'a Attested>, Denial> {
    let Some(watchers) = case.facts.today().watching.watchers() else {
        return Ok(None);
    };
    let (intent, fill) = (case.intent, observed.fill);
    let Some(attested) = case.state.attests.0.get(&fill) else {
        if watchers.attested_buys_only && intent.side == Side::Buy {
            return Err(Denial::AttestationMissing { fill });
        }
        return Ok(None);
    };
    let ms = observed.traded_ms;
    let differs = [
        ("leader", observed.leader != attested.leader),
        ("token", intent.token_id != attested.token),
        ("side", intent.side != attested.side),
        ("price", observed.price != attested.price),
        ("size", observed.size != attested.size),
        (
            "time",
            ms < attested.matched_ms || ms.saturating_sub(attested.matched_ms) >= SECOND_MS,
        ),
    ];
    match differs.into_iter().find(|(_, differs)| *differs) {
        Some((field, _)) => Err(Denial::AttestationDiffers { field }),
        None => Ok(Some(attested)),
    }
}

/// Makes sure that a fill has room for `units` more shares of this intent.
pub(crate) fn room(attested: &Attested, units: ShareUnits, case: Case<'_>) -> Result<(), Denial> {
    if let Some(by) = attested.by.filter(|by| *by != case.intent.id) {
        return Err(Denial::AttestationUsed { by });
    }
    let watching = &case.facts.today().watching;
    let ratio_bps = watching.watchers().map_or(0, |w| w.copy_ratio_bps);
    let most = u128::from(attested.size.get()).saturating_mul(u128::from(ratio_bps));
    let most = most.div_euclid(u128::from(BPS_ONE));
    let left = most.saturating_sub(attested.taken);
    if u128::from(units.get()) > left {
        return Err(Denial::CopyRatio {
            shares: units,
            left: shares(left),
        });
    }
    Ok(())
}
