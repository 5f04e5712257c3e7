//! A town: signer, venue, three witnesses and an orchestrator that carries
//! between them, all on one clock; and somebody who asks for orders beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use frame::intent::Intent;
use frame::local::Verb;
use serde_json::Value;
use tests::bins::{self, Bins};
use tests::clock::now_ms;
use tests::desk::Desk;
use tests::pki::Pair;
use tests::process::{PATIENCE, Server};
use tests::session::{self, Session};
use tests::shifted::Shifted;
use tests::{ask, control, keys, pki};
use wire::sign_order_response::Outcome;

/// As the policy has it.
pub(crate) const LATE_S: i64 = 900;
const OTHER: &str = "desk-b";
pub(crate) const JOURNAL: &str = "journal.sqlite";
pub(crate) const CONTROL: &str = "signer.sock";

/// Everything of one story.
pub(crate) struct Town {
    pub(crate) desk: Desk,
    pub(crate) clock: Shifted,
    pub(crate) witnesses: Vec<Option<Server>>,
    pub(crate) signer: Option<Server>,
    pub(crate) run: Option<Server>,
    venue: Server,
    other: (Pair, [u8; 32]),
    passed_s: u64,
}

/// The value of a line in a status or a fact.
pub(crate) fn line(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map(str::to_owned)
}

impl Town {
    /// A town where two of three witnesses are enough, and all of it runs.
    pub(crate) fn open() -> Self {
        let books = bins::workspace().join("tests/fixtures/books/standard.json");
        let desk = Desk::unfounded(Bins::debug(), &books);
        let pair = pki::pair(&desk.folder, OTHER);
        let key = keys::random();
        desk.add_caller(OTHER, "orchestrator", &pair.pin, &key);
        let made: Vec<_> = (1..=3).map(|nth| new_key(&desk, nth)).collect();
        let witnesses = format!("3\nkey {}", made.join("\nkey "));
        desk.found(&[
            ("witness_threshold", "2"),
            ("witnesses", &witnesses),
            ("advance_usdc", "50"),
        ]);
        let clock = Shifted::new(&desk.folder);
        let venue = desk.start_venue();
        let mut town = Self {
            desk,
            clock,
            witnesses: vec![None, None, None],
            signer: None,
            run: None,
            venue,
            other: (pair, key),
            passed_s: 0,
        };
        let log = town.log_key();
        let mut section = String::from("\n[witness]\ntimeout_ms = 500\n");
        for (nth, key) in made.iter().enumerate() {
            init_witness(&town.desk, nth + 1, &log);
            town.start_witness(nth);
            let url = &town.witness(nth).address;
            fix(&town.desk.file(&format!("w{}.toml", nth + 1)), url);
            let each = [
                "[[witness.each]]\nkey = \"",
                key,
                "\"\nurl = \"",
                url,
                "\"\n",
            ];
            section += &each.concat();
        }
        town.start_signer();
        let signer = town.address();
        fix(&town.desk.file("signer.toml"), &signer);
        town.configure(&section);
        town.start_run();
        town.until("state", "ACTIVE");
        town
    }

    fn configure(&self, section: &str) {
        let desk = &self.desk;
        desk.write_orchestrator_config(&self.address(), &self.venue.address);
        pki::secret_file(&desk.file("intent.token"), &[b'x'; 40]);
        fs::write(desk.file("intents.jsonl"), "").expect("the folder is ours");
        let more = "\n[intake]\nhttp = \"127.0.0.1:0\"\ntoken = \"intent.token\"\n";
        let path = desk.file("orchestrator.toml");
        let text = fs::read_to_string(&path).expect("it was written");
        fs::write(&path, text + more + section).expect("the folder is ours");
    }

    fn log_key(&self) -> String {
        let ran = self
            .desk
            .signerctl(&["audit", "verify", "--journal", JOURNAL]);
        line(&ran.stdout, "log_key").unwrap_or_else(|| panic!("{}", ran.stderr))
    }

