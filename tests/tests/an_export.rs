//! The owner has the key exported: asked for with two factors, permitted by
//! quorum and notifier, and a day later handed out once, encrypted; and whatever
//! is missing, early, wrong or killed on the way hands out nothing.

use std::fs;
use std::sync::mpsc;

use frame::local::Verb;
use tests::age::{self, RECIPIENT};
use tests::authority::NoteKey;
use tests::bins::{self, Bins};
use tests::desk::Desk;
use tests::exports::Owner;
use tests::fused::{Death, Event, Fused};
use tests::process::PATIENCE;
use tests::shifted::Shifted;

const HOUR_S: i64 = 3_600;
const REQUEST: [&str; 3] = ["request", "--to", RECIPIENT];
const COMPLETE: [&str; 3] = ["complete", "--out", "key.age"];

/// A desk whose policy names a notifier.
fn desk() -> (Desk, NoteKey) {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::unfounded(Bins::debug(), &books);
    let notifier = NoteKey::new("notifier");
    let named = format!("5000\nextras 1\nnotifier {}", notifier.verifier());
    desk.found(&[("wallet_usdc_max", &named)]);
    (desk, notifier)
}

/// Quorum and notifier sign for the request that stands.
fn permit(owner: &Owner<'_>, notifier: &NoteKey) -> Result<String, String> {
    let quorum = &owner.desk.authority.quorum;
    owner
        .hand
        .say(&["export"], &[&quorum[0], &quorum[1], notifier])
}

/// The key in the file that was exported.
fn exported(desk: &Desk) -> Option<String> {
    let plain = age::open(&fs::read(desk.file("key.age")).ok()?)?;
    Some(
        String::from_utf8(plain)
            .expect("digits")
            .trim_end()
            .to_owned(),
    )
}

fn code_of(refused: Result<String, String>) -> String {
    let line = refused.expect_err("refused");
    line.split(' ').next().unwrap_or_default().to_owned()
}

/// M108, M110, M112, M114: two factors, a day by the slower clock over a
/// restart, one hand-out, and thirty days until the next request.
#[test]
fn a_key_is_exported_a_day_after_it_was_asked_for_and_once() {
    let (desk, notifier) = desk();
    let clock = Shifted::new(&desk.folder);
    let owner = Owner::enrol(&desk, &clock);
    let signer = owner.hand.start();
    assert_eq!(code_of(owner.export(&COMPLETE)), "EXPORT_NONE");
    let said = owner.export(&REQUEST).expect("asked for");
    assert!(
        said.contains(&format!("export_recipient {RECIPIENT}")),
        "{said}"
    );
    assert_eq!(code_of(owner.export(&REQUEST)), "EXPORT_OPEN");
    permit(&owner, &notifier).expect("permitted");
    assert_eq!(code_of(owner.export(&COMPLETE)), "EXPORT_WAITS");

    // A wall clock that is set ahead makes nothing ripe, accepted or not.
    clock.set_wall(26 * HOUR_S);
    owner.hand.status("export_leaf").expect("it stands");
    assert!(signer.stop().success());
    clock.set_wall(-26 * HOUR_S);
    let signer = owner.hand.start();
    owner.hand.run(&["clock", "accept"]);
    assert_eq!(code_of(owner.export(&COMPLETE)), "EXPORT_WAITS");

    owner.pass(23 * HOUR_S);
    assert_eq!(code_of(owner.export(&COMPLETE)), "EXPORT_WAITS");
    assert!(signer.stop().success());
    let signer = owner.hand.start();
    assert_eq!(
        owner.hand.status("export_permitted").as_deref(),
        Some("yes")
    );
    owner.pass(HOUR_S);
    owner.export(&COMPLETE).expect("released");
    assert_eq!(exported(&desk), Some(hex::encode(desk.key.bytes)));

    fs::remove_file(desk.file("key.age")).expect("ours");
    assert_eq!(code_of(owner.export(&COMPLETE)), "EXPORT_NONE", "once");
    assert_eq!(code_of(owner.export(&REQUEST)), "EXPORT_RECENT");
    owner.pass(30 * 24 * HOUR_S - HOUR_S);
    let refused = owner.export(&REQUEST).expect_err("29 days and 23 hours");
    assert!(
        refused.starts_with("EXPORT_RECENT the last was within 30 days"),
        "{refused}"
    );
    owner.pass(HOUR_S);
    owner.export(&REQUEST).expect("30 days");
    assert!(signer.stop().success());
}

