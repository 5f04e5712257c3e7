//! The released signer on a clock that is moved, and the simulated exchange,
//! as an adversary's world.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use frame::intent::Intent;
use hostile::{Answer, By, Fill, Kill, Scene, Wallet, World};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use order::U256;
use serde_json::{Value, json};
use tests::bins::{self, Bins};
use tests::clock::now_ms;
use tests::desk::Desk;
use tests::process::{Server, gone};
use tests::session::{Carried, Explained, Session};
use tests::shifted::Shifted;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tonic::Status;
use wire::sign_order_response::Outcome;

use crate::posted;

/// More than any campaign spends, whole USDC.
const CASH: &str = "100000000";
/// Attempts at a connection while a door is being replaced.
const KNOCKS: u64 = 40;

/// Programs, people and money.
pub(crate) struct Stage {
    desk: Desk,
    signer: PathBuf,
    clock: Shifted,
    passed_s: u64,
    runtime: Runtime,
    venue: Server,
    http: reqwest::Client,
    /// Both are there but while a start is on its way.
    running: Option<(Server, Session)>,
    /// Why it ended by itself, if it did.
    pub(crate) fell: Option<String>,
}

impl Stage {
    /// A desk founded for `scene`, a moment ago; `signer` is attacked.
    pub(crate) fn set(bins: &Bins, signer: &Path, scene: &Scene) -> Self {
        let books = bins::workspace().join("tests/fixtures/books/standard.json");
        let desk = Desk::unfounded(bins, &books);
        desk.found_alive_for(&scene.bend(), scene.alive_hours);
        fund(&desk, scene);
        let clock = Shifted::new(&desk.folder);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        // reqwest is built without a provider of its own: one crypto stack. A
        // second installation is refused, and the first one stays.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let mut stage = Self {
            venue: desk.start_venue(),
            desk,
            signer: signer.to_owned(),
            clock,
            passed_s: 0,
            runtime,
            http: reqwest::Client::new(),
            running: None,
            fell: None,
        };
        stage.start();
        stage
    }

    /// A person starts the signer and unlocks it.
    fn start(&mut self) {
        let command = self.clock.on(self.desk.signer_command(&self.signer));
        let server = Server::start(command, &self.desk.file("signer.log"));
        self.desk.unlock().unwrap_or_else(|e| panic!("unlock: {e}"));
        let session = self.open(&server.address);
        let session = session.unwrap_or_else(|refused| panic!("no epoch: {refused}"));
        self.running = Some((server, session));
    }

    fn open(&self, address: &str) -> Result<Session, String> {
        let (pair, key) = (&self.desk.orchestrator_pair, self.desk.request_key);
        let mut refused = String::new();
        for _ in 0..KNOCKS {
            let opened = Session::open(address, pair, tests::desk::CALLER, key);
            match self.runtime.block_on(opened) {
                Ok(session) => return Ok(session),
                Err(status) => refused = status.to_string(),
            }
        }
        Err(refused)
    }

    /// Asks; and where the signer ended by itself, notes that and asks the next.
    fn sure<T>(
        &mut self,
        what: &str,
        ask: impl Fn(&Runtime, &mut Session) -> Result<T, Status>,
    ) -> T {
        let (_, session) = self.running.as_mut().expect("it runs");
        let why = match ask(&self.runtime, session) {
            Ok(answer) => return answer,
            Err(why) => why,
        };
        let (server, _) = self.running.take().expect("it ran");
        // Whoever is still there is waited for in vain, and that is a failure.
        let status = server.wait();
        let told = format!(
            "{what}: the signer ended by itself, {status}: {}",
            why.message()
        );
        self.fell.get_or_insert(told);
        self.start();
        let (_, session) = self.running.as_mut().expect("it runs");
        ask(&self.runtime, session).unwrap_or_else(|e| panic!("{what}: {e}"))
    }

    /// Sends all of these, and lets `meanwhile` happen once `after` were answered.
    fn in_flight(
        &mut self,
        intents: &[Intent],
        after: usize,
        meanwhile: impl FnOnce(&Server),
    ) -> Vec<Answer> {
        let (server, session) = self.running.as_mut().expect("it runs");
        let mut flying = JoinSet::new();
        let _entered = self.runtime.enter();
        for (nth, intent) in intents.iter().enumerate() {
            let request = session.request(intent);
            let mut client = session.client.clone();
            flying.spawn(async move { (nth, client.sign_order(request).await) });
        }
        let mut answers = vec![Answer::Lost; intents.len()];
        let mut meanwhile = Some(meanwhile);
        self.runtime.block_on(async {
            let mut answered = 0;
            loop {
                if answered == after
                    && let Some(meanwhile) = meanwhile.take()
                {
                    meanwhile(server);
                }
                let Some(landed) = flying.join_next().await else {
                    break;
                };
                let (nth, answer) = landed.expect("a question does not panic");
                answered += 1;
                if let Ok(answer) = answer {
                    let outcome = answer.into_inner().outcome.expect("an outcome");
                    answers[nth] = told(&outcome);
                }
            }
        });
        answers
    }

    fn ask_venue(&self, question: reqwest::RequestBuilder) -> Result<Value, String> {
        self.runtime.block_on(async {
            let answer = question.send().await.map_err(|e| e.to_string())?;
            let good = answer.status().is_success();
            let text = answer.text().await.map_err(|e| e.to_string())?;
            if good {
                serde_json::from_str(&text).map_err(|e| e.to_string())
            } else {
                Err(text)
            }
        })
    }
}