    fn witness(&self, nth: usize) -> &Server {
        self.witnesses[nth].as_ref().expect("it runs")
    }

    pub(crate) fn start_witness(&mut self, nth: usize) {
        let mut command = Command::new(&self.desk.bins.orchestrator);
        let config = format!("w{}.toml", nth + 1);
        command
            .current_dir(&self.desk.folder)
            .args(["witness", "--config", &config]);
        let log = self.desk.file(&format!("w{}.log", nth + 1));
        self.witnesses[nth] = Some(Server::start(self.clock.on(command), &log));
    }

    pub(crate) fn stop_witness(&mut self, nth: usize) {
        self.witnesses[nth].take().expect("it runs").stop();
    }

    pub(crate) fn start_signer(&mut self) {
        let command = self.desk.signer_command(&self.desk.bins.signer);
        let log = self.desk.file("signer.log");
        self.signer = Some(Server::start(self.clock.on(command), &log));
        self.desk.unlock().unwrap_or_else(|e| panic!("unlock: {e}"));
    }

    pub(crate) fn stop_signer(&mut self) {
        assert!(self.signer.take().expect("it runs").stop().success());
    }

    pub(crate) fn start_run(&mut self) {
        let mut command = Command::new(&self.desk.bins.orchestrator);
        command.current_dir(&self.desk.folder).arg("run");
        let log = self.desk.file("orchestrator.log");
        self.run = Some(Server::start(self.clock.on(command), &log));
    }

    pub(crate) fn stop_run(&mut self) {
        self.run.take().expect("it runs").stop();
    }

    fn address(&self) -> String {
        self.signer.as_ref().expect("it runs").address.clone()
    }

    /// Lets time pass for all of them.
    pub(crate) fn pass(&mut self, seconds: i64) {
        self.clock.pass(seconds);
        self.passed_s += u64::try_from(seconds).expect("forward");
    }

    /// What the signer answers to an intent: `YES`, or the code.
    pub(crate) fn ask(&self, intent: Intent) -> String {
        self.ask_at(&self.address(), intent)
    }

    pub(crate) fn ask_at(&self, address: &str, intent: Intent) -> String {
        let intent = ask::later(intent, self.passed_s);
        let (pair, key) = &self.other;
        let outcome = session::run(async {
            let opened = Session::open(address, pair, OTHER, *key).await;
            let mut session = opened.unwrap_or_else(|e| panic!("an epoch: {e}"));
            session.sign(&intent).await.expect("an answer")
        });
        match outcome {
            Outcome::Approved(_) => "YES".to_owned(),
            Outcome::Denied(denied) => denied.code,
        }
    }

    pub(crate) fn buy(&self, name: &str) -> String {
        self.ask(ask::buy(&self.desk.book, name))
    }

    /// Asks to sell one share for what the policy lets go.
    pub(crate) fn exit(&self, name: &str) -> String {
        self.ask(ask::exit(&self.desk.book, name, 100, 3_000))
    }

    pub(crate) fn status(&self) -> String {
        self.status_of(Path::new(CONTROL))
    }

    pub(crate) fn status_of(&self, socket: &Path) -> String {
        let path = self.desk.folder.join(socket);
        control::ask(&path, Verb::Status, b"").unwrap_or_else(|e| panic!("{e}"))
    }

    pub(crate) fn says(&self, name: &str) -> String {
        line(&self.status(), name).unwrap_or_default()
    }

    /// A figure of the status, in base units.
    pub(crate) fn units(&self, name: &str) -> u64 {
        let text = self.says(name);
        let units = order::CollateralUnits::parse(&text);
        units.unwrap_or_else(|_| panic!("{name} {text:?}")).get()
    }

