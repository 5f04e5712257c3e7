//! The stable names of denials. What a person reads of each stands in
//! `deploy/DENIALS.md`, and in no program.
//!
//! Invariant: a code never changes its meaning and is never used again for
//! another; a program may decide by it.

macro_rules! codes {
    ($($code:ident $word:literal;)*) => {
        /// The stable name of a denial, for programs, logs and metrics.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $(#[doc = concat!("`", $word, "`")] $code,)* }

        impl Code {
            /// Each, in the order in which rules are asked.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// The word: upper snake case.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$code => $word,)* }
            }
        }
    };
}

codes! {
    NoPolicy "NO_POLICY";
    IntentTooOld "INTENT_TOO_OLD";
    IntentTooNew "INTENT_TOO_NEW";
    IntentReused "INTENT_REUSED";
    DeadlinePassed "DEADLINE_PASSED";
    KeyChanged "KEY_CHANGED";
    Locked "LOCKED";
    Frozen "FROZEN";
    ReduceOnly "REDUCE_ONLY";
    StrategyOff "STRATEGY_OFF";
    ExitMustSell "EXIT_MUST_SELL";
    WrongWallet "WRONG_WALLET";
    SessionExpired "SESSION_EXPIRED";
    Venue "VENUE";
    MarketNotAllowed "MARKET_NOT_ALLOWED";
    TokenNotOfMarket "TOKEN_NOT_OF_MARKET";
    MarketEnded "MARKET_ENDED";
    Tick "TICK";
    LeaderNotAllowed "LEADER_NOT_ALLOWED";
    LeaderAge "LEADER_AGE";
    LeaderFuture "LEADER_FUTURE";
    AttestationMissing "ATTESTATION_MISSING";
    AttestationDiffers "ATTESTATION_DIFFERS";
    SellInCollateral "SELL_IN_COLLATERAL";
    NotAnOrder "NOT_AN_ORDER";
    OrderTooSmall "ORDER_TOO_SMALL";
    OrderTooLarge "ORDER_TOO_LARGE";
    SharesTooMany "SHARES_TOO_MANY";
    PriceBand "PRICE_BAND";
    LeaderDistance "LEADER_DISTANCE";
    AttestationUsed "ATTESTATION_USED";
    CopyRatio "COPY_RATIO";
    ChargeOverflow "CHARGE_OVERFLOW";
    Rate "RATE";
    Ahead "AHEAD";
    BudgetLifetime "BUDGET_LIFETIME";
    BudgetMinute "BUDGET_MINUTE";
    BudgetHour "BUDGET_HOUR";
    BudgetDay "BUDGET_DAY";
    BudgetListing "BUDGET_LISTING";
    BudgetMarket "BUDGET_MARKET";
    BudgetStrategy "BUDGET_STRATEGY";
    BudgetLeader "BUDGET_LEADER";
    SellGrace "SELL_GRACE";
    ExitRate "EXIT_RATE";
    SellFloor "SELL_FLOOR";
    Holdings "HOLDINGS";
    SellReuse "SELL_REUSE";
}
