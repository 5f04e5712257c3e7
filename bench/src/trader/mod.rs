//! The orchestrator alone: how long from an intent's arrival to its order's
//! POST, without what the signer and the venue take for their part.
//!
//! The program, its store and its sockets are real. In place of the signer is
//! one that signs at once; in place of the venue, one that refuses at once.

mod between;
mod stand_in;

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use tests::book::decimal;
use tests::clock::now_ms;
use tests::desk::{Desk, LEADER};
use tests::pki;
use tests::process::Server;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use self::stand_in::StandIn;
use crate::disk::Disk;
use crate::fixture::{self, Programs};
use crate::{clock, door};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// Longer than any look at the account, far shorter than a person waits.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the disk and the programs rest between two intents.
const IDLE: Duration = Duration::from_millis(25);
/// Intents before anything is timed: connections open, tables are read.
const WARMING: usize = 5;

/// What the two ends of the orchestrator saw.
pub(crate) enum Event {
    /// A question for an order was here so long.
    Signed { began: Instant, ended: Instant },
    /// Another question was at the venue so long.
    Asked { began: Instant, ended: Instant },
    /// An order was posted.
    Posted(Instant),
}

/// One intent's way, nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    /// From its arrival to the question for its order.
    pub(crate) to_signer_ns: u64,
    /// From the answer to the POST.
    pub(crate) to_venue_ns: u64,
    /// Of both, what the venue took to answer other questions.
    pub(crate) asking_ns: u64,
}

impl Way {
    /// What is the orchestrator's own of it.
    pub(crate) const fn own_ns(&self) -> u64 {
        (self.to_signer_ns + self.to_venue_ns).saturating_sub(self.asking_ns)
    }
}

/// Samples of one round.
#[derive(Default)]
pub(crate) struct Ways {
    pub(crate) ways: Vec<Way>,
    /// A page written and synced after as long a rest.
    pub(crate) idle_sync_ns: Vec<u64>,
    /// A question and its answer over loopback HTTP, after as long a rest.
    pub(crate) http_echo_ns: Vec<u64>,
}

/// A running orchestrator between its two stand-ins.
pub(crate) struct Trader {
    desk: Desk,
    venue: Server,
    orchestrator: Server,
    events: UnboundedReceiver<Event>,
    http: reqwest::Client,
    between: String,
    disk: Disk,
    asked: usize,
}

impl Trader {
    /// Starts it, and waits until it posts.
    pub(crate) async fn start(programs: &Programs) -> Result<Self, String> {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let desk = fixture::desk(&programs.bins);
        let venue = desk.start_venue();
        let (tell, events) = unbounded_channel();
        let stand_in = StandIn::new(
            desk.request_key,
            desk.key.bytes,
            &desk.key.address,
            tell.clone(),
        );
        let (pair, at_venue) = (desk.signer_pair.clone(), venue.address.clone());
        let (say, heard) = std::sync::mpsc::channel();
        // A thread of their own: what they do is not the load's.
        std::thread::spawn(move || {
            tests::session::run(async move {
                let bind = || TcpListener::bind("127.0.0.1:0");
                let signer = bind().await.expect("a free port");
                let venue = bind().await.expect("a free port");
                let address = |listener: &TcpListener| listener.local_addr().expect("it is bound");
                say.send((address(&signer), address(&venue))).ok();
                let between = between::serve(venue, at_venue, tell);
                tokio::join!(door::serve(signer, &pair, stand_in), between);
            });
        });
        let (signer, venue_address) = heard.recv().map_err(|e| e.to_string())?;
        let between = format!("http://{venue_address}");
        configure(&desk, &signer.to_string(), &between)?;
        let mut command = Command::new(&desk.bins.orchestrator);
        command.current_dir(&desk.folder).arg("run");
        let orchestrator = Server::start(command, &desk.file("orchestrator.log"));
        let http = reqwest::Client::builder().no_proxy().build();
        let mut trader = Self {
            disk: Disk::new(&desk.folder)?,
            desk,
            venue,
            orchestrator,
            events,
            http: http.map_err(|e| e.to_string())?,
            between,
            asked: 0,
        };
        trader.round(WARMING).await?;
        Ok(trader)
    }

