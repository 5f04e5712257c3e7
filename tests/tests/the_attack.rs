//! A hostile orchestrator that optimises, against the programs as they are.
//!
//! A few campaigns of `make attack`: what it takes stays within what the signer
//! printed before, and a figure a little lower would not have held.

use std::os::unix::fs::symlink;
use std::process::Command;

use tests::bins::Bins;
use tests::process::{self, Ran};

/// Runs the attack beside today's programs, wherever cargo put it.
fn attack(args: &[&str]) -> Ran {
    let bins = Bins::debug();
    let folder = tempfile::tempdir().expect("a folder");
    for program in [&bins.signer, &bins.signerctl, &bins.venue] {
        let name = program.file_name().expect("a program's name");
        symlink(program, folder.path().join(name)).expect("the folder is ours");
    }
    // Copied by another process, since a file that this one has open for
    // writing cannot be run by whatever another test starts meanwhile.
    let own = folder.path().join("attack");
    let mut copy = Command::new("cp");
    copy.arg(env!("CARGO_BIN_EXE_attack")).arg(&own);
    assert_eq!(process::run(copy).code(), 0, "cargo built it");
    let mut command = Command::new(own);
    command.args(args);
    process::run(command)
}

/// M38: a hostile orchestrator tries whatever pays, and is held to the figures.
/// M42: what it takes at worst is what the signer printed before.
#[test]
fn no_campaign_takes_more_than_getstatus_printed_before_it() {
    let ran = attack(&["campaigns", "--seed", "1", "--campaigns", "4"]);
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout, ran.stderr);
    for begin in [
        "campaigns ",
        "orders signed: BUYs ",
        "taken of the figure, at most ",
    ] {
        let mut lines = ran.stdout.lines();
        let row = lines.find(|line| line.trim_start().starts_with(begin));
        assert!(row.is_some(), "{begin}: {}", ran.stdout);
    }
}

#[test]
fn fees_up_to_the_ceiling_stay_within_the_charge_and_above_it_are_printed() {
    let ran = attack(&["fees", "--seed", "1", "--campaigns", "1"]);
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout, ran.stderr);
    let row = |bps: u64| {
        let begin = format!("Fees of f + {bps} bps, ");
        let mut lines = ran.stdout.lines();
        let row = lines.find(|line| line.starts_with(&begin));
        row.unwrap_or_else(|| panic!("{}", ran.stdout)).to_owned()
    };
    assert!(row(0).contains("at most 0 units over its charge, 0 figures exceeded"));
    assert!(!row(500).contains("at most 0 units"), "{}", row(500));
}

#[test]
fn wrong_words_start_nothing() {
    for args in [
        &["plunder"][..],
        &["campaigns", "--seed"],
        &["campaigns", "--seed", "one"],
        &["campaigns", "--often", "1"],
        &["control"],
    ] {
        let ran = attack(args);
        assert_eq!(ran.code(), 2, "{args:?}: {}{}", ran.stdout, ran.stderr);
        assert!(
            ran.stdout.contains("usage: attack campaigns"),
            "{}",
            ran.stdout
        );
    }
}
