//! Each verb is given a file that is not there, or is another: its one line
//! names the file, what is wrong and what to give instead.

use crate::kit::Desk;

/// What is asked, and how the refusal begins and ends.
type Row = (&'static [&'static str], &'static str, &'static str);

const ROWS: &[Row] = &[
    (
        &["init", "--journal", "no/journal.sqlite"],
        "JOURNAL no/journal.sqlite: No such file or directory",
        "; check that the folder is there, is yours and has space",
    ),
    (
        &[
            "import",
            "--journal",
            "none",
            "--out",
            "x.sealed",
            "--raw-fd",
            "3",
        ],
        "FILE none: cannot be opened: No such file or directory",
        "; name a file this user can read",
    ),
    (
        &[
            "import",
            "--journal",
            "journal.db",
            "--out",
            "text",
            "--raw-fd",
            "3",
        ],
        "FILE text: is there already",
        "; choose another name; nothing is written over",
    ),
    (
        &[
            "import",
            "--journal",
            "journal.db",
            "--out",
            "x.sealed",
            "--keystore",
            "none",
        ],
        "FILE none: cannot be opened: No such file or directory",
        "; name a file this user can read",
    ),
    (
        &[
            "import",
            "--journal",
            "journal.db",
            "--out",
            "x.sealed",
            "--keystore",
            "text",
        ],
        "KEYSTORE keystore: ",
        "; export it again, or import the key by --raw-fd",
    ),
    (
        &[
            "import",
            "--journal",
            "journal.db",
            "--out",
            "x.sealed",
            "--raw-fd",
            "99",
        ],
        "DESCRIPTOR --raw-fd 99: cannot be opened: ",
        "; open it for reading on a file or a pipe, such as 3<FILE",
    ),
    (
        &["unlock", "--sealed", "none"],
        "FILE none: cannot be opened: No such file or directory",
        "; name a file this user can read",
    ),
    (
        &["unlock", "--sealed", "text"],
        "SEALED text: it is not a sealed key of this edition",
        "; name the file that signerctl import wrote",
    ),
    (
        &["status"],
        "SOCKET ./signer.sock: cannot be examined: No such file or directory",
        "; start the signer, or name its socket with --socket",
    ),
    (
        &["status", "--socket", "text"],
        "SOCKET text: is no socket",
        "; name the signer's with --socket",
    ),
    (
        &["caller", "list", "--callers", "none"],
        "CALLER none: cannot be examined: No such file or directory",
        "; make the folder first, mode 0700",
    ),
    (
        &["caller", "list", "--callers", "text"],
        "CALLER text: is no folder that its owner alone may write",
        "; chmod go-w it, and look through what is in it",
    ),
    (
        &["caller", "remove", "nobody", "--callers", "."],
        "CALLER nobody: is no caller",
        "; signerctl caller list says who is",
    ),
    (
        &["pin", "none"],
        "CERTIFICATE none: I/O error: No such file or directory",
        "; give a PEM certificate",
    ),
    (
        &["pin", "text"],
        "CERTIFICATE text: there is none in it",
        "; give a PEM certificate",
    ),
    (
        &["log", "--journal", "none"],
        "JOURNAL none: cannot be opened: No such file or directory",
        "; name the file that `signerctl init` made, or a whole copy of it",
    ),
    (
        &["log", "--journal", "."],
        "JOURNAL .: is not a regular file",
        "; name the file that `signerctl init` made, or a whole copy of it",
    ),
    (
        &["log", "--journal", "text"],
        "JOURNAL text: cannot be read as a journal: file is not a database",
        "; name the file that `signerctl init` made, or a whole copy of it",
    ),
    (
        &["log", "--journal", "journal.db", "--since", "yesterday"],
        "TIME --since: is no time",
        "; write 2026-11-20T02:00:00Z, or 02:00Z",
    ),
    (
        &["note", "keygen", "--out", "text", "--name", "desk/one"],
        "FILE text: is there already",
        "; choose another name; nothing is written over",
    ),
    (
        &["note", "keygen", "--out", "a.seed", "--name", "desk one"],
        "NOTE_KEY_NAME --name: is empty, too long, or has a space",
        "; choose another",
    ),
    (
        &["note", "show", "none"],
        "FILE none: cannot be opened: No such file or directory",
        "; name a file this user can read",
    ),
    (
        &["note", "show", "text"],
        "NOTE_NO_FINAL_NEWLINE the text or its last line lacks a newline",
        "; send the whole file (text)",
    ),
    (
        &["note", "apply", "lines"],
        "NOTE_KIND line 1 must be 'countersign/<kind>/v1' with a kind this version knows",
        "; make the note with signerctl note new",
    ),
    (
        &["note", "new", "policy", "--renew", "none"],
        "FILE none: cannot be opened: No such file or directory",
        "; name a file this user can read",
    ),
    (
        &["note", "new", "alive"],
        "DRAFT --journal-id: is not given, and there is no status to read: SOCKET ",
        "; give --journal-id, or --status with what signerctl status printed",
    ),
];

#[test]
fn a_verb_that_is_given_a_wrong_file_names_it_and_its_fix() {
    let desk = Desk::new();
    drop(desk.journal());
    desk.write("text", "{\"no\": \"such thing\"}", 0o600);
    desk.write("lines", "some\nlines\n", 0o600);
    let before = desk.names();
    for (args, begins, ends) in ROWS {
        let ran = desk.run(args);
        let said = ran.err.trim_end();
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{args:?}: {said}");
        assert!(
            said.starts_with(begins) && said.ends_with(ends),
            "{args:?}: {said}"
        );
        assert_eq!(said.lines().count(), 1, "{args:?}: {said}");
        assert_eq!(desk.names(), before, "{args:?} left something behind");
    }
}
