//! The demonstration shows what the README says of it.
//!
//! Everything ends as its row says, somebody's file is played line by line,
//! and a path that cannot be played starts nothing and gets one sentence.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use tests::bins::{Bins, workspace};
use tests::book;
use tests::clock::now_ms;
use tests::process::{self, Ran};

/// Runs the demonstration beside today's programs.
fn demo(args: &[&str]) -> Ran {
    let bins = Bins::debug();
    let folder = tempfile::tempdir().expect("a folder");
    for program in [
        &bins.signer,
        &bins.signerctl,
        &bins.orchestrator,
        &bins.venue,
    ] {
        let name = program.file_name().expect("a program's name");
        symlink(program, folder.path().join(name)).expect("the folder is ours");
    }
    // It looks for them beside itself, wherever a link leads. Copied by another
    // process, since a file that this one has open for writing cannot be run by
    // it, nor by whatever another test starts meanwhile.
    let demo = folder.path().join("demo");
    let mut copy = Command::new("cp");
    copy.arg(env!("CARGO_BIN_EXE_demo")).arg(&demo);
    assert_eq!(process::run(copy).code(), 0, "cargo built it");
    let mut command = Command::new(demo);
    command.args(args);
    process::run(command)
}

/// The line that begins so.
fn row<'a>(ran: &'a Ran, begin: &str) -> &'a str {
    let mut lines = ran.stdout.lines();
    let found = lines.find(|line| line.trim_start().starts_with(begin));
    found.unwrap_or_else(|| panic!("no row {begin}:\n{}{}", ran.stdout, ran.stderr))
}

#[test]
fn everything_ends_as_it_must_and_the_books_agree() {
    let ran = demo(&[]);
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout, ran.stderr);
    for (begin, must) in [
        ("bought ", "SETTLED"),
        ("copytrader ", "SETTLED"),
        ("duplicate ", "SETTLED"),
        ("killed ", "REFUSED KILLED_FOK"),
        ("neg-risk ", "SETTLED"),
        ("stale ", "DENIED LEADER_AGE"),
        ("stranger ", "DENIED LEADER_NOT_ALLOWED"),
        ("unlisted ", "DENIED MARKET_NOT_ALLOWED"),
        ("oversized ", "DENIED ORDER_TOO_LARGE"),
        ("off-tick ", "REJECTED BAD_LINE"),
        ("other-tick ", "DENIED TICK"),
        ("sold ", "SETTLED"),
        ("exit ", "SETTLED"),
        ("below floor ", "DENIED SELL_FLOOR"),
        ("neg-risk exit ", "SETTLED"),
        ("with ticket ", "SETTLED"),
        ("sends those very bytes again", "AlreadyExists"),
        ("asks for it with another size", "INTENT_REUSED"),
        ("buys at 0.99", "BUDGET_DAY"),
        ("sells the same shares", "SELL_REUSE"),
        ("asks once more", "FROZEN"),
    ] {
        let row = row(&ran, begin);
        assert!(row.contains(must), "{row}");
    }
    assert!(
        ran.stdout
            .contains("were signed for the hostile client, and never posted.")
    );
    assert!(
        ran.stdout
            .ends_with("OK: journal, outbox, ledger and exchange agree.\n")
    );
}

#[test]
fn somebodys_file_is_played_line_by_line() {
    let books = workspace().join("tests/fixtures/books/standard.json");
    let book = book::read(&books);
    let leader = format!("0x{}", "12".repeat(20));
    let ours = |id: &str, price: &str| {
        json!({
            "v": 1, "id": id, "kind": "copy", "market": book.market, "token": book.token,
            "side": "BUY", "price": price, "shares": "10", "tick": "0.01", "order_type": "FOK",
            "leader": leader, "leader_price": price, "leader_time_ms": now_ms(),
        })
    };
    let mut old = ours("old", "0.41");
    old["leader_time_ms"] = json!(now_ms() - 3_600_000);
    // As the copytrader document writes it, without a token.
    let sample = json!({
        "intent_id": "test-001", "timestamp": "2026-01-01T00:00:00", "source_trader": "0xabc...",
        "market_id": "test_market", "outcome": "YES", "side": "BUY", "size_usdc": 10.0, "metadata": {},
    });
    let lines = [
        ours("one", "0.41").to_string(),
        ours("one", "0.41").to_string(),
        ours("off", "0.415").to_string(),
        String::new(),
        sample.to_string(),
        "no JSON".to_owned(),
        // Longer than a line may be.
        "x".repeat(70_000),
        // The last line has no newline: a file need not end in one.
        old.to_string(),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("own.jsonl");
    fs::write(&path, lines.join("\n")).expect("the folder is ours");
    let path = path.to_str().expect("a plain path");
    let args = [
        "--books",
        books.to_str().expect("a plain path"),
        "--intents",
        path,
    ];
    let ran = demo(&args);
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout, ran.stderr);
    for (begin, ended) in [
        ("1  one", "SETTLED"),
        ("2  one", "known from line 1"),
        ("3  off", "REJECTED BAD_LINE"),
        ("5  test-001", "REJECTED NO_TOKEN"),
        ("6  -", "REJECTED BAD_LINE"),
        ("7  -", "REJECTED LINE_TOO_LONG"),
        ("8  old", "DENIED LEADER_AGE"),
    ] {
        assert!(row(&ran, begin).contains(ended), "{}", row(&ran, begin));
    }
    assert!(
        ran.stdout
            .ends_with("OK: journal, outbox, ledger and exchange agree.\n")
    );
    let ran = demo(&[&args[..], &["--now"]].concat());
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout, ran.stderr);
    assert!(row(&ran, "8  old").contains("SETTLED"), "{}", ran.stdout);
}

#[test]
fn what_cannot_be_played_starts_nothing_and_gets_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("the folder is ours");
        path.to_str().expect("a plain path").to_owned()
    };
    fs::create_dir(folder.path().join("empty")).expect("the folder is ours");
    let inside = |name: &str| {
        let path: &Path = &folder.path().join(name);
        path.to_str().expect("a plain path").to_owned()
    };
    for (option, path, problem) in [
        ("--books", inside("nowhere"), "No such file"),
        ("--books", inside("empty"), "no .json file in it"),
        ("--books", file("torn.json", "{"), "EOF while parsing"),
        ("--books", file("other.json", "{}"), "asset_id is missing"),
        ("--intents", inside("nowhere"), "No such file"),
        ("--intents", inside("empty"), "Is a directory"),
        ("--intents", file("blank.jsonl", "\n\n"), "no line in it"),
        (
            "--intents",
            file("prose.jsonl", "buy low\n"),
            "is a JSON object",
        ),
    ] {
        let ran = demo(&[option, &path]);
        assert_eq!(
            ran.code(),
            2,
            "{option} {path}: {}{}",
            ran.stdout,
            ran.stderr
        );
        let said = ran.stdout.trim_end();
        assert!(!said.contains('\n') && said.contains(&path), "{said}");
        assert!(said.contains(problem) && said.contains("; name "), "{said}");
        assert_eq!(ran.stderr, "");
    }
}
