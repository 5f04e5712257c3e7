//! The words that rows use for what has names of its own in the program.

use order::Exchange;
use policy::FreezeReason;

/// The word that a freeze's row begins with.
pub(super) const fn freeze_word(reason: FreezeReason) -> &'static str {
    match reason {
        FreezeReason::Asked => "asked",
        FreezeReason::JournalBroken => "journal-broken",
        FreezeReason::RolledBack => "rolled-back",
        FreezeReason::WrongWallet => "wrong-wallet",
        FreezeReason::SelfCheck => "self-check",
    }
}

pub(super) fn freeze_reason(text: &str) -> Option<FreezeReason> {
    let (word, _) = text.split_once(':')?;
    [
        FreezeReason::Asked,
        FreezeReason::JournalBroken,
        FreezeReason::RolledBack,
        FreezeReason::WrongWallet,
        FreezeReason::SelfCheck,
    ]
    .into_iter()
    .find(|reason| freeze_word(*reason) == word)
}

pub(super) const fn exchange_text(exchange: Exchange) -> &'static str {
    match exchange {
        Exchange::V2Standard => "v2-standard",
        Exchange::V2NegRisk => "v2-neg-risk",
        Exchange::V3 => "v3",
    }
}

pub(super) fn exchange_of(text: &str) -> Option<Exchange> {
    match text {
        "v2-standard" => Some(Exchange::V2Standard),
        "v2-neg-risk" => Some(Exchange::V2NegRisk),
        "v3" => Some(Exchange::V3),
        _ => None,
    }
}
