//! Campaigns of an orchestrator that was taken over, over the vault's own loop
//! and a disk that forgets: whatever it tries, and whenever the power goes, it
//! takes no more than the status said before.
//!
//! `COUNTERSIGN_CAMPAIGNS`, `COUNTERSIGN_SEED` and `COUNTERSIGN_FIRST` make a
//! longer run, or that of a failure again.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "tests count in the open; a panic here is a failed test"
)]

mod inside;

use std::thread;

use hostile::{Outcome, Rng, Scene, Total};

use self::inside::Inside;
use super::crashes::world;

/// Threads of a long run.
const WORKERS: u64 = 2;
/// A figure lowered to this part of itself must not hold, in a hundred.
const LOWERED: u64 = 85;

/// Plays the campaign `nth` of a seed; with a journal that is `put_back` by
/// each crash, it forgets what it charged.
fn play(seed: u64, nth: u64, put_back: bool) -> Result<Outcome, String> {
    let mut rng = Rng::of(seed, nth);
    let scene = Scene::of(&mut rng);
    let mut inside = Inside::new(&scene, disk::Rng::part(seed, nth), put_back);
    let [leader, _] = world::leaders();
    let outcome = hostile::run(&mut inside, &scene, rng, leader);
    outcome.map_err(|broken| format!("seed {seed}, campaign {nth}: {broken}"))
}

/// Those from `first` on; the sum, and the first promise broken.
fn play_all(seed: u64, first: u64, campaigns: u64) -> Result<(Total, u64), String> {
    let work = |part: u64| {
        let mut total = Total::default();
        let mut caught = 0;
        for nth in (first..campaigns).filter(|nth| nth % WORKERS == part) {
            let outcome = play(seed, nth, false)?;
            if outcome.exceeds(100) {
                let (taken, figure) = (outcome.taken, outcome.figure);
                return Err(format!(
                    "seed {seed}, campaign {nth}: {taken} of {figure:?}"
                ));
            }
            caught += u64::from(outcome.exceeds(LOWERED));
            total.add(nth, &outcome);
        }
        Ok((total, caught))
    };
    thread::scope(|scope| {
        let parts = (0..WORKERS).map(|part| scope.spawn(move || work(part)));
        let parts: Vec<_> = parts.collect();
        let mut sum = (Total::default(), 0);
        for part in parts {
            let (total, caught) = part.join().unwrap()?;
            sum.0.join(&total);
            sum.1 += caught;
        }
        Ok(sum)
    })
}

#[test]
fn no_campaign_takes_more_than_the_status_said_before_it() {
    let campaigns = hostile::campaigns(40);
    let (total, caught) = play_all(disk::seed(1), disk::first(), campaigns)
        .unwrap_or_else(|broken| panic!("{broken}"));
    println!("campaigns over the vault's loop\n{}", total.table());
    println!("  control: figures lowered to {LOWERED} % would have been exceeded by {caught}");
    assert!(caught > 0, "the adversary is too weak to show anything");
}

/// The control: charges that were forgotten are charged again.
#[test]
fn a_journal_that_is_put_back_lets_more_be_taken_than_the_status_said() {
    let exceeded = |nth: &u64| play(1, *nth, true).is_ok_and(|outcome| outcome.exceeds(100));
    let caught = (0..40).filter(exceeded).count();
    assert!(caught > 0, "nobody noticed");
}
