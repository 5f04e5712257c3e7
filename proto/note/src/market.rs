//! The markets a policy names.
//!
//! Invariant: "all" is a word someone wrote and signed, never an empty list.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;

use order::{B256, TickSize, U256};

use crate::spelling::{labelled, spelled};
use crate::text::{Field, Item, Reader, Spelling, Writer, canonical, items};
use crate::text_refusal::TextRefusal;
use crate::time::UtcSeconds;

/// The markets that may be bought. Sells ask only for shares held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Markets {
    /// Any market of the venues, said explicitly.
    All,
    /// These.
    Listed(BTreeSet<Market>),
}

impl Field for Markets {
    fn read(name: &'static str, reader: &mut Reader<'_>) -> Result<Self, TextRefusal> {
        let Count(count) = reader.value(name)?;
        count.map_or(Ok(Self::All), |count| {
            items(name, count, reader).map(Self::Listed)
        })
    }

    fn write(&self, name: &'static str, writer: &mut Writer) {
        match self {
            Self::All => writer.line(name, &Count(None).spell()),
            Self::Listed(markets) => markets.write(name, writer),
        }
    }
}

/// How many lines follow, or that none could name them all.
struct Count(Option<u16>);

spelled! {
    Count, "all, or the number of markets that follow",
        |text| Some(Self(if text == "all" { None } else { Some(text.parse().ok()?) })),
        |count| count.0.map_or_else(|| "all".to_owned(), |count| count.spell());
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
