//! Signer and orchestrator are killed at any write, sync or send, again and
//! again, and started again: whatever was posted had its row, no attempt has
//! two orders, no budget is exceeded, and at rest all books agree.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, mpsc};

use tests::bins::{self, Bins};
use tests::crash::{Fuses, ORDERS, Program, Scene, Seeds, Toll};
use tests::desk::Desk;
use tests::fused::{Death, Event, Fused};
use tests::process::PATIENCE;

/// At least so many kills.
const KILLS: usize = 200;
/// No play takes more than this many to get there.
const PLAYS_MAX: u16 = 120;
/// Deaths of each program in one play, at most.
const LIVES: usize = 4;
const SEED: u64 = 20_261_121;

#[test]
fn two_hundred_kills_anywhere_leave_books_that_agree() {
    let scene = Scene::new(Bins::debug());
    let quiet = scene
        .play(0, &Fuses::default())
        .unwrap_or_else(|e| panic!("nobody was killed: {e}"));
    assert!(quiet.deaths.is_empty());
    assert_eq!(
        quiet.approved, ORDERS,
        "two orders and an exit fit into the day: {quiet:?}"
    );
    let effects = &quiet.effects;
    assert!(effects[&Program::Signer] > 20 && effects[&Program::Orchestrator] > 20);
    let (toll, next) = (Mutex::new(Toll::default()), AtomicU16::new(1));
    let enough = || toll.lock().expect("no player panics").kills() >= KILLS;
    std::thread::scope(|scope| {
        let players = [(); 2].map(|()| {
            scope.spawn(|| {
                while !enough() {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    assert!(number < PLAYS_MAX, "too few kills: {toll:?}");
                    let seed = SEED + u64::from(number);
                    let fuses = Seeds::new(seed).fuses(effects, LIVES);
                    match scene.play(number, &fuses) {
                        Ok(played) => toll.lock().expect("no player panics").add(played),
                        Err(problem) => panic!("seed {seed}, {fuses:?}: {problem}"),
                    }
                }
            })
        });
        for player in players {
            if let Err(panic) = player.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
    let toll = toll.into_inner().expect("no player panics");
    for line in toll.lines() {
        println!("{line}");
    }
    // A death may cost an order, for want of an operator in time; not all.
    assert!(toll.approved > toll.plays, "too little was played");
}

/// What one life of the orchestrator, alone and without time, comes to.
fn lonely_life(desk: &Desk, fuse: Option<u64>) -> Death {
    let mut command = Command::new(&desk.bins.orchestrator);
    let args = ["run", "--until-idle", "--wait", "0"];
    command.current_dir(&desk.folder).args(args);
    let (to, events) = mpsc::channel();
    let _life = Fused::start(command, &desk.file("orchestrator.log"), fuse, (), to);
    loop {
        match events.recv_timeout(PATIENCE).expect("it ends") {
            ((), Event::Ended(death)) => return death,
            ((), Event::Listening(_)) => {}
        }
    }
}

#[test]
fn an_orchestrator_killed_at_any_effect_of_its_first_start_starts_again() {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::new(Bins::debug(), &books);
    // Nobody is there to answer.
    desk.write_orchestrator_config("127.0.0.1:1", "http://127.0.0.1:1");
    fs::write(desk.file("intents.jsonl"), "").expect("the folder is ours");
    for fuse in 1_u64.. {
        for end in ["", "-wal", "-shm", "-journal"] {
            fs::remove_file(desk.file(&format!("orchestrator.sqlite{end}"))).ok();
        }
        let death = lonely_life(&desk, Some(fuse));
        if death.at.is_none() {
            assert!(fuse > 10, "a first start has effects: {death:?}");
            return;
        }
        let next = lonely_life(&desk, None);
        // 3: it started, and time was over before anything was complete.
        assert_eq!(
            next.code,
            Some(3),
            "after a death at effect {fuse}, {death:?}: {}",
            fs::read_to_string(desk.file("orchestrator.log")).unwrap_or_default()
        );
    }
}
