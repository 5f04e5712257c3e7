//! Why a run does not begin.

use orchestrator::config::Named;
use orchestrator::pipeline::AS_WRITTEN;
use orchestrator::store::Store;
use order::ShareUnits;

use super::super::{CODE_INCIDENT, CODE_OPEN, Failure};

/// A shadow asks for nothing, and so it could end nothing that a run began.
pub(super) fn nothing_under_way(store: &mut Store) -> Result<(), Failure> {
    match store.begun_count()? {
        0 => Ok(()),
        begun => Err(Failure {
            code: CODE_OPEN,
            sentence: format!(
                "MODE shadow, and {begun} attempts of a former run are under way; run without it \
                 until they have ended, or give the shadow a database of its own"
            ),
        }),
    }
}

/// An incident stops every start until a person has said why it may go on.
pub(super) fn no_open_incident(store: &Store) -> Result<(), Failure> {
    match store.incidents(false)?.first() {
        None => Ok(()),
        Some(incident) => Err(Failure {
            code: CODE_INCIDENT,
            sentence: format!(
                "INCIDENT {} {}: {}. orchestrator incident resolve {} --because TEXT",
                incident.id, incident.code, incident.detail, incident.id
            ),
        }),
    }
}

/// Real money has a day's limit in each strategy, whatever stands above it.
pub(super) fn each_has_its_day(strategies: &[Named]) -> Result<(), Failure> {
    let missing = |named: &&Named| named.rules.day_usdc_max.is_none();
    match strategies.iter().find(missing) {
        None => Ok(()),
        Some(named) => Err(Failure::trouble(format!(
            "CONFIG strategy.{}.day_usdc_max: missing, and the mode is live; write what its buys may \
             take in 24 hours, as \"250.0\"",
            named.name
        ))),
    }
}

/// Shares whose strategy is configured no more follow no leader's exit, and under
/// another name lines that were taken already would be taken again.
pub(super) fn no_orphan(store: &mut Store, strategies: &[Named]) -> Result<(), Failure> {
    let mut configured: Vec<&str> = strategies.iter().map(|named| named.name.as_str()).collect();
    configured.push(AS_WRITTEN);
    let orphans = store.view()?.orphans(&configured)?;
    let Some((name, token, shares_units)) = orphans.first() else {
        return Ok(());
    };
    let shares = ShareUnits::new(*shares_units);
    Err(Failure::trouble(format!(
        "CONFIG strategy.{name}: missing, and it holds {shares} of {token}, which no exit would sell; \
         write its block again under that name (with day_usdc_max = \"0.01\" it only exits) until all \
         is sold: orchestrator exit {token} --price P"
    )))
}