    /// Where the simulator is.
    pub(crate) fn venue(&self) -> &str {
        &self.venue.address
    }

    /// `count` lone intents, and beside each what it is compared with.
    pub(crate) async fn round(&mut self, count: usize) -> Result<Ways, String> {
        let mut ways = Ways::default();
        for _ in 0..count {
            clock::rest(IDLE).await;
            ways.ways.push(self.one().await?);
            clock::rest(IDLE).await;
            ways.idle_sync_ns.push(self.disk.sync()?);
            clock::rest(IDLE).await;
            ways.http_echo_ns.push(self.echo().await?);
        }
        Ok(ways)
    }

    async fn one(&mut self) -> Result<Way, String> {
        while self.events.try_recv().is_ok() {}
        self.asked += 1;
        let book = &self.desk.book;
        let (ask, _) = book.asks[0];
        let price = decimal(ask, 4);
        let line = json!({
            "v": 1, "id": format!("bench-{}", self.asked), "kind": "copy",
            "market": book.market, "token": book.token, "side": "BUY", "price": price,
            "shares": "10", "tick": decimal(book.tick_e4, 4), "order_type": "FOK",
            "neg_risk": book.neg_risk, "leader": LEADER, "leader_price": price,
            "leader_time_ms": now_ms(),
        });
        let request = self
            .http
            .post(format!("{}/intent", self.orchestrator.address))
            .header("Authorization", format!("Bearer {TOKEN}"))
            .body(line.to_string());
        let began = clock::now();
        let answer = request.send().await.map_err(|e| e.to_string())?;
        if answer.status().as_u16() != 202 {
            let text = answer.text().await.unwrap_or_default();
            return Err(format!("the orchestrator did not take an intent: {text}"));
        }
        timeout(PATIENCE, self.way(began))
            .await
            .map_err(|_| self.silent())?
    }

    /// Follows an intent that arrived at `began`.
    async fn way(&mut self, began: Instant) -> Result<Way, String> {
        let mut signed = None;
        let mut asking_ns = 0;
        let between = |from: Instant, to: Instant| clock::ns(to.saturating_duration_since(from));
        while let Some(event) = self.events.recv().await {
            match event {
                Event::Signed { began, ended } => signed = Some((began, ended)),
                Event::Asked { began, ended } => asking_ns += between(began, ended),
                Event::Posted(posted) => {
                    let (asked, answered) = signed.ok_or("an order that nobody signed")?;
                    return Ok(Way {
                        to_signer_ns: between(began, asked),
                        to_venue_ns: between(answered, posted),
                        asking_ns,
                    });
                }
            }
        }
        Err("the stand-ins are gone".to_owned())
    }

    fn silent(&self) -> String {
        let log = fs::read_to_string(&self.orchestrator.log).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(5).collect();
        format!("the orchestrator posted nothing; its log ends: {tail:?}")
    }

    async fn echo(&self) -> Result<u64, String> {
        let request = self.http.post(format!("{}/echo", self.between));
        let request = request.body("x".repeat(512));
        let began = clock::now();
        let answer = request.send().await.map_err(|e| e.to_string())?;
        answer.bytes().await.map_err(|e| e.to_string())?;
        Ok(clock::ns_since(began))
    }
}

fn configure(desk: &Desk, signer: &str, venue: &str) -> Result<(), String> {
    desk.write_orchestrator_config(signer, venue);
    pki::secret_file(&desk.file("intent.token"), TOKEN.as_bytes());
    let path = desk.file("orchestrator.toml");
    let bad = |e: std::io::Error| format!("{}: {e}", path.display());
    fs::write(desk.file("intents.jsonl"), "").map_err(bad)?;
    let text = fs::read_to_string(&path).map_err(bad)?;
    let text = text.replace("[clob]", "[clob]\npost_only_after_restart_ms = 0");
    let more = "\n[intake]\nhttp = \"127.0.0.1:0\"\ntoken = \"intent.token\"\n";
    fs::write(&path, text + more).map_err(bad)
}
