//! Envelopes made by others are read, those we make are read by others, and
//! nothing that is merely almost an envelope is.

use crate::kit::{KEYSET, OPERATOR, QUORUM, key, seed, signed};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use note::{
    ENVELOPE_BYTES_MAX, Envelope, EnvelopeRefusal, PublicKey, SIGNATURES_MAX, Seed, TEXT_BYTES_MAX,
    VerifierKey, sign, verify,
};
use proptest::prelude::*;

/// The example of Go's `golang.org/x/mod/sumdb/note`, a published test key.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETERS_TEXT: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n";
const PETERS_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\
    \n\
    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
/// Another public key of that documentation, and its signature on the same text.
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const ENOCHS_LINE: &str = "\u{2014} EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

fn peter() -> VerifierKey {
    VerifierKey::parse(PETER).unwrap()
}

fn refused(bytes: &[u8], keys: &[VerifierKey]) -> EnvelopeRefusal {
    verify(bytes, keys).unwrap_err()
}

#[test]
fn a_note_of_the_go_documentation_verifies() {
    let verified = verify(PETERS_NOTE.as_bytes(), &[peter()]).unwrap();
    assert_eq!(verified.text(), PETERS_TEXT);
    assert_eq!(
        verified.signed_by().iter().collect::<Vec<_>>(),
        [&peter().public()]
    );
    assert_eq!(
        Envelope::parse(PETERS_NOTE.as_bytes()).unwrap().to_string(),
        PETERS_NOTE
    );
}

#[test]
fn a_second_signature_of_the_go_documentation_verifies() {
    let both = format!("{PETERS_NOTE}{ENOCHS_LINE}");
    let enoch = VerifierKey::parse(ENOCH).unwrap();
    assert_eq!(
        verify(both.as_bytes(), &[peter(), enoch.clone()])
            .unwrap()
            .signed_by()
            .len(),
        2
    );
    assert_eq!(
        verify(both.as_bytes(), &[enoch]).unwrap().signed_by().len(),
        1
    );
}

#[test]
fn signing_gives_what_verifying_takes() {
    let note = sign(PETERS_TEXT, "example.com/quorum-1", &seed(1)).unwrap();
    assert_eq!(
        verify(note.as_bytes(), &[key(QUORUM[0])]).unwrap().text(),
        PETERS_TEXT
    );
    assert_eq!(
        sign(PETERS_TEXT, "a name", &seed(1)),
        Err(EnvelopeRefusal::Name)
    );
    assert_eq!(
        sign("no newline", "a", &seed(1)),
        Err(EnvelopeRefusal::NoFinalNewline)
    );
}

#[test]
fn lines_of_unknown_keys_are_passed_over() {
    let stranger = ("example.com/stranger", 99);
    let bytes = signed(KEYSET, &[stranger, QUORUM[0]]);
    assert_eq!(
        verify(&bytes, &[key(QUORUM[0])]).unwrap().signed_by().len(),
        1
    );
    // A line of another algorithm, of any length, under a known name.
    let post_quantum = format!(
        "{PETERS_NOTE}\u{2014} PeterNeumann {}\n",
        "AAAA".repeat(1_500)
    );
    assert!(verify(post_quantum.as_bytes(), &[peter()]).is_ok());
    assert_eq!(
        refused(&bytes, &[key(OPERATOR)]),
        EnvelopeRefusal::NoKnownKey
    );
    assert_eq!(refused(&bytes, &[]), EnvelopeRefusal::NoKnownKey);
}

#[test]
fn a_bad_signature_of_a_known_key_fails_the_note() {
    let mut bytes = signed(KEYSET, &QUORUM[..2]);
    // One bit of the text: every signature is bad, and the first is named.
    bytes[0] ^= 1;
    let bad = EnvelopeRefusal::BadSignature {
        key: key(QUORUM[0]).id(),
    };
    assert_eq!(refused(&bytes, &QUORUM.map(key)), bad);
    // One good line does not excuse a bad one: quorum-2's line under quorum-1's text.
    let other = String::from_utf8(signed("other\n", &[QUORUM[1]])).unwrap();
    let bad_line = other.split_once("\n\n").unwrap().1;
    let mixed = format!(
        "{}{bad_line}",
        String::from_utf8(signed(KEYSET, &[QUORUM[0]])).unwrap()
    );
    let bad = EnvelopeRefusal::BadSignature {
        key: key(QUORUM[1]).id(),
    };
    assert_eq!(refused(mixed.as_bytes(), &QUORUM.map(key)), bad);
    assert!(
        verify(mixed.as_bytes(), &[key(QUORUM[0])]).is_ok(),
        "unknown, so passed over"
    );
}

