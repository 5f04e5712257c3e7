//! An attempt that is asked for again: memory points at the row, and the row
//! decides.

use policy::Denial;

use super::batch::Again;
use super::desk::{Desk, exit, word};
use super::orders::fingerprint;
use super::*;

/// An exit that was signed, as it is asked for again.
fn signed(desk: &mut Desk) -> Again {
    let question = exit(1, 5_000);
    let Question::Sign(intent, _) = &question else {
        panic!("an exit is signed")
    };
    let fingerprint = fingerprint(intent);
    let (call, told) = desk.question(question);
    desk.vault
        .serve(vec![call], clock::read().unwrap())
        .unwrap();
    assert_eq!(word(&told), "YES");
    let leaf = desk.vault.journal.size().checked_sub(1).unwrap();
    Again { leaf, fingerprint }
}

#[test]
fn a_content_that_memory_cannot_tell_from_the_signed_one_is_told_by_its_row() {
    let mut desk = Desk::open(0);
    let Again {
        leaf,
        fingerprint: signed,
    } = signed(&mut desk);
    let again = |fingerprint| desk.vault.recalled(&Again { leaf, fingerprint }).unwrap();
    assert!(again(signed).is_ok());
    // Other contents have other tags; one that had the same comes this far.
    let mut other = signed;
    other[8] ^= 1;
    assert!(matches!(again(other), Err(Denial::IntentReused)));
}

/// The disk may be somebody else's, who knows all that stands in the journal: a
/// row that is changed while the vault runs is not what it recorded.
#[test]
fn a_row_that_is_altered_while_it_runs_is_not_signed_again() {
    for edit in [
        "UPDATE leaf SET charge_units = charge_units + 1",
        "UPDATE leaf SET fingerprint = zeroblob(32)",
        "UPDATE leaf SET top = zeroblob(32)",
    ] {
        let mut desk = Desk::open(0);
        let again = signed(&mut desk);
        assert!(desk.vault.recalled(&again).unwrap().is_ok());
        let (db, _) = desk.vault.journal.parts();
        db.execute_batch("DROP TRIGGER leaf_is_append_only_update")
            .unwrap();
        let edit = format!("{edit} WHERE leaf_index = {}", again.leaf);
        assert_eq!(db.execute(&edit, []), Ok(1));
        let said = desk.vault.recalled(&again);
        let altered = matches!(&said, Err(Fault::Altered(leaf)) if *leaf == again.leaf);
        // The last leaf's own top is in no proof of it.
        assert!(altered || edit.contains("top"), "{edit}");
        assert!(altered || matches!(said, Ok(Ok(_))), "{edit}");
    }
}

#[test]
fn what_only_the_row_denies_is_counted_and_an_alarm_names_who_asked() {
    let mut desk = Desk::open(0);
    let Again { leaf, fingerprint } = signed(&mut desk);
    let mut other = fingerprint;
    other[8] ^= 1;
    let again = || Again {
        leaf,
        fingerprint: other,
    };
    let to = To::Caller {
        name: "bot".to_owned(),
        hash: [0; 32],
    };
    let log = desk.folder.path().join("log");
    let file = std::fs::File::create(&log).unwrap();
    let at = desk.vault.account.mark();
    let told = tracing_subscriber::fmt().with_writer(file).finish();
    tracing::subscriber::with_default(told, || {
        for then in [Then::SignAgain(again()), Then::ExplainAgain(again())] {
            let answer = desk.vault.answer(&mut [], at, &to, then).unwrap();
            let Answer::Proven { answer, .. } = answer else {
                panic!("a caller's answer is proven")
            };
            let frame::Answer::Denied { code, .. } = *answer else {
                panic!("another content is denied")
            };
            assert_eq!(code, "INTENT_REUSED");
        }
    });
    let log = std::fs::read_to_string(log).unwrap();
    assert_eq!(
        log.matches("ALARM INTENT_REUSED by bot, denied: ").count(),
        1
    );
    let counted = desk.vault.buckets.due(u64::MAX);
    assert_eq!(counted.as_deref(), Some("INTENT_REUSED 2"));
}
