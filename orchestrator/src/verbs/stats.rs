//! `stats`: what the rows add up to.

use orchestrator::config::Config;
use orchestrator::ledger::{LedgerStore, Tracking};
use orchestrator::store::{Store, Verdicts};
use serde_json::{Map, Value, json};

use super::{Answer, Failure, signed_units, units};

/// Prints what outbox and ledger add up to: intents let through and left out
/// with their reasons, executions by leader, purchases, attempts by state,
/// fills, fees, realised profit and loss.
///
/// Exit: 0 printed; 1 trouble.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  orchestrator stats\n  orchestrator stats --json")]
pub(crate) struct Args {}

pub(crate) fn run(config: &Config) -> Result<Answer, Failure> {
    let mut store = Store::read(&config.database)?;
    let (tracking, left) = {
        let view = store.view()?;
        (view.tracking()?, view.exits_left()?)
    };
    let (verdicts, totals, counts) = (store.verdicts()?, store.totals()?, store.counts()?);
    let mut lines = told(&verdicts, &tracking);
    lines.push(format!(
        "Fills {}: bought {}, sold {}, fees {}; {} failed after they had matched.\n\
         Realised {} USDC, and {} provisional.",
        totals.fills,
        units(totals.bought_units),
        units(totals.sold_units),
        units(totals.fee_units),
        totals.failed,
        signed_units(totals.realised_units),
        signed_units(totals.realised_provisional_units),
    ));
    if !left.is_empty() {
        let count = left.len();
        lines.push(format!(
            "Exits left unsold {count}: see orchestrator positions."
        ));
    }
    lines.extend(counts.iter().map(|count| {
        let code = count.code.as_deref().unwrap_or("");
        format!("{:>8}  {:<16} {code}", count.count, count.state)
    }));
    let counts: Vec<Value> = counts
        .iter()
        .map(|c| json!({"state": c.state, "code": c.code, "count": c.count}))
        .collect();
    let mut json = json!({
        "fills": totals.fills,
        "bought_units": totals.bought_units,
        "sold_units": totals.sold_units,
        "fee_units": totals.fee_units,
        "failed_fills": totals.failed,
        "realised_units": totals.realised_units,
        "realised_provisional_units": totals.realised_provisional_units,
        "exits_left": left.len(),
        "attempts": counts,
    });
    if let Some(object) = json.as_object_mut() {
        object.extend(documented(&verdicts, &tracking));
    }
    Ok(Answer::done(lines.join("\n"), json))
}

/// What became of intents and what was bought, for people.
fn told(verdicts: &Verdicts, tracking: &Tracking) -> Vec<String> {
    let (executions, rejections) = verdicts.sums();
    let mut lines = vec![
        format!(
            "Intents: validated {}, rejected {}, not decided {}.",
            verdicts.validated_count, verdicts.rejected_count, verdicts.pending_count
        ),
        format!("Executions {executions}, rejections {rejections}."),
        format!(
            "Purchases {} in {} markets: spent {}, tokens remaining {}.",
            tracking.total_purchases,
            tracking.unique_markets,
            units(tracking.usdc_spent_units),
            units(tracking.tokens_remaining_units),
        ),
    ];
    let reasons = verdicts.rejected_by_reason.iter();
    lines.extend(reasons.map(|(code, count)| format!("{count:>8}  {:<16} {code}", "left out")));
    lines.extend(verdicts.leaders.iter().map(|of| {
        let leader = of.leader.as_deref().unwrap_or("nobody");
        let not = of.rejections;
        format!(
            "{:>8}  executed, {not} not, of {leader} by {}",
            of.executions, of.strategy
        )
    }));
    lines
}

/// The same for programs, under the document's own names.
fn documented(verdicts: &Verdicts, tracking: &Tracking) -> Map<String, Value> {
    let (executions, rejections) = verdicts.sums();
    let reasons = verdicts.rejected_by_reason.iter();
    let reasons: Map<String, Value> = reasons
        .map(|(code, count)| (code.clone(), json!(count)))
        .collect();
    let leaders = verdicts.leaders.iter().map(|of| {
        json!({
            "strategy": of.strategy,
            "leader": of.leader,
            "executions": of.executions,
            "rejections": of.rejections,
        })
    });
    [
        ("validated_count", json!(verdicts.validated_count)),
        ("rejected_count", json!(verdicts.rejected_count)),
        ("pending_count", json!(verdicts.pending_count)),
        ("rejected_by_reason", Value::Object(reasons)),
        ("executions", json!(executions)),
        ("rejections", json!(rejections)),
        ("leaders", leaders.collect()),
        ("total_purchases", json!(tracking.total_purchases)),
        ("unique_markets", json!(tracking.unique_markets)),
        (
            "tokens_remaining",
            json!(units(tracking.tokens_remaining_units)),
        ),
        ("usdc_spent", json!(units(tracking.usdc_spent_units))),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// M69, M70, M71: the document's names stay, each with its count.
    #[test]
    fn statistics_keep_the_documents_names() {
        let verdicts = Verdicts {
            validated_count: 5,
            rejected_count: 2,
            pending_count: 1,
            rejected_by_reason: vec![("INTENT_STALE".to_owned(), 2)],
            leaders: Vec::new(),
        };
        let tracking = Tracking {
            total_purchases: 3,
            unique_markets: 2,
            usdc_spent_units: 7_250_000,
            tokens_remaining_units: 11_000_000,
        };
        let json = Value::Object(documented(&verdicts, &tracking));
        assert_eq!(json["validated_count"], 5);
        assert_eq!(json["rejected_count"], 2);
        assert_eq!(json["rejected_by_reason"]["INTENT_STALE"], 2);
        assert_eq!(
            (&json["executions"], &json["rejections"]),
            (&json!(0), &json!(0))
        );
        assert_eq!(
            (&json["total_purchases"], &json["unique_markets"]),
            (&json!(3), &json!(2))
        );
        assert_eq!(
            (&json["usdc_spent"], &json["tokens_remaining"]),
            (&json!("7.25"), &json!("11"))
        );
        let text = told(&verdicts, &tracking).join("\n");
        assert!(
            text.contains("validated 5, rejected 2, not decided 1"),
            "{text}"
        );
        assert!(text.contains("2  left out         INTENT_STALE"), "{text}");
    }
}
