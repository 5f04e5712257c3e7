//! What SQLite promises over this disk, and what it does not.
//!
//! With full syncs no acknowledged commit is ever lost. The controls ask for
//! less, or have a disk that lies, and lose some: the disk can find faults.

use disk::{Disk, Keeps, Rng};
use rusqlite::Connection;

/// What many crashes came to.
#[derive(Debug, Default)]
struct Seen {
    crashes: u64,
    /// Commits that returned.
    acknowledged: u64,
    /// Crashes after which one of them was gone.
    forgot: u64,
    /// Crashes after which a commit was there that had not returned.
    kept_more: u64,
    /// Crashes after which the database did not hold together.
    broken: u64,
}

fn open(disk: &Disk, settings: &str) -> rusqlite::Result<Connection> {
    let db = Connection::open(disk.file("t.sqlite"))?;
    db.execute_batch(settings)?;
    db.execute_batch("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, pad BLOB NOT NULL)")?;
    Ok(db)
}

/// Adds the next row; commits make pages of several kinds dirty.
fn add(db: &mut Connection, n: u64) -> rusqlite::Result<()> {
    let turn = db.transaction()?;
    turn.execute(
        "INSERT INTO t VALUES (?1, randomblob(?2))",
        [n, 200 + n % 3_000],
    )?;
    turn.execute("UPDATE t SET pad = randomblob(99) WHERE n = ?1 / 2", [n])?;
    turn.commit()
}

/// The rows that are there, if they are the first ones and nothing is damaged.
fn count(disk: &Disk) -> Option<u64> {
    let db = Connection::open(disk.file("t.sqlite")).ok()?;
    let check = db.query_row("PRAGMA quick_check(1)", [], |r| r.get::<_, String>(0));
    if check.ok()? != "ok" {
        return None;
    }
    let made = "SELECT count(*) FROM sqlite_schema WHERE name = 't'";
    if db.query_row(made, [], |r| r.get::<_, u64>(0)).ok()? == 0 {
        return Some(0);
    }
    let sql = "SELECT count(*), coalesce(max(n), 0) FROM t";
    let (count, last): (u64, u64) = db.query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?))).ok()?;
    (count == last).then_some(count)
}

fn crash_often(settings: &str, lies: bool, run: u64, crashes: u64) -> Seen {
    let mut rng = Rng::new(run);
    let mut seen = Seen::default();
    let mut disk = Disk::new();
    // The last row that is there, and the last one whose commit returned.
    let (mut last, mut promised) = (0, 0);
    while seen.crashes < crashes {
        disk.lie(lies);
        disk.fuse(rng.below(60));
        if let Ok(mut db) = open(&disk, settings) {
            while !disk.is_dead() && add(&mut db, last + 1).is_ok() {
                last += 1;
                promised = last;
                seen.acknowledged += 1;
            }
            disk.kill();
        }
        let keeps = *rng.pick(&Keeps::ALL);
        disk.crash(keeps, &mut rng);
        seen.crashes += 1;
        // Looked at elsewhere: whoever looks here may sync.
        if let Some(there) = count(&Disk::of(&disk.image())) {
            seen.forgot += u64::from(there < promised);
            seen.kept_more += u64::from(there > promised);
            (last, promised) = (there, promised.min(there));
        } else {
            seen.broken += 1;
            (disk, last, promised) = (Disk::new(), 0, 0);
        }
        if last > 100 {
            (disk, last, promised) = (Disk::new(), 0, 0);
        }
    }
    seen
}

#[test]
fn with_full_syncs_no_commit_is_ever_lost() {
    for (seed, journal, synchronous) in [
        (1, "WAL", "FULL"),
        (2, "TRUNCATE", "FULL"),
        (3, "DELETE", "EXTRA"),
    ] {
        let settings =
            format!("PRAGMA journal_mode = {journal}; PRAGMA synchronous = {synchronous}");
        let seen = crash_often(&settings, false, seed, 300);
        assert_eq!((seen.forgot, seen.broken), (0, 0), "{journal} {seen:?}");
        assert!(seen.acknowledged > 300, "{journal} {seen:?}");
        assert!(
            seen.kept_more > 0,
            "what was not synced may survive: {seen:?}"
        );
    }
}

