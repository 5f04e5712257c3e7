//! The pipeline over a disk that forgets what was not synced, crash after
//! crash, between a signer and a venue that lose answers.
//!
//! Its turns are the real ones; what its jobs ask is answered by models. No POST
//! goes out without its row, nothing that was promised is forgotten, and at rest
//! the ledger is the venue's, to the unit. `COUNTERSIGN_CRASHES` and
//! `COUNTERSIGN_SEED` make a longer run, or that of a failure again.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "tests count in the open; a panic here is a failed test"
)]

mod audit;
mod flights;
mod life;
mod others;
mod tally;
mod venue;

use disk::{Disk, Rng};

use super::jobs::Done;
use super::{Desk, Pipeline};
use crate::clob::Cancellation;
use crate::metrics::Metrics;
use crate::state::State;
use crate::store::{News, Store};

use self::life::Era;
use self::others::Clients;
use self::tally::Tally;

/// Crashes of one outbox, before it comes to rest and is compared.
const CRASHES_OF_ONE: u64 = 25;
/// 2026-11-20T12:00:00Z.
const BEGIN_MS: u64 = 1_795_176_000_000;

/// Crashes a pipeline `crashes` times; on the first promise broken, which.
fn crash(seed: u64, crashes: u64, lies: bool) -> Result<Tally, String> {
    let clients = Clients::new();
    let mut tally = Tally::default();
    let mut rng = Rng::new(seed);
    let mut now_ms = BEGIN_MS;
    while tally.crashes < crashes {
        let mut era = Era::begin(&clients, now_ms, lies, &mut rng);
        let first = tally.crashes;
        let broken = |nth: u64, broken: String| format!("seed {seed}, crash {nth}: {broken}");
        for nth in first..crashes.min(first + CRASHES_OF_ONE) {
            era.life(&mut rng, &mut tally)
                .map_err(|why| broken(nth, why))?;
        }
        now_ms = era
            .rest(&mut rng, &mut tally)
            .map_err(|why| broken(tally.crashes, why))?;
    }
    Ok(tally)
}

#[test]
fn no_crash_of_the_pipeline_forgets_doubles_or_invents_a_trade() {
    let crashes = disk::crashes(300);
    let tally = crash(disk::seed(1), crashes, false).unwrap_or_else(|broken| panic!("{broken}"));
    println!("{}", tally.table());
    assert_eq!(tally.crashes, crashes);
}

#[test]
fn a_disk_that_lies_is_found_out() {
    for seed in 1..=5 {
        let broken = crash(seed, 200, true).err();
        println!("{broken:?}");
        assert!(broken.is_some(), "seed {seed}: nobody noticed");
    }
}

/// A look may end an attempt while its cancellation is under way.
#[test]
fn an_answer_for_what_is_over_leaves_nothing_to_try_again() {
    let clients = Clients::new();
    let here = Disk::new();
    let store = Store::open(&here.file(life::DATABASE)).unwrap();
    let (signer, clob) = (clients.signer.clone(), clients.clob.clone());
    let trading = life::trading(crate::config::OnUnknown::Cancel);
    let mut pipeline = Pipeline::new(store, signer, clob, trading, 60_000, Metrics::new());
    let mut turn = pipeline.store.turn().unwrap();
    let line = crate::intake::tail::Line::Text(life::line(0, &mut Rng::new(1)));
    let desk: &mut Desk = &mut pipeline.desk;
    desk.admit(&mut turn, &line, crate::clock::now_ms())
        .unwrap();
    let mut row = turn.open_attempts().unwrap().remove(0);
    for next in [
        State::Reserved,
        State::SignRequested,
        State::Signed,
        State::Posting,
        State::Acked,
        State::Cancelled,
    ] {
        turn.advance(&mut row, next, &News::Nothing).unwrap();
    }
    let key = row.key();
    let outcome = Cancellation::Late("matched orders can't be canceled".to_owned());
    let done = Done::Cancelled { key, outcome };
    desk.done(&mut turn, done).unwrap();
    assert!(desk.next_try.is_empty() && desk.watched.is_empty());
}
