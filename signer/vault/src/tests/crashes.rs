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
pub(super) mod wire;
pub(super) mod world;

use std::sync::Arc;

use disk::{Disk, Keeps, Rng};

use self::life::Era;
use self::tally::Tally;
use self::wire::{Wire, local_call};
use super::Vault;
use crate::Unbegun;
use crate::seam::Local;
use crate::time::Reading;

/// Crashes of one journal, before the next is born: starts read it whole.
const CRASHES_OF_ONE: u64 = 30;

/// Crashes a vault until the crash `crashes`, from the journal on that has
/// `from`; on the first promise broken, which.
fn crash(
    seed: u64,
    (from, crashes): (u64, u64),
    lies: bool,
    witnessed: bool,
) -> Result<Tally, String> {
    let born = Era::genesis(witnessed);
    let mut tally = Tally {
        crashes: from - from % CRASHES_OF_ONE,
        ..Tally::default()
    };
    while tally.crashes < crashes {
        let mut rng = Rng::part(seed, tally.crashes);
        let mut era = Era::begin(&born, lies, witnessed);
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
    let tally = crash(disk::seed(1), (disk::first(), crashes), false, false)
        .unwrap_or_else(|broken| panic!("{broken}"));
    println!("{}", tally.table());
    assert_eq!(tally.crashes, crashes);
}

/// The same with a policy that names a witness: what is advanced is charged or
/// owed after any crash, and nothing is charged beyond it.
#[test]
fn no_crash_lets_a_vault_charge_what_it_did_not_advance() {
    let crashes = disk::crashes(400);
    let tally = crash(disk::seed(1), (disk::first(), crashes), false, true)
        .unwrap_or_else(|broken| panic!("{broken}"));
    println!("{}", tally.table());
    assert_eq!(tally.crashes, crashes);
    // A vault that never buys would hold any limit.
    assert!(tally.signed * 4 > crashes, "{}", tally.signed);
}

#[test]
fn a_disk_that_lies_is_found_out() {
    for seed in 1..=5 {
        let broken = crash(seed, (0, 200), true, false).err();
        println!("{broken:?}");
        assert!(broken.is_some(), "seed {seed}: nobody noticed");
    }
}

const NOW: Reading = Reading {
    wall_ms: world::BORN_MS + 60_000,
    raw_ms: 3_600_000,
    boot_ms: 3_600_000,
};

fn read(disk: &Disk) -> Result<Unbegun, String> {
    Vault::read(world::config(disk, false), NOW)
}

/// A disk whose cache shows a leaf that its vault failed to sync, after what
/// `prepare` says.
fn cut_short(prepare: impl FnOnce(&Disk)) -> Arc<Disk> {
    let disk = Arc::new(world::disk(&Era::genesis(false)));
    let mut vault = read(&disk).and_then(Unbegun::begin).unwrap();
    prepare(&disk);
    let alive = world::alive(2, world::BORN_MS);
    let asked = vec![local_call(Local::Note(alive))];
    let (_, served) = Wire::new(&disk, u64::MAX).serve(&mut vault, asked, NOW);
    assert!(served.is_err());
    disk.kill();
    drop(vault);
    disk.crash(Keeps::Cached, &mut Rng::new(1));
    disk
}

/// A start must leave no log that a power cut could bring back shorter than it
/// was read, and over a newer journal.
#[test]
fn what_a_start_has_read_of_a_failed_sync_no_power_cut_takes_back() {
    let disk = cut_short(|disk| disk.fail_sync(0));
    let unbegun = read(&disk).unwrap();
    let shown = rows::read(&disk.image());
    disk.kill();
    drop(unbegun);
    disk.crash(Keeps::Nothing, &mut Rng::new(1));
    assert_eq!(rows::read(&disk.image()), shown);
}

/// A start whose sync of the log fails has a log that the disk may not have:
/// it must not be copied while SQLite closes the journal, as if it were synced.
#[test]
fn a_start_that_cannot_sync_the_log_leaves_the_journal_as_it_was() {
    for operations in 0..3 {
        let disk = cut_short(|disk| disk.fuse(operations));
        let before = disk.image();
        disk.fail_sync(0);
        assert!(read(&disk).is_err() && disk.has_failed());
        let same = disk.image()[world::JOURNAL] == before[world::JOURNAL];
        assert!(same, "cut off at {operations}");
    }
}