/// As SQLite says of both settings: a log that is synced at checkpoints only,
/// and a journal whose removal no sync of its folder follows.
#[test]
fn what_sqlite_says_may_be_forgotten_is_and_holds_together() {
    for (seed, journal, synchronous) in [(4, "WAL", "NORMAL"), (5, "DELETE", "FULL")] {
        let settings =
            format!("PRAGMA journal_mode = {journal}; PRAGMA synchronous = {synchronous}");
        let seen = crash_often(&settings, false, seed, 300);
        assert!(seen.forgot > 0, "{journal} {seen:?}");
        assert_eq!(seen.broken, 0, "{journal} {seen:?}");
    }
}

#[test]
fn without_syncs_commits_are_lost_and_pages_are_torn() {
    let settings = "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF";
    let seen = crash_often(settings, false, 10, 300);
    assert!(seen.forgot > 0 && seen.broken > 0, "{seen:?}");
}

#[test]
fn over_a_disk_that_lies_full_syncs_are_worth_nothing() {
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";
    let seen = crash_often(settings, true, 6, 300);
    assert!(seen.forgot > 0, "{seen:?}");
}

#[test]
fn the_same_seed_crashes_in_the_same_way() {
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";
    let runs = [7, 7, 8].map(|seed| {
        let seen = crash_often(settings, false, seed, 100);
        (seen.acknowledged, seen.kept_more)
    });
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[test]
fn a_program_that_dies_alone_loses_nothing_yet() {
    let mut rng = Rng::new(9);
    let disk = Disk::new();
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF";
    let mut db = open(&disk, settings).unwrap();
    add(&mut db, 1).unwrap();
    disk.kill();
    assert!(add(&mut db, 2).is_err(), "nothing is written any more");
    drop(db);
    disk.crash(Keeps::Cached, &mut rng);
    assert_eq!(count(&Disk::of(&disk.image())), Some(1));
    disk.crash(Keeps::Nothing, &mut rng);
    let there = count(&Disk::of(&disk.image()));
    assert_ne!(there, Some(1), "but the machine still may");
}

#[test]
fn what_a_failed_sync_should_have_written_is_shown_and_not_kept() {
    let mut rng = Rng::new(11);
    let disk = Disk::new();
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";
    let mut db = open(&disk, settings).unwrap();
    add(&mut db, 1).unwrap();
    disk.fail_sync(0);
    assert!(add(&mut db, 2).is_err() && disk.has_failed());
    disk.kill();
    drop(db);
    disk.crash(Keeps::Cached, &mut rng);
    assert_eq!(count(&Disk::of(&disk.image())), Some(2));
    disk.crash(Keeps::Nothing, &mut rng);
    assert_eq!(count(&Disk::of(&disk.image())), Some(1));
}

#[test]
fn a_database_has_one_connection_and_other_files_are_where_they_were() {
    let disk = Disk::new();
    let settings = "PRAGMA journal_mode = WAL";
    let db = open(&disk, settings).unwrap();
    assert!(Connection::open(disk.file("t.sqlite")).is_err());
    drop(db);
    assert!(disk.file("t.sqlite").is_file(), "it is seen to be there");
    assert_eq!(std::fs::metadata(disk.file("t.sqlite")).unwrap().len(), 0);
    let folder = tempfile::tempdir().unwrap();
    let outside = Connection::open(folder.path().join("t.sqlite")).unwrap();
    outside
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (n)")
        .unwrap();
    drop(outside);
    assert!(
        std::fs::metadata(folder.path().join("t.sqlite"))
            .unwrap()
            .len()
            > 0
    );
}
