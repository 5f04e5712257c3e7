//! The store against real files.

use disk::{Disk, Keeps, Rng};

use super::*;
use crate::intent::{Code, Intent, Parsed, Reject};
use crate::signer::age::KeyAge;
use crate::state::State;

#[path = "tests/audit.rs"]
mod audit;
#[path = "tests/former.rs"]
mod former;
#[path = "tests/strategies.rs"]
mod strategies;
#[path = "tests/verdicts.rs"]
mod verdicts;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("store-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("orchestrator.sqlite")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

fn line(id: &str, side: &str, strategy: &str) -> String {
    let market = format!("0x{}", "11".repeat(32));
    serde_json::json!({"v": 1, "id": id, "kind": "exit", "market": market, "token": "7",
        "side": side, "price": "0.5", "shares": "10", "tick": "0.1", "order_type": "FOK",
        "strategy": strategy})
    .to_string()
}

fn admit(turn: &mut Turn<'_>, text: &str, now_ms: u64) -> Admitted {
    let Parsed::Whole(intent) = Parsed::read(text).unwrap() else {
        panic!("a whole line");
    };
    let name = (intent.strategy.as_str(), intent.source_id.as_str());
    turn.admit(
        name,
        Some(&intent),
        text,
        (now_ms, now_ms.saturating_add(60_000)),
    )
    .unwrap()
}

fn fill(trade_id: &str, side: &str, shares: u64, collateral: u64, status: &str) -> Fill {
    Fill {
        trade_id: trade_id.to_owned(),
        order_hash: "0xaa".to_owned(),
        market: "0x11".to_owned(),
        token_id: "7".to_owned(),
        side: side.to_owned(),
        shares_units: shares,
        collateral_units: collateral,
        fee_units: 1,
        match_s: 100,
        status: status.to_owned(),
    }
}

#[test]
fn a_first_start_that_is_cut_off_anywhere_is_taken_up_by_the_next() {
    let mut rng = Rng::new(1);
    let mut cut = 0;
    for (operations, keeps) in (0..60).flat_map(|n| Keeps::ALL.map(|keeps| (n, keeps))) {
        let disk = Disk::new();
        let path = disk.file("orchestrator.sqlite");
        disk.fuse(operations);
        let first = Store::open(&path);
        cut += u64::from(first.is_err());
        disk.kill();
        drop(first);
        disk.crash(keeps, &mut rng);
        let next = Store::open(&path).map(|_| ());
        assert!(next.is_ok(), "cut at {operations}, {keeps:?}: {next:?}");
    }
    assert!(cut > 20, "{cut} of the starts were cut off");
}

/// The cache shows what a failed sync should have written, and takes it for
/// written: no later sync of the log would write it, and behind that hole
/// nothing of the log is read.
#[test]
fn what_a_failed_sync_left_is_written_again_before_anything_rests_on_it() {
    let disk = Disk::new();
    let path = disk.file("orchestrator.sqlite");
    let mut store = Store::open(&path).unwrap();
    disk.fail_sync(0);
    let mut turn = store.turn().unwrap();
    admit(&mut turn, &line("a", "BUY", "s1"), 1);
    assert!(turn.commit().is_err());
    disk.kill();
    drop(store);
    disk.crash(Keeps::Cached, &mut Rng::new(1));
    let mut store = Store::open(&path).unwrap();
    let mut turn = store.turn().unwrap();
    admit(&mut turn, &line("b", "BUY", "s1"), 2);
    turn.commit().unwrap();
    disk.kill();
    drop(store);
    disk.crash(Keeps::Nothing, &mut Rng::new(1));
    let mut store = Store::open(&path).unwrap();
    let again = admit(&mut store.turn().unwrap(), &line("b", "BUY", "s1"), 3);
    assert!(!again.new, "it was committed, and is forgotten");
}

/// Who resends a line is told that it was taken, and for that nothing is
/// written: a start must leave no log that a power cut could bring back shorter
/// than it was read, and over a newer database.
#[test]
fn what_a_start_has_shown_of_a_failed_sync_no_power_cut_takes_back() {
    let disk = Disk::new();
    let path = disk.file("orchestrator.sqlite");
    let mut store = Store::open(&path).unwrap();
    let mut turn = store.turn().unwrap();
    admit(&mut turn, &line("a", "BUY", "s1"), 1);
    turn.commit().unwrap();
    disk.fail_sync(0);
    let mut turn = store.turn().unwrap();
    admit(&mut turn, &line("b", "BUY", "s1"), 2);
    assert!(turn.commit().is_err());
    disk.kill();
    drop(store);
    disk.crash(Keeps::Cached, &mut Rng::new(1));
    let mut store = Store::open(&path).unwrap();
    let told = admit(&mut store.turn().unwrap(), &line("b", "BUY", "s1"), 3);
    assert!(!told.new, "the cache shows it");
    disk.kill();
    drop(store);
    disk.crash(Keeps::Nothing, &mut Rng::new(1));
    let mut store = Store::open(&path).unwrap();
    let again = admit(&mut store.turn().unwrap(), &line("b", "BUY", "s1"), 4);
    assert!(!again.new, "it was shown, and is forgotten");
}

/// A start whose sync of the log fails has a log that the disk may not have:
/// it must not be copied while SQLite closes the database, as if it were synced.
#[test]
fn a_start_that_cannot_sync_the_log_leaves_the_database_as_it_was() {
    fn commit(store: &mut Store, ids: std::ops::Range<u32>) -> Result<(), StoreError> {
        let mut turn = store.turn()?;
        for id in ids {
            admit(&mut turn, &line(&id.to_string(), "BUY", "s1"), 1);
        }
        turn.commit()
    }
    let begun = Disk::new();
    let mut store = Store::open(&begun.file("orchestrator.sqlite")).unwrap();
    commit(&mut store, 0..100).unwrap();
    drop(store);
    let mut cut_off = 0;
    for operations in 0.. {
        let disk = Disk::of(&begun.image());
        let path = disk.file("orchestrator.sqlite");
        let mut store = Store::open(&path).unwrap();
        commit(&mut store, 100..101).unwrap();
        disk.fuse(operations);
        let done = commit(&mut store, 101..120);
        disk.kill();
        drop(store);
        if done.is_ok() {
            break;
        }
        cut_off = operations;
        disk.crash(Keeps::Cached, &mut Rng::new(1));
        disk.fail_sync(0);
        assert!(Store::open(&path).is_err() && disk.has_failed());
        disk.crash(Keeps::Nothing, &mut Rng::new(1));
        let mut store = Store::open(&path).unwrap();
        let check = "PRAGMA integrity_check(1)";
        let whole: String = store.db.query_row(check, [], |r| r.get(0)).unwrap();
        assert_eq!(whole, "ok", "cut off at {operations}");
        let mut turn = store.turn().unwrap();
        for id in 0..101 {
            let again = admit(&mut turn, &line(&id.to_string(), "BUY", "s1"), 2);
            assert!(!again.new, "{id} is forgotten, cut off at {operations}");
        }
    }
    assert!(
        cut_off > 10,
        "{cut_off} operations of a commit were cut off"
    );
}

#[test]
fn one_name_of_one_strategy_is_one_intent_even_over_a_restart() {
    let folder = Folder::new("dedup");
    let first = {
        let mut store = Store::open(&folder.file()).unwrap();
        let mut turn = store.turn().unwrap();
        let first = admit(&mut turn, &line("a", "BUY", "s1"), 1_795_132_800_000);
        assert!(first.new && first.intent_id.starts_with("20261120-"));
        let other = admit(&mut turn, &line("a", "BUY", "s2"), 1_795_132_800_000);
        assert!(other.new && other.intent_id != first.intent_id);
        turn.commit().unwrap();
        first
    };
    let mut store = Store::open(&folder.file()).unwrap();
    let mut turn = store.turn().unwrap();
    // A day later and with other content: the name decides.
    let again = admit(&mut turn, &line("a", "SELL", "s1"), 1_795_219_200_000);
    assert_eq!(again.intent_id, first.intent_id);
    assert!(!again.new);
    assert_eq!(turn.open_attempts().unwrap().len(), 2);
}

#[test]
fn a_rejected_line_is_a_row_and_its_name_may_be_used_again() {
    let folder = Folder::new("reject");
    let mut store = Store::open(&folder.file()).unwrap();
    let mut turn = store.turn().unwrap();
    let bad = line("a", "BUY", "s1").replace("0.5", "5");
    let reject = Parsed::read(&bad).unwrap_err();
    assert!(turn.reject_line(&bad, &reject, 1).unwrap().new);
    assert!(!turn.reject_line(&bad, &reject, 2).unwrap().new);
    assert!(admit(&mut turn, &line("a", "BUY", "s1"), 3).new);
    turn.commit().unwrap();
    let counts = store.counts().unwrap();
    let rejected = counts.iter().find(|c| c.state == "REJECTED").unwrap();
    assert_eq!(rejected.code.as_deref(), Some("BAD_LINE"));
    assert_eq!(rejected.count, 1);
}

#[test]
fn what_was_observed_becomes_an_intent_or_is_rejected() {
    let folder = Folder::new("observed");
    let mut store = Store::open(&folder.file()).unwrap();
    let mut turn = store.turn().unwrap();
    let one = turn.admit(("copytrader", "x"), None, "{}", (1, 2)).unwrap();
    let two = turn.admit(("copytrader", "y"), None, "{}", (1, 2)).unwrap();
    assert_eq!(turn.observed().unwrap().len(), 2);
    assert!(turn.open_attempts().unwrap().is_empty());
    let trade = Intent::parse(&line("x", "BUY", "copytrader")).unwrap();
    turn.resolved(&one.intent_id, &Ok(trade.clone())).unwrap();
    let reject = Reject::new(Code::NoPrice, "price_limit: missing".to_owned());
    turn.resolved(&two.intent_id, &Err(reject)).unwrap();
    let open = turn.open_attempts().unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].intent, trade);
    assert_eq!(open[0].state, State::Intent);
}