/// M109: no key is exported without its second factor; each code is good once,
/// and three wrong ones in a day end the request.
#[test]
fn three_wrong_codes_cancel_and_a_used_one_is_none() {
    let (desk, notifier) = desk();
    let clock = Shifted::new(&desk.folder);
    let owner = Owner::enrol(&desk, &clock);
    let signer = owner.hand.start();
    owner.export(&REQUEST).expect("asked for");
    let used = owner.code();
    owner.hand.run(&["export", "cancel"]);
    let again = owner.with_code(&REQUEST, &used);
    assert_eq!(code_of(again), "EXPORT_CODE_USED");
    owner.pass(24 * HOUR_S);
    owner.export(&REQUEST).expect("asked for");
    permit(&owner, &notifier).expect("permitted");
    owner.pass(24 * HOUR_S);

    let wrong = |owner: &Owner<'_>| {
        let right = owner.code();
        let other = if right.starts_with('7') {
            "111111"
        } else {
            "777777"
        };
        owner.with_code(&COMPLETE, other).expect_err("wrong")
    };
    for left in ["2", "1"] {
        let line = wrong(&owner);
        assert!(line.starts_with("EXPORT_CODE code: "), "{line}");
        assert!(line.contains(&format!("{left} tries are left")), "{line}");
    }
    let line = wrong(&owner);
    assert!(line.contains("the request is cancelled"), "{line}");
    assert_eq!(owner.hand.status("export_leaf"), None);
    assert_eq!(code_of(owner.export(&REQUEST)), "EXPORT_TRIES");
    owner.pass(24 * HOUR_S);
    owner.export(&REQUEST).expect("the next day");
    assert!(signer.stop().success());

    // A key that was given none has none.
    let bare = Desk::standard();
    bare.write_credential("old.key");
    let signer = bare.start_locked();
    let ran = bare.signerctl(&[
        "export",
        "request",
        "--to",
        RECIPIENT,
        "--credential",
        "old.key",
    ]);
    assert!(ran.stderr.starts_with("EXPORT_NO_TOTP "), "{}", ran.stderr);
    assert!(signer.stop().success());
}

/// M111: without the notifier's word, or the quorum's, or with either for
/// another request or recipient, nothing is permitted.
#[test]
fn quorum_and_notifier_permit_the_one_request_that_they_name() {
    let (desk, notifier) = desk();
    let clock = Shifted::new(&desk.folder);
    let owner = Owner::enrol(&desk, &clock);
    let signer = owner.hand.start();
    owner.export(&REQUEST).expect("asked for");
    let leaf = owner.hand.status("export_leaf").expect("it stands");
    let [one, two, _] = &desk.authority.quorum;
    let few = "NOTE_TOO_FEW_SIGNATURES";
    let say = |args: &[&str], keys: &[&NoteKey]| code_of(owner.hand.say(args, keys));
    assert_eq!(say(&["export"], &[one, two]), few, "no receipt");
    assert_eq!(
        say(&["export"], &[one, &notifier]),
        few,
        "one of the quorum"
    );
    let stranger = NoteKey::new("stranger");
    let line = say(&["export"], &[one, two, &stranger]);
    assert_eq!(line, few, "another's receipt");
    let other = (leaf.parse::<u64>().expect("a number") + 1).to_string();
    let all = [one, two, &notifier];
    assert_eq!(say(&["export", "--leaf", &other], &all), "EXPORT_LEAF");
    assert_eq!(say(&["export", "--to", "terminal"], &all), "EXPORT_LEAF");
    owner.pass(24 * HOUR_S);
    assert_eq!(code_of(owner.export(&COMPLETE)), "EXPORT_NOT_PERMITTED");

    // A request that was cancelled is no other's.
    let late = owner.hand.draft(&["export"]);
    owner.hand.sign(&late, &all);
    owner.hand.run(&["export", "cancel"]);
    owner.export(&REQUEST).expect("asked for again");
    assert_eq!(code_of(owner.hand.apply(&late)), "EXPORT_LEAF");
    assert!(signer.stop().success());
    assert!(!desk.file("key.age").exists());
}

