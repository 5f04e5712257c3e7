//! A quorum signs in turn, is counted by key, and its note is carried whole.

use std::fs;

use note::{PublicKey, Seed, VerifierKey};

use crate::kit::Temperament;
use crate::notes::{desk, draft, keygen, sign};

#[test]
fn a_quorum_signs_in_turn_and_is_counted() {
    let (desk, one) = desk();
    let two = keygen(&desk, "desk/two");
    let three = keygen(&desk, "desk/three");
    let keys = [
        "--threshold",
        "2",
        "--key",
        &one,
        "--key",
        &two,
        "--key",
        &three,
    ];
    let set = draft(
        &desk,
        &[&["keyset", "--status", "status"], &keys[..]].concat(),
    )
    .done();
    desk.write("keyset.note", &set.out, 0o644);
    let verify = |more: &[&str]| desk.run(&[&["note", "verify", "keyset.note"], more].concat());

    verify(&["--keyset", "keyset.note"]).refused("NOTE_NO_SIGNATURES");
    // Over itself: the draft becomes the note.
    sign(&desk, "desk/one", "keyset.note", "keyset.note").done();
    sign(&desk, "desk/one", "keyset.note", "keyset.note").done();
    verify(&["--keyset", "keyset.note"]).refused("NOTE_TOO_FEW_SIGNATURES");
    verify(&["--keys", &one]).done();
    verify(&["--keys", &three]).refused("NOTE_NO_KNOWN_KEY");
    sign(&desk, "desk/two", "keyset.note", "keyset.note").done();
    let ran = verify(&["--keyset", "keyset.note"]).done();
    assert!(
        ran.out
            .contains("signed 2\nthreshold 2\nsigned_by desk/one desk/two\n"),
        "{ran:?}"
    );
    let said = verify(&["--keyset", "keyset.note", "--json"]).done().json();
    assert_eq!(said["signed"], "2");
    assert_eq!(said["kind"], "countersign/keyset/v1");

    verify(&["--keys", &one, &two]).refused("THRESHOLD");
    verify(&["--keys", &one, &two, "--threshold", "2"]).done();
    verify(&["--keys", &one, &one, "--threshold", "2"]).refused("THRESHOLD");
    verify(&["--keys", &one, &two, &three, "--threshold", "3"]).refused("NOTE_TOO_FEW_SIGNATURES");
    verify(&["--keys", &one, "--threshold", "0"]).refused("THRESHOLD");

    let said = desk
        .run(&["note", "show", "keyset.note", "--json"])
        .done()
        .json();
    assert_eq!(said["signatures_not_checked"].as_array().unwrap().len(), 2);
    assert_eq!(said["signatures_not_checked"][0]["name"], "desk/one");
    assert!(
        said["says"][0]
            .as_str()
            .unwrap()
            .contains("any 2 of these 3 keys")
    );

    let text = String::from_utf8(desk.read("keyset.note")).unwrap();
    desk.write(
        "keyset.note",
        text.replace("threshold 2", "threshold 1"),
        0o644,
    );
    verify(&["--keys", &one]).refused("NOTE_BAD_SIGNATURE");
}

#[test]
fn what_does_not_parse_is_not_signed() {
    let (desk, _) = desk();
    desk.write("a.draft", "countersign/transfer/v1\nall yes\n", 0o644);
    sign(&desk, "desk/one", "a.note", "a.draft").refused("NOTE_KIND");
    desk.write("a.draft", "no newline", 0o644);
    sign(&desk, "desk/one", "a.note", "a.draft").refused("NOTE_NO_FINAL_NEWLINE");
    let alive = draft(&desk, &["alive", "--status", "status"]).done();
    desk.write("a.draft", alive.out, 0o644);
    sign(&desk, "desk one", "a.note", "a.draft").refused("FILE");
    // Only the draft itself may be written over.
    desk.write("mine.txt", "mine", 0o644);
    sign(&desk, "desk/one", "mine.txt", "a.draft").refused("FILE");
    assert_eq!(desk.read("mine.txt"), b"mine");
    desk.write("loose.seed", [1; 32], 0o644);
    sign(&desk, "loose", "a.note", "a.draft").refused("FILE");
    assert!(!desk.path("a.note").exists());
}

