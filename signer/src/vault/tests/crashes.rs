//! The vault over a disk that forgets what was not synced, crash after crash.
//!
//! Whatever left it before a crash holds after it: an order and its charge, a
//! denial, a note, a freeze. `COUNTERSIGN_CRASHES` and `COUNTERSIGN_SEED` make
//! a longer run, or that of a failure again, of which `COUNTERSIGN_FIRST` runs
//! the one journal alone.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "tests count in the open; a panic here is a failed test"
)]

mod life;
mod model;
mod rows;
mod tally;
mod wire;
mod world;

use disk::Rng;

use self::life::Era;
use self::tally::Tally;

/// Crashes of one journal, before the next is born: starts read it whole.
const CRASHES_OF_ONE: u64 = 30;

/// Crashes a vault until the crash `crashes`, from the journal on that has
/// `from`; on the first promise broken, which.
fn crash(seed: u64, from: u64, crashes: u64, lies: bool) -> Result<Tally, String> {
    let born = Era::genesis();
    let mut tally = Tally::default();
    tally.crashes = from - from % CRASHES_OF_ONE;
    while tally.crashes < crashes {
        let mut rng = Rng::part(seed, tally.crashes);
        let mut era = Era::begin(&born, lies);
        for _ in 0..CRASHES_OF_ONE.min(crashes - tally.crashes) {
            let nth = tally.crashes;
            era.life(&mut rng, &mut tally)
                .map_err(|broken| format!("seed {seed}, crash {nth}: {broken}"))?;
        }
    }
    Ok(tally)
}

#[test]
fn nothing_that_left_a_vault_is_taken_back_by_a_crash() {
    let crashes = disk::crashes(400);
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
