//! At a terminal: secrets are asked for, typed twice, and never echoed.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use nix::pty::openpty;

use crate::kit::{BINARY, Desk, KEY, PASSPHRASE};

/// Runs an import at a terminal, answering each question as it comes; says
/// the exit code, what was printed on the terminal, and on standard error.
fn import(desk: &Desk, answers: &[(&str, &str)]) -> (i32, String, String) {
    let pty = openpty(None, None).unwrap();
    let mut terminal = File::from(pty.master);
    let mut child = Command::new(BINARY)
        .args(["import", "--journal", "journal.db", "--out", "key.sealed"])
        .args(["--raw-fd", "0", "--kdf-memory-mib", "64"])
        .current_dir(desk.0.path())
        .stdin(Stdio::from(pty.slave))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let mut told = String::new();
    for (question, answer) in answers {
        let mut heard = String::new();
        while !heard.ends_with(question) {
            let mut byte = [0];
            let read = stderr.read(&mut byte).unwrap();
            assert_eq!(read, 1, "{question} was not asked: {told}{heard}");
            heard.push(char::from(byte[0]));
        }
        told.push_str(&heard);
        terminal.write_all(answer.as_bytes()).unwrap();
    }
    stderr.read_to_string(&mut told).unwrap();
    let code = child.wait().unwrap().code().unwrap();
    // Nobody holds the other end now, so what was echoed ends in an error.
    let mut echoed = Vec::new();
    drop(terminal.read_to_end(&mut echoed));
    (code, String::from_utf8(echoed).unwrap(), told)
}

/// M92: the guided flow, as a person has it.
#[test]
fn a_key_and_a_passphrase_are_typed_unseen() {
    let desk = Desk::new();
    drop(desk.journal());
    let (passphrase, key) = (format!("{PASSPHRASE}\r"), format!("{KEY}\r"));
    let (code, echoed, told) = import(
        &desk,
        &[
            ("hex digits: ", &key),
            ("type yes: ", "yes\n"),
            ("new passphrase, at least 12 bytes: ", &passphrase),
            ("the same again: ", &passphrase),
        ],
    );
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("this is the key of 0x008AeEda"), "{told}");
    assert!(
        !echoed.contains("7a28b5ba") && !echoed.contains("horse"),
        "{echoed}"
    );
    assert!(
        echoed.contains("yes"),
        "what is no secret is seen: {echoed}"
    );
    assert!(desk.path("key.sealed").exists());
}

#[test]
fn a_slip_an_interrupt_and_a_no_change_nothing() {
    let desk = Desk::new();
    drop(desk.journal());
    let key = format!("{KEY}\r");
    let cases: [(&[(&str, &str)], &str); 3] = [
        (
            &[
                ("hex digits: ", &key),
                ("type yes: ", "yes\n"),
                (
                    "new passphrase, at least 12 bytes: ",
                    "correct horse battery\r",
                ),
                ("the same again: ", "correct horse batterie\r"),
            ],
            "PASSPHRASE terminal: was not typed the same twice",
        ),
        (
            &[("hex digits: ", "7a28\u{3}")],
            "TERMINAL input: was interrupted",
        ),
        (
            &[("hex digits: ", &key), ("type yes: ", "no\n")],
            "OFFLINE_COPY key: ",
        ),
    ];
    for (answers, refusal) in cases {
        let (code, echoed, told) = import(&desk, answers);
        assert_eq!(code, 1, "{told}");
        assert!(told.contains(refusal), "{told}");
        assert!(!echoed.contains("7a28"), "{echoed}");
        assert_eq!(desk.names(), ["journal.db"]);
    }
}
