//! Where lines go, and what the other side may answer.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;

use serde_json::Value;
use tests::pki;
use tests::process::PATIENCE;

use crate::kit::{Stand, TOKEN};

const BEARER: &str = "a-token-of-at-least-thirty-two-characters";

/// A desk that answers one POST after the other with these statuses (0: not at
/// all), then closes; what it was sent.
fn desk(listener: TcpListener, statuses: &'static [u16]) -> mpsc::Receiver<(u16, String, String)> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        for status in statuses {
            let (stream, _) = listener.accept().expect("somebody comes");
            let mut reader = BufReader::new(stream);
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a header");
                if line.trim().is_empty() {
                    break;
                }
                let lower = line.to_ascii_lowercase();
                if let Some(text) = lower.strip_prefix("content-length:") {
                    length = text.trim().parse().expect("a length");
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            let body = String::from_utf8(body).expect("text");
            tell.send((*status, head, body)).expect("the test listens");
            if *status > 0 {
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
                );
                reader
                    .into_inner()
                    .write_all(answer.as_bytes())
                    .expect("it reads");
            }
        }
    });
    told
}

/// M22: the file and the desk get the same bytes.
/// M8: a line is posted with the bearer token until it was answered.
#[test]
fn a_line_has_the_same_bytes_wherever_and_however_often_it_is_sent() {
    let stand = Stand::new("");
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("it is bound");
    pki::secret_file(&stand.file("intent.token"), BEARER.as_bytes());
    let http = format!(
        "OUTPUT_MODE = \"http\"\ntoken = \"intent.token\"\nINTENT_ENDPOINT = \"http://{address}/intent\""
    );
    // Nobody answers: the lines wait.
    let closed = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let nowhere = http.replace(
        &address.to_string(),
        &closed.local_addr().expect("bound").to_string(),
    );
    drop(closed);
    stand.configure("watch.toml", &nowhere);
    stand.look();
    stand.trade(1, &[(TOKEN, "BUY", "5", "0.41")]);
    stand.trade(2, &[(TOKEN, "BUY", "6", "0.41")]);
    let (code, said) = stand.look();
    assert_eq!((code, &said["waiting"]), (3, &Value::from(2)));
    fs::copy(stand.file("watch.sqlite"), stand.file("second.sqlite")).expect("the folder is ours");
    // The same lines into a file, and to a desk that does not answer at first.
    stand.configure("watch.toml", "OUTPUT_MODE = \"file\"");
    assert_eq!(stand.look().0, 0);
    let lines = crate::kit::text(&stand.file("intents.jsonl"));
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 2);
    stand.configure(
        "second.toml",
        &format!("database = \"second.sqlite\"\n{http}"),
    );
    let posted = desk(listener, &[503, 0, 401, 202, 409]);
    let run = stand.start("second.toml");
    let mut bodies = Vec::new();
    for (expected, line) in [(503, 0), (0, 0), (401, 0), (202, 0), (409, 1)] {
        let (status, head, body) = posted.recv_timeout(PATIENCE).expect("it comes again");
        assert_eq!((status, body.as_str()), (expected, lines[line]));
        assert!(head.starts_with("POST /intent HTTP/1.1"), "{head}");
        assert!(
            head.to_ascii_lowercase()
                .contains(&format!("authorization: bearer {BEARER}"))
        );
        bodies.push(body);
    }
    let all_sent = || {
        let db = rusqlite::Connection::open(stand.file("second.sqlite")).ok()?;
        let count = "SELECT count(*) FROM intent WHERE sent IS NULL";
        let left: u64 = db.query_row(count, [], |r| r.get(0)).ok()?;
        (left == 0).then_some(())
    };
    stand
        .wait(all_sent)
        .expect("an answer that no second time would change ends it");
    assert_eq!(run.stop(), 0, "{}", stand.log());
}

/// M24: the old name of the endpoint is taken with a warning, and not beyond loopback.
#[test]
fn the_old_name_of_the_endpoint_is_told_and_another_host_needs_tls() {
    let stand = Stand::new("");
    pki::secret_file(&stand.file("intent.token"), BEARER.as_bytes());
    let http = "OUTPUT_MODE = \"http\"\ntoken = \"intent.token\"\n";
    stand.configure(
        "watch.toml",
        &format!("{http}PYTHON_ENDPOINT = \"http://127.0.0.1:9/intent\""),
    );
    let ran = stand.watch(&["--once"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("the old name of INTENT_ENDPOINT"),
        "{}",
        ran.stderr
    );
    stand.configure(
        "watch.toml",
        // No file names a host that is not asked.
        &format!("{http}INTENT_ENDPOINT = \"http:{}10.1.2.3:9/intent\"", "//"),
    );
    let ran = stand.watch(&["--once"]);
    assert!(
        ran.code() == 1 && ran.stderr.contains("CONFIG INTENT_ENDPOINT"),
        "{}",
        ran.stderr
    );
}

/// M22: with `none` a line is only remembered.
#[test]
fn with_no_output_a_line_is_remembered_and_sent_nowhere() {
    let stand = Stand::new("OUTPUT_MODE = \"none\"");
    stand.look();
    stand.trade(1, &[(TOKEN, "BUY", "5", "0.41")]);
    let (code, said) = stand.look();
    assert_eq!(
        (code, &said["lines"], &said["waiting"]),
        (0, &Value::from(1), &Value::from(0))
    );
    assert!(!stand.file("intents.jsonl").exists());
}
