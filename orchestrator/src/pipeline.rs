//! From a line to a settled row: one loop, one owner of the store.
//!
//! For: turning what arrived and what was learnt into arrows, one transaction
//! a turn, and beginning the effects that those arrows announce.
//!
//! Never touches: what an answer means (see [`evidence`](crate::evidence) and
//! [`reconcile`](crate::reconcile)).
//!
//! Invariant: a turn gathers, decides and writes, commits, and only then lets
//! effects begin and senders hear. A process that dies anywhere resumes from
//! what it wrote.
//! Invariant: effects run beside one another, at most one an attempt, and never
//! see the store.

mod absence;
mod begin;
mod copying;
#[cfg(test)]
mod crashes;
mod exits;
mod followers;
mod funds;
mod gate;
mod jobs;
mod learn;
mod look;
mod place;
mod reserve;
mod unattested;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::alerts::exports::Bell;
use crate::clob::{Clob, Gamma};
use crate::config::Trading;
use crate::copy::Copy;
use crate::intake::{Arrival, QUEUE, Reply};
use crate::metrics::Metrics;
use crate::signer::SignerClient;
use crate::store::{Key, Store};
use crate::{Trouble, clock};
use absence::Absence;
use gate::Gate;
use jobs::{Done, Job};
use place::{Page, Place};

pub use copying::AS_WRITTEN;
pub use gate::duration;

/// The longest pause of the loop: whatever else may have been added to the
/// database is seen after it.
const PAUSE_MS_MAX: u64 = 250;
/// The first pause between two looks after something moved.
const LOOK_MS_MIN: u64 = 50;

/// Outbox, ledger, and the ways to signer and venue.
pub struct Pipeline {
    store: Store,
    desk: Desk,
}

/// Everything but the store.
struct Desk {
    signer: SignerClient,
    clob: Clob,
    trading: Trading,
    intent_ttl_ms: u64,
    /// What leaders' trades are decided by, and where their markets are listed.
    copy: Copy,
    gamma: Option<Gamma>,
    metrics: Metrics,
    /// Attempts that an effect is running for.
    flying: BTreeSet<Key>,
    /// When an attempt may be tried again.
    next_try: BTreeMap<Key, u64>,
    /// What is known of orders that the venue may have.
    watched: BTreeMap<Key, Watched>,
    gate: Gate,
    looks: Looks,
    /// Tokens of which shares are missing, since when.
    missing: BTreeMap<String, u64>,
    /// Found in this turn: code and detail.
    incidents: Vec<(String, String)>,
    /// The last stop that was logged.
    told: Option<&'static str>,
    /// What is decided is not asked for.
    shadow: bool,
    /// It ends: nothing begins any more.
    draining: bool,
    /// Who hears that the signer's key is asked for.
    bell: Bell,
}

/// What is known of one order that the venue may have.
#[derive(Debug, Default)]
struct Watched {
    absence: Absence,
    /// The first cancellation of an UNKNOWN was answered.
    cancel_answered: bool,
    /// How often the identical bytes were sent again.
    reposts: u8,
    /// When it was last asked for.
    asked_ms: u64,
    /// When the last answer to a POST of it came, or failed to.
    sent_ms: u64,
}

/// When the venue is looked at.
#[derive(Debug, Default)]
struct Looks {
    running: bool,
    /// A full look was complete once.
    complete_once: bool,
    next_ms: u64,
    next_full_ms: u64,
    pause_ms: u64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every attempt is in a terminal state.
    Idle,
    /// Time ran out with this many attempts open.
    Open(usize),
    /// It was asked to stop, and what was under way came to its answer.
    Stopped,
}

/// How long to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Until asked to stop.
    Stopped,
    /// Until no attempt is open, or this moment, unix milliseconds.
    Idle(u64),
}

