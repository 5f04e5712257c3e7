//! What is counted, for Prometheus.
//!
//! Invariant: labels come from enums alone; no intent, hash or amount is one.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use axum::http::header;
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::state::State;
use plan::Reason;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InState {
    state: StateLabel,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct StateLabel(State);

impl EncodeLabelValue for StateLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.0.name().encode(encoder)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    reason: ReasonLabel,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ReasonLabel(Reason);

impl EncodeLabelValue for ReasonLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.0.code().encode(encoder)
    }
}

/// How a witness answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum WitnessAnswer {
    /// It cosigned.
    Cosigned,
    /// It holds another head than the one that was continued.
    Conflict,
    /// It did not answer, or not so that it could be used.
    Silent,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    answer: WitnessAnswer,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Complete {
    complete: bool,
}

/// The counters; clones count together.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    arrows: Family<InState, Counter>,
    looks: Family<Complete, Counter>,
    validated: Counter,
    refused: Family<Refused, Counter>,
    open: Gauge<u64, AtomicU64>,
    unknown: Gauge<u64, AtomicU64>,
    stopped: Gauge<u64, AtomicU64>,
    witnesses: Family<Answered, Counter>,
    witnessed: Gauge<u64, AtomicU64>,
    rolled_back: Gauge<u64, AtomicU64>,
}

impl Metrics {
    /// Counters at zero.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("orchestrator");
        let arrows = Family::default();
        registry.register("arrows", "States entered", Family::clone(&arrows));
        let looks = Family::default();
        registry.register("looks", "Looks at the venue", Family::clone(&looks));
        let validated = Counter::default();
        let told = "Leaders' trades that firewall, sizing and book guard let through";
        registry.register("validated", told, validated.clone());
        let refused = Family::default();
        let told = "Leaders' trades that they did not, by reason";
        registry.register("rejected", told, Family::clone(&refused));
        let [open, unknown, stopped]: [Gauge<u64, AtomicU64>; 3] = Default::default();
        registry.register("open_attempts", "Attempts that are not over", open.clone());
        registry.register(
            "unknown_attempts",
            "Attempts nobody knows of",
            unknown.clone(),
        );
        registry.register(
            "buys_stopped",
            "1 while something stops buys",
            stopped.clone(),
        );
        let witnesses = Family::default();
        let told = "Witnesses of the signer's journal asked, by what they answered";
        registry.register("witnesses", told, Family::clone(&witnesses));
        let [leaves, rolled_back]: [Gauge<u64, AtomicU64>; 2] = Default::default();
        let told = "Leaves of the signer's journal that enough witnesses hold";
        registry.register("witnessed_leaves", told, leaves.clone());
        let told = "1 while witnesses hold a newer journal than the signer";
        registry.register("rolled_back", told, rolled_back.clone());
        Self {
            registry: Arc::new(registry),
            arrows,
            looks,
            validated,
            refused,
            open,
            unknown,
            stopped,
            witnesses,
            witnessed: leaves,
            rolled_back,
        }
    }

    /// A witness was asked.
    pub fn witness(&self, answer: WitnessAnswer) {
        self.witnesses.get_or_create(&Answered { answer }).inc();
    }

    /// Enough witnesses hold so many leaves.
    pub fn witnessed(&self, leaves: u64) {
        self.witnessed.set(leaves);
    }

    /// Whether witnesses hold a newer journal than the signer.
    pub fn rolled_back(&self, is_so: bool) {
        self.rolled_back.set(u64::from(is_so));
    }

    /// An attempt entered `state`.
    pub fn arrow(&self, state: State) {
        let state = StateLabel(state);
        self.arrows.get_or_create(&InState { state }).inc();
    }

    /// A leader's trade became an intent.
    pub fn validated(&self) {
        self.validated.inc();
    }

    /// A leader's trade was refused.
    pub fn refused(&self, reason: Reason) {
        let reason = ReasonLabel(reason);
        self.refused.get_or_create(&Refused { reason }).inc();
    }

    /// A look at the venue ended.
    pub fn looked(&self, complete: bool) {
        self.looks.get_or_create(&Complete { complete }).inc();
    }

    /// So many attempts are open, and so many of them unknown.
    pub fn standing(&self, open: usize, unknown: u64) {
        self.open.set(u64::try_from(open).unwrap_or(u64::MAX));
        self.unknown.set(unknown);
    }

    /// Whether something stops buys.
    pub fn stopped(&self, stopped: bool) {
        self.stopped.set(u64::from(stopped));
    }

    /// What `GET /metrics` answers.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(std::fmt::Error) => String::new(),
        }
    }

    /// The routes.
    pub fn router(&self) -> Router {
        let metrics = self.clone();
        let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        Router::new().route(
            "/metrics",
            get(move || async move { ([(header::CONTENT_TYPE, kind)], metrics.text()) }),
        )
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told() {
        let metrics = Metrics::new();
        metrics.arrow(State::Settled);
        metrics.looked(false);
        metrics.standing(4, 2);
        metrics.stopped(true);
        metrics.witness(WitnessAnswer::Conflict);
        metrics.witnessed(7);
        metrics.rolled_back(true);
        let text = metrics.text();
        for line in [
            "orchestrator_arrows_total{state=\"SETTLED\"} 1",
            "orchestrator_looks_total{complete=\"false\"} 1",
            "orchestrator_open_attempts 4",
            "orchestrator_unknown_attempts 2",
            "orchestrator_buys_stopped 1",
            "orchestrator_witnesses_total{answer=\"Conflict\"} 1",
            "orchestrator_witnessed_leaves 7",
            "orchestrator_rolled_back 1",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