#[test]
fn an_arrow_that_does_not_exist_changes_nothing() {
    let folder = Folder::new("arrow");
    let mut store = Store::open(&folder.file()).unwrap();
    let mut turn = store.turn().unwrap();
    admit(&mut turn, &line("a", "BUY", "s1"), 1);
    let mut row = turn.open_attempts().unwrap().remove(0);
    let wrong = turn.advance(&mut row, State::Posting, &News::Nothing);
    assert!(matches!(wrong, Err(StoreError::Arrow { .. })));
    turn.advance(&mut row, State::Reserved, &News::Reserved(5))
        .unwrap();
    assert_eq!(turn.reserved_units(None).unwrap(), 5);
    assert_eq!(turn.attempt(&row.key()).unwrap().state, State::Reserved);
    turn.advance(&mut row, State::Expired, &News::Nothing)
        .unwrap();
    assert_eq!(turn.reserved_units(None).unwrap(), 0, "the end frees it");
}

#[test]
fn a_failed_fill_takes_its_lot_away_and_a_final_one_stays() {
    let folder = Folder::new("lots");
    let mut store = Store::open(&folder.file()).unwrap();
    let mut turn = store.turn().unwrap();
    let mut record = |f: Fill| turn.record_fill(&f).unwrap();
    assert_eq!(record(fill("t1", "BUY", 10, 5, "MATCHED")), Recorded::New);
    assert_eq!(record(fill("t1", "BUY", 10, 5, "MATCHED")), Recorded::Same);
    assert_eq!(record(fill("t1", "BUY", 11, 5, "MINED")), Recorded::Changed);
    assert_eq!(record(fill("t2", "BUY", 20, 8, "CONFIRMED")), Recorded::New);
    assert_eq!(record(fill("t1", "BUY", 10, 5, "FAILED")), Recorded::Moved);
    assert_eq!(record(fill("t1", "BUY", 10, 5, "MINED")), Recorded::Same);
    assert_eq!(turn.held_units("7").unwrap(), (0, 20), "not ours: EXTERNAL");
    let tally = turn.tally("0xaa").unwrap();
    assert_eq!((tally.failed, tally.confirmed, tally.pending), (1, 1, 0));
    assert_eq!((tally.shares_units, tally.live_shares_units), (30, 20));
    turn.commit().unwrap();
    let totals = store.totals().unwrap();
    assert_eq!(
        (totals.fills, totals.bought_units, totals.failed),
        (1, 8, 1)
    );
}

