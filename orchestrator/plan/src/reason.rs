//! Why a trade is not copied: one catalogue of stable codes.
//!
//! Invariant: every refusal names one of these; an operator finds its words
//! and its fix in `deploy/REASONS.md`, which is written from here.

use alloc::string::String;
use core::fmt;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident $code:literal $passes:literal $text:literal $fix:literal;)*) => {
        /// Why a trade is not copied.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason there is, in the order in which they are asked.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its stable code: in the database, in labels, in reports.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Its words; what stands in angle brackets is filled in.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What a person can do about it.
            #[must_use]
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix,)* }
            }

            /// Whether it is a fault of what we know, not of the trade, so that
            /// looking again soon may answer differently.
            #[must_use]
            pub const fn passes(self) -> bool {
                match self { $(Self::$name => $passes,)* }
            }
        }
    };
}

reasons! {
    /// The same trade was taken before.
    DuplicateIntent "DUPLICATE_INTENT" false
        "Duplicate intent <id>"
        "nothing to do: a trade is copied once";
    /// The leader is only watched.
    WatchOnly "WATCH_ONLY" false
        "Trader is only watched"
        "move the address from the watched to the followed traders";
    /// Nobody we follow.
    TraderNotAllowed "TRADER_NOT_ALLOWED" false
        "Trader not in allowlist"
        "add the trader to the followed traders";
    /// Neither its condition nor its token is listed.
    MarketNotAllowed "MARKET_NOT_ALLOWED" false
        "Market not in allowlist"
        "add its condition or token to the market allowlist, or write allow_all_markets = true in its place";
    /// The signal contradicts itself.
    BadSignal "BAD_SIGNAL" false
        "The leader's trade does not add up"
        "look at its source: shares, collateral and price must agree and be above zero";
    /// From later than now.
    FutureTrade "FUTURE_TRADE" true
        "The leader's trade lies in the future"
        "check time sync on this host and on the watcher's";
    /// Too old.
    IntentStale "INTENT_STALE" false
        "Intent is stale"
        "raise the maximum intent age (of sells, the maximum exit age), or poll more often";
    /// Less than the strategy copies of a leader.
    LeaderOrderTooSmall "LEADER_ORDER_TOO_SMALL" false
        "The leader's order is too small to copy"
        "lower the least order of a leader, if dust is meant; PERCENTAGE copies any size";
    /// The signal is of another market than the token.
    MarketMismatch "MARKET_MISMATCH" false
        "The trade names another market than its token"
        "look at its source: condition and token must be of one market";
    /// The market takes no orders.
    NotTrading "NOT_TRADING" false
        "Market takes no orders"
        "nothing to do: it is closed, paused, or has no book";
    /// Ends too soon to buy.
    NearResolution "NEAR_RESOLUTION" false
        "Market is too close to its end"
        "lower the least time to the end, if late buys are meant";
    /// No tier has this size.
    TierGap "TIER_GAP" false
        "The leader's order is outside every tier"
        "add a tier that holds this size";
    /// Nothing of the leader's that we could sell.
    NoTrackedPurchases "NO_TRACKED_PURCHASES" false
        "No tracked purchases found"
        "the position is older than its tracking: adopt it, or close it by hand";
    /// The part that the leader sold is not known.
    UnknownExit "UNKNOWN_EXIT" false
        "The leader sold an unknown part"
        "sell by hand, or set what an unknown exit means";
    /// The book is old.
    BookStale "BOOK_STALE" true
        "Order book is stale"
        "nothing to do once; if often, look at the connection to the venue";
    /// A level of nothing, or the same level twice.
    BookInvalid "BOOK_INVALID" true
        "Orderbook check failed"
        "nothing to do once; if often, the venue's book has a shape that is not known here";
    /// Best bid at or above best ask.
    BookCrossed "BOOK_CROSSED" true
        "Orderbook check failed: bids and asks cross"
        "nothing to do once; if often, look at the connection to the venue";
    /// Nobody on the other side.
    BookEmpty "BOOK_EMPTY" false
        "No <asks or bids> available"
        "nothing to do: nobody offers the other side; an exit is looked at again";
    /// A price that the strategy does not buy at.
    OutsideBand "OUTSIDE_BAND" false
        "Price is outside the band"
        "widen the strategy's price band";
    /// The best price is beyond our limit.
    SlippageTooHigh "SLIPPAGE_TOO_HIGH" false
        "Slippage too high"
        "raise the maximum slippage, or see the leader's trades sooner";
    /// The best price moved too far against us.
    PriceMoved "PRICE_MOVED" false
        "Price moved against us"
        "raise the acceptable price movement, or see the leader's trades sooner";
    /// Bid and ask are too far apart.
    SpreadTooWide "SPREAD_TOO_WIDE" false
        "Spread is too wide"
        "raise the widest spread, if such markets are meant";
    /// Less than the venue or the strategy takes.
    BelowMinimum "BELOW_MINIMUM" false
        "Intent size <size> below Polymarket minimum <least>"
        "set aggregate_seconds, and small trades of one leader and token are added up; or copy more";
    /// More than one copy may be.
    AboveCap "ABOVE_CAP" false
        "Intent size is above the cap"
        "raise the maximum intent size, or let caps clamp";
    /// The fee cannot be computed.
    FeeUnknown "FEE_UNKNOWN" false
        "The market's fee cannot be computed"
        "look at the market's fee curve";
    /// The strategy's day is used up.
    BudgetSpent "BUDGET_SPENT" false
        "The strategy's budget is spent"
        "wait for the next day, or raise the strategy's budget";
    /// Not enough collateral.
    NoCash "NO_CASH" false
        "Not enough cash that is free"
        "fund the wallet, or wait until orders are over";
    /// Too little on offer.
    DepthTooThin "DEPTH_TOO_THIN" false
        "Too little depth within the limit"
        "lower the least depth, copy less, or take what there is (FAK)";
    /// Too much of all that is on offer.
    BookShareTooHigh "BOOK_SHARE_TOO_HIGH" false
        "The copy is too large a part of the book"
        "raise the largest part of the book, or copy less";
    /// The exchange could not take such an order.
    NotAnOrder "NOT_AN_ORDER" false
        "No order can be made of it"
        "as its detail says";
    /// Too much of what is on offer within the limit.
    MarketImpactTooHigh "MARKET_IMPACT_TOO_HIGH" false
        "Market impact too high"
        "copy less, or raise the highest impact";
}