/// M113: the journal says of each step who, from where, on what host, when.
/// M115: there is no way to it but the operator's socket.
#[test]
fn each_step_is_a_leaf_that_names_who_and_from_where() {
    let (desk, _) = desk();
    let clock = Shifted::new(&desk.folder);
    let owner = Owner::enrol(&desk, &clock);
    let signer = owner.hand.start();
    owner.pass(60);
    let mut command = owner.command(&REQUEST, &owner.code());
    command.env("SSH_CONNECTION", "203.0.113.7 50022 10.0.0.2 22");
    assert_eq!(tests::process::run(command).code(), 0);
    owner.hand.run(&["export", "cancel"]);
    let bent = desk.ask(Verb::Export, b"release 7").expect_err("no step");
    assert!(bent.starts_with("EXPORT "), "{bent}");
    assert!(signer.stop().success());
    let log = desk.signerctl(&["log", "--journal", "journal.sqlite", "--json"]);
    let lines: Vec<serde_json::Value> = log
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|leaf: &serde_json::Value| leaf["entry"] == "export")
        .collect();
    let host = fs::read_to_string("/proc/sys/kernel/hostname").expect("Linux");
    let acts = ["try", &format!("request {RECIPIENT} "), "cancel"];
    assert_eq!(lines.len(), acts.len(), "{}", log.stdout);
    for (leaf, act) in lines.iter().zip(acts) {
        let words = leaf["reason"].as_str().expect("words");
        assert!(words.starts_with(act), "{words}");
        assert!(words.contains(" by uid "), "{words}");
        assert!(words.contains(" terminal /"), "{words}");
        assert!(
            words.ends_with(&format!(" host {}", host.trim())),
            "{words}"
        );
        assert!(
            leaf["at"].as_str().is_some_and(|at| at.ends_with('Z')),
            "{leaf}"
        );
    }
    let request = lines[1]["reason"].as_str().expect("words");
    assert!(request.contains(" from 203.0.113.7 "), "{request}");
    let schema = fs::read_to_string(bins::workspace().join("proto/signer/v1/signer.proto"));
    let schema = schema.expect("the schema").to_lowercase();
    assert!(!schema.contains("export"), "nothing of it on the wire");
}

/// Asks anew, so that only the release is left to do.
fn ripen(owner: &Owner<'_>, notifier: &NoteKey) {
    owner.pass(31 * 24 * HOUR_S);
    owner.export(&REQUEST).expect("asked for");
    permit(owner, notifier).expect("permitted");
    owner.pass(24 * HOUR_S);
}

/// One completion that dies before its effect `fuse`.
fn killed(owner: &Owner<'_>, fuse: u64) -> Death {
    // Three tries a day, of which a killed one is a wrong one.
    owner.pass(12 * HOUR_S + 60);
    let command = owner.command(&COMPLETE, &owner.code());
    let (tell, told) = mpsc::channel();
    let log = owner.desk.file("signerctl.log");
    let _running = Fused::start(command, &log, Some(fuse), (), tell);
    loop {
        match told.recv_timeout(PATIENCE).expect("it ends") {
            ((), Event::Ended(death)) => return death,
            ((), Event::Listening(_)) => {}
        }
    }
}

/// M112: killed before any effect, a completion leaves the whole file or none,
/// and none before the leaf that releases it; what was released is gone.
#[test]
fn a_completion_killed_anywhere_hands_out_once_at_most_and_never_unrecorded() {
    let (desk, notifier) = desk();
    let clock = Shifted::new(&desk.folder);
    let owner = Owner::enrol(&desk, &clock);
    let signer = owner.hand.start();
    ripen(&owner, &notifier);
    let (mut fuse, mut before, mut lost, mut whole) = (1, 0, 0, 0);
    loop {
        let death = killed(&owner, fuse);
        let released = owner.hand.status("export_leaf").is_none();
        match (released, desk.file("key.age").exists()) {
            (false, false) => before += 1,
            (true, false) => lost += 1,
            (true, true) => {
                assert_eq!(
                    exported(&desk),
                    Some(hex::encode(desk.key.bytes)),
                    "{death:?}"
                );
                fs::remove_file(desk.file("key.age")).expect("ours");
                whole += 1;
            }
            (false, true) => panic!("effect {fuse}: unrecorded"),
        }
        if released {
            assert_eq!(code_of(owner.export(&COMPLETE)), "EXPORT_NONE", "gone");
        }
        if death.code == Some(0) {
            break;
        }
        assert_eq!(death.code, None, "effect {fuse}: {death:?}");
        if released {
            ripen(&owner, &notifier);
        }
        fuse += 1;
    }
    let counts = format!("{before} before, {lost} lost, {whole} whole");
    assert!(before >= 4 && lost >= 2 && whole >= 2, "{counts}");
    println!("{counts}");
    assert!(signer.stop().success());
}
