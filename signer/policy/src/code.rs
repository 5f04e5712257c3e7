//! The catalogue of denials: code, sentence, fix, and whether it passes by
//! itself. The documents are generated from this table and nothing else.
//!
//! Invariant: a code never changes its meaning and is never used again for
//! another; a program may decide by it.

use alloc::string::String;

/// One row of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogueRow {
    /// The code.
    pub code: Code,
    /// The sentence; what stands in angle brackets is a number or a name.
    pub sentence: &'static str,
    /// What to do about it.
    pub fix: &'static str,
    /// Whether it passes without anyone doing anything, and `retry_at` says when.
    pub passes: bool,
}

macro_rules! codes {
    ($($code:ident $word:literal $passes:literal $sentence:literal $fix:literal;)*) => {
        /// The stable name of a denial, for programs, logs and metrics.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $(#[doc = concat!("`", $word, "`")] $code,)* }

        impl Code {
            /// The word: upper snake case.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$code => $word,)* }
            }
        }

        /// Every denial there is, in the order in which rules are asked.
        pub const CATALOGUE: &[CatalogueRow] = &[$(CatalogueRow {
            code: Code::$code,
            sentence: $sentence,
            fix: $fix,
            passes: $passes,
        },)*];
    };
}

codes! {
    NoPolicy "NO_POLICY" false
        "no policy is in force"
        "signerctl note apply <policy>";
    IntentTooOld "INTENT_TOO_OLD" false
        "intent of <day>; the signer remembers back to <day>"
        "name a new intent";
    IntentTooNew "INTENT_TOO_NEW" true
        "intent of <day>; the latest taken is of <day>"
        "correct the date in intent_id, or the clock of its host";
    IntentReused "INTENT_REUSED" false
        "one attempt with two contents: a restored database, or a hostile host"
        "signerctl log; then name a new intent";
    DeadlinePassed "DEADLINE_PASSED" false
        "deadline <time> passed <span> ago"
        "ask again as a new attempt";
    KeyChanged "KEY_CHANGED" false
        "signed under key generation <n>, now <n>"
        "ask again as a new attempt";
    Locked "LOCKED" false
        "<cause>; nothing is signed"
        "signerctl unlock";
    Frozen "FROZEN" false
        "<time> by <who> (<reason>); nothing is signed but tickets"
        "signerctl unfreeze";
    ReduceOnly "REDUCE_ONLY" false
        "<cause>; exits and copied sells continue"
        "by its cause, below";
    StrategyOff "STRATEGY_OFF" false
        "STRATEGY orders are not taken"
        "ask as COPY or EXIT";
    ExitMustSell "EXIT_MUST_SELL" false
        "an EXIT only sells"
        "set side to SELL, or kind to COPY";
    WrongWallet "WRONG_WALLET" false
        "the key signs for <address>, the policy is for <address>"
        "signerctl unlock with the policy's key, or a policy for this one";
    SessionExpired "SESSION_EXPIRED" false
        "the session key ended <time>"
        "authorise another and signerctl import it, with a policy that names it";
    Venue "VENUE" false
        "<exchange> was asked; this token trades on <exchange>, or the policy does not have it"
        "route by the market's neg_risk and version, or signerctl note new policy";
    MarketNotAllowed "MARKET_NOT_ALLOWED" false
        "market <condition> is not in the policy"
        "signerctl note new policy";
    TokenNotOfMarket "TOKEN_NOT_OF_MARKET" false
        "token <id> is not of the market named"
        "read both from the same market";
    MarketEnded "MARKET_ENDED" false
        "buys of this market ended <time>"
        "signerctl note new policy, if its end was moved";
    Tick "TICK" false
        "tick <tick> is not one that buys may use here"
        "read the market's tick, or signerctl note new policy";
    LeaderNotAllowed "LEADER_NOT_ALLOWED" false
        "leader <address> is not in the policy"
        "signerctl note new policy";
    LeaderAge "LEADER_AGE" false
        "the leader's trade is <span> old, limit <span>"
        "copy it sooner, or signerctl note new dial";
    LeaderFuture "LEADER_FUTURE" true
        "the leader's trade lies <span> ahead of the signer's clock, limit <span>"
        "check time sync on both hosts";
    AttestationMissing "ATTESTATION_MISSING" false
        "no watchers attested the leader's trade <fill>"
        "bring their note first; fill_id is the name that it gives the trade";
    AttestationDiffers "ATTESTATION_DIFFERS" false
        "the leader's trade was attested with another <field>"
        "say of the trade what its note says";
    SellInCollateral "SELL_IN_COLLATERAL" false
        "a SELL is given in shares"
        "set shares_units, not collateral_units";
    NotAnOrder "NOT_AN_ORDER" false
        "the exchange could not take such an order: <reason>"
        "as the reason says";
    OrderTooSmall "ORDER_TOO_SMALL" false
        "<USDC>, least <USDC> an order"
        "ask for more";
    OrderTooLarge "ORDER_TOO_LARGE" false
        "<USDC>, most <USDC> an order"
        "ask for less, or signerctl note new dial";
    SharesTooMany "SHARES_TOO_MANY" false
        "<shares> shares, most <shares> an order"
        "ask for fewer, or signerctl note new dial";
    PriceBand "PRICE_BAND" false
        "price <price> is outside <price> to <price>"
        "choose a price inside, or signerctl note new dial";
    LeaderDistance "LEADER_DISTANCE" false
        "price <price> is beyond <price>, as far from the leader's <price> as allowed"
        "choose a nearer price, or signerctl note new dial";
    AttestationUsed "ATTESTATION_USED" false
        "the leader's trade was copied by <intent>"
        "one trade, one intent; a further try is another attempt of it";
    CopyRatio "COPY_RATIO" false
        "<shares> shares, <shares> left of what may copy this trade"
        "ask for fewer, or signerctl note new policy";
    ChargeOverflow "CHARGE_OVERFLOW" false
        "the order with its fee does not fit any meter"
        "ask for less";
    Rate "RATE" true
        "<n> of <n> orders in a minute"
        "wait, or signerctl note new dial";
    Ahead "AHEAD" false
        "<USDC> to charge, <USDC> left of what the witnesses hold"
        "wait for the witnesses; orchestrator health";
    BudgetLifetime "BUDGET_LIFETIME" false
        "<USDC> of <USDC> charged"
        "signerctl note new policy";
    BudgetMinute "BUDGET_MINUTE" true
        "<USDC> of <USDC> charged; <USDC> returns <time>"
        "wait, or signerctl note new dial";
    BudgetHour "BUDGET_HOUR" true
        "<USDC> of <USDC> charged; <USDC> returns <time>"
        "wait, or signerctl note new dial";
    BudgetDay "BUDGET_DAY" true
        "<USDC> of <USDC> charged; <USDC> returns <time>"
        "wait, or signerctl note new dial, which raises what was reached from 00:00Z on";
    BudgetListing "BUDGET_LISTING" true
        "<USDC> of <USDC> charged on the market's first day; <USDC> returns <time>"
        "wait, or signerctl note new policy";
    BudgetMarket "BUDGET_MARKET" true
        "<USDC> of <USDC> charged; <USDC> returns <time>"
        "wait, or signerctl note new dial";
    BudgetStrategy "BUDGET_STRATEGY" true
        "<USDC> of <USDC> charged; <USDC> returns <time>"
        "wait, or signerctl note new dial";
    BudgetLeader "BUDGET_LEADER" true
        "<USDC> of <USDC> charged; <USDC> returns <time>"
        "wait, or signerctl note new dial";
    SellGrace "SELL_GRACE" false
        "the policy expired and its sells ran on until <time>"
        "signerctl note new policy --renew, or a ticket";
    ExitRate "EXIT_RATE" true
        "<n> of <n> exits in a minute"
        "wait, or a ticket";
    SellFloor "SELL_FLOOR" false
        "sell <shares> at <price>: floor <price>"
        "signerctl note new ticket";
    Holdings "HOLDINGS" false
        "sell <shares>: this wallet can hold <shares>"
        "signerctl note new declare, or a ticket";
    SellReuse "SELL_REUSE" true
        "sell <shares>: <shares> of <shares> a day sold; <shares> return <time>"
        "wait, or a ticket";
}

