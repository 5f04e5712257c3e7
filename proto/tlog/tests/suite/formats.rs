//! Checkpoints, cosignatures and what a witness is asked, as others write them.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use note::{PublicKey, Seed, VerifierKey, WitnessKey};
use tlog::{
    AddCheckpoint, Checkpoint, Cosignature, EMPTY_ROOT, Hash, Head, PROOF_HASHES_MAX, Value,
    cosigned_message, record,
};

use crate::kit::hash;

// Made with Python's `cryptography` from the seeds 01.. and 02..
const LOG: &str = "example.com/journal-1+3f2651d4+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";
const WITNESS: &str = "example.com/witness-1+b86443cb+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";
const TEXT: &str = "example.com/journal-1\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n";
const BY_LOG: &str = "\u{2014} example.com/journal-1 \
    PyZR1M7QaiX+MtRItgT8RQk3edyLs9twicj8J7Dfx7gIlmIr9ZaHmPD9MqP7brDOe5rCfYznLmiuzMuxsj1yxjwlygg=";
const BY_WITNESS: &str = "\u{2014} example.com/witness-1 \
    uGRDywAAAABq/YbA6HeH8xVSAH3SQnLM1kYV7AMhCVaD3lLQA12SfFxWP/oDgP2hjXSK4cvrZmyKrmRIMglRBav+x3J7bm0/8Qw0Ag==";
const TIME_S: u64 = 1_795_000_000;

fn log() -> VerifierKey {
    VerifierKey::parse(LOG).unwrap()
}

fn witness() -> WitnessKey {
    WitnessKey::parse(WITNESS).unwrap()
}

/// What a signature line encodes: id, time and signature.
fn raw(line: &str) -> Vec<u8> {
    STANDARD.decode(line.rsplit(' ').next().unwrap()).unwrap()
}

fn signature(line: &str) -> [u8; 64] {
    raw(line)[12..].try_into().unwrap()
}

fn note() -> String {
    format!("{TEXT}\n{BY_LOG}\n{BY_WITNESS}\n")
}

