//! A new user writes each setting wrongly, one after the other.
//!
//! No program starts with a bad one; its one line names the setting, what is
//! wrong with it and what to write instead.

mod orchestrator;
mod signer;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use tests::bins::{self, Bins};
use tests::desk::Desk;
use tests::process::{self, Ran};

/// A file, what stands in it, what stands there instead, and what is said.
type Row = (&'static str, &'static str, &'static str, &'static str);

const ZERO_PIN: &str =
    "pin = \"sha256/0000000000000000000000000000000000000000000000000000000000000000\" #";

fn desk() -> Desk {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::unfounded(Bins::debug(), &books);
    desk.write_orchestrator_config("127.0.0.1:1", "http://127.0.0.1:1");
    desk
}

/// Writes each row's mistake, runs, and puts the file back.
fn each(desk: &Desk, rows: &[Row], run: impl Fn() -> Ran, said: impl Fn(&Ran) -> String) {
    for (file, from, to, begins) in rows {
        let path = desk.file(file);
        let good = fs::read_to_string(&path).expect("it is there");
        assert!(good.contains(from), "{from} is in {good}");
        fs::write(&path, good.replacen(from, to, 1)).expect("ours");
        let ran = run();
        let said = said(&ran);
        assert_eq!(ran.code(), 1, "{to}: {said}{}", ran.stdout);
        assert!(said.starts_with(begins), "{to}: {said}");
        assert!(said.contains("; "), "{to}: no fix: {said}");
        assert_eq!(said.lines().count(), 1, "{to}: {said}");
        fs::write(&path, good).expect("ours");
    }
}

#[test]
fn the_signer_names_each_of_its_settings() {
    let desk = desk();
    let run = || process::run(desk.signer_command(&desk.bins.signer));
    let last = |ran: &Ran| ran.stderr.lines().last().unwrap_or_default().to_owned();
    each(&desk, signer::ROWS, run, last);
}

#[test]
fn the_orchestrator_names_each_of_its_settings() {
    let desk = desk();
    let run = || desk.orchestrator(&["config", "check"]);
    let good = run();
    assert_eq!(good.code(), 0, "{}{}", good.stdout, good.stderr);
    let said = |ran: &Ran| [ran.stdout.trim_end(), ran.stderr.trim_end()].concat();
    each(&desk, orchestrator::ROWS, run, said);
}

#[test]
fn a_file_that_others_can_read_is_named_with_its_mode_and_its_fix() {
    let desk = desk();
    let check = || desk.orchestrator(&["config", "check"]).stdout;
    for file in ["clob.json", "orchestrator.key", "request.key"] {
        for mode in [0o440, 0o404] {
            fs::set_permissions(desk.file(file), Permissions::from_mode(mode)).expect("ours");
            let said = check();
            let begins = format!("FILE {file}: mode {mode:04o} lets others in; chmod 0400 it");
            assert!(said.starts_with(&begins), "{said}");
        }
        fs::set_permissions(desk.file(file), Permissions::from_mode(0o400)).expect("ours");
    }
}

fn asked(desk: &Desk, program: &Path, args: &[&str]) -> Ran {
    let mut command = Command::new(program);
    command.current_dir(&desk.folder).args(args);
    process::run(command)
}

#[test]
fn a_missing_file_and_a_wrong_option_are_told_apart_from_a_bad_setting() {
    let desk = desk();
    let run = |program: &Path, args: &[&str]| asked(&desk, program, args);
    let bins = &desk.bins;
    for (program, args) in [
        (&bins.signer, &["--config", "none.toml"][..]),
        (
            &bins.orchestrator,
            &["--config", "none.toml", "config", "check"],
        ),
    ] {
        let ran = run(program, args);
        let said = ran.stderr.trim_end();
        assert_eq!(ran.code(), 1, "{said}");
        let begins = "CONFIG file: cannot read none.toml: No such file or directory";
        assert!(
            said.starts_with(begins) && said.ends_with("; name a readable file"),
            "{said}"
        );
    }
    for (program, args) in [
        (&bins.signer, &[][..]),
        (&bins.signer, &["--config"]),
        (&bins.signer, &["--confg", "signer.toml"]),
        (&bins.vault, &[]),
        (&bins.vault, &["--as-door"]),
        (&bins.signerctl, &["unlok"]),
        (&bins.orchestrator, &["walk"]),
    ] {
        let ran = run(program, args);
        assert_eq!((ran.code(), ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(
            ran.stderr.to_lowercase().contains("usage: "),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn every_program_says_its_version_and_its_use() {
    let desk = desk();
    let run = |program: &Path, args: &[&str]| asked(&desk, program, args);
    let bins = &desk.bins;
    for (program, name) in [
        (&bins.signer, "signer"),
        (&bins.vault, "signer-vault"),
        (&bins.signerctl, "signerctl"),
        (&bins.orchestrator, "orchestrator"),
    ] {
        for flag in ["-V", "--version"] {
            let ran = run(program, &[flag]);
            let said = format!("{name} {}\n", env!("CARGO_PKG_VERSION"));
            assert_eq!((ran.code(), ran.stdout), (0, said), "{flag}");
        }
        for flag in ["-h", "--help"] {
            let ran = run(program, &[flag]);
            assert_eq!(ran.code(), 0, "{name} {flag}");
            assert!(
                ran.stdout.to_lowercase().contains("usage: "),
                "{}",
                ran.stdout
            );
        }
    }
    let said = run(&bins.vault, &["--help"]).stdout;
    assert!(said.contains("`signer` starts it, "), "{said}");
    assert!(said.contains("never a person by hand"), "{said}");
}
