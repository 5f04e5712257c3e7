//! From a line in a file to a settled row: one arrow at a time.
//!
//! Invariant: each arrow is on disk before its effect, so a process that dies
//! anywhere resumes from what it wrote.

use std::time::Duration;

use crate::clob::{Clob, body};
use crate::intent::Intent;
use crate::signer::{Answer, SignerClient};
use crate::state::State;
use crate::store::{Attempt, News, Store};
use crate::{Trouble, clock, day, reconcile};

/// How long to wait before the venue or the signer is asked again.
const PAUSE: Duration = Duration::from_millis(50);

/// What the pipeline works with.
pub struct Pipeline {
    /// Outbox and ledger.
    pub store: Store,
    /// The way to the signer.
    pub signer: SignerClient,
    /// The way to the venue.
    pub clob: Clob,
    /// How long an intent is good for after first sight.
    pub intent_ttl_ms: u64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every attempt is in a terminal state.
    Idle,
    /// Time ran out with this many attempts open.
    Open(usize),
}

impl Pipeline {
    /// Takes in one line of intents. A line that cannot be understood is
    /// logged and left out; it is not a reason to stop.
    ///
    /// # Errors
    ///
    /// [`Trouble`] when the store fails.
    pub fn admit(&mut self, line: &str) -> Result<(), Trouble> {
        let intent = match Intent::parse(line) {
            Ok(intent) => intent,
            Err(problem) => {
                tracing::warn!(problem, "intent not understood");
                return Ok(());
            }
        };
        let seen_ms = clock::now_ms();
        let name = ring::digest::digest(&ring::digest::SHA256, intent.source_id.as_bytes());
        let name: String = hex::encode(name).chars().take(24).collect();
        let intent_id = format!("{}-{name}", day::utc_day(seen_ms));
        let deadline_ms = seen_ms.saturating_add(self.intent_ttl_ms);
        if !self
            .store
            .admit(&intent, &intent_id, seen_ms, deadline_ms)?
        {
            tracing::info!(source = intent.source_id, "intent known already");
        }
        Ok(())
    }

    /// Moves every open attempt as far as it goes, until none is open or
    /// `until_ms` has come.
    ///
    /// # Errors
    ///
    /// [`Trouble`] when the store fails or someone lies.
    pub async fn drive(&mut self, until_ms: u64) -> Result<Ended, Trouble> {
        loop {
            let open = self.store.open_attempts()?;
            if open.is_empty() {
                return Ok(Ended::Idle);
            }
            let mut moved = false;
            let left = open.len();
            for mut row in open {
                while self.step(&mut row).await? {
                    moved = true;
                }
            }
            if clock::now_ms() >= until_ms {
                return Ok(Ended::Open(left));
            }
            if !moved {
                // Nothing to do until the venue's next word: a poll interval.
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Takes one arrow of `row`, or none if it must wait.
    async fn step(&mut self, row: &mut Attempt) -> Result<bool, Trouble> {
        match row.state {
            State::Intent | State::SignRequested | State::Signed
                if clock::now_ms() >= row.deadline_ms =>
            {
                let news = News::Because {
                    code: "DEADLINE_PASSED",
                    detail: "not sent in time",
                };
                self.store.advance(row, State::Expired, &news)?;
                Ok(true)
            }
            State::Intent => {
                self.store
                    .advance(row, State::SignRequested, &News::Nothing)?;
                Ok(true)
            }
            State::SignRequested => self.sign(row).await,
            State::Signed => {
                self.store.advance(row, State::Posting, &News::Nothing)?;
                let body = row
                    .body
                    .clone()
                    .ok_or(Trouble::Invariant("a signed order has a body"))?;
                let hash = row
                    .order_hash
                    .clone()
                    .ok_or(Trouble::Invariant("a signed order has a hash"))?;
                let posted = self.clob.post_order(&body, &hash).await;
                reconcile::posted(&mut self.store, row, &posted)?;
                Ok(true)
            }
            State::Posting => {
                // Only a process that died between the write and the answer
                // leaves this state behind.
                let news = News::Because {
                    code: "UNKNOWN",
                    detail: "stopped while posting",
                };
                self.store.advance(row, State::Unknown, &news)?;
                Ok(true)
            }
            State::Acked | State::Unknown | State::Matched => {
                reconcile::poll(&mut self.store, &self.clob, row).await
            }
            State::Denied | State::Refused | State::Settled | State::Reversed | State::Expired => {
                Ok(false)
            }
        }
    }

    async fn sign(&mut self, row: &mut Attempt) -> Result<bool, Trouble> {
        match self.signer.sign(row).await {
            Answer::Signed(order) => {
                let owner = self.clob.owner();
                let body =
                    body::post_order(&order.order, &order.signature, owner, row.intent.order_type)
                        .ok_or(Trouble::Invariant("a checked order has a body"))?;
                let news = News::Signed {
                    order: &order,
                    body: &body,
                };
                self.store.advance(row, State::Signed, &news)?;
                Ok(true)
            }
            Answer::Denied { code, sentence } => {
                let news = News::Because {
                    code: &code,
                    detail: &sentence,
                };
                self.store.advance(row, State::Denied, &news)?;
                Ok(true)
            }
            Answer::Failed(why) => {
                tracing::warn!(intent = row.intent_id, why, "no answer from the signer");
                Ok(false)
            }
            Answer::Wrong(why) => Err(Trouble::Signer(why)),
        }
    }
}