/// Gives the wallet what the scene declares, and an exchange without a ceiling.
fn fund(desk: &Desk, scene: &Scene) {
    let path = desk.file("venue.json");
    let text = fs::read_to_string(&path).expect("the desk wrote it");
    let mut venue: Value = serde_json::from_str(&text).expect("the desk wrote it");
    let positions: BTreeMap<_, _> = scene
        .declared
        .iter()
        .map(|(token, shares)| (token.to_string(), shares.to_string()))
        .collect();
    venue["accounts"][0]["collateral_balance"] = json!(CASH);
    venue["accounts"][0]["positions"] = json!(positions);
    venue["fee_ceiling_bps"] = json!(0);
    fs::write(&path, venue.to_string()).expect("the folder is ours");
}

fn told(outcome: &Outcome) -> Answer {
    match outcome {
        Outcome::Approved(approved) => Answer::Signed(posted::signed(approved)),
        Outcome::Denied(denied) => refused(denied),
    }
}

fn refused(denied: &wire::Denied) -> Answer {
    Answer::Denied {
        code: denied.code.clone(),
        retry_at_ms: denied.retry_at_ms,
    }
}

fn units(row: &Value) -> u64 {
    let text = row.as_str().expect("an amount is text");
    text.parse().expect("nobody owes")
}

fn end(pid: u32) {
    let pid = Pid::from_raw(pid.try_into().expect("a process id"));
    kill(pid, Signal::SIGKILL).expect("our own child");
}

impl World for Stage {
    fn now_ms(&mut self) -> u64 {
        now_ms() + self.passed_s * 1_000
    }

    fn pass(&mut self, seconds: u64) {
        self.passed_s += seconds;
        self.clock.pass(i64::try_from(seconds).expect("a few days"));
    }

    fn ask(&mut self, intents: &[Intent]) -> Vec<Answer> {
        self.in_flight(intents, usize::MAX, |_| {})
    }

    fn explain(&mut self, intent: &Intent) -> Answer {
        let (_, session) = self.running.as_mut().expect("it runs");
        match self.runtime.block_on(session.explain(intent)) {
            Ok(Explained::WouldApprove(_)) => Answer::Would,
            Ok(Explained::Denied(denied)) => refused(&denied),
            Err(_) => Answer::Lost,
        }
    }

    fn kill(&mut self, whom: Kill, intents: &[Intent], after: usize) -> Vec<Answer> {
        let (server, _) = self.running.as_ref().expect("it runs");
        // Whoever watched them may be gone before they are.
        let left = server.children();
        let mut there = true;
        let answers = self.in_flight(intents, after, |server| {
            let pid = match whom {
                Kill::Door => server.child("door"),
                Kill::Vault => server.child("vault"),
                Kill::Supervisor => Some(server.pid()),
            };
            there = pid.map(end).is_some();
        });
        let (server, _) = self.running.take().expect("it ran");
        let opened = if there && whom == Kill::Door {
            self.open(&server.address)
        } else {
            Err("it had ended by itself".to_owned())
        };
        match opened {
            Ok(session) => self.running = Some((server, session)),
            Err(why) => {
                if !there || whom == Kill::Door {
                    self.fell.get_or_insert(format!("a kill: {why}"));
                }
                server.kill();
                left.into_iter().for_each(gone);
                self.start();
            }
        }
        answers
    }

    fn status(&mut self) -> BTreeMap<String, String> {
        let standing = self.sure("a status", |on, session| on.block_on(session.status()));
        let lines = standing.lines.into_iter();
        lines.map(|line| (line.name, line.value)).collect()
    }

    fn freeze(&mut self) -> u64 {
        self.sure("a freeze", |on, session| {
            on.block_on(session.freeze("as it likes"))
        })
    }

    fn journal(&self) -> String {
        self.desk.journal_id.clone()
    }

    fn signed(&mut self, text: &str, by: By) -> Vec<u8> {
        match by {
            By::Quorum => self.desk.authority.by_quorum(text),
            By::Operator => self.desk.authority.by_operator(text),
        }
    }

    fn carry(&mut self, note: &[u8]) -> Result<(), String> {
        match self.sure("a note", |on, session| on.block_on(session.note(note))) {
            Carried::Noted(_) => Ok(()),
            Carried::Denied(denied) => Err(denied.code),
        }
    }

    fn settle(&mut self, fill: Fill<'_>) -> Result<(), String> {
        let mut body: Value = serde_json::from_str(&fill.order.posted).expect("as it was signed");
        body["making"] = json!(fill.making.to_string());
        body["fee"] = json!(fill.fee.to_string());
        if let Some(taking) = fill.taking {
            body["taking"] = json!(taking.to_string());
        }
        let url = format!("{}/sim/settle", self.venue.address);
        let question = self.http.post(url).body(body.to_string());
        self.ask_venue(question).map(|_| ())
    }

    fn wallet(&mut self) -> Wallet {
        let url = format!("{}/sim/state", self.venue.address);
        let state = self.ask_venue(self.http.get(url));
        let state = state.unwrap_or_else(|e| panic!("the exchange's books: {e}"));
        let balances = state["balances"].as_object().expect("wallets");
        let own = &self.desk.key.address;
        let row = balances
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(own));
        let (_, row) = row.expect("the wallet has money");
        let positions = row["positions"].as_object().expect("by token");
        let token = |text: &String| U256::from_str_radix(text, 10).expect("a token id");
        Wallet {
            cash: i128::from(units(&row["collateral"])),
            held: positions
                .iter()
                .map(|(text, row)| (token(text), units(row)))
                .collect(),
        }
    }
}
