//! The pipeline over a disk that forgets what was not synced, crash after
//! crash, between a signer and a venue that lose answers.
//!
//! Its turns are the real ones; what its jobs ask is answered by models. No POST
//! goes out without its row, nothing that was promised is forgotten, and at rest
//! the ledger is the venue's, to the unit. `COUNTERSIGN_CRASHES` and
//! `COUNTERSIGN_SEED` make a longer run, or that of a failure again, of which
//! `COUNTERSIGN_FIRST` runs the one outbox alone.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "tests count in the open; a panic here is a failed test"
)]

mod audit;
mod flights;
pub(super) mod life;
pub(super) mod others;
mod tally;
mod venue;

use disk::{Disk, Rng};

use super::Pipeline;
use super::jobs::Done;
use crate::clob::{Cancellation, Posted};
use crate::clock::now_ms;
use crate::config::OnUnknown;
use crate::intake::tail::Line;
use crate::metrics::Metrics;
use crate::state::State;
use crate::store::{Attempt, News, Store};

use self::life::Era;
use self::others::Clients;
use self::tally::Tally;

/// Crashes of one outbox, before it comes to rest and is compared.
const CRASHES_OF_ONE: u64 = 25;
/// 2026-11-20T12:00:00Z.
const BEGIN_MS: u64 = 1_795_176_000_000;
/// An outbox begins at some moment of the month from there.
const MONTH_MS: u64 = 30 * 24 * 3_600_000;

/// Crashes a pipeline until the crash `crashes`, from the outbox on that has
/// `from`; on the first promise broken, which.
fn crash(seed: u64, from: u64, crashes: u64, lies: bool) -> Result<Tally, String> {
    let mut tally = Tally {
        crashes: from - from % CRASHES_OF_ONE,
        ..Tally::default()
    };
    while tally.crashes < crashes {
        let first = tally.crashes;
        let mut rng = Rng::part(seed, first);
        // What they remember is of this outbox's time.
        let clients = Clients::new();
        let now_ms = BEGIN_MS + rng.below(MONTH_MS);
        let mut era = Era::begin(&clients, now_ms, lies, &mut rng);
        let broken = |nth: u64, broken: String| format!("seed {seed}, crash {nth}: {broken}");
        for nth in first..crashes.min(first + CRASHES_OF_ONE) {
            era.life(&mut rng, &mut tally)
                .map_err(|why| broken(nth, why))?;
        }
        era.rest(&mut rng, &mut tally)
            .map_err(|why| broken(tally.crashes, why))?;
    }
    Ok(tally)
}

/// M11: whatever write a crash interrupts, and whatever the venue does.
/// M12: what was bought and sold is held against the venue's books after a crash at any write.
#[test]
fn no_crash_of_the_pipeline_forgets_doubles_or_invents_a_trade() {
    let crashes = disk::crashes(300);
    let tally = crash(disk::seed(1), disk::first(), crashes, false)
        .unwrap_or_else(|broken| panic!("{broken}"));
    println!("{}", tally.table());
    assert_eq!(tally.crashes, crashes);
}

#[test]
fn a_disk_that_lies_is_found_out() {
    for seed in 1..=5 {
        let broken = crash(seed, 0, 200, true).err();
        println!("{broken:?}");
        assert!(broken.is_some(), "seed {seed}: nobody noticed");
    }
}

/// A pipeline over `here` with one attempt, taken through `arrows`.
fn standing(here: &Disk, clients: &Clients, arrows: &[State]) -> (Pipeline, Attempt) {
    let store = Store::open(&here.file(life::DATABASE)).unwrap();
    let (signer, clob) = (clients.signer.clone(), clients.clob.clone());
    let trading = life::trading(OnUnknown::Repost);
    let mut pipeline = Pipeline::new(store, signer, clob, trading, 60_000, Metrics::new());
    let mut turn = pipeline.store.turn().unwrap();
    let line = Line::Text(life::line(0, &mut Rng::new(1)));
    pipeline
        .desk
        .admit(&mut turn, &line, "line 1", now_ms())
        .unwrap();
    let mut row = turn.open_attempts().unwrap().remove(0);
    let sent = [
        State::Reserved,
        State::SignRequested,
        State::Signed,
        State::Posting,
    ];
    for next in sent.iter().chain(arrows) {
        turn.advance(&mut row, *next, &News::Nothing).unwrap();
    }
    turn.commit().unwrap();
    (pipeline, row)
}

/// A look may end an attempt while its cancellation is under way.
#[test]
fn an_answer_for_what_is_over_leaves_nothing_to_try_again() {
    let (here, clients) = (Disk::new(), Clients::new());
    let over = [State::Acked, State::Cancelled];
    let (mut pipeline, row) = standing(&here, &clients, &over);
    let mut turn = pipeline.store.turn().unwrap();
    let done = Done::Cancelled {
        key: row.key(),
        outcome: Cancellation::Late("matched orders can't be canceled".to_owned()),
    };
    pipeline.desk.done(&mut turn, done).unwrap();
    assert!(pipeline.desk.next_try.is_empty() && pipeline.desk.watched.is_empty());
}

/// The bytes went out twice: one arrived late and was taken, the other was
/// refused, and a look saw the first before the word about the second came.
#[test]
fn a_refusal_of_bytes_sent_again_contradicts_nothing() {
    let clients = Clients::new();
    for (reposts, incidents) in [(1, 0), (0, 1)] {
        let here = Disk::new();
        let arrows = [State::Unknown, State::Acked];
        let (mut pipeline, row) = standing(&here, &clients, &arrows);
        let mut turn = pipeline.store.turn().unwrap();
        let watched = pipeline.desk.watched.entry(row.key()).or_default();
        watched.reposts = reposts;
        let done = Done::Posted {
            key: row.key(),
            posted: Posted::Refused {
                code: "KILLED_FOK",
                text: "couldn't be fully filled".to_owned(),
            },
        };
        pipeline.desk.done(&mut turn, done).unwrap();
        assert_eq!(pipeline.desk.incidents.len(), incidents);
    }
}