#[test]
fn one_key_counts_once() {
    let known = [key(QUORUM[0]), key(("example.com/alias", 1))];
    let twice = String::from_utf8(signed(KEYSET, &[QUORUM[0], ("example.com/alias", 1)])).unwrap();
    assert_eq!(
        verify(twice.as_bytes(), &known).unwrap().signed_by().len(),
        1
    );
    let line = twice.lines().last().unwrap();
    let thrice = format!("{twice}{line}\n{line}\n");
    assert_eq!(
        verify(thrice.as_bytes(), &known).unwrap().signed_by().len(),
        1
    );
}

#[test]
fn signing_twice_adds_nothing() {
    let mut envelope = Envelope::new(KEYSET).unwrap();
    envelope.sign("example.com/quorum-1", &seed(1)).unwrap();
    let once = envelope.to_string();
    envelope.sign("example.com/quorum-1", &seed(1)).unwrap();
    assert_eq!(envelope.to_string(), once);
}

#[test]
fn a_text_may_hold_empty_lines_and_signature_like_ones() {
    let text = "one\n\n\u{2014} example.com/quorum-1 AAAAAAAA\n\n\ntwo\n\n";
    let bytes = signed(text, &[QUORUM[0]]);
    assert_eq!(verify(&bytes, &[key(QUORUM[0])]).unwrap().text(), text);
}

#[test]
fn what_is_almost_an_envelope_is_none() {
    use EnvelopeRefusal as R;
    let line = PETERS_NOTE.lines().last().unwrap();
    let bent =
        |from: &str, to: &str| (PETERS_NOTE.replace(from, to), R::SignatureLine { index: 0 });
    for (bytes, refusal) in [
        (String::new(), R::NoSignatures),
        (PETERS_TEXT.to_owned(), R::NoSignatures),
        (format!("{PETERS_TEXT}{line}\n"), R::NoSignatures),
        (format!("{PETERS_TEXT}\n"), R::NoFinalNewline),
        (format!("{PETERS_TEXT}\n{line}"), R::NoFinalNewline),
        (PETERS_NOTE.replace('\n', "\r\n"), R::NoSignatures),
        (PETERS_NOTE.replacen('\n', "\r\n", 1), R::ControlCharacter),
        (PETERS_NOTE.replacen(' ', "\t", 1), R::ControlCharacter),
        (PETERS_NOTE.replacen(' ', "\0", 1), R::ControlCharacter),
        bent("\u{2014}", "-"),
        bent("\u{2014} ", "\u{2014}"),
        bent("\u{2014} ", "\u{2014}  "),
        bent("AM=", "AM"),
        bent("AM=", "AN="),
        bent("AM=", "AM= "),
        bent("x08go/", "x08go_"),
        bent("PeterNeumann", "Peter+Neumann"),
        bent("PeterNeumann", "Peter\u{2003}Neumann"),
        (
            format!("{PETERS_NOTE}\u{2014} short AAAAAA==\n"),
            R::SignatureLine { index: 1 },
        ),
        (
            format!("{PETERS_NOTE}text\n"),
            R::SignatureLine { index: 1 },
        ),
    ] {
        assert_eq!(refused(bytes.as_bytes(), &[peter()]), refusal, "{bytes:?}");
    }
    assert_eq!(refused(b"\xff\n\n", &[peter()]), R::NotUtf8);
}

#[test]
fn every_size_has_both_its_edges() {
    let longest = format!("{}\n", "a".repeat(TEXT_BYTES_MAX - 1));
    assert!(verify(&signed(&longest, &[QUORUM[0]]), &[key(QUORUM[0])]).is_ok());
    let limit = TEXT_BYTES_MAX;
    assert_eq!(
        Envelope::new(&format!("a{longest}")),
        Err(EnvelopeRefusal::TextTooLong { limit })
    );
    let too_long = format!("a{longest}\n{}", PETERS_NOTE.split_once("\n\n").unwrap().1);
    assert_eq!(
        refused(too_long.as_bytes(), &[peter()]),
        EnvelopeRefusal::TextTooLong { limit }
    );

    let limit = ENVELOPE_BYTES_MAX;
    let filler = |length: usize| {
        let head = format!("{PETERS_NOTE}\u{2014} filler ");
        let letters = (length - head.len() - 1) / 4 * 4;
        format!("{head}{}\n", "A".repeat(letters))
    };
    assert!(verify(filler(limit).as_bytes(), &[peter()]).is_ok());
    assert_eq!(
        refused(&vec![b'a'; limit + 1], &[peter()]),
        EnvelopeRefusal::EnvelopeTooLong { limit }
    );

    let names: Vec<String> = (0..=SIGNATURES_MAX)
        .map(|n| format!("example.com/{n}"))
        .collect();
    let mut envelope = Envelope::new(KEYSET).unwrap();
    for name in &names[..SIGNATURES_MAX] {
        envelope.sign(name, &seed(1)).unwrap();
    }
    let full = envelope.to_string();
    assert!(Envelope::parse(full.as_bytes()).is_ok());
    let limit = SIGNATURES_MAX;
    let too_many = EnvelopeRefusal::TooManySignatures { limit };
    assert_eq!(
        envelope.sign(&names[SIGNATURES_MAX], &seed(1)),
        Err(too_many)
    );
    let one_more = format!("{full}{}\n", full.lines().last().unwrap());
    assert_eq!(Envelope::parse(one_more.as_bytes()), Err(too_many));
}

