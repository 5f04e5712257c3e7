//! Write-off: signed orders that can fill no more, with what shows it.
//!
//! Invariant: no evidence here is a cancel at the API, which proves nothing:
//! the signature stays good for whoever holds it.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;

use order::B256;

use crate::kind::Window;
use crate::spelling::{JournalId, NoteId, labelled, spelled};
use crate::text::{Item, Spelling, canonical, record};
use crate::text_refusal::TextRefusal;

record! {
    /// Which orders are done with.
    pub struct WriteOff {
        /// The one journal it is for.
        pub journal: JournalId,
        /// Drawn at random.
        pub id: NoteId,
        /// When it may be applied.
        pub window: Window,
        /// Each order, once.
        pub orders: BTreeSet<WrittenOff>,
    }
}

impl WriteOff {
    pub(crate) fn check(&self) -> Result<(), TextRefusal> {
        let rule = |rule| {
            Err(TextRefusal::Rule {
                field: "orders",
                rule,
            })
        };
        let hashes: BTreeSet<_> = self.orders.iter().map(|order| order.order).collect();
        if self.orders.is_empty() {
            return rule("must name at least one");
        }
        if hashes.len() != self.orders.len() {
            return rule("an order may stand once");
        }
        Ok(())
    }
}

/// One order, and why it can fill no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WrittenOff {
    /// The order's hash.
    pub order: B256,
    /// What the quorum saw, finalised on chain.
    pub evidence: Evidence,
}

/// What ends a signed order for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// It was filled whole.
    Filled,
    /// The maker holds no funds for it, and never will again.
    FundsGone,
    /// The exchange may not take the maker's funds, and never will again.
    AllowanceGone,
}

spelled! {
    Evidence, "filled, funds-gone or allowance-gone",
        |text| Some(match text {
            "filled" => Self::Filled,
            "funds-gone" => Self::FundsGone,
            _ => Self::AllowanceGone,
        }),
        |evidence| match evidence {
            Self::Filled => "filled",
            Self::FundsGone => "funds-gone",
            Self::AllowanceGone => "allowance-gone",
        }.to_owned();
    WrittenOff, "0x… evidence <filled, funds-gone or allowance-gone>",
        |text| {
            let (order, [evidence]) = labelled(text, ["evidence"])?;
            Some(Self { order: canonical(order)?, evidence: canonical(evidence)? })
        },
        |order| format!("{} evidence {}", order.order.spell(), order.evidence.spell());
}

impl Item for WrittenOff {
    const NAME: &'static str = "order";
    const MAX: usize = 256;
}
