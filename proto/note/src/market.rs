//! The markets a policy names.
//!
//! Invariant: "all" is a word someone wrote and signed, never an empty list.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;

use order::{B256, CollateralUnits, TickSize, U256};

use crate::key::VerifierKey;
use crate::spelling::{labelled, spelled};
use crate::text::{Field, Item, Reader, Spelling, Writer, canonical, items, record};
use crate::text_refusal::TextRefusal;
use crate::time::UtcSeconds;

/// The markets that may be bought. Sells ask only for shares held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Markets {
    /// Any market of the venues, said explicitly.
    All,
    /// These.
    Listed(BTreeSet<Market>),
    /// Those that its listers list.
    Listers(Listers),
}

record! {
    /// Who lists markets, and within what.
    pub struct Listers {
        /// How many of them must sign a listing.
        pub list_threshold: u8,
        /// Their keys.
        pub listers: BTreeSet<VerifierKey>,
        /// How many markets may be new in a rolling day.
        pub listings_per_day: u16,
        /// Charged to each market within its first day, USDC.
        pub listing_day_usdc: CollateralUnits,
    }
}

impl Markets {
    /// Who lists markets, if anyone does.
    #[must_use]
    pub const fn listers(&self) -> Option<&Listers> {
        match self {
            Self::Listers(listers) => Some(listers),
            Self::All | Self::Listed(_) => None,
        }
    }
}

impl Field for Markets {
    fn read(name: &'static str, reader: &mut Reader<'_>) -> Result<Self, TextRefusal> {
        match reader.value(name)? {
            Which::All => Ok(Self::All),
            Which::Listers => Field::read(name, reader).map(Self::Listers),
            Which::These(count) => items(name, count, reader).map(Self::Listed),
        }
    }

    fn write(&self, name: &'static str, writer: &mut Writer) {
        match self {
            Self::All => writer.line(name, &Which::All.spell()),
            Self::Listed(markets) => markets.write(name, writer),
            Self::Listers(listers) => {
                writer.line(name, &Which::Listers.spell());
                listers.write(name, writer);
            }
        }
    }
}

/// How many lines follow, or that none could name them all.
enum Which {
    All,
    Listers,
    These(u16),
}

spelled! {
    Which, "all, listers, or the number of markets that follow",
        |text| Some(match text {
            "all" => Self::All,
            "listers" => Self::Listers,
            _ => Self::These(text.parse().ok()?),
        }),
        |which| match which {
            Self::All => "all".to_owned(),
            Self::Listers => "listers".to_owned(),
            Self::These(count) => count.spell(),
        };
}

/// One market, as far as the signer can tell it from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Market {
    /// Condition id.
    pub condition: B256,
    /// The token of the first outcome.
    pub yes: U256,
    /// The token of the second outcome.
    pub no: U256,
    /// Whether it trades on the neg-risk exchange.
    pub neg_risk: bool,
    /// Its grid, where one is fixed.
    pub tick: Option<TickSize>,
    /// When buys of it end, where that is known.
    pub end: Option<UtcSeconds>,
}

spelled! {
    Market, "0x… yes <token> no <token> neg_risk <yes or no> tick <size or none> end <time or \
    none>",
        |text| {
            let (condition, [yes, no, neg_risk, tick, end]) =
                labelled(text, ["yes", "no", "neg_risk", "tick", "end"])?;
            Some(Self {
                condition: canonical(condition)?,
                yes: canonical(yes)?,
                no: canonical(no)?,
                neg_risk: canonical(neg_risk)?,
                tick: canonical(tick)?,
                end: canonical(end)?,
            })
        },
        |market| format!(
            "{} yes {} no {} neg_risk {} tick {} end {}",
            market.condition.spell(),
            market.yes.spell(),
            market.no.spell(),
            market.neg_risk.spell(),
            market.tick.spell(),
            market.end.spell(),
        );
}

impl Item for Market {
    const NAME: &'static str = "market";
    const MAX: usize = 128;
}
