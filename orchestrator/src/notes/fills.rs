//! Final fills as notes: a leader's as an attestation, ours as a fill note.
//!
//! Invariant: no moment of this machine is in a text. Each watcher sees a fill
//! at its own time, and all must write the same, so a note says the block's.

use std::collections::BTreeSet;

use note::{
    ATTESTATION_SECONDS_MAX, Attestation, Body, Fill, JournalId, NoteId, UtcSeconds, Window,
};
use order::{CollateralUnits, PriceE4, ShareUnits};
use ring::digest::{SHA256, digest};

use super::chain::Filled;

/// A fill note may be carried for a day: an orchestrator may be away for a night.
const FILL_SECONDS: u64 = 24 * 60 * 60;
/// A price has four digits behind the point.
const PRICE_ONE: u128 = 10_000;

/// Which signer it is for.
#[derive(Clone, Copy, Debug)]
pub struct For {
    /// Its journal.
    pub journal: JournalId,
    /// The policy in force.
    pub policy: u64,
}

fn window(block_s: u64, seconds: u64) -> Option<Window> {
    let not_before = UtcSeconds::new(block_s)?;
    Some(Window {
        not_before,
        apply_before: not_before.plus(seconds)?,
    })
}

/// What a leader's fill is, as a text to sign; nothing where its price is none
/// that an order could have.
#[must_use]
pub fn attestation(to: For, fill: &Filled, block_s: u64) -> Option<String> {
    let window = window(block_s, ATTESTATION_SECONDS_MAX)?;
    let shares = u128::from(fill.shares);
    let price = u128::from(fill.collateral)
        .checked_mul(PRICE_ONE)?
        .checked_add(shares.div_euclid(2))?
        .checked_div(shares)?;
    let body = Body::Attestation(Attestation {
        journal: to.journal,
        policy: to.policy,
        window,
        venue: fill.venue,
        transaction: fill.transaction,
        log_index: fill.log_index,
        order: fill.order,
        leader: fill.maker,
        token: fill.token,
        side: fill.side,
        price: PriceE4::new(u16::try_from(price).ok()?)?,
        size: ShareUnits::new(fill.shares),
        matched: window.not_before,
        seen: window.not_before,
    });
    body.check().ok()?;
    Some(body.print())
}

/// How far an order of ours was filled by `fills`, all of one order and in the
/// order of the chain, as a text to sign; named after the last of them.
#[must_use]
pub fn told(to: For, fills: &[Filled], block_s: u64) -> Option<(NoteId, String)> {
    let last = fills.last()?;
    let (mut collateral, mut shares) = (0_u64, 0_u64);
    for fill in fills {
        collateral = collateral.checked_add(fill.collateral)?;
        shares = shares.checked_add(fill.shares)?;
    }
    let name = format!(
        "countersign/fill-note/v1\n{:?}\n{:#x}\n{}\n{:#x}\n",
        to.journal, last.transaction, last.log_index, last.order
    );
    let hash = digest(&SHA256, name.as_bytes());
    let (id, _) = hash.as_ref().split_first_chunk::<16>()?;
    let filled = note::Filled {
        order: last.order,
        token: last.token,
        collateral: CollateralUnits::new(collateral),
        shares: ShareUnits::new(shares),
    };
    let id = NoteId(*id);
    let body = Body::Fill(Fill {
        journal: to.journal,
        policy: to.policy,
        id,
        window: window(block_s, FILL_SECONDS)?,
        fills: BTreeSet::from([filled]),
    });
    body.check().ok()?;
    Some((id, body.print()))
}
