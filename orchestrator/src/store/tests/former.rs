//! A file of the edition before ours.

use super::*;

/// M12: what the former edition recorded is all there, and knows now whose.
#[test]
fn a_file_of_the_former_edition_is_brought_up_to_date_once_and_loses_nothing() {
    let folder = Folder::new("former");
    let db = Connection::open(folder.file()).unwrap();
    db.execute_batch(include_str!("schema_3.sql")).unwrap();
    db.execute_batch(
        "INSERT INTO intent (intent_id, strategy, source_id, seen_ms, deadline_ms, line, kind, \
         market, token_id, side, limit_price_e4, shares_units, tick_size_e4, order_type, leader) \
         VALUES ('20261120-a', 's1', 'a', 1, 2, '{}', 'copy', '0x11', '7', 'BUY', 5000, 100, 100, \
         'FAK', '0xaa');
         INSERT INTO attempt (intent_id, attempt, state, since_ms, order_hash) \
         VALUES ('20261120-a', 0, 'SETTLED', 1, '0x01');
         INSERT INTO fill VALUES ('t1', '0x01', 1, 'OWN', '0x11', '7', 'BUY', 100, 50, 1, 9, \
         'CONFIRMED'), ('t2', '0x02', 2, 'EXTERNAL', '0x11', '7', 'SELL', 30, 20, 0, 9, 'CONFIRMED');
         INSERT INTO adjustment VALUES (3, '7', 5, 'IN', 'EXTERNAL', 40, 'ADOPTED');
         INSERT INTO lot VALUES ('7', 0, 't1/0x01', 'OWN', 100, 70, 51, 36, 1);
         INSERT INTO closing VALUES ('7', 0, 't2/0x02', 't1/0x01', 30, 15, 20, 1);",
    )
    .unwrap();
    drop(db);
    assert!(matches!(
        Store::read(&folder.file()),
        Err(StoreError::Former)
    ));
    for _ in 0..2 {
        let mut store = Store::open(&folder.file()).unwrap();
        let holding = store.holding("7").unwrap();
        assert_eq!((holding.settled_units, holding.external_units), (70, 40));
        assert_eq!(holding.cost_units, 36);
        assert_eq!(store.totals().unwrap().realised_units, 5);
        let chain = store.audit(|_| Ok::<(), AuditError>(())).unwrap();
        assert_eq!(
            chain.count, 1,
            "the audit begins, and knows what was before"
        );
        let turn = store.turn().unwrap();
        let held = turn.held_of("s1", Some("0xaa"), "7").unwrap();
        assert_eq!((held.shares_units, held.settled_units), (70, 70));
        assert_eq!(turn.held_of("s2", None, "7").unwrap().shares_units, 0);
    }
}

#[test]
fn bringing_a_file_up_to_date_is_done_whole_or_not_at_all() {
    let mut rng = Rng::new(2);
    let mut cut = 0;
    for (operations, keeps) in (0..80).flat_map(|n| Keeps::ALL.map(|keeps| (n, keeps))) {
        let disk = Disk::new();
        let path = disk.file("orchestrator.sqlite");
        let db = Connection::open(&path).unwrap();
        db.pragma_update(None, "journal_mode", "WAL").unwrap();
        db.pragma_update(None, "synchronous", "FULL").unwrap();
        db.execute_batch(include_str!("schema_3.sql")).unwrap();
        db.execute_batch(
            "INSERT INTO adjustment VALUES (3, '7', 5, 'IN', 'EXTERNAL', 40, 'ADOPTED')",
        )
        .unwrap();
        drop(db);
        disk.fuse(operations);
        let first = Store::open(&path);
        cut += u64::from(first.is_err());
        disk.kill();
        drop(first);
        disk.crash(keeps, &mut rng);
        let next = Store::open(&path).unwrap();
        let holding = next.holding("7").unwrap();
        assert_eq!(holding.external_units, 40, "cut at {operations}, {keeps:?}");
    }
    assert!(cut > 20, "{cut} of the starts were cut off");
}
