//! How the signer is, asked of it or, beside a `run`, of what that saw last.

use orchestrator::checks::{Check, Level, OWNER_KEY, SESSION_KEY};
use orchestrator::clock;
use orchestrator::config::Config;
use orchestrator::pipeline::duration;
use orchestrator::signer::SignerClient;
use orchestrator::signer::age::KeyAge;
use orchestrator::store::{SignerSeen, Store};

use crate::verbs::shortened;

/// So many idle pauses without a whole look are no slow venue any more.
const PAUSES_MAX: u64 = 4;

/// What somebody is reminded of, of a key of this age.
pub(super) fn reminder(age: KeyAge, now_ms: u64) -> Option<Check> {
    let name = if age.is_session {
        SESSION_KEY
    } else {
        OWNER_KEY
    };
    let words = age.reminder(now_ms)?;
    Some((name, Level::Warns, words))
}

/// The signer as the `run` beside us saw it at its last whole look.
pub(super) fn last_seen(config: &Config) -> Option<(SignerSeen, u64)> {
    let store = Store::read(&config.database).ok()?;
    store.signer_last().ok().flatten()
}

/// How the signer is, and how old its key.
pub(super) async fn ask(
    config: Config,
    is_run: bool,
    seen: Option<(SignerSeen, u64)>,
) -> (Option<KeyAge>, Check) {
    let late_ms = config.trading.idle_ms.saturating_mul(PAUSES_MAX);
    let client = match SignerClient::new(config.signer) {
        Ok(client) => client,
        Err(problem) => return (None, ("signer", Level::Fails, problem)),
    };
    if is_run {
        let key = seen.as_ref().and_then(|(seen, _)| seen.key);
        return (key, beside(client.serves().await, seen, late_ms));
    }
    match client.status().await {
        Ok(status) => {
            let seen = SignerSeen::of(&status);
            let (level, words) = standing(&seen);
            (seen.key, ("signer", level, words))
        }
        Err(e) => (None, ("signer", Level::Fails, unanswered(&e))),
    }
}

/// What a state comes to, in the signer's own words.
fn standing(seen: &SignerSeen) -> (Level, String) {
    let state = match seen.state.as_str() {
        "" => "unknown",
        state => state,
    };
    let why = match seen.why.as_str() {
        "" => String::new(),
        why => format!(": {why}"),
    };
    let words = format!(
        "{state}{why}; journal {}, {} leaves",
        shortened(&seen.journal_id),
        seen.journal_size
    );
    // Signing nothing is not well, however well it answers.
    let level = match state {
        "ACTIVE" if seen.why.is_empty() => Level::Well,
        "ACTIVE" | "REDUCE_ONLY" => Level::Warns,
        _ => Level::Fails,
    };
    (level, words)
}

/// Beside a `run` nothing is asked that ends the epoch of its questions: only
/// whether it serves, and the rest as the `run` saw it at its last whole look.
fn beside(answer: Result<bool, String>, seen: Option<(SignerSeen, u64)>, late_ms: u64) -> Check {
    match answer {
        Ok(true) => {
            let Some((seen, at_ms)) = seen else {
                let words = "it serves; the `run` has not seen its state yet";
                return ("signer", Level::Warns, words.to_owned());
            };
            let (level, words) = standing(&seen);
            let age_ms = clock::now_ms().saturating_sub(at_ms);
            let age = duration(age_ms);
            let words = format!("{words}, as the `run` saw it {age} ago; it serves now");
            // Without a whole look the `run` signs nothing, whatever the signer would.
            if age_ms > late_ms {
                let words =
                    format!("{words}; no look was whole since: see its log for RECONCILING");
                return ("signer", Level::Fails, words);
            }
            ("signer", level, words)
        }
        Ok(false) => {
            let words = "it answers, and does not serve: see its log, and signerctl status";
            ("signer", Level::Fails, words.to_owned())
        }
        Err(e) => ("signer", Level::Fails, unanswered(&e)),
    }
}

/// A complaint that names its setting needs no other fix.
fn unanswered(why: &str) -> String {
    if why.contains("signer.") {
        why.to_owned()
    } else {
        format!("{why}; check signer.address and both pins")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `run` whose looks fail signs nothing, however well the signer was before.
    #[test]
    fn a_signer_that_the_run_has_long_not_seen_is_not_called_well() {
        let seen = SignerSeen {
            journal_id: "ab".repeat(16),
            journal_size: 17,
            state: "ACTIVE".to_owned(),
            why: String::new(),
            key: None,
        };
        let said = |ago_ms| {
            let at_ms = clock::now_ms() - ago_ms;
            beside(Ok(true), Some((seen.clone(), at_ms)), 120_000)
        };
        let (_, level, words) = said(60_000);
        assert!(matches!(level, Level::Well), "{words}");
        assert!(words.ends_with("; it serves now"), "{words}");
        let (_, level, words) = said(180_000);
        assert!(matches!(level, Level::Fails), "{words}");
        assert!(words.ends_with("see its log for RECONCILING"), "{words}");
    }
}
