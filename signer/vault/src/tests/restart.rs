//! Whatever is asked, and whatever the clocks do, no batch ends the vault; and
//! what a restart reads back is what was in force.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::integer_division,
    reason = "tests count in the open, a panic here is a failed test"
)]

use note::{Alive, Body, Dial, Dialed, JournalId, NoteHash, Policy, Unfreeze, UtcSeconds, Window};
use order::CollateralUnits;

use super::desk::{self, Desk, JOURNAL, envelope, sealing};
use super::*;
use crate::clock;
use crate::replayed::Replayed;

const HOUR: u64 = 3_600_000;

/// Numbers that look drawn, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn window(now_ms: u64) -> Window {
    let not_before = UtcSeconds::new(now_ms / 1_000).unwrap();
    Window {
        not_before,
        apply_before: not_before.plus(900).unwrap(),
    }
}

/// One more call, of any kind.
fn any(desk: &mut Desk, dice: &mut Dice, now_ms: u64, version: u64) -> (Call, Receiver<Answer>) {
    let journal = JournalId(JOURNAL);
    let serial = |vault: &Vault, kind| vault.force.authority.last_serial(kind) + 1;
    let price = [5_000, 4_000, 100][usize::try_from(dice.below(3)).unwrap()];
    let number = dice.below(12);
    let request = match dice.below(16) {
        0..=5 => return desk.question(desk::exit_at(now_ms, number, price)),
        6 => return desk.question(Question::Freeze("dice".to_owned())),
        7 => Local::Lock,
        8 => Local::Unlock(sealing([6; 32])),
        9 | 10 => Desk::unlock(),
        11 => desk::ticket_of(now_ms, u8::try_from(number).unwrap(), 100),
        12 => {
            let body = Body::Alive(Alive {
                journal,
                policy: version,
                serial: serial(&desk.vault, note::Kind::Alive),
                window: window(now_ms),
                until: UtcSeconds::new(now_ms / 1_000 + 24 * 3_600).unwrap(),
            });
            Local::Note(envelope(&body, 2))
        }
        13 => {
            let body = Body::Dial(Dial {
                journal,
                policy: version,
                serial: serial(&desk.vault, note::Kind::Dial),
                window: window(now_ms),
                dialed: Dialed {
                    day_usdc: Some(CollateralUnits::new((100 + number) * 1_000_000)),
                    ..Dialed::default()
                },
            });
            Local::Note(envelope(&body, 2))
        }
        14 => Local::ClockAccept,
        _ => {
            let leaf = desk.vault.force.state.frozen().map_or(0, |f| f.leaf);
            let body = Body::Unfreeze(Unfreeze {
                journal,
                leaf,
                window: window(now_ms),
            });
            Local::Note(envelope(&body, 1))
        }
    };
    call(Request::Local(request), true)
}

/// M41: sums are read back as they were.
#[test]
fn what_a_restart_reads_back_is_what_was_in_force() {
    for seed in 0..6 {
        let mut dice = Dice(seed);
        let mut desk = Desk::open(0);
        let mut reading = clock::read().unwrap();
        for round in 0..60 {
            let passed = [1, 30_000, 120_000, 2 * HOUR][usize::try_from(dice.below(4)).unwrap()];
            reading.boot_ms += passed;
            match dice.below(12) {
                // Asleep; or the wall set by hand.
                0 => reading.wall_ms += passed,
                1 => reading.wall_ms -= dice.below(HOUR),
                _ => {
                    reading.raw_ms += passed;
                    reading.wall_ms += passed;
                }
            }
            let held = desk.vault.force.authority.policy();
            let version = held.map_or(0, |held| held.body.version);
            let mut calls = Vec::new();
            if round % 20 == 7 {
                let hash = held.map_or(NoteHash::ZERO, |held| held.hash);
                let next = Body::Policy(Box::new(Policy {
                    version: version + 1,
                    previous: hash,
                    window: window(reading.wall_ms),
                    ..desk.policy.clone()
                }));
                calls.push(call(Request::Local(Local::Note(envelope(&next, 1))), true));
            }
            for _ in 0..=dice.below(3) {
                calls.push(any(&mut desk, &mut dice, reading.wall_ms, version));
            }
            let (calls, told): (Vec<_>, Vec<_>) = calls.into_iter().unzip();
            let served = desk.vault.serve(calls, reading);
            assert!(served.is_ok(), "seed {seed} round {round}: {served:?}");
            assert!(told.iter().all(|told| told.recv().is_ok()));
        }
        let Desk { vault, folder, .. } = desk;
        let (state, authority) = (vault.force.state.clone(), vault.force.authority.clone());
        let at = vault.account.mark();
        drop(vault);
        let mut force = None;
        Journal::open(&folder.path().join("journal.sqlite"), |replayed| {
            match (replayed, &mut force) {
                (Replayed::Leaf(leaf), Some(force)) => Force::replay(force, leaf),
                (Replayed::Born { id, tags, .. }, _) => {
                    force = Some(Force::born(id, tags));
                    Ok(())
                }
                (Replayed::Leaf(_), None) => Err(Fault::Corrupt("a leaf before its birth")),
            }
        })
        .unwrap();
        let mut force = force.unwrap();
        force.settle(at).unwrap();
        assert_eq!(force.state, state, "seed {seed}");
        assert_eq!(force.authority, authority, "seed {seed}");
    }
}
