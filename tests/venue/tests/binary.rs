//! The program itself: its one line, its stop, and its refusals.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of these tests fail as the tests do"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const BOOK: &str = r#"{"data": {"market": "0xc0", "asset_id": "7",
    "bids": [{"price": "0.4", "size": "10"}], "asks": [{"price": "0.5", "size": "10"}]}}"#;

fn venue(directory: &Path, listen: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_venue"))
        .args(["--listen", listen])
        .arg("--config")
        .arg(directory.join("venue.toml"))
        .arg("--state")
        .arg(directory.join("state"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn set_up() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("book.json"), BOOK).unwrap();
    let config = "chain_id = 80002\nbooks = [\"book.json\"]\n";
    std::fs::write(directory.path().join("venue.toml"), config).unwrap();
    directory
}

#[test]
fn it_says_where_it_listens_answers_and_stops_when_told() {
    let directory = set_up();
    let mut child = venue(directory.path(), "127.0.0.1:0");
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("listening http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /version HTTP/1.1\r\nhost: v\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with(r#"{"version":2}"#));
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert!(child.wait().unwrap().success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    let mut log = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    assert!(
        log.contains("assumed tick_size = 0.01 for 7") && log.contains("stopped"),
        "{log}"
    );
}

#[test]
fn it_listens_on_loopback_only_and_explains_a_bad_configuration() {
    let directory = set_up();
    let output = venue(directory.path(), "0.0.0.0:0")
        .wait_with_output()
        .unwrap();
    assert!(!output.status.success());
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("not a loopback address")
    );
    std::fs::write(
        directory.path().join("venue.toml"),
        "chain_id = 1\nbooks = []\n",
    )
    .unwrap();
    let output = venue(directory.path(), "127.0.0.1:0")
        .wait_with_output()
        .unwrap();
    assert!(!output.status.success());
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("chain_id 1 has no exchange")
    );
}
