//! Each kind of note is drafted by the real binary and read by the `note` crate.

use std::collections::BTreeSet;
use std::fs;

use note::{Body, JournalId, Kind, NoteHash, VerifierKey, verify};

use crate::kit::{Desk, JOURNAL_ID, Ran, Temperament};

const TOKEN: &str = "71321045679252212594626385532706912750332728571942532289631379312455583992563";
const LEADER: &str = "0x52908400098527886E0F7030069857D2E4169EE7";
const WALLET: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const HASH: &str = "0x6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";
const STATUS: &str = "state FROZEN\njournal_id 6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f\npolicy_version 3\n\
    dial_serial 4\nalive_serial 8\ndeclare_serial 0\nfrozen_leaf 81204\n\
    pending_version 4\npending_hash 0x6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b\n";

/// Makes a key and says its verifier text.
pub(crate) fn keygen(desk: &Desk, name: &str) -> String {
    let seed = format!("{}.seed", name.replace('/', "-"));
    let ran = desk
        .run(&["note", "keygen", "--out", &seed, "--name", name])
        .done();
    ran.out.trim_end().to_owned()
}

/// A desk with one key, and the status of a signer in a file.
pub(crate) fn desk() -> (Desk, String) {
    let desk = Desk::new();
    desk.write("status", STATUS, 0o644);
    let key = keygen(&desk, "desk/one");
    (desk, key)
}

