//! What a simulation came to, in lines or as one object.

use order::CollateralUnits;
use policy::{Figure, Figures};
use serde_json::{Value, json};

use crate::say::{Said, put};

/// A decision that comes out otherwise.
pub(super) struct Change {
    pub(super) leaf: u64,
    pub(super) at: String,
    pub(super) intent: String,
    pub(super) asked: String,
    pub(super) was: String,
    pub(super) now: String,
    pub(super) because: String,
}

/// How many decisions there were, and what became of them.
#[derive(Default)]
pub(super) struct Count {
    pub(super) decisions: u64,
    pub(super) asked_again: u64,
    pub(super) granted: u64,
    pub(super) refused: u64,
}

/// All that a simulation has to say.
pub(super) struct Told {
    /// All that was ever charged, as it was and as it would have been.
    pub(super) charged: [u128; 2],
    /// Under the policy in force and under the other, on the journal as it is.
    pub(super) figures: Option<(Figures, Figures)>,
    pub(super) count: Count,
    pub(super) changes: Vec<Change>,
}

fn usdc(units: u128) -> String {
    u64::try_from(units).map_or_else(
        |_| "unbounded".to_owned(),
        |units| CollateralUnits::new(units).to_string(),
    )
}

fn figure(figure: Figure) -> String {
    match figure {
        Figure::Usdc(units) => CollateralUnits::to_string(&units),
        Figure::Unbounded => "unbounded".to_owned(),
    }
}

/// Each figure by name.
fn named(figures: &Figures) -> [(&'static str, String); 6] {
    [
        ("loss_next_24h_usdc", figure(figures.next_24h.loss)),
        ("loss_until_locked_usdc", figure(figures.until_locked.loss)),
        ("term_day_cap_usdc", figures.next_24h.day_cap.to_string()),
        ("term_sells_usdc", figure(figures.sells)),
        ("term_lowest_price", figures.lowest.to_string()),
        ("wallet_usdc_max", figures.wallet_usdc_max.to_string()),
    ]
}

impl Told {
    fn counts(&self) -> [(&'static str, String); 7] {
        let (count, [real, tried]) = (&self.count, self.charged);
        [
            ("decisions", count.decisions.to_string()),
            ("asked_again", count.asked_again.to_string()),
            ("changed", self.changes.len().to_string()),
            ("newly_approved", count.granted.to_string()),
            ("newly_denied", count.refused.to_string()),
            ("charged_usdc", usdc(real)),
            ("charged_then_usdc", usdc(tried)),
        ]
    }

    /// Lines: each change, the counts, each figure now and then.
    pub(super) fn text(&self) -> Said {
        let mut said = Said::default();
        for change in &self.changes {
            let because = if change.because.is_empty() {
                String::new()
            } else {
                format!(": {}", change.because)
            };
            put(
                &mut said.out,
                format_args!(
                    "{} {} {} {} -> {} {}{because}",
                    change.at, change.leaf, change.intent, change.was, change.now, change.asked
                ),
            );
        }
        for (name, value) in self.counts() {
            put(&mut said.out, format_args!("{name} {value}"));
        }
        if let Some((now, then)) = &self.figures {
            for ((name, now), (_, then)) in named(now).into_iter().zip(named(then)) {
                let moved = if now == then { "" } else { " *" };
                put(&mut said.out, format_args!("{name} {now} -> {then}{moved}"));
            }
        }
        said
    }

    /// One object.
    pub(super) fn json(&self) -> Value {
        let object = |rows: &[(&'static str, String)]| -> Value {
            rows.iter()
                .map(|(name, value)| ((*name).to_owned(), Value::String(value.clone())))
                .collect()
        };
        let list: Vec<Value> = self
            .changes
            .iter()
            .map(|change| {
                json!({
                    "leaf_index": change.leaf.to_string(),
                    "at": change.at,
                    "intent": change.intent,
                    "asked": change.asked,
                    "was": change.was,
                    "now": change.now,
                    "because": change.because,
                })
            })
            .collect();
        json!({
            "counts": object(&self.counts()),
            "changes": list,
            "figures_now": self.figures.as_ref().map(|(now, _)| object(&named(now))),
            "figures_then": self.figures.as_ref().map(|(_, then)| object(&named(then))),
        })
    }
}
