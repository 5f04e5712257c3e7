//! Faults on command: which of the next requests goes wrong, and how.
//!
//! A rule names a fault, a method, a path prefix, and how often or how long it
//! applies. The first rule that matches a request is the one that is used.

use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Fault {
    /// The request is processed; the connection closes without a byte.
    DropAnswerAfterAccept,
    /// The connection closes, and nothing was processed.
    DropBeforeAccept,
    /// The request is processed (or not); the answer says it was a duplicate.
    DuplicateAnswer {
        #[serde(default = "yes")]
        process: bool,
    },
    /// A documented error answer, by default without processing.
    Status {
        status: u16,
        /// Which of the documented states a 503 speaks of, or another text.
        #[serde(default)]
        mode: Option<String>,
        #[serde(default)]
        retry_after_s: Option<u64>,
        #[serde(default)]
        process: bool,
    },
    /// A gateway's page instead of JSON, by default without processing.
    HtmlBody {
        #[serde(default)]
        process: bool,
    },
    /// The request is processed; only the first bytes of the answer come.
    CutBody { bytes: usize },
    /// Another answer, which nothing was processed for.
    OtherBody {
        #[serde(default = "good")]
        status: u16,
        text: String,
    },
    /// Go and ask elsewhere.
    Redirect { to: String },
    /// The answer comes late; with `before`, the request is processed late.
    DelayMs {
        ms: u64,
        #[serde(default)]
        before: bool,
    },
    /// The order is held, then matched or not.
    DelayedStatus {
        #[serde(default = "held_ms")]
        ms: u64,
        #[serde(default = "matched")]
        then: Then,
    },
    /// The order matches, and its trades fail instead of being mined.
    MatchedThenFailed,
    /// Queries answer as if the order, or any order, were not there.
    HideFromQueries {
        #[serde(default)]
        order_id: Option<String>,
    },
    /// Trades are answered as they were when the rule was made.
    StaleTrades,
}

/// What becomes of a held order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Then {
    Matched,
    Unmatched,
}

fn yes() -> bool {
    true
}

fn good() -> u16 {
    200
}

fn held_ms() -> u64 {
    250
}

fn matched() -> Then {
    Then::Matched
}

/// A fault and what it applies to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    #[serde(flatten)]
    pub(crate) fault: Fault,
    /// How many more requests; unset with `for_ms` means all of that time.
    #[serde(default)]
    pub(crate) times: Option<u64>,
    #[serde(default)]
    pub(crate) for_ms: Option<u64>,
    #[serde(default)]
    pub(crate) method: Option<String>,
    #[serde(default)]
    pub(crate) path: Option<String>,
    /// When the rule was made.
    #[serde(default)]
    pub(crate) since_ms: u64,
}

impl Rule {
    /// Fills in what was left out: once, and where this fault belongs.
    pub(crate) fn completed(mut self, now_ms: u64) -> Self {
        let (method, path) = match self.fault {
            Fault::HideFromQueries { .. } => ("GET", "/data/order"),
            Fault::StaleTrades => ("GET", "/data/trades"),
            Fault::CutBody { .. } | Fault::OtherBody { .. } | Fault::Redirect { .. } => {
                ("GET", "/v2/")
            }
            Fault::DropAnswerAfterAccept
            | Fault::DropBeforeAccept
            | Fault::DuplicateAnswer { .. }
            | Fault::Status { .. }
            | Fault::HtmlBody { .. }
            | Fault::DelayMs { .. }
            | Fault::DelayedStatus { .. }
            | Fault::MatchedThenFailed => ("POST", "/order"),
        };
        self.method.get_or_insert_with(|| method.to_owned());
        self.path.get_or_insert_with(|| path.to_owned());
        if self.for_ms.is_none() {
            self.times.get_or_insert(1);
        }
        self.since_ms = now_ms;
        self
    }

    fn is_over(&self, now_ms: u64) -> bool {
        let late = self
            .for_ms
            .is_some_and(|ms| now_ms >= self.since_ms.saturating_add(ms));
        late || self.times == Some(0)
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        let any = |wanted: &Option<String>| wanted.as_deref() == Some("*");
        (any(&self.method) || self.method.as_deref() == Some(method))
            && (any(&self.path)
                || self
                    .path
                    .as_deref()
                    .is_some_and(|prefix| path.starts_with(prefix)))
    }
}

/// The rules in force.
#[derive(Clone, Debug, Default)]
pub(crate) struct Misbehaviour {
    rules: Vec<Rule>,
}

impl Misbehaviour {
    pub(crate) fn add(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule for this request, if any, used up by one.
    pub(crate) fn take(&mut self, now_ms: u64, method: &str, path: &str) -> Option<Rule> {
        self.rules.retain(|rule| !rule.is_over(now_ms));
        let rule = self
            .rules
            .iter_mut()
            .find(|rule| rule.matches(method, path))?;
        rule.times = rule.times.map(|times| times.saturating_sub(1));
        Some(rule.clone())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(value: serde_json::Value) -> Rule {
        serde_json::from_value::<Rule>(value)
            .unwrap()
            .completed(1_000)
    }

    #[test]
    fn a_rule_applies_as_often_as_it_says_and_where() {
        let mut faults = Misbehaviour::default();
        faults.add(rule(json!({"kind": "drop_before_accept", "times": 2})));
        assert_eq!(faults.take(1_000, "GET", "/order"), None);
        assert_eq!(faults.take(1_000, "POST", "/data/orders"), None);
        assert!(faults.take(1_000, "POST", "/order").is_some());
        assert!(faults.take(1_000, "POST", "/orders").is_some());
        assert_eq!(faults.take(1_000, "POST", "/order"), None);
    }

    #[test]
    fn a_rule_with_a_time_holds_for_that_time() {
        let mut faults = Misbehaviour::default();
        faults.add(rule(json!({"kind": "hide_from_queries", "for_ms": 500})));
        for now_ms in [1_000, 1_200, 1_499] {
            assert!(faults.take(now_ms, "GET", "/data/orders").is_some());
        }
        assert_eq!(faults.take(1_500, "GET", "/data/orders"), None);
    }

    #[test]
    fn faults_are_named_as_documented() {
        for value in [
            json!({"kind": "drop_answer_after_accept"}),
            json!({"kind": "duplicate_answer"}),
            json!({"kind": "status", "status": 425, "retry_after_s": 2}),
            json!({"kind": "html_body"}),
            json!({"kind": "delay_ms", "ms": 5}),
            json!({"kind": "delayed_status", "then": "unmatched"}),
            json!({"kind": "matched_then_failed"}),
            json!({"kind": "stale_trades", "times": 3}),
        ] {
            assert!(rule(value.clone()).times.is_some(), "{value}");
        }
        assert!(serde_json::from_value::<Rule>(json!({"kind": "sulk"})).is_err());
    }
}