/// Every kind, as it is drafted.
fn drafts<'a>(key: &'a str) -> Vec<(Kind, Vec<&'a str>)> {
    let status = ["--status", "status"];
    let with = |args: &[&'a str]| [args, &status[..]].concat();
    vec![
        (
            Kind::Policy,
            [
                &words("policy --mode paper --address WALLET --leader LEADER --operator")[..],
                &[key],
                &status,
            ]
            .concat(),
        ),
        (
            Kind::KeySet,
            with(&["keyset", "--threshold", "1", "--key", key]),
        ),
        (Kind::Cancel, with(&["cancel"])),
        (
            Kind::Dial,
            with(&["dial", "--day", "2000", "--token-floor", FLOOR]),
        ),
        (
            Kind::Ticket,
            with(&[
                "ticket", "--token", TOKEN, "--shares", "120", "--price", "0.15",
            ]),
        ),
        (Kind::Alive, with(&["alive", "--hours", "24"])),
        (
            Kind::Declare,
            with(&["declare", "--complete", "--holding", "3=40.5"]),
        ),
        (Kind::Unfreeze, with(&["unfreeze"])),
        (Kind::WriteOff, with(&["write-off", "--order", WRITE_OFF])),
        (
            Kind::Listing,
            with(&words(
                "listing --condition HASH --yes 3 --no 4 --tick 0.01 --end 2030-12-31T00:00:00Z",
            )),
        ),
        (
            Kind::Attestation,
            with(&words(
                "attestation --chain 80002 --exchange v2 --transaction HASH --log-index 7 \
                 --order HASH --leader LEADER --token 3 --side SELL --price 0.41 --size 1000 \
                 --matched 2026-01-01T00:00:00Z",
            )),
        ),
        (Kind::Fill, with(&["fill", "--filled", FILLED])),
        (
            Kind::Recovery,
            with(&["recovery", "--lifetime-usdc", "1234.5"]),
        ),
        (
            Kind::Export,
            with(&["export", "--leaf", "7", "--to", "terminal"]),
        ),
    ]
}

/// A command line, with names in place of what is long.
fn words(line: &'static str) -> Vec<&'static str> {
    line.split(' ')
        .map(|word| match word {
            "HASH" => HASH,
            "LEADER" => LEADER,
            "WALLET" => WALLET,
            word => word,
        })
        .collect()
}

const FILLED: &str =
    "0x6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b=3:8.2:20.5";

const FLOOR: &str =
    "71321045679252212594626385532706912750332728571942532289631379312455583992563=0.22";

const WRITE_OFF: &str =
    "0x6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b=funds-gone";

pub(crate) fn draft(desk: &Desk, args: &[&str]) -> Ran {
    desk.run(&[&["note", "new"], args].concat())
}

pub(crate) fn sign(desk: &Desk, name: &str, out: &str, file: &str) -> Ran {
    let seed = format!("{}.seed", name.replace('/', "-"));
    desk.run(&[
        "note", "sign", "--key", &seed, "--name", name, "--out", out, file,
    ])
}

#[test]
fn every_kind_is_drafted_signed_and_verified() {
    let (desk, key) = desk();
    let drafts = drafts(&key);
    assert_eq!(drafts.len(), Kind::ALL.len());
    for (kind, args) in drafts {
        let ran = draft(&desk, &args).done();
        assert!(
            ran.err.contains("signed by: ") && ran.err.contains("next: signerctl note sign"),
            "{ran:?}"
        );
        let body = Body::parse(&ran.out).unwrap_or_else(|e| panic!("{e}: {ran:?}"));
        assert_eq!(body.kind(), kind);
        assert_eq!(body.print(), ran.out);
        assert_eq!(body.journal(), JournalId(JOURNAL_ID));

        desk.write("a.draft", &ran.out, 0o644);
        let shown = desk.run(&["note", "show", "a.draft"]).done();
        assert!(shown.out.ends_with("no signature yet\n"), "{shown:?}");
        let signed = sign(&desk, "desk/one", "a.note", "a.draft").done();
        assert_eq!(signed.out, "");
        assert!(
            signed.err.contains(&format!("signed by {key}")),
            "{signed:?}"
        );
        let key = VerifierKey::parse(&key).unwrap();
        let verified = verify(&desk.read("a.note"), &[key]).unwrap();
        assert_eq!(verified.text(), ran.out);
        let shown = desk.run(&["note", "show", "a.note"]).done();
        assert!(
            shown.out.contains("signature line of desk/one ("),
            "{shown:?}"
        );
        assert!(shown.out.contains("not checked"), "{shown:?}");
        fs::remove_file(desk.path("a.note")).unwrap();
    }
}

#[test]
fn numbers_come_from_flags_first_and_then_from_the_status() {
    let (desk, _) = desk();
    let dial = draft(&desk, &["dial", "--day", "2000", "--status", "status"]).done();
    assert!(dial.out.contains("\npolicy 3\nserial 5\n"), "{dial:?}");
    let dial = draft(
        &desk,
        &[
            "dial", "--day", "2000", "--status", "status", "--serial", "9", "--policy", "2",
        ],
    )
    .done();
    assert!(dial.out.contains("\npolicy 2\nserial 9\n"), "{dial:?}");
    let all = [
        "alive",
        "--journal-id",
        "6f1c0000000000000000000000000001",
        "--policy",
        "1",
        "--serial",
        "1",
    ];
    let alive = draft(&desk, &all).done();
    let Body::Alive(alive) = Body::parse(&alive.out).unwrap() else {
        panic!("{alive:?}")
    };
    assert_eq!(alive.until.since(alive.window.not_before), 72 * 3_600);
    assert_eq!(
        alive.window.apply_before.since(alive.window.not_before),
        3_600
    );

    // Nothing tells it: the flag is named, and so is the way around it.
    let ran = draft(&desk, &["dial", "--day", "2000"]).refused("DRAFT");
    assert!(
        ran.err
            .starts_with("DRAFT --journal-id: is not given, and there is no status"),
        "{ran:?}"
    );
    desk.write(
        "status",
        "journal_id 6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f\npolicy_version x\nfrozen_leaf none\n",
        0o644,
    );
    let ran = draft(&desk, &["dial", "--day", "2000", "--status", "status"]).refused("DRAFT");
    assert!(
        ran.err
            .contains("--policy: is not given, and the status's policy_version"),
        "{ran:?}"
    );
    for (verb, line) in [
        (
            "unfreeze",
            "DRAFT --leaf: nothing is frozen; there is nothing to do\n",
        ),
        (
            "cancel",
            "DRAFT --hash: nothing is pending; there is nothing to do\n",
        ),
    ] {
        let ran = draft(&desk, &[verb, "--status", "status"]).refused("DRAFT");
        assert_eq!(ran.err, line);
    }
}

#[test]
fn unfreeze_asks_the_signer_which_leaf() {
    let desk = Desk::new();
    let signer = desk.signer(Temperament::Obliging(STATUS.to_owned()));
    let ran = desk.run(&["unfreeze"]).done();
    signer.join().unwrap();
    let Body::Unfreeze(unfreeze) = Body::parse(&ran.out).unwrap() else {
        panic!("{ran:?}")
    };
    assert_eq!(unfreeze.leaf, 81_204);
    assert!(ran.err.contains("the quorum's threshold"), "{ran:?}");
    assert!(ran.err.contains("next: signerctl note sign"), "{ran:?}");
}

#[test]
fn drafts_that_break_a_rule_are_not_printed() {
    let (desk, key) = desk();
    let status = ["--status", "status"];
    let run = |args: &[&str]| draft(&desk, &[args, &status].concat());
    run(&["dial"]).refused("DRAFT");
    run(&["ticket", "--token", "1", "--shares", "0", "--price", "0.1"]).refused("NOTE_RULE");
    run(&[
        "ticket",
        "--token",
        "1",
        "--shares",
        "1",
        "--price",
        "0.1",
        "--valid-minutes",
        "16",
    ])
    .refused("NOTE_RULE");
    run(&["alive", "--hours", "0"]).refused("NOTE_RULE");
    run(&["keyset", "--threshold", "2", "--key", &key]).refused("NOTE_RULE");
    run(&["keyset", "--threshold", "1", "--key", &key, "--key", &key]).refused("DRAFT");
    let policy = [
        "policy",
        "--mode",
        "paper",
        "--address",
        WALLET,
        "--operator",
        &key,
    ];
    for (set, code) in [
        ("day_usdc=1", "NOTE_RULE"),
        ("day_usdc=01500", "NOTE_SPELLING"),
        ("tick=0.01", "DRAFT"),
        ("day=1", "DRAFT"),
    ] {
        run(&[&policy[..], &["--set", set]].concat()).refused(code);
    }
    for wrong in [
        &["ticket", "--token", "x", "--shares", "1", "--price", "0.1"][..],
        &["ticket", "--token", "1", "--shares", "1", "--price", "1.1"],
        &["policy", "--mode", "paper", "--operator", &key],
        &[
            "policy",
            "--mode",
            "paper",
            "--operator",
            &key,
            "--address",
            "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        ],
        &["write-off"],
    ] {
        assert_eq!(run(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn a_renewed_policy_follows_the_one_it_was_made_from() {
    let (desk, key) = desk();
    let first = draft(
        &desk,
        &[
            "policy",
            "--status",
            "status",
            "--mode",
            "live",
            "--address",
            WALLET,
            "--operator",
            &key,
        ],
    )
    .done();
    desk.write("policy.draft", &first.out, 0o644);
    sign(&desk, "desk/one", "policy.note", "policy.draft").done();
    let next = draft(
        &desk,
        &[
            "policy",
            "--renew",
            "policy.note",
            "--set",
            "day_usdc=2000",
            "--leader",
            LEADER,
        ],
    )
    .done();
    let (Body::Policy(first), Body::Policy(next)) = (
        Body::parse(&first.out).unwrap(),
        Body::parse(&next.out).unwrap(),
    ) else {
        panic!("no policies")
    };
    assert_eq!(next.version, 2);
    assert_eq!(
        next.previous,
        NoteHash::of(&Body::Policy(first.clone()).print())
    );
    assert_eq!(next.budgets.day_usdc.get(), 2_000_000_000);
    assert_eq!(next.scope.leaders.len(), 1);
    assert_eq!(next.operators, first.operators);
    assert_eq!(next.expires.since(next.window.not_before), 90 * 86_400);

    assert_cancelled(&desk, next.previous);
    draft(
        &desk,
        &[
            "keyset",
            "--renew",
            "policy.note",
            "--threshold",
            "1",
            "--key",
            &key,
        ],
    )
    .refused("NOTE_KIND");
}

fn assert_cancelled(desk: &Desk, hash: NoteHash) {
    let cancel = draft(desk, &["cancel", "--pending", "policy.note"]).done();
    let Body::Cancel(cancel) = Body::parse(&cancel.out).unwrap() else {
        panic!("{cancel:?}")
    };
    assert_eq!((cancel.version, cancel.hash), (1, hash));
}

#[test]
fn words_of_the_operators_manual_work() {
    let (desk, _) = desk();
    for words in [
        &["dial", "--day", "2000"][..],
        &[
            "ticket", "--token", TOKEN, "--shares", "120", "--floor", "0.15",
        ],
        &["alive"],
    ] {
        draft(&desk, &[words, &["--status", "status"]].concat()).done();
    }
    let pending = draft(&desk, &["cancel", "--status", "status"]).done();
    assert!(
        pending.out.contains(&format!("version 4\nhash {HASH}\n")),
        "{pending:?}"
    );
}

#[test]
fn every_flag_of_a_dial_that_a_denial_offers_is_one() {
    let (desk, _) = desk();
    // The very text that names them, so that no new one is forgotten.
    let fixes = include_str!("../../../policy/src/fix.rs");
    let flags: BTreeSet<&str> = fixes
        .split(['"', ' '])
        .filter(|word| word.starts_with("--"))
        .filter(|flag| !["--token", "--shares", "--price", "--renew", "--leaf"].contains(flag))
        .collect();
    assert!(flags.len() >= 9, "{flags:?}");
    for flag in flags.into_iter().chain(["--shares"]) {
        draft(&desk, &["dial", flag, "5", "--status", "status"]).done();
    }
}
