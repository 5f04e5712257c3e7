//! Exits that one operator let pass, each once.
//!
//! Invariant: a ticket that was used or is over is not here.
//! Bound: tickets live 15 minutes, and `note` admits at most
//! [`note::TICKETS_MAX`] of each operator at a time.

use alloc::collections::BTreeMap;

use note::{NoteId, Ticket};
use order::{PriceE4, ShareUnits, U256};

use crate::calendar::ms_of;

/// One ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Open {
    token: U256,
    shares: ShareUnits,
    price: PriceE4,
    /// Good before this, on the fast reading.
    until_ms: u64,
}

/// The tickets that can still be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tickets(BTreeMap<NoteId, Open>);

impl Tickets {
    pub(crate) fn add(&mut self, ticket: &Ticket) {
        let open = Open {
            token: ticket.token,
            shares: ticket.shares,
            price: ticket.price,
            until_ms: ms_of(ticket.window.apply_before),
        };
        self.0.insert(ticket.id, open);
    }

    /// Forgets what is over.
    pub(crate) fn forget(&mut self, fast_ms: u64) {
        self.0.retain(|_, open| fast_ms < open.until_ms);
    }

    pub(crate) fn contains(&self, id: NoteId) -> bool {
        self.0.contains_key(&id)
    }

    pub(crate) fn take(&mut self, id: NoteId) {
        self.0.remove(&id);
    }

    /// The ticket that lets this exit pass: of those that do, the one that
    /// gives up the fewest shares, then the one that is over first.
    pub(crate) fn passing(
        &self,
        token: U256,
        shares: ShareUnits,
        price: PriceE4,
        fast_ms: u64,
    ) -> Option<NoteId> {
        self.0
            .iter()
            .filter(|(_, open)| {
                open.token == token
                    && shares <= open.shares
                    && price >= open.price
                    && fast_ms < open.until_ms
            })
            .min_by_key(|(id, open)| (open.shares, open.until_ms, **id))
            .map(|(id, _)| *id)
    }

    /// The lowest price that a ticket still lets pass.
    pub(crate) fn lowest(&self, fast_ms: u64) -> Option<PriceE4> {
        let open = self.0.values().filter(|open| fast_ms < open.until_ms);
        open.map(|open| open.price).min()
    }
}
