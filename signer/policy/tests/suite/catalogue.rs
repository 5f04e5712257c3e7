//! The catalogue of denials and causes: what a person reads of each. The
//! document is generated from this table and nothing else.

use policy::Code;

/// One row of the catalogue.
pub(crate) struct CatalogueRow {
    pub(crate) code: Code,
    /// What stands in angle brackets is a number or a name.
    pub(crate) sentence: &'static str,
    /// What to do about it.
    pub(crate) fix: &'static str,
    /// Whether it passes without anyone doing anything, and `retry_at` says when.
    pub(crate) passes: bool,
}

macro_rules! catalogue {
    ($($code:ident $passes:literal $sentence:literal $fix:literal;)*) => {
        /// Every denial there is, in the order in which rules are asked.
        pub(crate) const CATALOGUE: &[CatalogueRow] = &[$(CatalogueRow {
            code: Code::$code,
            sentence: $sentence,
            fix: $fix,
            passes: $passes,
        },)*];
    };
}

catalogue! {
    NoPolicy false
        "no policy is in force"
        "signerctl note apply <policy>";
    IntentTooOld false
        "intent of <day>; the signer remembers back to <day>"
        "name a new intent";
    IntentTooNew true
        "intent of <day>; the latest taken is of <day>"
        "correct the date in intent_id, or the clock of its host";
    IntentReused false
        "one attempt with two contents: a restored database, or a hostile host"
        "signerctl log; then name a new intent";
    DeadlinePassed false
        "deadline <time> passed <span> ago"
        "ask again as a new attempt";
    KeyChanged false
        "signed under key generation <n>, now <n>"
        "ask again as a new attempt";
    Locked false
        "<cause>; nothing is signed"
        "signerctl unlock";
    Frozen false
        "<time> by <who> (<reason>); nothing is signed but tickets"
        "signerctl unfreeze";
    ReduceOnly false
        "<cause>; exits and copied sells continue"
        "by its cause, below";
    StrategyOff false
        "STRATEGY orders are not taken"
        "ask as COPY or EXIT";
    ExitMustSell false
        "an EXIT only sells"
        "set side to SELL, or kind to COPY";
    WrongWallet false
        "the key signs for <address>, the policy is for <address>"
        "signerctl unlock with the policy's key, or a policy for this one";
    SessionExpired false
        "the session key ended <time>"
        "authorise another and signerctl import it, with a policy that names it";
    Venue false
        "<exchange> was asked; this token trades on <exchange>, or the policy does not have it"
        "route by the market's neg_risk and version, or signerctl note new policy";
    MarketNotAllowed false
        "market <condition> is not in the policy"
        "signerctl note new policy, or listing under listers";
    TokenNotOfMarket false
        "token <id> is not of the market named"
        "read both from the same market";
    MarketEnded false
        "buys of this market ended <time>"
        "signerctl note new policy, if its end was moved";
    Tick false
        "tick <tick> is not one that buys may use here"
        "read the market's tick, or signerctl note new policy";
    LeaderNotAllowed false
        "leader <address> is not in the policy"
        "signerctl note new policy";
    LeaderAge false
        "the leader's trade is <span> old, limit <span>"
        "copy it sooner, or signerctl note new dial";
    LeaderFuture true
        "the leader's trade lies <span> ahead of the signer's clock, limit <span>"
        "check time sync on both hosts";
    AttestationMissing false
        "no watchers attested the leader's trade <fill>"
        "bring their note first; fill_id is the name that it gives the trade";
    AttestationDiffers false
        "the leader's trade was attested with another <field>"
        "say of the trade what its note says";
    SellInCollateral false
        "a SELL is given in shares"
        "set shares_units, not collateral_units";
    NotAnOrder false
        "the exchange could not take such an order: <reason>"
        "as the reason says";
    OrderTooSmall false
        "<USDC>, least <USDC> an order"
        "ask for more";
    OrderTooLarge false
        "<USDC>, most <USDC> an order"
        "ask for less, or signerctl note new dial";
    SharesTooMany false
        "<shares> shares, most <shares> an order"
        "ask for fewer, or signerctl note new dial";
    PriceBand false
        "price <price> is outside <price> to <price>"
        "choose a price inside, or signerctl note new dial";
    LeaderDistance false
        "price <price> is beyond <price>, as far from the leader's <price> as allowed"
        "choose a nearer price, or signerctl note new dial";
    AttestationUsed false
        "the leader's trade was copied by <intent>"
        "one trade, one intent; a further try is another attempt of it";
    CopyRatio false
        "<shares> shares, <shares> left of what may copy this trade"
        "ask for fewer, or signerctl note new policy";
    ChargeOverflow false
        "the order with its fee does not fit any meter"
        "ask for less";
    Rate true
        "<n> of <n> orders in a minute"
        "wait, or signerctl note new dial";
    Ahead false
        "<USDC> to charge, <USDC> left of what the witnesses hold"
        "wait for the witnesses; orchestrator health";
    BudgetLifetime false
        "<USDC> of <USDC> charged"
        "signerctl note new policy";
    BudgetMinute true
        "<USDC> of <USDC> charged; <USDC> returns <time>"
        "wait, or signerctl note new dial";
    BudgetHour true
        "<USDC> of <USDC> charged; <USDC> returns <time>"
        "wait, or signerctl note new dial";
    BudgetDay true
        "<USDC> of <USDC> charged; <USDC> returns <time>"
        "wait, or signerctl note new dial, which raises what was reached from 00:00Z on";
    BudgetListing true
        "<USDC> of <USDC> charged on the market's first day; <USDC> returns <time>"
        "wait, or signerctl note new policy";
    BudgetMarket true
        "<USDC> of <USDC> charged; <USDC> returns <time>"
        "wait, or signerctl note new dial";
    BudgetStrategy true
        "<USDC> of <USDC> charged; <USDC> returns <time>"
        "wait, or signerctl note new dial";
    BudgetLeader true
        "<USDC> of <USDC> charged; <USDC> returns <time>"
        "wait, or signerctl note new dial";
    SellGrace false
        "the policy expired and its sells ran on until <time>"
        "signerctl note new policy --renew, or a ticket";
    ExitRate true
        "<n> of <n> exits in a minute"
        "wait, or a ticket";
    SellFloor false
        "sell <shares> at <price>: floor <price>"
        "signerctl note new ticket";
    Holdings false
        "sell <shares>: this wallet can hold <shares>"
        "signerctl note new declare, or a ticket";
    SellReuse true
        "sell <shares>: <shares> of <shares> a day sold; <shares> return <time>"
        "wait, or a ticket";
}

/// Why the signer reduces, as `status` and the sentence of `REDUCE_ONLY` and
/// `LOCKED` name it: word, standing, meaning, fix.
pub(crate) const CAUSES: &[(&str, &str, &str, &str)] = &[
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
        "SESSION_ENDED",
        "LOCKED",
        "the session key has ended",
        "authorise another from the owner's wallet, then signerctl import",
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
pub(crate) fn catalogue_markdown() -> String {
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
