//! Notes: an envelope, the text in it, and what a signed text may do.

use note::{Authority, Body, Envelope, VerifierKey, receive, verify};

use crate::note_kit::{
    LISTERS, NOON, OPERATOR, QUORUM, TWO, WATCHERS, at, desk, key, keyed, signed, watched,
};

/// The first byte says who signs and what is in force; the rest is the text.
/// All of it is an envelope, too.
pub(crate) fn holds(bytes: &[u8]) -> bool {
    let is_envelope = is_one_envelope(bytes);
    if let Ok(text) = str::from_utf8(bytes) {
        is_one_key(text);
    }
    let Some((choice, text)) = bytes.split_first() else {
        return is_envelope;
    };
    let Ok(text) = str::from_utf8(text) else {
        return is_envelope;
    };
    is_one_text(text);
    is_judged_once(*choice, text) || is_envelope
}

/// An envelope prints as the bytes it was parsed from; nobody signed it who
/// is known here, since no one can sign for others.
fn is_one_envelope(bytes: &[u8]) -> bool {
    match Envelope::parse(bytes) {
        Ok(envelope) => {
            assert_eq!(envelope.to_string().as_bytes(), bytes, "one spelling");
            true
        }
        Err(refusal) => {
            is_a_code(refusal.code());
            false
        }
    }
}

fn is_one_key(text: &str) {
    if let Some(key) = VerifierKey::parse(text) {
        assert_eq!(key.to_string(), text, "a verifier's key has one spelling");
    }
}

/// A text that parses prints as the same bytes.
fn is_one_text(text: &str) {
    match Body::parse(text) {
        Ok(body) => assert_eq!(body.print(), text, "a text has one spelling"),
        Err(refusal) => {
            is_a_code(refusal.code());
            assert!(!refusal.to_string().is_empty());
        }
    }
}

/// Signed by whoever may or may not: one answer, twice the same; what is
/// admitted parses, and names this journal.
fn is_judged_once(choice: u8, text: &str) -> bool {
    let signers: &[(&str, u8)] = match choice % 6 {
        0 => TWO,
        1 => &QUORUM[..1],
        2 => &[OPERATOR],
        3 => WATCHERS,
        4 => LISTERS,
        _ => &QUORUM,
    };
    let state: Authority = match choice.div_euclid(6) % 3 {
        0 => desk(),
        1 => watched(),
        _ => keyed(),
    };
    if Envelope::new(text).is_err() {
        return false;
    }
    let envelope = signed(text, signers);
    let keys: Vec<VerifierKey> = signers.iter().copied().map(key).collect();
    let verified = verify(&envelope, &keys).expect("what was signed verifies");
    assert_eq!(
        verified.text(),
        text,
        "a text is not altered by its signing"
    );
    let judged = || receive(&envelope, &state, at(NOON + 1));
    match (judged(), judged()) {
        (Ok(first), Ok(second)) => {
            let body = Body::parse(text).expect("what is admitted parses");
            assert_eq!(Some(body.journal()), Some(crate::note_kit::journal()));
            assert!(first.apply() == second.apply(), "one note, two outcomes");
            true
        }
        (Err(first), Err(second)) => {
            assert_eq!(first.code(), second.code(), "one note has one answer");
            is_a_code(first.code());
            false
        }
        _ => panic!("one note has two answers"),
    }
}

fn is_a_code(code: &str) {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    assert!(!code.is_empty() && code.bytes().all(plain), "{code:?}");
}