#[test]
fn a_key_is_made_once_and_for_its_owner() {
    let (desk, key) = desk();
    assert_eq!(desk.mode("desk-one.seed"), 0o400);
    let seed: [u8; 32] = desk.read("desk-one.seed").try_into().unwrap();
    let public = PublicKey::of_seed(&Seed::new(seed));
    assert_eq!(
        VerifierKey::new("desk/one", public).unwrap().to_string(),
        key
    );
    let keygen = [
        "note",
        "keygen",
        "--out",
        "desk-one.seed",
        "--name",
        "desk/one",
    ];
    desk.run(&keygen).refused("FILE");
    assert_eq!(desk.read("desk-one.seed"), seed);
    let ran = desk
        .run(&["note", "keygen", "--out", "b.seed", "--name", "a b"])
        .refused("NOTE_KEY_NAME");
    assert!(!desk.path("b.seed").exists(), "{ran:?}");
    let json = ["note", "keygen", "--out", "c.seed", "--name", "c", "--json"];
    let said = desk.run(&json).done().json();
    assert!(said["key"].as_str().unwrap().starts_with("c+"));
}

#[test]
fn a_note_is_carried_byte_for_byte() {
    let (desk, _) = desk();
    let alive = draft(&desk, &["alive", "--status", "status"]).done();
    desk.write("a.draft", alive.out, 0o644);
    desk.run(&["note", "apply", "a.draft"])
        .refused("NOTE_NO_SIGNATURES");
    sign(&desk, "desk/one", "a.note", "a.draft").done();
    for (verb, byte) in [("apply", 4), ("found", 5)] {
        let signer = desk.signer(Temperament::Obliging("in force, leaf 7\n".to_owned()));
        let ran = desk.run(&["note", verb, "a.note"]).done();
        assert_eq!(ran.out, "in force, leaf 7\n");
        let asked = signer.join().unwrap();
        assert_eq!(
            asked,
            [&[byte][..], &fs::read(desk.path("a.note")).unwrap()].concat()
        );
    }
    let signer = desk.signer(Temperament::Refusing(
        "NOTE_OLD_SERIAL serial: 9 was used already; number it higher",
    ));
    desk.run(&["note", "apply", "a.note"])
        .refused("NOTE_OLD_SERIAL");
    signer.join().unwrap();
}

/// What the runbook has an operator carry after a witness was shown a head by hand.
#[test]
fn a_head_that_witnesses_cosigned_is_carried_as_a_note_is() {
    let (desk, _) = desk();
    let root = "4ffB1zhuRHvuQCiOK/v8Sd3VXFRlZkVJ+lQbbw7nITk=";
    let journal = "6f".repeat(16);
    let head = format!(
        "countersign/journal/{journal}\n22\n{root}\n\n\u{2014} desk fbgBNRYRHWg=\n\u{2014} \
         example.com/witness-3 kBg4dAAAAABrAih/\n"
    );
    desk.write("cosigned", &head, 0o644);
    let signer = desk.signer(Temperament::Obliging("kind cosigned\n".to_owned()));
    let ran = desk.run(&["note", "apply", "cosigned"]).done();
    assert_eq!(ran.out, "kind cosigned\n");
    let asked = signer.join().unwrap();
    assert_eq!(asked, [&[4][..], head.as_bytes()].concat());
    // Neither a head without its lines nor another text is.
    let text = head.split_once("\n\n").unwrap().0.to_owned() + "\n";
    desk.write("bare", text, 0o644);
    desk.run(&["note", "apply", "bare"])
        .refused("NOTE_NO_SIGNATURES");
    desk.write("other", head.replace("\n22\n", "\n022\n"), 0o644);
    desk.run(&["note", "apply", "other"]).refused("NOTE_KIND");
}

