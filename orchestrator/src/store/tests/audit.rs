//! The audit beside the rows it tells of.

use super::*;
use crate::audit::{Chain, Entry};

fn desk(folder: &Folder) -> Store {
    let mut store = Store::open(&folder.file()).unwrap();
    let mut turn = store.turn().unwrap();
    admit(&mut turn, &line("a", "BUY", "s1"), 1);
    let bad = line("b", "BUY", "s1").replace("0.5", "5");
    let reject = Parsed::read(&bad).unwrap_err();
    turn.reject_line(&bad, &reject, 1).unwrap();
    let seen = turn.admit(("copytrader", "x"), None, "{}", (1, 2)).unwrap();
    let reject = Reject::new(Code::NoPrice, "price_limit: missing".to_owned());
    turn.resolved(&seen.intent_id, &Err(reject)).unwrap();
    let mut row = turn.open_attempts().unwrap().remove(0);
    let because = News::Because {
        code: "NO_CASH",
        detail: "nothing is free",
    };
    turn.advance(&mut row, State::Rejected, &because).unwrap();
    turn.audit("DECISION", "{\"now_ms\":1}").unwrap();
    turn.commit().unwrap();
    store
}

fn read(store: &mut Store) -> Result<(Chain, Vec<Entry>), AuditError> {
    let mut entries = Vec::new();
    let chain = store.audit(|entry| {
        entries.push(entry.clone());
        Ok::<(), AuditError>(())
    })?;
    Ok((chain, entries))
}

/// M57: accepted or not, each intent and each decision has its record.
#[test]
fn every_intent_is_in_the_audit_whether_accepted_or_not() {
    let folder = Folder::new("audit");
    let mut store = desk(&folder);
    let (chain, entries) = read(&mut store).unwrap();
    let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "BEGIN", "INTENT", "INTENT", "INTENT", "RESOLVED", "REJECTED", "DECISION"
        ]
    );
    assert_eq!(chain.count, 7);
    assert!(entries[1].body.contains("\"accepted\":true"));
    assert!(entries[2].body.contains("\"code\":\"BAD_LINE\""));
    assert!(entries[4].body.contains("\"code\":\"NO_PRICE\""));
    assert!(entries[5].body.contains("\"code\":\"NO_CASH\""));

    // The same line again is the same intent, and no other record.
    let mut turn = store.turn().unwrap();
    admit(&mut turn, &line("a", "BUY", "s1"), 9);
    turn.commit().unwrap();
    assert_eq!(read(&mut store).unwrap().0, chain);
    // Taken back, an intent leaves no record behind.
    let mut turn = store.turn().unwrap();
    admit(&mut turn, &line("c", "BUY", "s1"), 9);
    drop(turn);
    assert_eq!(read(&mut store).unwrap().0, chain);
}

/// M57: tamper with one byte, and the audit names the record.
#[test]
fn one_byte_changed_in_any_column_is_named_by_its_record() {
    let folder = Folder::new("tamper");
    let mut store = desk(&folder);
    let (_, entries) = read(&mut store).unwrap();
    for entry in &entries {
        for column in ["kind", "body", "prev", "hash"] {
            let set = |value: &[u8]| {
                let sql = format!("UPDATE audit SET {column} = CAST(?1 AS TEXT) WHERE seq = ?2");
                let db = Connection::open(folder.file()).unwrap();
                db.execute(&sql, (value, entry.seq)).unwrap();
            };
            let text = match column {
                "kind" => &entry.kind,
                "body" => &entry.body,
                "prev" => &entry.prev,
                _ => &entry.hash,
            };
            for (place, bit) in [(0, 1), (text.len() - 1, 1), (text.len() - 2, 0x80)] {
                let mut bytes = text.clone().into_bytes();
                bytes[place] ^= bit;
                set(&bytes);
                match read(&mut store) {
                    Err(AuditError::Broken(broken)) => assert_eq!(broken.at, entry.seq),
                    other => panic!("{column} of {}: {other:?}", entry.seq),
                }
            }
            set(text.as_bytes());
        }
    }
    assert_eq!(read(&mut store).unwrap().1, entries);
}

/// M57: what is cut off at the end is found by the intents that are left.
#[test]
fn an_intent_without_its_record_is_found() {
    let folder = Folder::new("cut");
    let mut store = desk(&folder);
    let db = Connection::open(folder.file()).unwrap();
    db.execute("DELETE FROM audit WHERE seq >= 3", []).unwrap();
    let found = read(&mut store);
    assert!(matches!(
        found,
        Err(AuditError::Intents { told: 2, are: 3 })
    ));
}