impl Pipeline {
    /// Brings the rooms together.
    #[must_use]
    pub fn new(
        store: Store,
        signer: SignerClient,
        clob: Clob,
        trading: Trading,
        intent_ttl_ms: u64,
        metrics: Metrics,
    ) -> Self {
        let gate = Gate {
            incomplete: Some("the first look is not over".to_owned()),
            place: Place::default(),
            keys: clob.age(),
            skew_ms: (0, trading.skew_ms),
            version: gate::API_VERSION,
            closed_only: false,
            mode: crate::clob::mode::Mode::Normal,
            unknowns: crate::store::Unknowns::default(),
            unknown_max: trading.unknown_max,
            unknown_age_ms: trading.unknown_age_ms,
        };
        let desk = Desk {
            signer,
            clob,
            trading,
            intent_ttl_ms,
            copy: Copy::default(),
            gamma: None,
            metrics,
            flying: BTreeSet::new(),
            next_try: BTreeMap::new(),
            watched: BTreeMap::new(),
            gate,
            looks: Looks {
                pause_ms: LOOK_MS_MIN,
                ..Looks::default()
            },
            missing: BTreeMap::new(),
            incidents: Vec::new(),
            told: None,
            shadow: false,
            draining: false,
            bell: Bell::default(),
        };
        Self { store, desk }
    }

    /// Copies leaders' trades by `copy`, whose markets `gamma` lists.
    #[must_use]
    pub fn copying(mut self, copy: Copy, gamma: Gamma) -> Self {
        self.desk.copy = copy;
        self.desk.gamma = Some(gamma);
        self
    }

    /// Asks the page at `url` each `every_ms` whether this host may trade.
    #[must_use]
    pub fn from_where(mut self, url: String, every_ms: u64) -> Self {
        self.desk.gate.place = Place::of(Page { url, every_ms });
        self
    }

    /// Decides, and asks nobody for an order: neither signer nor venue.
    #[must_use]
    pub fn in_shadow(mut self) -> Self {
        self.desk.shadow = true;
        self
    }

    /// Tells `bell` what the signer says of exports.
    #[must_use]
    pub fn ringing(mut self, bell: Bell) -> Self {
        self.desk.bell = bell;
        self
    }

    /// Works until `until`, on what arrives, or until `stop` says so.
    ///
    /// # Errors
    ///
    /// [`Trouble`] when the store fails, someone lies, or what cannot be was
    /// found; the latter is written down first.
    pub async fn run(
        &mut self,
        mut arrivals: mpsc::Receiver<Arrival>,
        mut stop: watch::Receiver<bool>,
        until: Until,
    ) -> Result<Ended, Trouble> {
        let mut effects: JoinSet<Done> = JoinSet::new();
        self.first_turn()?;
        let mut gathered = Gathered::default();
        loop {
            let jobs = self.turn(&mut gathered)?;
            for job in jobs {
                let (clob, signer) = (self.desk.clob.clone(), self.desk.signer.clone());
                effects.spawn(job.run(clob, signer));
            }
            let all_in = arrivals.is_closed() && arrivals.is_empty();
            if let Some(ended) = self.ended(until, all_in, &effects)? {
                return Ok(ended);
            }
            let pause_ms = self.desk.pause_ms(clock::now_ms(), until);
            tokio::select! {
                biased;
                changed = stop.changed(), if !self.desk.draining => {
                    self.desk.draining = changed.is_err() || *stop.borrow();
                    arrivals.close();
                }
                Some(done) = effects.join_next(), if !effects.is_empty() => {
                    gathered.done.push(done.map_err(|_ignored| {
                        Trouble::Invariant("an effect does not panic")
                    })?);
                }
                Some(arrival) = arrivals.recv(), if !self.desk.draining => {
                    gathered.arrivals.push(arrival);
                }
                // The venue tells nobody that an order was filled: this is when
                // the next look is due. Any event above ends the wait at once.
                () = tokio::time::sleep(Duration::from_millis(pause_ms)) => {}
            }
            while let Some(done) = effects.try_join_next() {
                gathered
                    .done
                    .push(done.map_err(|_ignored| Trouble::Invariant("an effect does not panic"))?);
            }
            while gathered.arrivals.len() < QUEUE
                && let Ok(arrival) = arrivals.try_recv()
            {
                gathered.arrivals.push(arrival);
            }
        }
    }

