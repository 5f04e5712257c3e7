//! What is said when nothing, or something wrong, is asked.

use crate::kit::Desk;

const VERBS: [&[&str]; 53] = [
    &[],
    &["init"],
    &["import"],
    &["rewrap"],
    &["unlock"],
    &["lock"],
    &["status"],
    &["freeze"],
    &["clock"],
    &["clock", "accept"],
    &["caller"],
    &["caller", "add"],
    &["caller", "remove"],
    &["caller", "list"],
    &["note"],
    &["note", "new"],
    &["note", "new", "policy"],
    &["note", "new", "keyset"],
    &["note", "new", "cancel"],
    &["note", "new", "dial"],
    &["note", "new", "ticket"],
    &["note", "new", "alive"],
    &["note", "new", "declare"],
    &["note", "new", "unfreeze"],
    &["note", "new", "write-off"],
    &["note", "keygen"],
    &["note", "sign"],
    &["note", "show"],
    &["note", "verify"],
    &["note", "apply"],
    &["unfreeze"],
    &["export"],
    &["export", "request"],
    &["export", "status"],
    &["export", "cancel"],
    &["export", "complete"],
    &["clob-auth"],
    &["note", "new", "export"],
    &["log"],
    &["rotate"],
    &["rotate", "swap"],
    &["rotate", "status"],
    &["rotate", "delete"],
    &["audit"],
    &["audit", "verify"],
    &["audit", "prove"],
    &["audit", "ask"],
    &["audit", "export"],
    &["backup"],
    &["pin"],
    &["note", "found"],
    &["note", "simulate"],
    &["note", "new", "recovery"],
];

#[test]
fn nothing_asked_is_help_and_a_wrong_question() {
    let desk = Desk::new();
    for group in [
        &[][..],
        &["clock"],
        &["caller"],
        &["note"],
        &["note", "new"],
    ] {
        let ran = desk.run(group);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("Usage: signerctl"), "{ran:?}");
    }
}

#[test]
fn every_verb_has_help_with_an_example() {
    let desk = Desk::new();
    for verb in VERBS {
        let ran = desk.run(&[verb, &["--help"]].concat()).done();
        assert!(ran.out.contains("Usage: signerctl"), "{verb:?}");
        let group = ran.out.contains("<COMMAND>");
        assert!(
            group || ran.out.contains("Example"),
            "{verb:?}: {}",
            ran.out
        );
        assert_eq!(ran.err, "", "{verb:?}");
    }
    // Its verbs are steps of one thing, so it shows them together.
    let rotate = desk.run(&["rotate", "--help"]).done().out;
    let steps = rotate.split_once("Example:\n").unwrap().1;
    for step in ["swap", "status", "delete"] {
        let begins = format!("  signerctl rotate {step} --");
        assert!(steps.contains(&begins), "{step}: {steps}");
    }
}

#[test]
fn exit_codes_are_done_refused_and_asked_wrongly() {
    let desk = Desk::new();
    assert!(
        desk.run(&["--help"])
            .done()
            .out
            .contains("0 done, 1 refused or failed, 2 asked wrongly")
    );
    assert_eq!(desk.run(&["status"]).code, 1);
    for wrong in [
        &["stats"][..],
        &["status", "--jsno"],
        &["freeze"],
        &["status", "--timeout", "0"],
    ] {
        let ran = desk.run(wrong);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert_eq!(ran.out, "");
    }
}

#[test]
fn init_makes_a_journal_once() {
    let desk = Desk::new();
    let init = ["init", "--journal", "journal.db"];
    desk.run(&init).done();
    desk.run(&init).refused("JOURNAL");
    desk.write("key.hex", "01".repeat(32), 0o400);
    let import = [
        "import",
        "--journal",
        "journal.db",
        "--out",
        "key.sealed",
        "--raw-fd",
        "4",
        "--credential-out",
        "sealing.key",
        "--yes-i-have-an-offline-copy",
    ];
    desk.run_with("4<key.hex", &import).done();
    assert_eq!(
        desk.names(),
        ["journal.db", "key.hex", "key.sealed", "sealing.key"]
    );
}
