//! Every documented refusal of the CLOB, as one table.
//!
//! For: what a status and a text mean, what they prove, and what to do (docs,
//! "Error Codes"; the texts marked 3P are as users quote them).
//!
//! Never touches: a socket; what follows for an attempt (see
//! [`evidence`](crate::evidence)).
//!
//! Invariant: a row is proof only if the venue's documents say that the order
//! was not taken. A 5xx is never proof, whatever its text.

use super::mode::Mode;

/// What an answer says of the order that was posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It neither rests nor filled, nor will.
    NotTaken,
    /// The venue has had this hash before.
    Had,
    /// Nothing: it may have been taken.
    None,
}

/// One documented answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// HTTP status it comes with.
    pub status: u16,
    /// A part of its text, lower case; empty for any.
    pub fragment: &'static str,
    /// Our stable code.
    pub code: &'static str,
    /// What it proves.
    pub proof: Proof,
    /// The mode that the venue is in, if it says so.
    pub mode: Option<Mode>,
    /// What to do.
    pub fix: &'static str,
}

const fn refusal(fragment: &'static str, code: &'static str, fix: &'static str) -> Entry {
    Entry {
        status: 400,
        fragment,
        code,
        proof: Proof::NotTaken,
        mode: None,
        fix,
    }
}

const fn other(
    status: u16,
    fragment: &'static str,
    code: &'static str,
    proof: Proof,
    mode: Option<Mode>,
    fix: &'static str,
) -> Entry {
    Entry {
        status,
        fragment,
        code,
        proof,
        mode,
        fix,
    }
}

const MAKE_KEY: &str = "import the credentials of signer.signing_address again";

/// The table. The first row that matches counts.
#[rustfmt::skip]
pub const ENTRIES: &[Entry] = &[
    // Before everything else: it looks like a refusal and is the opposite.
    other(400, "duplicated", "DUPLICATED", Proof::Had, None, "nothing: the order is looked for"),
    refusal("fully filled or killed", "KILLED_FOK", "nothing: the book had less at that price"),
    refusal("no orders found to match with fak", "KILLED_FAK", "nothing: the book had none at that price"),
    refusal("not enough balance / allowance", "NO_BALANCE", "fund the wallet, or approve the exchange"),
    refusal("breaks minimum tick size", "TICK", "read the market's tick again"),
    refusal("lower than the minimum", "BELOW_MINIMUM", "ask for at least the market's minimum"),
    refusal("invalid amounts", "DECIMALS", "report it: amounts are computed here"),
    refusal("invalid post-only order", "POST_ONLY_CROSSES", "nothing: the book moved"),
    refusal("crosses the book", "POST_ONLY_CROSSES", "nothing: the book moved"),
    refusal("post-only mode", "POST_ONLY", "wait: it passes by itself"),
    refusal("invalid expiration", "EXPIRATION", "check the host's clock"),
    refusal("canceled in the ctf exchange", "CANCELLED_ON_CHAIN", "look who paused the wallet"),
    refusal("delayed due to market conditions", "MARKET_DELAY", "nothing: the match was not made"),
    refusal("invalid order payload", "PAYLOAD", "report it: the body is made here"),
    refusal("invalid signature", "SIGNATURE", "check signer.exchange against the market"),
    refusal("has to be the owner of the api key", "OWNER", MAKE_KEY),
    refusal("has to be the address of the api key", "SIGNER_ADDRESS", MAKE_KEY),
    refusal("maker address not allowed", "MAKER", "use the wallet that belongs to this key"),
    refusal("address banned", "BANNED", "ask the venue"),
    refusal("closed only mode", "CLOSED_ONLY", "only sells are possible: ask the venue"),
    refusal("too many orders in payload", "TOO_MANY", "report it: batches are cut here"),
    refusal("not yet ready to process new orders", "MARKET_NOT_READY", "wait until the market opens"),
    refusal("market not found", "MARKET_UNKNOWN", "check market and token"),
    refusal("order_version_mismatch", "VERSION_MISMATCH", "stop, and read the venue's notice of a new exchange"),
    other(401, "", "UNAUTHORIZED", Proof::NotTaken, None, "orchestrator credentials import --verify"),
    other(403, "restricted in your region", "GEO_BLOCKED", Proof::NotTaken, Some(Mode::GeoBlocked), "run where the venue allows it"),
    other(403, "", "BLOCKED", Proof::None, Some(Mode::GeoBlocked), "check the address this host leaves by"),
    other(404, "not found", "NOT_FOUND", Proof::NotTaken, None, "check market and token"),
    other(425, "", "RESTARTING", Proof::NotTaken, Some(Mode::Restarting), "wait: it passes by itself"),
    other(429, "", "RATE_LIMITED", Proof::None, Some(Mode::RateLimited), "wait: it passes by itself"),
    other(500, "order timed out", "TIMED_OUT", Proof::None, None, "nothing: the order is looked for"),
    other(500, "", "VENUE_FAULT", Proof::None, None, "nothing: the order is looked for"),
    other(503, "cancel-only", "CANCEL_ONLY", Proof::None, Some(Mode::CancelOnly), "wait: it passes by itself"),
    other(503, "post-only mode", "POST_ONLY", Proof::None, Some(Mode::PostOnly), "wait: it passes by itself"),
    other(503, "disabled", "DISABLED", Proof::None, Some(Mode::Disabled), "wait: it passes by itself"),
    other(503, "", "UNAVAILABLE", Proof::None, Some(Mode::Disabled), "wait: it passes by itself"),
];

