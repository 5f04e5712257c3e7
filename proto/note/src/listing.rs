//! Listing: one market more that may be bought, by the word of its listers.
//!
//! It widens authority, so it is bounded by what the policy says of listers:
//! how many are new in a day, and what each may be charged on its first.
//!
//! Invariant: a market and a token are listed once, and for ever: no listing
//! moves a token to another market, whose meters would begin anew.

use alloc::collections::{BTreeMap, BTreeSet};

use order::{B256, U256};

use crate::kind::Window;
use crate::market::Market;
use crate::refusal::NoteRefusal;
use crate::spelling::JournalId;
use crate::text::record;
use crate::text_refusal::TextRefusal;
use crate::time::{Now, UtcSeconds};
use crate::time_refusal::TimeRefusal;

const DAY_SECONDS: u64 = 86_400;

record! {
    /// The market that may be bought.
    pub struct Listing {
        /// The one journal it is for.
        pub journal: JournalId,
        /// The policy version whose listers sign.
        pub policy: u64,
        /// When it may be applied.
        pub window: Window,
        /// The market.
        pub market: Market,
    }
}

impl Listing {
    pub(crate) fn check(&self) -> Result<(), TextRefusal> {
        let rule = |rule| {
            Err(TextRefusal::Rule {
                field: "market",
                rule,
            })
        };
        if self.market.end.is_none() {
            return rule("must have an end: buys of what is listed stop there");
        }
        if self.market.yes == self.market.no {
            return rule("a token belongs to one outcome");
        }
        Ok(())
    }
}

/// A market that was listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The market.
    pub market: Market,
    /// Since when, on the slow reading.
    pub since: UtcSeconds,
}

/// Every market that was ever listed.
///
/// Bound: what the policies' `listings_per_day` came to, about 250 bytes each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listings {
    markets: BTreeMap<B256, Listed>,
    tokens: BTreeSet<U256>,
}

impl Listings {
    /// The listing of a condition.
    #[must_use]
    pub fn get(&self, condition: B256) -> Option<&Listed> {
        self.markets.get(&condition)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.markets.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.markets.is_empty()
    }

    /// Makes sure that `market` may be added: new, not over, and within what a
    /// day may list.
    pub(crate) fn check(&self, market: &Market, a_day: u16, now: Now) -> Result<(), NoteRefusal> {
        if self.markets.contains_key(&market.condition) {
            return Err(NoteRefusal::Used);
        }
        if self.tokens.contains(&market.yes) || self.tokens.contains(&market.no) {
            return Err(NoteRefusal::TokenListed);
        }
        if let Some(expires) = market.end.filter(|end| now.fast() >= *end) {
            return Err(TimeRefusal::Expired { expires }.into());
        }
        let recent = |listed: &&Listed| now.slow().since(listed.since) < DAY_SECONDS;
        if self.markets.values().filter(recent).count() >= usize::from(a_day) {
            return Err(NoteRefusal::ListingsADay { limit: a_day });
        }
        Ok(())
    }

    /// Takes one more. Whether it may be is `admit`'s to say.
    pub fn add(&mut self, market: Market, since: UtcSeconds) {
        self.tokens.extend([market.yes, market.no]);
        self.markets
            .insert(market.condition, Listed { market, since });
    }
}
