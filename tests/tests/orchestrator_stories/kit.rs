//! A stand: venue, signer and an orchestrator that runs, with everything that
//! stories of it ask and wait for.

use std::fs::{self, File};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use rusqlite::OptionalExtension;
use serde_json::{Value, json};
use tests::bins::{self, Bins};
use tests::book::decimal;
use tests::clock::now_ms;
use tests::desk::{Desk, FEE_CEILING_BPS, LEADER};
use tests::process::{PATIENCE, Ran, Server};
use tests::{audit, pki};

/// The bearer token of `POST /intent`.
pub(crate) const TOKEN: &str = "a-token-of-at-least-thirty-two-characters";

/// Short times, so that a story takes as long as it must.
pub(crate) const TRADING: &str = "poll_ms = 100\nidle_ms = 300\nabsence_ms = 250\n";

/// Three programs, two of them started.
pub(crate) struct Stand {
    pub(crate) desk: Desk,
    pub(crate) venue: Server,
    pub(crate) signer: Option<Server>,
    runtime: tokio::runtime::Runtime,
}

impl Stand {
    /// A stand with these lines in `[trading]`.
    pub(crate) fn new(trading: &str) -> Self {
        Self::on("standard.json", trading)
    }

    /// The same against another of our own books.
    pub(crate) fn on(book: &str, trading: &str) -> Self {
        Self::following(book, &[LEADER], trading)
    }

    /// The same under a policy that admits these leaders.
    pub(crate) fn following(book: &str, leaders: &[&str], trading: &str) -> Self {
        let books = bins::workspace().join("tests/fixtures/books").join(book);
        Self::of(
            Desk::following(Bins::debug(), &books, leaders, &[]),
            trading,
        )
    }

    /// The same at a desk that was set up already.
    pub(crate) fn of(desk: Desk, trading: &str) -> Self {
        let venue = desk.start_venue();
        let signer = desk.start_signer();
        desk.write_orchestrator_config(&signer.address, &venue.address);
        pki::secret_file(&desk.file("intent.token"), TOKEN.as_bytes());
        fs::write(desk.file("intents.jsonl"), "").expect("the folder is ours");
        let path = desk.file("orchestrator.toml");
        let text = fs::read_to_string(&path)
            .expect("it was written")
            .replace("[clob]", "[clob]\npost_only_after_restart_ms = 0");
        let more = format!(
            "\n[intake]\ntail_ms = 20\nhttp = \"127.0.0.1:0\"\ntoken = \"intent.token\"\n\
             \n[trading]\n{trading}"
        );
        fs::write(&path, text + &more).expect("the folder is ours");
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        Self {
            desk,
            venue,
            signer: Some(signer),
            runtime,
        }
    }

    /// Adds these lines to the orchestrator's configuration.
    pub(crate) fn also(&self, lines: &str) {
        let path = self.desk.file("orchestrator.toml");
        let text = fs::read_to_string(&path).expect("it was written");
        fs::write(&path, text + lines).expect("the folder is ours");
    }

    /// Starts `orchestrator run`; its address is where `POST /intent` is.
    pub(crate) fn run(&self) -> Server {
        self.run_with(&[])
    }

    /// The same with these arguments.
    pub(crate) fn run_with(&self, args: &[&str]) -> Server {
        let mut command = Command::new(&self.desk.bins.orchestrator);
        command.current_dir(&self.desk.folder).arg("run").args(args);
        Server::start(command, &self.desk.file("orchestrator.log"))
    }

    /// Stops the signer; returns where it listened.
    pub(crate) fn stop_signer(&mut self) -> String {
        let signer = self.signer.take().expect("it runs");
        let address = signer.address.clone();
        signer.stop();
        address
    }

    /// Starts the signer again, at `address`.
    pub(crate) fn start_signer_at(&mut self, address: &str) {
        let path = self.desk.file("signer.toml");
        let text = fs::read_to_string(&path).expect("it was written");
        fs::write(&path, text.replace("127.0.0.1:0", address)).expect("the folder is ours");
        self.signer = Some(self.desk.start_signer());
    }

