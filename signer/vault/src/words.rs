//! The words that rows use for what has names of its own in the program.

use order::Exchange;
use policy::FreezeReason;

use super::entry::What;
use super::time::Up;

/// How a start's row says that a person was there.
pub(super) const ATTENDED: &str = "attended";

/// The word that a freeze's row begins with.
const fn freeze_word(reason: FreezeReason) -> &'static str {
    match reason {
        FreezeReason::Asked => "asked",
        FreezeReason::JournalBroken => "journal-broken",
        FreezeReason::RolledBack => "rolled-back",
        FreezeReason::WrongWallet => "wrong-wallet",
        FreezeReason::SelfCheck => "self-check",
    }
}

/// What stands as the reason of a leaf that is nothing but one.
pub(super) fn reason(what: &What) -> Option<String> {
    Some(match what {
        What::Froze { reason, words } => format!("{}: {words}", freeze_word(*reason)),
        What::Started {
            attended,
            up,
            nonce,
        } => {
            let how = if *attended { ATTENDED } else { "unattended" };
            let Up { raw_ms, boot_ms } = up;
            let nonce = hex::encode(nonce);
            format!("{how}, up {raw_ms} of {boot_ms} ms, nonce {nonce}")
        }
        What::Locked(why) => (*why).to_owned(),
        What::Export(words) => words.clone(),
        What::Login(login) => format!("at {} nonce {}", login.timestamp_s, login.nonce),
        What::Approved { .. }
        | What::Denied { .. }
        | What::Denials(_)
        | What::Note(_)
        | What::Stopped
        | What::Advanced(_)
        | What::Unlocked { .. }
        | What::ClockJumped
        | What::ClockAccepted => return None,
    })
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
