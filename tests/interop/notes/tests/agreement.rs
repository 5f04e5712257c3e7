//! A note that we sign verifies under an independent implementation of
//! c2sp.org/signed-note, one that it signs verifies under ours, and whatever
//! ours takes it takes too, with the same text and the same signers.

use std::collections::BTreeSet;

use note::{PublicKey, Seed, VerifierKey};
use signed_note::{Note, NoteError, StandardSigner, StandardVerifier, Verifier, VerifierList};

/// One text of each kind.
const TEXTS: [&str; 14] = [
    include_str!("../../../../proto/note/tests/suite/texts/policy.txt"),
    include_str!("../../../../proto/note/tests/suite/texts/policy-full.txt"),
    include_str!("../../../../proto/note/tests/suite/texts/keyset.txt"),
    include_str!("../../../../proto/note/tests/suite/texts/cancel.txt"),
    include_str!("../../../../proto/note/tests/suite/texts/dial.txt"),
    include_str!("../../../../proto/note/tests/suite/texts/ticket.txt"),
    include_str!("../../../../proto/note/tests/suite/texts/alive.txt"),
    include_str!("../../../../proto/note/tests/suite/texts/declare.txt"),
    include_str!("../../../../proto/note/tests/suite/texts/unfreeze.txt"),
    include_str!("../../../../proto/note/tests/suite/texts/write-off.txt"),
    include_str!("../../../../proto/note/tests/suite/texts/listing.txt"),
    include_str!("../../../../proto/note/tests/suite/texts/attestation.txt"),
    include_str!("../../../../proto/note/tests/suite/texts/fill.txt"),
    include_str!("../../../../proto/note/tests/suite/texts/recovery.txt"),
];
const NAMES: [&str; 3] = ["desk.example/one", "desk.example/two", "desk.example/three"];

fn seed(number: usize) -> Seed {
    Seed::new([u8::try_from(number).unwrap() + 1; 32])
}

fn keys() -> Vec<VerifierKey> {
    let keys = NAMES.iter().enumerate();
    keys.map(|(number, name)| VerifierKey::new(name, PublicKey::of_seed(&seed(number))).unwrap())
        .collect()
}

fn ours(text: &str, signers: usize) -> Vec<u8> {
    let mut envelope = note::Envelope::new(text).unwrap();
    for (number, name) in NAMES.iter().enumerate().take(signers) {
        envelope.sign(name, &seed(number)).unwrap();
    }
    envelope.to_string().into_bytes()
}

fn theirs(keys: &[VerifierKey]) -> VerifierList {
    let each = keys.iter().map(|key| {
        let verifier = StandardVerifier::new(&key.to_string()).unwrap();
        Box::new(verifier) as Box<dyn Verifier>
    });
    VerifierList::new(each.collect())
}

/// The text and the names whose signatures they verified.
fn read(bytes: &[u8], keys: &[VerifierKey]) -> Result<(String, BTreeSet<String>), NoteError> {
    let note = Note::from_bytes(bytes)?;
    let (verified, _) = note.verify(&theirs(keys))?;
    let names = verified.iter().map(|by| by.name().to_owned()).collect();
    Ok((String::from_utf8(note.text().to_vec()).unwrap(), names))
}

#[test]
fn what_we_sign_verifies_under_an_independent_implementation() {
    let keys = keys();
    for text in TEXTS {
        for signers in 1..=3 {
            let (read, names) = read(&ours(text, signers), &keys).unwrap();
            assert_eq!(read, text);
            assert_eq!(names.len(), signers);
        }
        // Two keys known of three: the third is nobody, and no harm.
        let (_, names) = read(&ours(text, 3), &keys[..2]).unwrap();
        assert_eq!(names.len(), 2);
        assert!(read(&ours(text, 1), &keys[1..]).is_err());
    }
}

#[test]
fn what_an_independent_implementation_signs_verifies_under_ours() {
    let key = &keys()[0];
    let id = key.to_string().split('+').nth(1).unwrap().to_owned();
    // 0x01, then 32 times 0x01: base64 of the first signer's seed.
    let signer = format!("PRIVATE+KEY+{}+{id}+{}", NAMES[0], "AQEB".repeat(11));
    let signer = StandardSigner::new(&signer).unwrap();
    for text in TEXTS {
        let mut note = Note::new(text.as_bytes(), &[]).unwrap();
        note.add_sigs(&[&signer]).unwrap();
        assert_eq!(note.to_bytes(), ours(text, 1), "the same bytes");
        let verified = note::verify(&note.to_bytes(), &keys()).unwrap();
        assert_eq!(verified.text(), text);
        assert_eq!(verified.signed_by().len(), 1);
    }
}

#[test]
fn what_ours_takes_of_a_bent_note_theirs_takes_alike() {
    let keys = keys();
    let good = ours(TEXTS[5], 2);
    let (mut taken, mut refused) = (0, 0);
    for spot in (0..good.len()).step_by(2) {
        for byte in [b'\n', b' ', b'A', b'0', good[spot] ^ 1, 0xe2] {
            for bent in [
                [&good[..spot], &[byte][..], &good[spot + 1..]].concat(),
                [&good[..spot], &[byte][..], &good[spot..]].concat(),
                [&good[..spot], &good[spot + 1..]].concat(),
            ] {
                let Ok(verified) = note::verify(&bent, &keys) else {
                    refused += 1;
                    continue;
                };
                taken += 1;
                let (text, names) = read(&bent, &keys).unwrap();
                assert_eq!(text, verified.text());
                assert_eq!(names.len(), verified.signed_by().len());
            }
        }
    }
    assert!(taken > 0 && refused > 1_000, "{taken} taken, {refused} refused");
}