/// Why the signer reduces, as `status` and the sentence of `REDUCE_ONLY` and
/// `LOCKED` name it: word, standing, meaning, fix.
pub const CAUSES: &[(&str, &str, &str, &str)] = &[
    (
        "KEY_LOCKED",
        "LOCKED",
        "the key is sealed",
        "signerctl unlock",
    ),
    (
        "LEASE_ENDED",
        "LOCKED",
        "the lease is over",
        "signerctl unlock",
    ),
    (
        "DEAD_MAN_LOCKED",
        "LOCKED",
        "no one has said alive for too long",
        "signerctl note new alive",
    ),
    (
        "DISK_FULL",
        "LOCKED",
        "exits used up their part of the disk's reserve; the rest is for notes and freezes",
        "free disk on the signer's host",
    ),
    (
        "FROZEN",
        "FROZEN",
        "someone or something froze",
        "signerctl unfreeze",
    ),
    (
        "POLICY_EXPIRED",
        "REDUCE_ONLY",
        "the policy's time is over; sells run on for its grace",
        "signerctl note new policy --renew",
    ),
    (
        "DEAD_MAN",
        "REDUCE_ONLY",
        "no one has said alive, or not lately",
        "signerctl note new alive",
    ),
    (
        "LEASE_ENDING",
        "REDUCE_ONLY",
        "the lease ends within the hour",
        "signerctl unlock",
    ),
    (
        "SESSION_ENDING",
        "REDUCE_ONLY",
        "the session key ends within the hour, or is 120 days old",
        "authorise another from the owner's wallet, then signerctl import",
    ),
    (
        "CLOCK_JUMPED",
        "REDUCE_ONLY",
        "the clocks disagree by more than two seconds",
        "check time sync, then signerctl clock accept",
    ),
    (
        "UNWITNESSED",
        "REDUCE_ONLY",
        "the witnesses do not hold this start yet, and what it may charge",
        "wait for the witnesses; orchestrator health",
    ),
    (
        "WITNESS_LATE",
        "REDUCE_ONLY",
        "too few witnesses said lately that they hold the journal",
        "wait for the witnesses; orchestrator health",
    ),
    (
        "DISK_LOW",
        "REDUCE_ONLY",
        "disk has fallen to the reserve that exits keep",
        "free disk on the signer's host",
    ),
    (
        "UNATTENDED",
        "REDUCE_ONLY",
        "it was restarted and no one has said alive since",
        "signerctl note new alive",
    ),
];