#[test]
fn extra_shares_are_adopted_and_missing_ones_are_not_explained_away() {
    let folder = Folder::new("compare");
    let mut store = Store::open(&folder.file()).unwrap();
    let mut turn = store.turn().unwrap();
    admit(&mut turn, &line("a", "BUY", "s1"), 1);
    turn.tx
        .execute(
            "UPDATE attempt SET order_hash = '0xaa', state = 'SETTLED'",
            [],
        )
        .unwrap();
    turn.record_fill(&fill("t1", "BUY", 100, 50, "CONFIRMED"))
        .unwrap();
    let mut compare = |units, dust| turn.compare("7", units, dust, 1).unwrap();
    assert_eq!(compare(100, 0), Compared::Agree);
    assert_eq!(compare(99, 1), Compared::Agree, "dust");
    assert_eq!(compare(130, 0), Compared::Adopted(30));
    assert_eq!(compare(130, 0), Compared::Agree);
    assert_eq!(compare(110, 0), Compared::Returned(20));
    assert_eq!(compare(99, 0), Compared::Missing(11));
    assert_eq!(
        compare(99, 0),
        Compared::Missing(11),
        "for as long as it is so"
    );
    turn.write_off("7", 1, 2).unwrap();
    assert_eq!(turn.held_units("7").unwrap(), (99, 10));
    turn.record_fill(&fill("t2", "BUY", 5, 2, "MATCHED"))
        .unwrap();
    assert_eq!(
        turn.compare("7", 0, 0, 1).unwrap(),
        Compared::Agree,
        "it moves"
    );
}

