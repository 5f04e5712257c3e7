//! `intents`: what became of what was asked for.

use orchestrator::config::Config;
use orchestrator::day;
use orchestrator::store::{Store, Told};
use order::ShareUnits;
use serde_json::{Value, json};

use super::{Answer, CODE_OPEN, Failure};

/// Prints what became of intents, newest first, refused lines too: at most 50,
/// or all of one name.
///
/// Exit: 0 printed; 1 trouble; 3 nothing of that name is known.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    orchestrator intents\n  \
    orchestrator intents --id my-7\n  \
    orchestrator intents --id my-7 --json")]
pub(crate) struct Args {
    /// The sender's own name for it, or ours.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
}

pub(crate) fn run(config: &Config, args: &Args) -> Result<Answer, Failure> {
    let store = Store::read(&config.database)?;
    let rows = store.told(args.id.as_deref())?;
    let json = json!({"intents": rows.iter().map(row).collect::<Vec<Value>>()});
    match (&args.id, rows.is_empty()) {
        (Some(id), true) => Ok(Answer {
            code: CODE_OPEN,
            text: format!(
                "INTENTS {id:?}: nothing of that name is known; see its line, and the log for \
                 REJECTED"
            ),
            json,
        }),
        (None, true) => Ok(Answer::done("no intent yet".to_owned(), json)),
        (_, false) => {
            let lines: Vec<String> = rows.iter().map(line).collect();
            Ok(Answer::done(lines.join("\n"), json))
        }
    }
}

/// Two lines a row: what was asked, and what became of it.
fn line(told: &Told) -> String {
    let name = told.source_id.as_deref().unwrap_or("-");
    let asked = match &told.asked {
        None => "nothing was asked for".to_owned(),
        Some((side, shares, price_e4, token)) => {
            let (shares, price) = (ShareUnits::new(*shares), price(*price_e4));
            format!("{side} {shares} of {token} at {price} or better")
        }
    };
    let mut became = told.state.clone();
    if let Some(code) = &told.code {
        became = format!("{became} {code}");
    }
    became = format!("{became} at {}", time(told.since_ms));
    if let Some(hash) = &told.order_hash {
        became = format!("{became}, order {hash}");
    }
    if let Some(detail) = &told.detail {
        became = format!("{became}: {}", plain(detail));
    }
    format!(
        "{} {} {} {}/{} {asked}\n    {became}",
        time(told.seen_ms),
        told.strategy,
        name.escape_debug(),
        told.intent_id,
        told.attempt,
    )
}

fn row(told: &Told) -> Value {
    let asked = told.asked.as_ref().map(|(side, shares, price_e4, token)| {
        json!({
            "side": side, "shares_units": shares, "limit_price_e4": price_e4, "token_id": token,
        })
    });
    json!({
        "source_id": told.source_id,
        "strategy": told.strategy,
        "intent_id": told.intent_id,
        "attempt": told.attempt,
        "asked": asked,
        "state": told.state,
        "code": told.code,
        "detail": told.detail,
        "order_hash": told.order_hash,
        "seen_ms": told.seen_ms,
        "posted_ms": told.posted_ms,
        "since_ms": told.since_ms,
    })
}

/// Words with whatever would move the cursor escaped, and their quotes as they are.
fn plain(words: &str) -> String {
    let mut plain = String::with_capacity(words.len());
    for c in words.chars() {
        if matches!(c, '\'' | '"') {
            plain.push(c);
        } else {
            plain.extend(c.escape_debug());
        }
    }
    plain
}

/// A price as people write it.
fn price(e4: u64) -> String {
    let e6 = e4.saturating_mul(100);
    order::CollateralUnits::new(e6).to_string()
}

/// A moment as people write it, UTC.
fn time(unix_ms: u64) -> String {
    let day = day::utc_day(unix_ms);
    let (year, rest) = day.split_at_checked(4).unwrap_or((&day, ""));
    let (month, date) = rest.split_at_checked(2).unwrap_or((rest, ""));
    let second = unix_ms.checked_div(1_000).unwrap_or(0);
    let part = |every: u64, of: u64| {
        let whole = second.checked_div(every).unwrap_or(0);
        whole.checked_rem(of).unwrap_or(0)
    };
    let (hours, minutes, seconds) = (part(3_600, 24), part(60, 60), part(1, 60));
    format!("{year}-{month}-{date}T{hours:02}:{minutes:02}:{seconds:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_quotes_and_move_no_cursor() {
        let said = plain("the leader's was \"0.3\"\u{1b}[2J\n");
        assert_eq!(said, "the leader's was \"0.3\"\\u{1b}[2J\\n");
    }
}