    /// Takes every attempt over from the process before this one.
    fn first_turn(&mut self) -> Result<(), Trouble> {
        let mut turn = self.store.turn()?;
        for mut row in turn.open_attempts()? {
            self.desk.restarted(&mut turn, &mut row)?;
        }
        turn.commit()?;
        Ok(())
    }

    /// One turn: everything gathered becomes arrows, in one transaction. The
    /// jobs that it returns may begin, because their arrows are on disk.
    fn turn(&mut self, gathered: &mut Gathered) -> Result<Vec<Job>, Trouble> {
        let now_ms = clock::now_ms();
        let mut turn = self.store.turn()?;
        let mut replies = Vec::new();
        for arrival in gathered.arrivals.drain(..) {
            let (line, at) = (&arrival.line, &arrival.at);
            let reply = self.desk.admit(&mut turn, line, at, now_ms)?;
            replies.push((arrival.reply, reply));
        }
        for done in gathered.done.drain(..) {
            self.desk.done(&mut turn, done)?;
        }
        let mut jobs = Vec::new();
        if !self.desk.draining && self.desk.incidents.is_empty() {
            jobs = self.desk.begin(&mut turn, now_ms)?;
        }
        for (code, detail) in &self.desk.incidents {
            turn.incident(code, detail, now_ms)?;
        }
        turn.commit()?;
        for (to, reply) in replies {
            tell(to, reply);
        }
        if let Some((code, detail)) = self.desk.incidents.pop() {
            return Err(Trouble::Incident { code, detail });
        }
        for job in &jobs {
            self.desk.flying.extend(job.key());
        }
        Ok(jobs)
    }

    fn ended(
        &mut self,
        until: Until,
        all_in: bool,
        effects: &JoinSet<Done>,
    ) -> Result<Option<Ended>, Trouble> {
        if self.desk.draining {
            return Ok(effects.is_empty().then_some(Ended::Stopped));
        }
        let Until::Idle(until_ms) = until else {
            return Ok(None);
        };
        let open = self.store.open_count()?;
        if open == 0 && all_in && self.desk.looks.complete_once {
            return Ok(Some(Ended::Idle));
        }
        Ok((clock::now_ms() >= until_ms).then_some(Ended::Open(open)))
    }
}

/// What one turn works on.
#[derive(Default)]
struct Gathered {
    arrivals: Vec<Arrival>,
    done: Vec<Done>,
}

fn tell(to: Option<tokio::sync::oneshot::Sender<Reply>>, reply: Reply) {
    if let Some(to) = to
        && to.send(reply).is_err()
    {
        tracing::debug!("the sender went away; its line is on disk");
    }
}

impl Desk {
    /// Milliseconds until something is due, at least one.
    fn pause_ms(&self, now_ms: u64, until: Until) -> u64 {
        let mut due_ms = now_ms.saturating_add(PAUSE_MS_MAX);
        if self.draining {
            // Only answers matter now, and they wake the loop themselves.
            return PAUSE_MS_MAX;
        }
        if !self.looks.running {
            due_ms = due_ms.min(self.looks.next_ms);
        }
        let tries = self.next_try.iter();
        if let Some((_, next)) = tries
            .filter(|(key, _)| !self.flying.contains(*key))
            .min_by_key(|(_, next)| **next)
        {
            due_ms = due_ms.min(*next);
        }
        if let Until::Idle(until_ms) = until {
            due_ms = due_ms.min(until_ms);
        }
        due_ms.saturating_sub(now_ms).max(1)
    }
}