#[test]
fn a_checkpoint_of_another_implementation_opens() {
    let checkpoint = Checkpoint::open(note().as_bytes(), &log())
        .unwrap()
        .unwrap();
    let head = Head {
        origin: "example.com/journal-1".to_owned(),
        size: 8,
        root: hash("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    };
    assert_eq!(checkpoint.head(), &head);
    assert_eq!(head.text(), TEXT);
    assert_eq!(checkpoint.text(), TEXT);
}

#[test]
fn a_checkpoint_that_its_log_did_not_sign_stays_closed() {
    let other = VerifierKey::new("example.com/journal-1", witness().public()).unwrap();
    assert!(Checkpoint::open(note().as_bytes(), &other).is_err());
    let edited = note().replacen("\n8\n", "\n9\n", 1);
    assert!(Checkpoint::open(edited.as_bytes(), &log()).is_err());
}

#[test]
fn a_head_has_one_spelling() {
    assert!(Head::parse(TEXT).is_some());
    let extended = format!("{TEXT}more\n");
    assert_eq!(
        Head::parse(&extended),
        Head::parse(TEXT),
        "an extension says nothing"
    );
    for bad in [
        "",
        "\n",
        "a\n8\n",
        &TEXT.replacen("\n8\n", "\n08\n", 1),
        &TEXT.replacen("\n8\n", "\n+8\n", 1),
        &TEXT.replacen("\n8\n", "\n-8\n", 1),
        &TEXT.replacen("\n8\n", "\n18446744073709551616\n", 1),
        &TEXT.replacen("=\n", "\n", 1),
        &TEXT.replacen("/RgQyg", "_RgQyg", 1),
        &TEXT.replacen("example.com/journal-1", "", 1),
        TEXT.trim_end(),
        &format!("{TEXT}\nmore\n"),
    ] {
        assert_eq!(Head::parse(bad), None, "{bad:?}");
    }
}

#[test]
fn a_cosignature_of_another_implementation_is_read() {
    let read = Cosignature::read(BY_WITNESS, TEXT, &[witness()]).unwrap();
    assert_eq!((read.by(), read.time_s()), (witness().public(), TIME_S));
    // The example of the specification itself, as far as it can be read
    // without its witness's key: eight bytes of time behind the key's id.
    let message = cosigned_message(1_679_315_147, "example.com/behind-the-sofa\n");
    assert!(message.starts_with("cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n"));
}

#[test]
fn a_cosignature_line_is_written_as_another_implementation_does() {
    let line = Cosignature::line(&witness(), TIME_S, &signature(BY_WITNESS));
    assert_eq!(line, format!("{BY_WITNESS}\n"));
}

#[test]
fn a_cosignature_of_another_time_text_key_or_name_is_none() {
    let keys = [witness()];
    assert!(Cosignature::read(BY_WITNESS, &TEXT.replace("\n8\n", "\n9\n"), &keys).is_none());
    // A later time, with the signature of the earlier one.
    let (mut raw, signature) = (raw(BY_WITNESS), signature(BY_WITNESS));
    raw[11] ^= 1;
    let later = format!("\u{2014} example.com/witness-1 {}", STANDARD.encode(&raw));
    assert!(raw.ends_with(&signature) && later.len() == BY_WITNESS.len());
    assert!(Cosignature::read(&later, TEXT, &keys).is_none());
    let renamed = BY_WITNESS.replacen("witness-1", "witness-2", 1);
    assert!(Cosignature::read(&renamed, TEXT, &keys).is_none());
    let stranger = PublicKey::of_seed(&Seed::new([3; 32]));
    let stranger = WitnessKey::new("example.com/witness-1", stranger).unwrap();
    assert!(Cosignature::read(BY_WITNESS, TEXT, &[stranger]).is_none());
    assert!(Cosignature::read(BY_WITNESS, TEXT, &[]).is_none());
    // The log's own line over the same text is no cosignature.
    let as_witness = WitnessKey::new(log().name(), log().public()).unwrap();
    assert!(Cosignature::read(BY_LOG, TEXT, &[as_witness]).is_none());
    for cut in [4, 20, 60] {
        let short = BY_WITNESS.get(..BY_WITNESS.len() - cut).unwrap();
        assert!(Cosignature::read(short, TEXT, &keys).is_none());
    }
}

#[test]
fn the_body_of_a_question_to_a_witness_has_one_spelling() {
    let example = format!(
        "old 20852014\n\
         PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
         jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\n{}",
        note()
    );
    let parsed = AddCheckpoint::parse(example.as_bytes()).unwrap();
    assert_eq!((parsed.old, parsed.proof.len()), (20_852_014, 2));
    assert_eq!(parsed.note, note());
    assert_eq!(parsed.body(), example);
    let first = AddCheckpoint::parse(format!("old 0\n\n{}", note()).as_bytes()).unwrap();
    assert_eq!((first.old, first.proof.len()), (0, 0));
    for bad in [
        "",
        "old 1",
        "old 01\n\nx",
        "old -1\n\nx",
        "Old 1\n\nx",
        "old 1\nAA==\n\nx",
    ] {
        assert_eq!(AddCheckpoint::parse(bad.as_bytes()), None, "{bad:?}");
    }
}

#[test]
fn a_proof_of_sixty_four_hashes_is_too_long() {
    let body = |count: usize| {
        let line = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n";
        format!("old 1\n{}\n{}", line.repeat(count), note())
    };
    assert!(AddCheckpoint::parse(body(PROOF_HASHES_MAX).as_bytes()).is_some());
    assert!(AddCheckpoint::parse(body(PROOF_HASHES_MAX + 1).as_bytes()).is_none());
}

#[test]
fn rows_that_differ_are_spelled_differently() {
    use tlog::Value::{Blob, Integer, Null, Text};
    let birth = EMPTY_ROOT;
    let rows: [&[Value<'_>]; 10] = [
        &[],
        &[Null],
        &[Null, Null],
        &[Integer(0)],
        &[Integer(-1)],
        &[Text(b"")],
        &[Blob(b"")],
        &[Text(b"ab"), Text(b"c")],
        &[Text(b"a"), Text(b"bc")],
        &[Text(b"abc")],
    ];
    let spelled: BTreeSet<Vec<u8>> = rows.map(|row| record(&birth, row.iter().copied())).into();
    assert_eq!(spelled.len(), rows.len());
    let other = record(&Hash([0; 32]), [Null]);
    assert!(!spelled.contains(&other), "another journal's row");
    let one = record(&birth, [Null, Integer(258), Text(b"ab"), Blob(&[9])]);
    let mut expected = b"countersign/leaf/v1\n".to_vec();
    expected.extend_from_slice(&birth.0);
    expected.push(0);
    expected.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 1, 2]);
    expected.extend_from_slice(&[2, 0, 0, 0, 0, 0, 0, 0, 2, b'a', b'b']);
    expected.extend_from_slice(&[3, 0, 0, 0, 0, 0, 0, 0, 1, 9]);
    assert_eq!(one, expected);
}
