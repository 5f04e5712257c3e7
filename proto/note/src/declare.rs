//! Declare: shares the wallet holds that this journal did not buy.
//!
//! Invariant: a declaration replaces the one before it, so serials order them.

use alloc::collections::BTreeSet;
use alloc::format;

use order::{ShareUnits, U256};

use crate::kind::Window;
use crate::spelling::{JournalId, labelled, spelled};
use crate::text::{Item, Spelling, canonical, record};
use crate::text_refusal::TextRefusal;

record! {
    /// What the wallet holds beside what the journal bought.
    pub struct Declare {
        /// The one journal it is for.
        pub journal: JournalId,
        /// The policy version in force.
        pub policy: u64,
        /// Above the last declaration of this policy version.
        pub serial: u64,
        /// When it may be applied.
        pub window: Window,
        /// Whether nothing is left out; if not, the sell side of the loss
        /// figures has no bound.
        pub complete: bool,
        /// Each token, once.
        pub holdings: BTreeSet<Holding>,
    }
}

impl Declare {
    pub(crate) fn check(&self) -> Result<(), TextRefusal> {
        let tokens: BTreeSet<_> = self.holdings.iter().map(|holding| holding.token).collect();
        if tokens.len() != self.holdings.len() {
            return Err(TextRefusal::Rule {
                field: "holdings",
                rule: "a token may stand once",
            });
        }
        Ok(())
    }
}

/// Shares of one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holding {
    /// The token.
    pub token: U256,
    /// How many shares.
    pub shares: ShareUnits,
}

spelled! {
    Holding, "<token> shares <number>",
        |text| {
            let (token, [shares]) = labelled(text, ["shares"])?;
            Some(Self { token: canonical(token)?, shares: canonical(shares)? })
        },
        |holding| format!("{} shares {}", holding.token.spell(), holding.shares.spell());
}

impl Item for Holding {
    const NAME: &'static str = "holding";
    const MAX: usize = 256;
}
