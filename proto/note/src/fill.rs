//! Fill: what our own signed orders came to, seen final on chain by watchers.
//!
//! It says how far an order was filled in all, so an older one that comes late
//! changes nothing.
//!
//! Invariant: no meter hears of it. It tells figures and share counts what
//! happened to authority that was charged long before.

use alloc::collections::BTreeSet;
use alloc::format;

use order::{B256, CollateralUnits, ShareUnits, U256};

use crate::kind::Window;
use crate::spelling::{JournalId, NoteId, labelled, spelled};
use crate::text::{Item, Spelling, canonical, record};
use crate::text_refusal::TextRefusal;

record! {
    /// How far orders were filled.
    pub struct Fill {
        /// The one journal it is for.
        pub journal: JournalId,
        /// The policy version whose watchers sign.
        pub policy: u64,
        /// Drawn at random.
        pub id: NoteId,
        /// When it may be applied.
        pub window: Window,
        /// Each order, once.
        pub fills: BTreeSet<Filled>,
    }
}

impl Fill {
    pub(crate) fn check(&self) -> Result<(), TextRefusal> {
        let rule = |rule| {
            Err(TextRefusal::Rule {
                field: "fills",
                rule,
            })
        };
        let orders: BTreeSet<_> = self.fills.iter().map(|filled| filled.order).collect();
        if self.fills.is_empty() {
            return rule("must name at least one order");
        }
        if orders.len() != self.fills.len() {
            return rule("an order may stand once");
        }
        Ok(())
    }
}

/// All finalised fills of one order together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Filled {
    /// The order's hash.
    pub order: B256,
    /// The token that it buys or sells.
    pub token: U256,
    /// Collateral that changed hands, without fees.
    pub collateral: CollateralUnits,
    /// Shares that changed hands.
    pub shares: ShareUnits,
}

spelled! {
    Filled, "0x… token <token> collateral <USDC> shares <number>",
        |text| {
            let (order, [token, collateral, shares]) =
                labelled(text, ["token", "collateral", "shares"])?;
            Some(Self {
                order: canonical(order)?,
                token: canonical(token)?,
                collateral: canonical(collateral)?,
                shares: canonical(shares)?,
            })
        },
        |filled| format!(
            "{} token {} collateral {} shares {}",
            filled.order.spell(),
            filled.token.spell(),
            filled.collateral.spell(),
            filled.shares.spell(),
        );
}

impl Item for Filled {
    const NAME: &'static str = "filled";
    const MAX: usize = 128;
}
