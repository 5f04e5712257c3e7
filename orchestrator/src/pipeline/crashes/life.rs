//! One process after the other over the same database: open, turn, die.

use std::time::Duration;

use disk::{Disk, Keeps, Rng};
use tokio::sync::oneshot;

use super::super::{Gathered, Pipeline};
use super::audit::Audit;
use super::flights::Process;
use super::others::{Clients, Signer};
use super::tally::Tally;
use super::venue::Venue;
use crate::config::{OnUnknown, Trading};
use crate::intake::tail::Line;
use crate::intake::{Arrival, Reply};
use crate::metrics::Metrics;
use crate::store::Store;
use crate::{Trouble, clock};

pub(in crate::pipeline) const DATABASE: &str = "orchestrator.sqlite";
/// What the wallet begins with.
const FUNDS: u64 = 400_000_000;
const TOKENS: [&str; 2] = ["7001", "7002"];
/// How long an outbox may take to come to rest.
const REST_MS_MAX: u64 = 30 * 60_000;

/// As many lines has one outbox.
const LINES_MAX: usize = 40;

/// An outbox, and everyone around it.
pub(super) struct Era<'a> {
    pub(super) clients: &'a Clients,
    pub(super) disk: Disk,
    pub(super) audit: Audit,
    pub(super) signer: Signer,
    pub(super) venue: Venue,
    pub(super) trading: Trading,
    pub(super) now_ms: u64,
    /// A sync failed, and the machine did not.
    shaken: bool,
    /// Lines that were ever sent, the file that is read anew at each start.
    pub(super) lines: Vec<String>,
}

type Lived = Result<(), String>;

impl<'a> Era<'a> {
    pub(super) fn begin(clients: &'a Clients, now_ms: u64, lies: bool, rng: &mut Rng) -> Self {
        let disk = Disk::new();
        disk.lie(lies);
        Self {
            clients,
            disk,
            audit: Audit::default(),
            signer: Signer::default(),
            venue: Venue::new(FUNDS),
            trading: trading(*rng.pick(&[OnUnknown::Cancel, OnUnknown::Repost, OnUnknown::Wait])),
            now_ms,
            shaken: false,
            lines: Vec::new(),
        }
    }

    /// One process, from its start to the power's going.
    pub(super) fn life(&mut self, rng: &mut Rng, tally: &mut Tally) -> Lived {
        match rng.below(10) {
            // What a failed sync left is shown and not kept: a second fault
            // before it is written again is more than any log survives.
            _ if self.shaken => {}
            0..3 => self.disk.fuse(rng.below(8)),
            3..8 => self.disk.fuse(rng.below(150)),
            8 => self.disk.fail_sync(rng.below(12)),
            _ => {}
        }
        let until_ms = self.now_ms + rng.below(12_000);
        let lived = self.process(until_ms, true, rng, tally);
        self.disk.kill();
        let failed = self.disk.has_failed();
        tally.failed_syncs += u64::from(failed);
        tally.crashes += 1;
        tally.late += self.venue.sender_died(rng);
        let before = self.disk.tally();
        let keeps = if failed && rng.chance(60) {
            Keeps::Cached
        } else {
            *rng.pick(&Keeps::ALL)
        };
        self.shaken = failed && keeps == Keeps::Cached;
        self.disk.crash(keeps, rng);
        let after = self.disk.tally();
        tally.unsynced += after.unsynced - before.unsynced;
        tally.lost += after.lost - before.lost;
        let down_ms = if rng.chance(50) { 200 } else { 20_000 };
        self.pass(rng.below(down_ms), rng);
        lived
    }

    /// A last process that comes to rest, and is compared.
    pub(super) fn rest(&mut self, rng: &mut Rng, tally: &mut Tally) -> Lived {
        self.process(self.now_ms + REST_MS_MAX, false, rng, tally)?;
        let image = self.disk.image();
        let mut store = Store::open(&self.disk.file(DATABASE)).map_err(|e| e.to_string())?;
        let books = (&mut store, &image);
        self.audit.rested(books, &self.venue, FUNDS, tally)
    }

    fn pass(&mut self, ms: u64, rng: &mut Rng) {
        self.now_ms += ms;
        clock::simulated::set(self.now_ms);
        self.venue.advance(self.now_ms, rng);
    }

    /// Runs a process until `until_ms`, its end at rest, or the power's going.
    fn process(&mut self, until_ms: u64, busy: bool, rng: &mut Rng, tally: &mut Tally) -> Lived {
        self.pass(1, rng);
        let Some(pipeline) = self.start(tally)? else {
            tally.at_start += 1;
            return Ok(());
        };
        tally.recoveries += 1;
        let mut process = Process {
            pipeline,
            flights: Vec::new(),
            gathered: Gathered::default(),
            again: self.lines.clone(),
            idle: 0,
        };
        while self.now_ms < until_ms && !self.is_over() {
            self.turn(&mut process, busy, rng, tally)?;
            if !busy && self.is_at_rest(&mut process)? {
                return Ok(());
            }
            self.pass(process.pause_ms(self.now_ms)?, rng);
            self.land(&mut process, rng);
        }
        tally.in_flight += u64::from(!process.flights.is_empty());
        if busy || self.is_over() {
            Ok(())
        } else {
            let waited = Duration::from_millis(REST_MS_MAX);
            Err(format!("after {waited:?} it is not at rest"))
        }
    }

