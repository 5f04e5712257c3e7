//! Somebody else fills the disk that the journal stands on, to the last byte.
//!
//! Buys stop while exits go on, exits stop while notes and freezes go on, all in
//! space that nobody else can take; with room again it goes on by itself.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use frame::local::Verb;
use tests::ask;
use tests::desk::Desk;
use tests::hand::Hand;
use tests::process::{self, Server};
use tests::small_disk::SmallDisk;

/// More than the reserve is worth, each in a transaction of its own.
const LEAVES_MAX: usize = 8_000;

/// A desk with its journal on a small disk, and what it reserves.
fn desk(mebibytes: u32) -> (Desk, SmallDisk) {
    let desk = Desk::standard();
    let small = SmallDisk::new(&desk.file("small"), mebibytes);
    fs::copy(desk.file("journal.sqlite"), small.file("journal.sqlite")).expect("there is room");
    desk.write_signer_config("");
    let path = desk.file("signer.toml");
    let text = fs::read_to_string(&path).expect("the configuration");
    let moved = text.replace("\"journal.sqlite\"", "\"small/journal.sqlite\"");
    assert_ne!(moved, text);
    fs::write(path, moved).expect("the folder is ours");
    (desk, small)
}

fn start(desk: &Desk, small: &SmallDisk) -> Server {
    let command = small.on(&desk.signer_command(&desk.bins.signer));
    let signer = Server::start(command, &desk.file("signer.log"));
    desk.unlock().unwrap_or_else(|e| panic!("unlock: {e}"));
    signer
}

/// Asks until the status says so: it looks once a second.
fn until(desk: &Desk, line: &str) {
    for _ in 0..1_000_000 {
        if says(desk, line) {
            return;
        }
        std::thread::yield_now();
    }
    panic!("it never says {line}");
}

#[test]
fn buys_stop_before_exits_and_exits_before_notes_and_freezes() {
    let (desk, small) = desk(40);
    let hand = Hand::new(&desk, None);
    let signer = start(&desk, &small);
    desk.order(&signer.address, &ask::buy(&desk.book, "first"))
        .expect("there is room");

    small.fill();
    until(&desk, "cause DISK_LOW");
    let buy = ask::buy(&desk.book, "second");
    let denied = desk
        .order(&signer.address, &buy)
        .expect_err("no room for buys");
    assert_eq!(denied.code, "REDUCE_ONLY", "{denied:?}");
    assert!(denied.sentence.contains("disk is down to its reserve"));
    let exit = ask::exit(&desk.book, "out", 100, 5_000);
    desk.order(&signer.address, &exit).expect("exits go on");

    // A crash on a full disk: what its log holds still finds room.
    signer.kill();
    let signer = start(&desk, &small);
    until(&desk, "cause DISK_LOW");
    let exit = ask::exit(&desk.book, "again", 100, 5_000);
    desk.order(&signer.address, &exit).expect("exits go on");

    // Whatever comes free, somebody else is there first.
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                small.fill();
                std::thread::yield_now();
            }
        });
        let used_up = use_up(&desk);
        done.store(true, Ordering::Release);
        used_up.unwrap_or_else(|e| panic!("{e}: {}", hand.log()));
    });
    let exit = ask::exit(&desk.book, "late", 100, 5_000);
    let denied = desk.order(&signer.address, &exit).expect_err("used up");
    assert_eq!(denied.code, "LOCKED", "{denied:?}");
    assert!(denied.sentence.contains("disk is full"), "{denied:?}");
    let alive = desk.authority.alive(&desk.journal_id, 2, 48);
    desk.ask(Verb::Note, &alive).expect("notes go on");
    let leaf = desk
        .ask(Verb::Freeze, b"a full disk")
        .expect("freezes, too");
    assert!(leaf.ends_with("state FROZEN"), "{leaf}");
    assert!(signer.stop().success(), "and a clean stop");

    // Nothing is left for a start to copy the log into: it says so.
    let ran = process::run(small.on(&desk.signer_command(&desk.bins.signer)));
    assert_eq!((ran.code(), ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
    let said = "disk is full; free disk on this host";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);

    small.free();
    let signer = start(&desk, &small);
    assert_eq!(hand.status("state").as_deref(), Some("FROZEN"));
    let quorum = &desk.authority.quorum;
    hand.say(&["unfreeze"], &[&quorum[0], &quorum[1]])
        .expect("thawed");
    until(&desk, "state ACTIVE");
    desk.order(&signer.address, &buy)
        .expect("there is room again");
    assert!(signer.stop().success());
}

/// Locks and unlocks, each a leaf, until exits have no room.
fn use_up(desk: &Desk) -> Result<(), String> {
    for _ in 0..LEAVES_MAX / 2 {
        desk.ask(Verb::Lock, &[])?;
        desk.unlock()?;
        let told = desk.ask(Verb::Status, &[])?;
        if told.lines().any(|line| line == "cause DISK_FULL") {
            return Ok(());
        }
    }
    Err(format!("{LEAVES_MAX} leaves fit"))
}

fn says(desk: &Desk, line: &str) -> bool {
    let told = desk.ask(Verb::Status, &[]).expect("a status");
    told.lines().any(|one| one == line)
}

#[test]
fn a_disk_that_has_room_again_lets_buys_go_on_by_itself() {
    let (desk, small) = desk(40);
    let hand = Hand::new(&desk, None);
    let signer = start(&desk, &small);
    small.fill();
    until(&desk, "state REDUCE_ONLY");
    small.free();
    until(&desk, "state ACTIVE");
    desk.order(&signer.address, &ask::buy(&desk.book, "after"))
        .expect("buys go on");
    let log = hand.log();
    for words in ["DISK is down to its reserve", "DISK has room again"] {
        assert_eq!(log.matches(words).count(), 1, "{words}: {log}");
    }
    assert!(signer.stop().success());
}
