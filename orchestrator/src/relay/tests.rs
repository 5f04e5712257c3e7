//! What is asked, when, and what of it outlives the process.

use ring::signature::{Ed25519KeyPair, KeyPair as _};
use tlog::{Frontier, Hash, PublicKey, VerifierKey, leaf_hash, signature_line};

use super::*;
use crate::signer::Status;

const SEED: [u8; 32] = [7; 32];

fn status(size: u64, lines: &[(&str, &str)]) -> Status {
    let mut tree = Frontier::new();
    for _ in 0..size {
        tree.append(leaf_hash(b"x")).unwrap();
    }
    let pair = Ed25519KeyPair::from_seed_unchecked(&SEED).unwrap();
    let public = PublicKey::new(pair.public_key().as_ref().try_into().unwrap()).unwrap();
    let log = VerifierKey::new("countersign/journal/1", public).unwrap();
    let head = tlog::Head {
        origin: log.name().to_owned(),
        size,
        root: tree.root(),
    };
    let signature = pair.sign(head.text().as_bytes());
    let line = signature_line(log.name(), log.id(), signature.as_ref());
    let told = [
        ("log_key", log.to_string()),
        ("checkpoint_root", head.root.to_base64()),
        ("checkpoint_signature", line.trim_end().to_owned()),
    ];
    let own = told.map(|(name, value)| (name.to_owned(), value));
    let more = lines.iter();
    let more = more.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Status {
        journal_id: String::new(),
        journal_size: size,
        signing_address: order::Address::ZERO,
        lines: own.into_iter().chain(more).collect(),
    }
}

const LINES: [(&str, &str); 8] = [
    ("witness_needs_leaves", "5"),
    ("witnessed_leaves", "4"),
    ("witnessed_unix_ms", "1000"),
    ("witness_threshold", "2"),
    ("witness_late_seconds", "900"),
    ("witness", "w1+00000000+A 4"),
    ("witness", "w2+00000000+B 0"),
    ("proof", "4 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
];

#[test]
fn a_status_says_who_holds_what_and_how_to_go_on_from_there() {
    let asked = Asked::of(&status(6, &LINES)).unwrap().unwrap();
    assert_eq!(asked.head.size, 6);
    assert_eq!(asked.each["w1+00000000+A"], 4);
    assert_eq!(asked.each["w2+00000000+B"], 0);
    assert_eq!(asked.proof(4), [Hash([0; 32])]);
    assert!(asked.proof(0).is_empty() && asked.proof(6).is_empty());
    assert_eq!(Asked::of(&status(6, &[])), Ok(None));
}

#[test]
fn a_head_that_its_log_did_not_sign_is_shown_to_nobody() {
    let mut forged = status(6, &LINES);
    forged.journal_size = 7;
    let refused = Asked::of(&forged).unwrap_err();
    assert!(refused.contains("did not sign"), "{refused}");
    let mut bare = status(6, &LINES);
    bare.lines.retain(|(name, _)| name != "witness_threshold");
    let refused = Asked::of(&bare).unwrap_err();
    assert!(refused.contains("no witness_threshold"), "{refused}");
}

#[test]
fn they_are_asked_when_something_waits_and_before_their_word_is_old() {
    let mut settled = LINES;
    settled[1].1 = "5";
    let due = |lines: &[(&str, &str)], now_ms| {
        let asked = Asked::of(&status(6, lines)).unwrap().unwrap();
        asked.is_due(now_ms)
    };
    assert!(due(&LINES, 1_000));
    assert!(!due(&settled, 1_000 + 299_999));
    assert!(due(&settled, 1_000 + 300_000));
}

#[test]
fn a_silent_witness_is_asked_ever_more_rarely_up_to_once_a_minute() {
    let pauses: Vec<_> = [1, 2, 3, 6, 7, 40, u32::MAX].map(pause_ms).into();
    let expected = [1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000];
    assert_eq!(pauses, expected);
}

#[test]
fn a_conflict_says_who_lacks_what() {
    let words = conflict(81_204, 81_377);
    assert!(words.starts_with(
        "ROLLED_BACK journal 81204, witness 81377: 173 entries missing. Restore a newer journal"
    ));
    assert!(conflict(9, 9).starts_with("it holds 9 leaves"));
}

#[test]
fn what_was_shown_without_an_answer_is_kept_and_the_oldest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_beside(&folder.path().join("books.sqlite"));
    assert!(path.ends_with("books.sqlite.witnesses"));
    let mut kept = Kept::read(&path).unwrap();
    assert_eq!(kept, Kept::default());
    for size in 1..=100 {
        let note = format!("note {size}");
        kept.shows("w1", Shown { size, note });
    }
    kept.write(&path).unwrap();
    let again = Kept::read(&path).unwrap();
    assert_eq!(again, kept);
    let sizes: Vec<_> = again.each["w1"].unanswered.iter().map(|s| s.size).collect();
    assert_eq!((sizes.len(), sizes[0], sizes[31]), (32, 1, 100));
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "{").unwrap();
    assert!(Kept::read(&path).unwrap_err().starts_with("FILE "));
}