/// A refusal: why, with the numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which reason.
    pub reason: Reason,
    /// The numbers on both sides of the rule; where the reason's words have
    /// places to fill, the words with these filled.
    pub detail: String,
    /// Of what was only too small: how much to carry to the next small trade
    /// of this leader, token and side, this one's part alone. Collateral of a
    /// buy, shares of a sell.
    pub carry_units: Option<u64>,
    /// Whether to look and ask again while the trade is young enough.
    pub retry: bool,
    /// Whether a person asked to be told.
    pub alert: bool,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, detail: String) -> Self {
        Self {
            reason,
            detail,
            carry_units: None,
            retry: reason.passes(),
            alert: false,
        }
    }
}

/// The whole sentence: `Intent is stale: age 61.2s, most 60s`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.reason.text();
        if self.detail.is_empty() {
            f.write_str(text)
        } else if text.contains('<') {
            f.write_str(&self.detail)
        } else {
            write!(f, "{text}: {}", self.detail)
        }
    }
}

/// The catalogue as the document that stands in the repository.
#[must_use]
pub fn catalogue_markdown() -> String {
    let mut text = String::from(
        "# Reasons\n\n\
         Why a leader's trade was not copied. Generated from the catalogue in\n\
         `orchestrator/plan`; do not edit. Rules are asked in this order and the first no is\n\
         the answer. Where a reason passes by itself, the trade is looked at again while it\n\
         is young enough.\n\n\
         | code | text | fix | passes by itself |\n|---|---|---|---|\n",
    );
    for reason in Reason::ALL {
        let passes = if reason.passes() { "yes" } else { "no" };
        let words = reason.text().replace('<', "&lt;").replace('>', "&gt;");
        text.extend([
            "| `",
            reason.code(),
            "` | ",
            &words,
            " | ",
            reason.fix(),
            " | ",
            passes,
            " |\n",
        ]);
    }
    text
}