#[test]
fn the_signers_journal_only_grows_and_stays_itself() {
    let folder = Folder::new("signer");
    let mut store = Store::open(&folder.file()).unwrap();
    let mut turn = store.turn().unwrap();
    let mut see = |id: &str, journal_size| {
        let seen = SignerSeen {
            journal_id: id.to_owned(),
            journal_size,
            state: "ACTIVE".to_owned(),
            why: String::new(),
            key: Some(KeyAge {
                since_ms: journal_size,
                is_session: id == "a",
            }),
        };
        turn.see_signer(&seen, 1).unwrap()
    };
    assert_eq!(see("a", 7), Ok(()));
    assert_eq!(see("a", 7), Ok(()));
    assert_eq!(see("a", 8), Ok(()));
    assert!(see("a", 7).unwrap_err().contains("7 leaves, and had 8"));
    assert!(see("b", 9).unwrap_err().contains("is b, and was a"));
    turn.commit().unwrap();
    let (seen, at_ms) = store.signer_last().unwrap().unwrap();
    assert_eq!((seen.journal_size, at_ms), (8, 1));
    let key = KeyAge {
        since_ms: 8,
        is_session: true,
    };
    assert_eq!(seen.key, Some(key));
}

#[test]
fn one_run_has_the_database_and_others_read_it() {
    let folder = Folder::new("lock");
    assert!(matches!(
        Store::read(&folder.file()),
        Err(StoreError::Missing(_))
    ));
    let first = Store::open(&folder.file()).unwrap();
    assert!(matches!(
        Store::open(&folder.file()),
        Err(StoreError::InUse(_))
    ));
    assert!(is_run(&folder.file()).unwrap());
    assert!(Store::read(&folder.file()).unwrap().is_whole().unwrap());
    let mut beside = Store::beside(&folder.file()).unwrap();
    let mut turn = beside.turn().unwrap();
    let id = turn.incident("TEST", "seen", 1).unwrap();
    turn.commit().unwrap();
    assert_eq!(first.incidents(false).unwrap().len(), 1);
    let mut turn = beside.turn().unwrap();
    assert!(turn.resolve_incident(id, "looked", 2).unwrap());
    assert!(!turn.resolve_incident(id, "looked", 2).unwrap());
    turn.commit().unwrap();
    assert_eq!(first.incidents(false).unwrap(), []);
    drop(first);
    assert!(!is_run(&folder.file()).unwrap());
}

#[test]
fn a_database_of_another_edition_is_refused_untouched() {
    let folder = Folder::new("schema");
    drop(Store::open(&folder.file()).unwrap());
    let db = Connection::open(folder.file()).unwrap();
    db.execute("UPDATE meta SET schema = 5", []).unwrap();
    drop(db);
    for opened in [
        Store::open(&folder.file()),
        Store::read(&folder.file()),
        Store::beside(&folder.file()),
    ] {
        assert!(matches!(opened, Err(StoreError::Schema { found: 5 })));
    }
}
