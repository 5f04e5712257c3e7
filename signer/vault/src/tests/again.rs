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