    /// Waits until a line of the status is this.
    pub(crate) fn until(&self, name: &str, value: &str) {
        let found = wait(|| self.says(name) == value);
        let log = || fs::read_to_string(self.desk.file("orchestrator.log")).unwrap_or_default();
        let tail = |text: &str| text[text.len().saturating_sub(2_000)..].to_owned();
        assert!(
            found,
            "{name} is not {value}:\n{}\n{}",
            self.status(),
            tail(&log())
        );
    }

    /// Waits until the witnesses hold all that the signer wants them to.
    pub(crate) fn until_held(&self) {
        let held = || {
            let number = |name| self.says(name).parse::<u64>().expect("a number");
            number("witnessed_leaves") >= number("witness_needs_leaves")
        };
        assert!(wait(held), "{}", self.status());
    }

    /// The newest head that the orchestrator kept, with its witnesses' lines.
    pub(crate) fn kept(&self) -> String {
        let bytes = fs::read(self.desk.file("orchestrator.sqlite.witnesses")).expect("kept");
        let kept: Value = serde_json::from_slice(&bytes).expect("JSON");
        let note = kept["cosigned"]["note"].as_str().expect("a note");
        note.to_owned()
    }

    /// Carries a note to the signer as its operator.
    pub(crate) fn carry(&self, note: &[u8]) -> Result<String, String> {
        self.desk.ask(Verb::Note, note)
    }

    /// The journal's files, as a copy of the disk has them.
    pub(crate) fn copy(&self) -> Vec<(String, Vec<u8>)> {
        let names = ["", "-wal"].map(|suffix| format!("{JOURNAL}{suffix}"));
        let read = |name: String| Some((name.clone(), fs::read(self.desk.file(&name)).ok()?));
        names.into_iter().filter_map(read).collect()
    }
}

/// Puts a copy in the journal's place.
pub(crate) fn restore(copy: &[(String, Vec<u8>)], folder: &Path) {
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(folder.join(format!("{JOURNAL}{suffix}"))).ok();
    }
    for (name, bytes) in copy {
        fs::write(folder.join(name), bytes).expect("the folder is ours");
    }
}

/// Makes the key of the `nth` witness; what others check it with.
fn new_key(desk: &Desk, nth: usize) -> String {
    let (file, name) = (format!("w{nth}.key"), format!("example.com/witness-{nth}"));
    let made = desk.orchestrator(&["witness", "key", "new", &file, "--name", &name]);
    assert!(made.status.success(), "{}", made.stderr);
    made.stdout.trim().to_owned()
}

fn init_witness(desk: &Desk, nth: usize, log: &str) {
    let config = format!(
        "listen = \"127.0.0.1:0\"\nname = \"example.com/witness-{nth}\"\nkey = \"w{nth}.key\"\n\
         database = \"w{nth}.sqlite\"\nlogs = [\"{log}\"]\n"
    );
    let name = format!("w{nth}.toml");
    fs::write(desk.file(&name), config).expect("the folder is ours");
    let made = desk.orchestrator(&["witness", "init", "--config", &name]);
    assert!(made.status.success(), "{}", made.stderr);
}

/// Lets whoever has this configuration listen where it listened first.
fn fix(config: &PathBuf, address: &str) {
    let text = fs::read_to_string(config).expect("it was written");
    let address = address.trim_start_matches("http://");
    fs::write(config, text.replace("127.0.0.1:0", address)).expect("the folder is ours");
}

/// Asks again and again until it is so, or patience ends.
pub(crate) fn wait(mut is_so: impl FnMut() -> bool) -> bool {
    let patience_ms = u64::try_from(PATIENCE.as_millis()).expect("a minute");
    let until_ms = now_ms() + patience_ms;
    while now_ms() < until_ms {
        if is_so() {
            return true;
        }
        // Other programs tell nobody when they are done; patience bounds how
        // often they are asked.
        session::run(async { tokio::time::sleep(std::time::Duration::from_millis(50)).await });
    }
    false
}
