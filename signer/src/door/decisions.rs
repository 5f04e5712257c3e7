//! How questions for a signature ended, counted since the start.
//!
//! Invariant: a label is an outcome or a denial's code, which are all from
//! enums; nothing that a caller wrote is one, so there are never more rows than
//! there are codes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use frame::hop::Reply;

/// What stands for a rule where none said no.
const NO_RULE: &str = "NONE";

/// The counters; clones count together.
#[derive(Clone, Default)]
pub(crate) struct Decisions(Arc<Mutex<BTreeMap<(&'static str, String), u64>>>);

impl Decisions {
    /// Counts what was answered to a question for a signature.
    pub(super) fn count(&self, answer: &Reply) {
        let (outcome, rule) = match answer {
            Reply::Proven { answer, .. } => match answer.as_ref() {
                frame::Answer::Approved(_) => ("approved", NO_RULE),
                frame::Answer::Denied { code, .. } => ("denied", code.as_str()),
                frame::Answer::WouldApprove { .. }
                | frame::Answer::Status(_)
                | frame::Answer::Noted { .. }
                | frame::Answer::Frozen { .. } => return,
            },
            Reply::Unproven(_) => ("unproven", NO_RULE),
            Reply::Failed => ("failed", NO_RULE),
            Reply::Welcome { .. } | Reply::Text(_) => return,
        };
        // A count is whole at every moment, so a poisoned one is as good.
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((outcome, rule.to_owned())).or_default();
        *count = count.saturating_add(1);
    }

    /// The counters as Prometheus reads them.
    pub(super) fn text(&self) -> String {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rows = vec!["# TYPE signer_decisions_total counter".to_owned()];
        rows.extend(counts.iter().map(|((outcome, rule), count)| {
            format!("signer_decisions_total{{outcome=\"{outcome}\",rule=\"{rule}\"}} {count}")
        }));
        rows.push(String::new());
        rows.join("\n")
    }
}
