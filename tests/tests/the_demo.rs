//! The demonstration shows what the README says of it.
//!
//! Everything ends as its row says, a leader's session as well; somebody's file
//! or page is played; what cannot be played starts nothing and gets one sentence.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
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
    let found = row_of(&ran.stdout, begin);
    found.unwrap_or_else(|| panic!("no row {begin}:\n{}{}", ran.stdout, ran.stderr))
}

fn row_of<'a>(text: &'a str, begin: &str) -> Option<&'a str> {
    let mut lines = text.lines();
    lines.find(|line| line.trim_start().starts_with(begin))
}

/// The part that a leader's session fills: every order of it ended as it must,
/// and what was decided is decided the same again.
fn the_session_ends_as_it_must(ran: &Ran) {
    let heading = "A leader's session, seen by `orchestrator watch`";
    let (_, session) = ran.stdout.split_once(heading).expect("a second part");
    for (name, must) in [
        ("buy", "SETTLED"),
        ("16 fills, one tx", "SETTLED"),
        ("a quarter out", "SETTLED"),
        ("watched only", "REJECTED WATCH_ONLY"),
        ("stranger", "REJECTED TRADER_NOT_ALLOWED"),
        ("oversized", "SETTLED"),
        ("too small again", "REJECTED BELOW_MINIMUM"),
        ("adds up", "SETTLED"),
        ("price moved", "REJECTED SLIPPAGE_TOO_HIGH"),
        ("thin book", "REJECTED MARKET_IMPACT_TOO_HIGH"),
        ("empty book", "REJECTED BOOK_EMPTY"),
        ("neg-risk half out", "SETTLED"),
        ("never bought", "REJECTED NO_TRACKED_PURCHASES"),
        ("stale", "REJECTED INTENT_STALE"),
        ("watcher restarted", "SETTLED"),
        ("signer away", "SETTLED"),
        ("after the burst", "SETTLED"),
        ("finer tick", "SETTLED"),
        ("all out, in parts", "SETTLED"),
    ] {
        let row = row_of(session, &format!("{name:<19} "));
        let row = row.unwrap_or_else(|| panic!("no order {name}:\n{session}"));
        assert!(row.contains(must) && row.contains(" yes "), "{row}");
    }
    let told = " orders of leaders, each seen once; nothing was copied twice, nothing forgotten.";
    let orders = session.lines().find_map(|line| line.strip_suffix(told));
    let orders: usize = orders.and_then(|n| n.parse().ok()).expect("a number");
    assert!(orders >= 30, "{orders}");
    assert_eq!(session.matches(" yes ").count(), orders);
    for begin in ["audit verify: ", "replay: "] {
        let row = row_of(session, begin).unwrap_or_else(|| panic!("no {begin}:\n{session}"));
        assert!(row.contains("records"), "{row}");
    }
}

/// M91: signed by the signer, posted by the orchestrator, checked by a venue of its own code.
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
    the_session_ends_as_it_must(&ran);
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
fn a_recorded_page_is_played_as_if_its_leaders_traded_now() {
    let books = workspace().join("tests/fixtures/books/standard.json");
    let book = book::read(&books);
    let (buyer, seller) = ("12", "34");
    let at = |(nth, wallet, side): (u64, &str, &str), row: Value| {
        let mut row = row;
        row["timestamp"] = json!(1_788_887_014 + nth);
        row["transaction_hash"] = json!(format!("0x{nth:064x}"));
        row["proxy_wallet"] = json!(format!("0x{}", wallet.repeat(20)));
        row["side"] = json!(side);
        row
    };
    // A market that no book was given for: one is assumed around its price.
    let elsewhere = json!({
        "token_id": "100621704916396384184205224105871827982844371725320616822883322969092312254616",
        "condition_id": "0xc8a2f17f42fa8493ebae503abec9d51efa7b57c3cc59a7b88933bffaa3618387",
        "size": 78.55, "price": 0.62,
    });
    let here = json!({
        "token_id": book.token, "condition_id": book.market, "size": 10.0, "price": 0.39,
    });
    // Newest first, as the Data API answers.
    let page = json!({"data": {"data": [
        at((2, seller, "SELL"), here),
        at((1, buyer, "BUY"), elsewhere),
    ]}});
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("page.json");
    fs::write(&path, page.to_string()).expect("the folder is ours");
    let [books, path] = [&books, &path].map(|path| path.to_str().expect("a plain path"));
    let ran = demo(&["--books", books, "--trades", path]);
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains("2 orders of 2 wallets.") && ran.stdout.contains(": 1 books around"),
        "{}",
        ran.stdout
    );
    for (begin, ended) in [
        ("order 1 ", "SETTLED"),
        ("order 2 ", "REJECTED NO_TRACKED_PURCHASES"),
    ] {
        assert!(row(&ran, begin).contains(ended), "{}", row(&ran, begin));
    }
    assert!(
        ran.stdout
            .ends_with("OK: journal, outbox, ledger and exchange agree.\n")
    );
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
        ("--trades", inside("nowhere"), "No such file"),
        ("--trades", file("cut.json", "[{"), "EOF while parsing"),
        ("--trades", file("none.json", "{}"), "no list of trades"),
        ("--trades", file("quiet.json", "[]"), "an empty list"),
        (
            "--trades",
            file("bare.json", "[{}]"),
            "row 1: transaction_hash is missing",
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