#[test]
fn an_id_that_was_ground_to_collide_only_fails() {
    // A line under our name and id whose signature is another key's.
    let (ours, name) = (key(("example.com/a", 1)), "example.com/a");
    let theirs = String::from_utf8(signed(KEYSET, &[(name, 2)])).unwrap();
    let (text, line) = theirs.rsplit_once("\n\n").unwrap();
    let mut raw = STANDARD
        .decode(line.trim_end().rsplit_once(' ').unwrap().1)
        .unwrap();
    raw[..4].copy_from_slice(&ours.id().0);
    let spliced = format!("{text}\n\n\u{2014} {name} {}\n", STANDARD.encode(&raw));
    let bad = EnvelopeRefusal::BadSignature { key: ours.id() };
    assert_eq!(refused(spliced.as_bytes(), &[ours]), bad);
}

#[test]
fn every_refusal_reads_as_a_sentence_with_a_way_out() {
    use EnvelopeRefusal as R;
    for refusal in [
        R::EnvelopeTooLong { limit: 1 },
        R::TextTooLong { limit: 1 },
        R::NotUtf8,
        R::ControlCharacter,
        R::NoFinalNewline,
        R::NoSignatures,
        R::TooManySignatures { limit: 1 },
        R::SignatureLine { index: 0 },
        R::Name,
        R::BadSignature { key: peter().id() },
        R::NoKnownKey,
    ] {
        assert!(refusal.code().starts_with("NOTE_"));
        assert!(refusal.to_string().contains([';', ',']), "{refusal}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_and_what_parses_prints_the_same(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        if let Ok(envelope) = Envelope::parse(&bytes) {
            prop_assert_eq!(envelope.to_string().into_bytes(), bytes);
        }
    }

    #[test]
    fn no_near_envelope_panics(
        text in "[ -~\n]{0,40}",
        name in "[ -~]{0,8}",
        tail in "[A-Za-z0-9+/=]{0,24}",
    ) {
        let bytes = format!("{text}\n\n\u{2014} {name} {tail}\n");
        if let Ok(envelope) = Envelope::parse(bytes.as_bytes()) {
            prop_assert_eq!(envelope.to_string(), bytes);
        }
    }
}

proptest! {
    // A curve operation a case, and the curve is not optimised here.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_changed_byte_of_a_signed_note_is_refused(
        index: prop::sample::Index,
        flip in 1..=255_u8,
    ) {
        let good = signed(KEYSET, &[QUORUM[0]]);
        let mut bent = good.clone();
        bent[index.index(good.len())] ^= flip;
        prop_assert!(verify(&bent, &[key(QUORUM[0])]).is_err());
    }

    #[test]
    fn any_text_can_be_signed_and_read(text in "[ -~\n\u{a0}-\u{ff}]{0,80}", number in 1..=255_u8) {
        let text = format!("{text}\n");
        let seed = Seed::new([number; 32]);
        let key = VerifierKey::new("k", PublicKey::of_seed(&seed)).unwrap();
        let note = sign(&text, "k", &seed).unwrap();
        let verified = verify(note.as_bytes(), &[key]).unwrap();
        prop_assert_eq!(verified.text(), text);
    }
}

#[test]
fn an_envelope_is_read_up_to_its_largest_size() {
    let letters = |count: usize| Envelope::parse(&vec![b'a'; count]).unwrap_err();
    assert_eq!(letters(ENVELOPE_BYTES_MAX), EnvelopeRefusal::NoSignatures);
    let limit = ENVELOPE_BYTES_MAX;
    let too_long = EnvelopeRefusal::EnvelopeTooLong { limit };
    assert_eq!(letters(ENVELOPE_BYTES_MAX + 1), too_long);
}

#[test]
fn a_person_who_is_about_to_sign_reads_the_text_that_is_signed() {
    let envelope = Envelope::parse(PETERS_NOTE.as_bytes()).unwrap();
    assert_eq!(envelope.unverified_text(), PETERS_TEXT);
}