/// The catalogue as a document.
#[must_use]
pub fn catalogue_markdown() -> String {
    let mut text = String::from(
        "# Denials\n\n\
         Generated from the catalogue in `signer/policy`; do not edit. Rules are asked in this\n\
         order and the first no is the answer. Where a denial passes by itself, its `retry_at`\n\
         says when at the earliest.\n\n\
         | code | sentence | fix | passes by itself |\n|---|---|---|---|\n",
    );
    for row in CATALOGUE {
        let passes = if row.passes { "yes" } else { "no" };
        let (code, sentence, fix) = (row.code.word(), cell(row.sentence), cell(row.fix));
        text.extend([
            "| `", code, "` | ", &sentence, " | ", &fix, " | ", passes, " |\n",
        ]);
    }
    text.push_str(
        "\n## Causes\n\n\
         Why the signer stands where it does; `REDUCE_ONLY`, `FROZEN` and `LOCKED` name one.\n\n\
         | cause | standing | meaning | fix |\n|---|---|---|---|\n",
    );
    for (word, standing, meaning, fix) in CAUSES {
        text.extend([
            "| `", word, "` | ", standing, " | ", meaning, " | ", fix, " |\n",
        ]);
    }
    text
}

/// Angle brackets would be read as HTML.
fn cell(text: &str) -> String {
    text.replace('<', "&lt;").replace('>', "&gt;")
}
