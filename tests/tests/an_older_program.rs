//! The programs of an older edition find what a newer one wrote.
//!
//! Each of them leaves it as it is, and says what to do: nothing is guessed.

use std::fs;

use rusqlite::Connection;
use tests::desk::Desk;
use tests::process;

/// Gives `database` the schema of an edition to come, in spite of its checks.
fn renew(desk: &Desk, database: &str, change: &str) {
    let db = Connection::open(desk.file(database)).expect("a database");
    let text = format!("PRAGMA ignore_check_constraints = ON; {change}");
    db.execute_batch(&text).expect("a newer schema");
    db.close().expect("written");
}

#[test]
fn a_signer_refuses_a_journal_of_a_newer_edition_and_leaves_it_alone() {
    let desk = Desk::standard();
    renew(
        &desk,
        "journal.sqlite",
        "DROP TRIGGER journal_is_born_once; UPDATE journal SET schema = 5",
    );
    let rows = |select: &str| {
        let db = Connection::open(desk.file("journal.sqlite")).expect("a database");
        db.query_row(select, [], |r| r.get::<_, u64>(0))
            .expect("one row")
    };
    let leaves = rows("SELECT count(*) FROM leaf");
    let ran = process::run(desk.signer_command(&desk.bins.signer));
    assert_eq!((ran.code(), ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
    let said = "it has schema 5, which another edition of this program reads and writes; \
                start the edition that wrote it";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let said = desk.signerctl(&["audit", "verify", "--journal", "journal.sqlite"]);
    assert!(
        said.stderr.contains("use the edition that wrote it"),
        "{}",
        said.stderr
    );
    assert_eq!(rows("SELECT count(*) FROM leaf"), leaves);
    assert_eq!(rows("SELECT schema FROM journal"), 5);
}

#[test]
fn an_orchestrator_refuses_a_database_of_a_newer_edition_and_leaves_it_alone() {
    let desk = Desk::standard();
    desk.write_orchestrator_config("127.0.0.1:1", "http://127.0.0.1:1");
    fs::write(desk.file("intents.jsonl"), "").expect("the folder is ours");
    let run = || desk.orchestrator(&["run", "--until-idle", "--wait", "0"]);
    run();
    let db = Connection::open(desk.file("orchestrator.sqlite")).expect("it was made");
    let schema: u64 = db
        .query_row("SELECT schema FROM meta", [], |r| r.get(0))
        .expect("a schema");
    drop(db);
    renew(
        &desk,
        "orchestrator.sqlite",
        "UPDATE meta SET schema = schema + 1",
    );
    let before = fs::read(desk.file("orchestrator.sqlite")).expect("it is there");
    let ran = run();
    assert!(!ran.status.success(), "{}", ran.stderr);
    let said = format!("the database has schema {}, this program knows", schema + 1);
    assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("use the matching program"),
        "{}",
        ran.stderr
    );
    let after = fs::read(desk.file("orchestrator.sqlite")).expect("it is there");
    assert!(
        before[100..] == after[100..],
        "but for counters in its head"
    );
}
