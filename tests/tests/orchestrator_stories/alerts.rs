//! A person is called: what alarms is told to a webhook until it is
//! acknowledged, with the same id each time and nothing secret in it, and
//! trading waits for none of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tests::desk::LEADER;
use tests::pki;

use crate::copying::fixed;
use crate::kit::{Stand, TRADING};

/// Who is called: answers the first calls with 503, the others with 204.
pub(crate) struct Sink {
    pub(crate) address: String,
    heard: Arc<Mutex<Vec<Value>>>,
}

impl Sink {
    pub(crate) fn start(refused: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let told = heard.clone();
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(body) = body_of(&stream) else {
                    continue;
                };
                let mut told = told.lock().expect("nobody panics with it");
                told.push(body);
                let status = if told.len() > refused { 204 } else { 503 };
                let answer = format!(
                    "HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
                );
                // Who went away hears nothing.
                (&stream).write_all(answer.as_bytes()).ok();
            }
        });
        Self { address, heard }
    }

    /// What was heard of this code.
    pub(crate) fn of(&self, code: &str) -> Vec<Value> {
        let heard = self.heard.lock().expect("nobody panics with it");
        heard
            .iter()
            .filter(|body| body["code"] == code)
            .cloned()
            .collect()
    }
}

/// The JSON of one request.
fn body_of(stream: &TcpStream) -> Option<Value> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(count) = line.strip_prefix("content-length:") {
            length = count.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// M85: an exit that is left to a person is told until it is acknowledged, once;
/// preflight's test message is acknowledged, and health says so.
#[test]
fn an_alert_is_sent_until_it_is_acknowledged_and_no_order_waits_for_it() {
    let stand = Stand::new(TRADING);
    let sink = Sink::start(2);
    let webhook = format!("http://{}/hook/a-secret-path", sink.address);
    pki::secret_file(&stand.desk.file("alert.url"), webhook.as_bytes());
    stand.also("\n[alerts]\nwebhook = \"alert.url\"\nretry_ms = 10\n");
    stand.offer(3_900, 4_000);
    let run = stand.copying(&fixed("one", LEADER, "10.0", "unknown_exit = \"alert\"\n"));
    stand.post(&run, &stand.trade("in", LEADER, ("BUY", 100, 4_000)));
    stand.until("in", "SETTLED");
    stand.post(&run, &stand.trade("out", LEADER, ("SELL", 100, 3_900)));
    stand.until("out", "REJECTED");
    let code = "EXIT_LEFT_TO_YOU";
    let told = stand.wait(|| Some(sink.of(code)).filter(|told| told.len() == 3));
    let told = told.unwrap_or_else(|| panic!("{:?}\n{}", sink.of(code), stand.log()));
    for body in &told {
        assert_eq!(body, &told[0], "the same each time");
        let fields: Vec<&String> = body.as_object().expect("an object").keys().collect();
        assert_eq!(fields, ["at_ms", "code", "id", "text"]);
    }
    // Whoever has answered is not called again; the next trade goes its way.
    stand.post(&run, &stand.trade("more", LEADER, ("BUY", 100, 4_000)));
    stand.until("more", "SETTLED");

    let called = |said: &Value| {
        let rows = said["checks"].as_array().expect("a list").iter();
        let mut named = rows.filter(|row| row["check"] == "Alerts acknowledged");
        named.next().expect("it is told").clone()
    };
    let (_, said) = stand.verb(&["health"]);
    assert_eq!(called(&said)["level"], json!("warn"), "not tested: {said}");
    let (_, said) = stand.verb(&["preflight"]);
    let line = said["lines"][9].clone();
    let how = line["how"].as_str().expect("text");
    assert!(how.contains("was acknowledged"), "{how}");
    assert_eq!(sink.of("TEST").len(), 1);
    let (_, said) = stand.verb(&["health"]);
    assert_eq!(called(&said)["level"], json!("ok"), "{said}");
    assert_eq!(sink.of(code).len(), 3);
    assert!(!stand.log().contains("a-secret-path"), "{}", stand.log());
    stand.agree(run);
}

/// M85: a webhook that nobody answers is no pass, and its address is not told.
#[test]
fn a_test_alert_that_nobody_answers_fails_preflight() {
    let stand = Stand::new(TRADING);
    pki::secret_file(
        &stand.desk.file("alert.url"),
        b"http://127.0.0.1:1/a-secret-path",
    );
    stand.also("\n[alerts]\nwebhook = \"alert.url\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n");
    let ran = stand.ran(&["preflight", "--json"]);
    let said: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let line = said["lines"][9].clone();
    assert_eq!(line["verdict"], json!("fail"), "{line}");
    let how = line["how"].as_str().expect("text");
    assert!(how.contains("was not acknowledged"), "{how}");
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("a-secret-path"));
    let (_, said) = stand.verb(&["health"]);
    let rows = said["checks"].as_array().expect("a list").iter();
    let row = rows
        .clone()
        .find(|row| row["check"] == "Alerts acknowledged");
    assert_eq!(row.expect("it is told")["level"], json!("warn"), "{said}");
}
