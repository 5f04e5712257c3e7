//! A freeze: first in its batch, one leaf, and never one question too many.

use super::desk::{Desk, exit, word};
use super::*;

#[test]
fn a_freezes_words_are_told_and_are_no_figure() {
    let (mut vault, _folder) = vault();
    local(&mut vault, Local::Freeze("12.5".to_owned())).unwrap();
    let status = local(&mut vault, Local::Status).unwrap();
    assert!(status.contains("\nfrozen_words 12.5"), "{status}");
    let metrics = asked(&mut vault, Request::Metrics).unwrap();
    assert!(!metrics.contains("12.5"), "{metrics}");
    assert!(metrics.contains("signer_frozen_leaf "), "{metrics}");
}

#[test]
fn a_freeze_is_decided_though_its_asker_hung_up() {
    let mut desk = Desk::open(0);
    let (mut freeze, _) = desk.question(Question::Freeze("why".to_owned()));
    let (gone, told) = call(Request::Ping, false);
    freeze.reply = gone.reply;
    let (sell, sold) = desk.question(exit(1, 5_000));
    desk.vault
        .serve(vec![sell, freeze], clock::read().unwrap())
        .unwrap();
    assert!(told.recv().is_ok());
    assert_eq!(word(&sold), "FROZEN", "no order passes it");
    assert!(desk.vault.force.state.frozen().is_some());
}

#[test]
fn a_freeze_goes_first_stays_and_is_one_leaf() {
    let (mut vault, folder) = vault();
    let (status, status_told) = call(Request::Local(Local::Status), true);
    let (freeze, freeze_told) = call(Request::Local(Local::Freeze("why\nnot".to_owned())), true);
    vault
        .serve(vec![status, freeze], clock::read().unwrap())
        .unwrap();
    let Answer::Local(Ok(text)) = freeze_told.recv().unwrap() else {
        panic!("frozen")
    };
    assert!(text.contains("state FROZEN"), "{text}");
    let Answer::Local(Ok(status)) = status_told.recv().unwrap() else {
        panic!("a status")
    };
    assert!(
        status.contains("frozen_by local"),
        "asked before, answered after: {status}"
    );
    let size = vault.journal.size();
    assert_eq!(
        local(&mut vault, Local::Freeze(String::new())).unwrap(),
        text,
        "the same leaf"
    );
    assert_eq!(vault.journal.size(), size);
    drop(vault);
    let again = open(folder.path());
    assert!(
        again.force.state.frozen().is_some(),
        "a restart does not thaw"
    );
}

#[test]
fn notes_are_questions_too_and_a_freeze_is_never_one_too_many() {
    let mut desk = Desk::open(0);
    let reading = clock::read().unwrap();
    let mut ask = |question| {
        let (call, told) = desk.question(question);
        desk.vault.serve(vec![call], reading).unwrap();
        told
    };
    for _ in 0..256 {
        assert_ne!(word(&ask(Question::Note(vec![0; 9]))), "BUSY");
    }
    assert_eq!(word(&ask(Question::Note(vec![0; 9]))), "BUSY");
    let frozen = ask(Question::Freeze(String::new())).recv().unwrap();
    assert!(matches!(
        frozen,
        Answer::Proven { answer, .. } if matches!(*answer, frame::Answer::Frozen { .. })
    ));
}