/// The row for an error answer, if it is a documented one.
#[must_use]
pub fn find(status: u16, text: &str) -> Option<&'static Entry> {
    let text = text.to_lowercase();
    ENTRIES
        .iter()
        .find(|entry| entry.status == status && text.contains(entry.fragment))
}

/// The row for a refusal inside a 200 (`success` with an `errorMsg`): the same
/// words as a 400 has.
#[must_use]
pub fn find_in_row(text: &str) -> Option<&'static Entry> {
    find(400, text)
}

/// What to do about `code`, from the first row that has it.
#[must_use]
pub fn fix(code: &str) -> Option<&'static str> {
    ENTRIES
        .iter()
        .find(|entry| entry.code == code)
        .map(|entry| entry.fix)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every text of the published catalogue, and those that users quote.
    #[rustfmt::skip]
    const TEXTS: &[(u16, &str, &str)] = &[
        (401, "Unauthorized/Invalid api key", "UNAUTHORIZED"),
        (401, "Invalid L1 Request headers", "UNAUTHORIZED"),
        (400, "Invalid order payload", "PAYLOAD"),
        (400, "the order owner has to be the owner of the API KEY", "OWNER"),
        (400, "the order signer address has to be the address of the API KEY", "SIGNER_ADDRESS"),
        (400, "'0xab' address banned", "BANNED"),
        (400, "'0xab' address in closed only mode", "CLOSED_ONLY"),
        (400, "Too many orders in payload: 16, max allowed: 15", "TOO_MANY"),
        (400, "invalid post-only order: order crosses book", "POST_ONLY_CROSSES"),
        (400, "order 0xab is invalid. Price (0.145) breaks minimum tick size rule: 0.01", "TICK"),
        (400, "order 0xab is invalid. Size (1) lower than the minimum: 5", "BELOW_MINIMUM"),
        (400, "order 0xab is invalid. Duplicated.", "DUPLICATED"),
        (400, "order 0xab crosses the book", "POST_ONLY_CROSSES"),
        (400, "not enough balance / allowance", "NO_BALANCE"),
        (400, "not enough balance / allowance: the balance is not enough", "NO_BALANCE"),
        (400, "invalid expiration", "EXPIRATION"),
        (400, "order canceled in the CTF exchange contract", "CANCELLED_ON_CHAIN"),
        (400, "order match delayed due to market conditions", "MARKET_DELAY"),
        (400, "order couldn't be fully filled. FOK orders are fully filled or killed.", "KILLED_FOK"),
        (400, "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.", "KILLED_FAK"),
        (400, "the market is not yet ready to process new orders", "MARKET_NOT_READY"),
        (400, "order_version_mismatch", "VERSION_MISMATCH"),
        (400, "maker address not allowed, please use the deposit wallet flow", "MAKER"),
        (400, "invalid signature", "SIGNATURE"),
        (400, "invalid amounts, the FOK orders maker amount supports a max accuracy of 2 decimals", "DECIMALS"),
        (404, "market not found", "NOT_FOUND"),
        (403, "Trading restricted in your region, please refer to available regions", "GEO_BLOCKED"),
        (403, "<html>Attention Required</html>", "BLOCKED"),
        (425, "the matching engine is restarting", "RESTARTING"),
        (429, "Too Many Requests", "RATE_LIMITED"),
        (500, "order timed out", "TIMED_OUT"),
        (500, "there are no matching orders", "VENUE_FAULT"),
        (500, "FOK orders are filled or killed", "VENUE_FAULT"),
        (500, "the trade contains rounding issues", "VENUE_FAULT"),
        (500, "the price of the taker's order has a discrepancy greater than allowed with the worst maker order", "VENUE_FAULT"),
        (503, "Trading is currently disabled. Check polymarket.com for updates", "DISABLED"),
        (503, "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.", "CANCEL_ONLY"),
        (503, "post-only mode: only post-only orders and cancels are allowed", "POST_ONLY"),
        (503, "<html>upstream</html>", "UNAVAILABLE"),
    ];

    #[test]
    fn every_documented_text_finds_its_row() {
        for (status, text, code) in TEXTS {
            let found = find(*status, text).map(|entry| entry.code);
            assert_eq!(found, Some(*code), "{status} {text}");
        }
    }

    #[test]
    fn what_is_not_documented_finds_nothing() {
        for (status, text) in [
            (400, "something new"),
            (400, ""),
            (404, "<html>"),
            (402, "pay"),
            (200, "order timed out"),
            (502, "Bad Gateway"),
        ] {
            assert_eq!(find(status, text), None, "{status} {text}");
        }
    }

    #[test]
    fn no_5xx_and_no_429_is_proof_and_duplicated_is_the_opposite_of_a_refusal() {
        for entry in ENTRIES {
            let weak = entry.status == 429 || entry.status >= 500;
            assert!(!(weak && entry.proof != Proof::None), "{}", entry.code);
            assert_eq!(entry.proof == Proof::Had, entry.code == "DUPLICATED");
        }
    }

    #[test]
    fn no_row_hides_behind_another_and_each_says_what_to_do() {
        let mut seen = BTreeSet::new();
        for entry in ENTRIES {
            assert!(seen.insert((entry.status, entry.fragment)));
            assert_eq!(entry.fragment, entry.fragment.to_lowercase());
            let found = find(entry.status, entry.fragment).map(|e| e.fragment);
            assert_eq!(found, Some(entry.fragment), "{}", entry.code);
            assert!(!entry.fix.is_empty() && fix(entry.code).is_some());
        }
    }
}