    /// A process that has taken over; none if the power went before.
    fn start(&mut self, tally: &mut Tally) -> Result<Option<Pipeline>, String> {
        let mut store = match Store::open(&self.disk.file(DATABASE)) {
            Err(_) | Ok(_) if self.is_over() => return Ok(None),
            Err(problem) => return Err(format!("the store does not open: {problem}")),
            Ok(store) => store,
        };
        self.audit.opened(&mut store, tally)?;
        let incidents = store.incidents(true).map_err(|e| e.to_string())?;
        if !incidents.is_empty() {
            return Err(format!("incidents: {incidents:?}"));
        }
        let mut pipeline = Pipeline::new(
            store,
            self.clients.signer.clone(),
            self.clients.clob.clone(),
            self.trading.clone(),
            40_000,
            Metrics::new(),
        );
        match pipeline.first_turn() {
            Ok(()) => Ok(Some(pipeline)),
            Err(trouble) => self.died(&trouble).map(|()| None),
        }
    }

    /// One turn, and what it lets begin.
    fn turn(
        &mut self,
        process: &mut Process,
        busy: bool,
        rng: &mut Rng,
        tally: &mut Tally,
    ) -> Lived {
        let told = self.arrivals(process, busy, rng, tally);
        let mut moves = !process.gathered.done.is_empty();
        let jobs = match process.pipeline.turn(&mut process.gathered) {
            Ok(jobs) => jobs,
            Err(trouble) => {
                // Who stops lets SQLite close the database, or is not so lucky.
                if rng.chance(50) {
                    self.disk.kill();
                }
                return self.died(&trouble);
            }
        };
        if self.is_over() {
            return Ok(());
        }
        tally.turns += 1;
        for told in told {
            self.hear(told, tally);
        }
        moves |= !jobs.is_empty();
        for job in jobs {
            let flight = self.ask(&mut process.pipeline, job, rng, tally)?;
            process.flights.push(flight);
        }
        // Without either no arrow was taken.
        if moves {
            self.audit.committed(&mut process.pipeline.store)?;
        }
        Ok(())
    }

    /// Whether the process can do no more: the power went, or a sync failed.
    fn is_over(&self) -> bool {
        self.disk.is_dead() || self.disk.has_failed()
    }

    /// A process ends by itself only because the power went.
    fn died(&self, trouble: &Trouble) -> Lived {
        if self.is_over() {
            Ok(())
        } else {
            Err(format!("the pipeline stopped: {trouble}"))
        }
    }

    fn is_at_rest(&self, process: &mut Process) -> Result<bool, String> {
        let open = process.pipeline.store.open_count();
        let open = open.map_err(|e| e.to_string())?;
        Ok(open == 0 && process.again.is_empty() && self.venue.is_at_rest())
    }

    /// Lines that arrive in this turn, each with where its answer goes.
    fn arrivals(
        &mut self,
        process: &mut Process,
        busy: bool,
        rng: &mut Rng,
        tally: &mut Tally,
    ) -> Vec<oneshot::Receiver<Reply>> {
        let mut lines = Vec::new();
        if let Some(line) = process.again.pop() {
            tally.sent_again += 1;
            lines.push(line);
        }
        if busy && self.lines.len() < LINES_MAX && rng.chance(10) {
            let line = line(self.lines.len(), rng);
            self.lines.push(line.clone());
            lines.push(line);
        }
        let arrive = |line| {
            let (to, told) = oneshot::channel();
            process.gathered.arrivals.push(Arrival {
                line: Line::Text(line),
                at: "a sender".to_owned(),
                reply: Some(to),
            });
            told
        };
        lines.into_iter().map(arrive).collect()
    }

    fn hear(&mut self, mut told: oneshot::Receiver<Reply>, tally: &mut Tally) {
        if let Ok(Reply::Taken {
            intent_id, state, ..
        }) = told.try_recv()
        {
            tally.taken += 1;
            self.audit.told(&intent_id, state);
        }
    }
}

pub(in crate::pipeline) const fn trading(on_unknown: OnUnknown) -> Trading {
    Trading {
        in_flight_max: 6,
        poll_ms: 1_000,
        idle_ms: 3_000,
        overlap_s: 30,
        absence_ms: 12_000,
        on_unknown,
        unknown_max: 3,
        unknown_age_ms: 120_000,
        fee_reserve_bps: 1_000,
        skew_ms: 5_000,
    }
}

/// A line that nobody sent before.
pub(super) fn line(nth: usize, rng: &mut Rng) -> String {
    let buys = rng.chance(60);
    let (kind, side) = match rng.below(3) {
        _ if buys => ("copy", "BUY"),
        0 => ("exit", "SELL"),
        _ => ("copy", "SELL"),
    };
    let shares = if buys {
        5 + rng.below(40)
    } else {
        1 + rng.below(25)
    };
    serde_json::json!({
        "v": 1, "id": format!("i{nth}"), "kind": kind, "side": side,
        "market": format!("0x{}", "11".repeat(32)),
        "token": rng.pick(&TOKENS), "price": format!("0.{}", 30 + rng.below(40)),
        "shares": shares.to_string(), "tick": "0.01",
        "order_type": if rng.chance(50) { "FOK" } else { "FAK" },
        "leader": format!("0x{}", "22".repeat(20)), "leader_price": "0.5",
        "leader_time_ms": 1_795_132_800_000_u64,
    })
    .to_string()
}