    /// Keeps a copy of the signer's journal as it is now.
    pub(crate) fn keep_journal(&mut self) {
        let address = self.stop_signer();
        let [journal, copy] = ["journal.sqlite", "old.sqlite"].map(|name| self.desk.file(name));
        fs::copy(journal, copy).expect("the folder is ours");
        self.start_signer_at(&address);
    }

    /// Puts that copy back: the signer forgets what came after.
    pub(crate) fn restore_journal(&mut self) {
        let address = self.stop_signer();
        let [journal, copy] = ["journal.sqlite", "old.sqlite"].map(|name| self.desk.file(name));
        fs::copy(copy, journal).expect("the folder is ours");
        self.start_signer_at(&address);
    }

    /// Runs a verb to its end, and reads its JSON.
    pub(crate) fn verb(&self, args: &[&str]) -> (i32, Value) {
        let ran = self.desk.orchestrator(&[args, &["--json"]].concat());
        let said = serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|e| panic!("{args:?}: {e}: {}{}", ran.stdout, ran.stderr));
        (ran.code(), said)
    }

    /// Runs a verb to its end.
    pub(crate) fn ran(&self, args: &[&str]) -> Ran {
        self.desk.orchestrator(args)
    }

    /// Runs a verb to its end, with `input` on its standard input.
    pub(crate) fn piped(&self, args: &[&str], input: &str) -> Ran {
        let mut child = Command::new(&self.desk.bins.orchestrator)
            .current_dir(&self.desk.folder)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut stdin = child.stdin.take().expect("it is piped");
        // A program that refuses beforehand does not read.
        stdin.write_all(input.as_bytes()).ok();
        drop(stdin);
        let out = child.wait_with_output().expect("our own child");
        Ran {
            status: out.status,
            stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
        }
    }

    /// Asks somebody over HTTP.
    pub(crate) fn ask(
        &self,
        method: &str,
        url: &str,
        bearer: Option<&str>,
        body: String,
    ) -> (u16, Value) {
        self.runtime.block_on(async {
            let method = method.parse().expect("a method");
            let mut request = reqwest::Client::new().request(method, url).body(body);
            if let Some(bearer) = bearer {
                request = request.header("Authorization", format!("Bearer {bearer}"));
            }
            let answer = request.send().await.expect("it answers");
            let status = answer.status().as_u16();
            let text = answer.text().await.expect("a whole answer");
            (status, serde_json::from_str(&text).unwrap_or(json!(text)))
        })
    }

    /// Posts a line to a running orchestrator.
    pub(crate) fn post(&self, run: &Server, line: &Value) -> (u16, Value) {
        let url = format!("{}/intent", run.address);
        self.ask("POST", &url, Some(TOKEN), line.to_string())
    }

    /// Posts an intent's twin in protobuf to a running orchestrator.
    pub(crate) fn post_message(&self, run: &Server, message: Vec<u8>) -> (u16, Value) {
        self.runtime.block_on(async {
            let request = reqwest::Client::new()
                .post(format!("{}/intent", run.address))
                .header("Authorization", format!("Bearer {TOKEN}"))
                .header("Content-Type", "application/x-protobuf")
                .body(message);
            let answer = request.send().await.expect("it answers");
            let status = answer.status().as_u16();
            let text = answer.text().await.expect("a whole answer");
            (status, serde_json::from_str(&text).expect("JSON"))
        })
    }

    /// Asks the simulator's control face.
    pub(crate) fn sim(&self, method: &str, path: &str, body: &Value) -> Value {
        let url = format!("{}/sim/{path}", self.venue.address);
        let body = if method == "GET" {
            String::new()
        } else {
            body.to_string()
        };
        let (status, said) = self.ask(method, &url, None, body);
        assert_eq!(status, 200, "{said}");
        said
    }

    /// Lets the venue misbehave.
    pub(crate) fn misbehave(&self, rule: &Value) {
        self.sim("POST", "misbehave", rule);
    }

    /// How often the venue was asked so.
    pub(crate) fn asked(&self, method: &str, path: &str) -> usize {
        let requests = self.sim("GET", "requests", &Value::Null);
        let rows = requests.as_array().expect("a list");
        rows.iter()
            .filter(|row| row["method"] == method && row["path"] == path)
            .count()
    }

    /// A BUY of ten shares at the best ask.
    pub(crate) fn buy(&self, id: &str) -> Value {
        let book = &self.desk.book;
        json!({
            "v": 1, "id": id, "kind": "copy", "market": book.market, "token": book.token,
            "side": "BUY", "price": decimal(book.asks[0].0, 4), "shares": "10",
            "tick": decimal(book.tick_e4, 4), "order_type": "FOK", "neg_risk": book.neg_risk,
            "leader": LEADER, "leader_price": decimal(book.asks[0].0, 4),
            "leader_time_ms": now_ms(),
        })
    }

    /// Appends to the intents file.
    pub(crate) fn append(&self, text: &str) {
        let mut file = File::options()
            .append(true)
            .open(self.desk.file("intents.jsonl"))
            .expect("it is there");
        file.write_all(text.as_bytes()).expect("the folder is ours");
    }

    /// The state and code of the attempt for the sender's `id`, if there is one.
    pub(crate) fn state(&self, id: &str) -> Option<(String, Option<String>)> {
        let path = self.desk.file("orchestrator.sqlite");
        if !path.exists() {
            return None;
        }
        let db = audit::open(&path);
        db.query_row(
            "SELECT a.state, a.code FROM attempt a JOIN intent i USING (intent_id) \
             WHERE i.source_id = ?1",
            [id],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
        .optional()
        .expect("the outbox")
    }

    /// Waits until the attempt for the sender's `id` is in `state`.
    pub(crate) fn until(&self, id: &str, state: &str) -> Option<String> {
        let found = self.wait(|| self.state(id).filter(|(found, _)| found == state));
        match found {
            Some((_, code)) => code,
            None => panic!("{id} is {:?}, not {state}\n{}", self.state(id), self.log()),
        }
    }

    /// Asks again and again until there is an answer, or patience ends.
    pub(crate) fn wait<T>(&self, mut answer: impl FnMut() -> Option<T>) -> Option<T> {
        let patience_ms = u64::try_from(PATIENCE.as_millis()).expect("a minute");
        let until_ms = now_ms() + patience_ms / 2;
        while now_ms() < until_ms {
            if let Some(answer) = answer() {
                return Some(answer);
            }
            // The answer stands in another process's database, which tells
            // nobody that it changed; patience bounds how often it is asked.
            self.runtime
                .block_on(async { tokio::time::sleep(Duration::from_millis(10)).await });
        }
        None
    }

    /// The states that the attempt for the sender's `id` went through.
    pub(crate) fn steps(&self, id: &str) -> Vec<String> {
        let db = audit::open(&self.desk.file("orchestrator.sqlite"));
        let mut query = db
            .prepare(
                "SELECT s.state FROM step s JOIN intent i USING (intent_id) \
                 WHERE i.source_id = ?1 ORDER BY s.seq",
            )
            .expect("the outbox");
        let rows = query.query_map([id], |r| r.get(0)).expect("the steps");
        let mut states: Vec<String> = rows.collect::<Result<_, _>>().expect("the steps");
        // Remarks stand beside the state they were made in.
        states.dedup();
        states
    }

    /// How many steps the attempt for the sender's `id` took.
    pub(crate) fn step_count(&self, id: &str) -> usize {
        if self.state(id).is_none() {
            return 0;
        }
        self.steps(id).len()
    }

    /// Stops everything, and compares the three books to the unit.
    pub(crate) fn agree(mut self, run: Server) {
        assert!(run.stop().success(), "{}", self.log());
        let state = self.sim("GET", "state", &Value::Null);
        self.signer.take().expect("it runs").stop();
        let journal = self.desk.file("journal.sqlite");
        let outbox = self.desk.file("orchestrator.sqlite");
        let books = audit::read(&journal, &outbox, &state).expect("three books");
        assert_eq!(
            books.disagreements(FEE_CEILING_BPS),
            Vec::<String>::new(),
            "{}",
            self.log()
        );
    }

    /// How many orders the venue has.
    pub(crate) fn orders(&self) -> usize {
        let state = self.sim("GET", "state", &Value::Null);
        state["orders"].as_array().expect("a list").len()
    }

    /// What the orchestrator logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.desk.file("orchestrator.log")).unwrap_or_default()
    }
}