#[test]
fn a_key_set_that_is_applied_before_there_is_one_is_told_the_other_verb() {
    let (desk, key) = desk();
    let args = [
        "keyset",
        "--threshold",
        "1",
        "--key",
        &key,
        "--status",
        "status",
    ];
    desk.write("a.draft", draft(&desk, &args).done().out, 0o644);
    sign(&desk, "desk/one", "a.note", "a.draft").done();
    let signer = desk.signer(Temperament::Refusing(
        "NOTE_NO_KEY_SET signatures: there is no key set yet; apply the first one",
    ));
    let ran = desk
        .run(&["note", "apply", "a.note"])
        .refused("NOTE_NO_KEY_SET");
    signer.join().unwrap();
    assert_eq!(
        ran.err,
        "NOTE_NO_KEY_SET signatures: there is no key set yet; signerctl note found a.note\n"
    );
}

#[test]
fn a_note_that_is_applied_before_the_key_set_is_told_what_comes_first() {
    let (desk, _) = desk();
    let alive = draft(&desk, &["alive", "--status", "status"]).done();
    desk.write("a.draft", alive.out, 0o644);
    sign(&desk, "desk/one", "a.note", "a.draft").done();
    let unknown = "NOTE_NO_KNOWN_KEY no known key signed this note; sign with a key of the role";
    let says = |status| {
        let answers = [Temperament::Refusing(unknown), status];
        let signer = desk.signer_of(answers);
        let ran = desk
            .run(&["note", "apply", "a.note"])
            .refused("NOTE_NO_KNOWN_KEY");
        let [note, status] = signer.join().unwrap().try_into().unwrap();
        assert_eq!((note[0], &status[..]), (4, &[1][..]));
        ran.err
    };
    let unfounded = "state LOCKED\nwhy no key set. signerctl note found KEYSET.note\n";
    assert_eq!(
        says(Temperament::Obliging(unfounded.to_owned())),
        "NOTE_NO_KNOWN_KEY signatures: there is no key set yet, so no key is known; \
         signerctl note found KEYSET.note first, then apply this again\n"
    );
    // Where there is one, or nobody knows, it is the signer's own word.
    let founded = "state LOCKED\nkeyset_version 1\n".to_owned();
    let as_refused = format!("{unknown}\n");
    assert_eq!(says(Temperament::Obliging(founded)), as_refused);
    assert_eq!(says(Temperament::Garbage(vec![9; 9])), as_refused);
}

#[test]
fn a_key_that_the_key_set_does_not_list_under_its_name_does_not_sign() {
    let (desk, one) = desk();
    let two = keygen(&desk, "desk/two");
    let keyset = |args: &[&str], file: &str| {
        let args = [&["keyset", "--threshold", "1"], args].concat();
        desk.write(file, draft(&desk, &args).done().out, 0o644);
    };
    keyset(&["--key", &one, "--status", "status"], "a.draft");
    let as_other = [
        "note",
        "sign",
        "--key",
        "desk-two.seed",
        "--name",
        "desk/one",
    ];
    let run = |more: &[&str]| desk.run(&[&as_other, more].concat());
    let ran = run(&["a.draft"]).refused("NOTE_KEY");
    assert!(
        ran.err
            .contains("with this key is in no line of the key set: desk/one+"),
        "{ran:?}"
    );
    let renamed = [
        "note",
        "sign",
        "--key",
        "desk-one.seed",
        "--name",
        "desk/uno",
    ];
    let ran = desk
        .run(&[&renamed[..], &["a.draft"]].concat())
        .refused("NOTE_KEY");
    assert!(
        ran.err
            .contains("what the key set calls this key: desk/one"),
        "{ran:?}"
    );
    sign(&desk, "desk/one", "a.note", "a.draft").done();

    // Any note, where the key set is given.
    let alive = draft(&desk, &["alive", "--status", "status"]).done();
    desk.write("alive.draft", alive.out, 0o644);
    run(&["--keyset", "a.note", "alive.draft"]).refused("NOTE_KEY");
    run(&["alive.draft"]).done();

    // A later one is for the keys before it to sign too: only a word.
    keyset(&["--key", &two, "--renew", "a.note"], "b.draft");
    let ran = sign(&desk, "desk/one", "b.note", "b.draft").done();
    assert!(ran.err.contains("in no line of the key set"), "{ran:?}");
    let ran = sign(&desk, "desk/two", "c.note", "b.draft").done();
    assert!(!ran.err.contains("in no line"), "{ran:?}");
}
