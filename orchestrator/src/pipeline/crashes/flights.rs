//! What a process asks, on its way and back.

use disk::Rng;

use super::super::jobs::{Done, Job};
use super::super::{Gathered, Pipeline, Until};
use super::life::Era;
use super::tally::Tally;
use super::venue::WAY_MS_MAX;
use crate::clob::{Cancellation, OrderSeen, Posted};
use crate::intent::Intent;
use crate::reconcile::sweep::{Found, FullFound, Plan};
use crate::signer::Answer;
use crate::store::Key;

/// So many turns of a millisecond in a row are a busy loop.
const IDLE_MAX: u64 = 50;

/// A process that runs.
pub(super) struct Process {
    pub(super) pipeline: Pipeline,
    pub(super) flights: Vec<Flight>,
    pub(super) gathered: Gathered,
    /// Lines of the file that it has yet to read anew.
    pub(super) again: Vec<String>,
    pub(super) idle: u64,
}

impl Process {
    /// Milliseconds until it is woken.
    pub(super) fn pause_ms(&mut self, now_ms: u64) -> Result<u64, String> {
        let pause_ms = self.pipeline.desk.pause_ms(now_ms, Until::Stopped);
        let Some(due_ms) = self.flights.iter().map(|f| f.due_ms).min() else {
            // One that is woken every millisecond for nothing never rests.
            self.idle = if pause_ms == 1 { self.idle + 1 } else { 0 };
            if self.idle > IDLE_MAX {
                let next = &self.pipeline.desk.next_try;
                return Err(format!("it turns and turns, with nothing to do: {next:?}"));
            }
            return Ok(pause_ms);
        };
        Ok(due_ms.saturating_sub(now_ms).min(pause_ms).max(1))
    }
}

/// Something that was asked and whose answer is on its way.
pub(super) struct Flight {
    due_ms: u64,
    asked: Asked,
}

enum Asked {
    Sign(Key, Answer),
    Post {
        key: Key,
        serial: u64,
        answered: bool,
    },
    Cancel {
        key: Key,
        hash: String,
        silent: bool,
    },
    Look {
        plan: Plan,
        started_ms: u64,
        orders: Vec<(Key, OrderSeen)>,
    },
}

impl Era<'_> {
    /// An effect begins: its arrow is committed.
    pub(super) fn ask(
        &mut self,
        pipeline: &mut Pipeline,
        job: Job,
        rng: &mut Rng,
        tally: &mut Tally,
    ) -> Result<Flight, String> {
        let soon_ms = self.now_ms + 5 + rng.below(300);
        Ok(match job {
            Job::Resolve(observed) => return Err(format!("{observed:?} says everything")),
            Job::Place(url) => return Err(format!("{url} was never named")),
            Job::Facts { intent_id, .. } => return Err(format!("{intent_id} is of no strategy")),
            Job::Sign(row) => {
                // Silence: of a question that was lost, or of an answer.
                let key = row.key();
                let silent = Answer::Failed("no answer".to_owned());
                let answer = match rng.below(100) {
                    0..8 => silent,
                    8..16 => self.signer.sign(&row, rng).map(|_| silent)?,
                    _ => self.signer.sign(&row, rng)?,
                };
                let asked = Asked::Sign(key, answer);
                Flight {
                    due_ms: soon_ms,
                    asked,
                }
            }
            Job::Post {
                key,
                body,
                order_hash,
            } => {
                let store = &mut pipeline.store;
                self.audit.posting(store, &key, &body, &order_hash, tally)?;
                let turn = store.turn().map_err(|e| e.to_string())?;
                let intent = turn.attempt(&key).map_err(|e| e.to_string())?.intent;
                self.post(key, &order_hash, &intent, rng)
            }
            Job::Cancel { key, order_hash } => Flight {
                due_ms: soon_ms,
                asked: Asked::Cancel {
                    key,
                    hash: order_hash,
                    silent: rng.chance(10),
                },
            },
            Job::Look(plan) => {
                let seen = |(key, hash): &(Key, String)| (key.clone(), self.venue.seen(hash, rng));
                let orders = plan.orders.iter().map(seen).collect();
                let started_ms = self.now_ms;
                let asked = Asked::Look {
                    plan,
                    started_ms,
                    orders,
                };
                Flight {
                    due_ms: soon_ms,
                    asked,
                }
            }
        })
    }

    fn post(&mut self, key: Key, hash: &str, intent: &Intent, rng: &mut Rng) -> Flight {
        let way_ms = match rng.below(100) {
            0..85 => 1 + rng.below(200),
            _ => 1 + rng.below(WAY_MS_MAX),
        };
        let (lands_ms, dice) = (self.now_ms + way_ms, rng.below(100));
        // Some bytes never arrive, and some answers.
        let lost = dice < 8;
        let serial = if lost {
            0
        } else {
            self.venue.send(hash, intent, lands_ms)
        };
        let answered = !lost && dice >= 20;
        let back_ms = if answered { 1 + rng.below(200) } else { 5_000 };
        Flight {
            due_ms: lands_ms + back_ms,
            asked: Asked::Post {
                key,
                serial,
                answered,
            },
        }
    }

    /// Answers that are due arrive.
    pub(super) fn land(&mut self, process: &mut Process, rng: &mut Rng) {
        let due: Vec<Flight> = process
            .flights
            .extract_if(.., |f| f.due_ms <= self.now_ms)
            .collect();
        for Flight { asked, .. } in due {
            process.gathered.done.push(match asked {
                Asked::Sign(key, answer) => Done::Signed { key, answer },
                Asked::Post {
                    key,
                    serial,
                    answered,
                } => {
                    let verdict = self.venue.verdict(serial).filter(|_| answered);
                    let silent = || Posted::Unknown {
                        text: "timed out".to_owned(),
                    };
                    let posted = verdict.cloned().unwrap_or_else(silent);
                    Done::Posted { key, posted }
                }
                Asked::Cancel { key, hash, silent } => Done::Cancelled {
                    key,
                    outcome: if silent {
                        Cancellation::Silent("timed out".to_owned())
                    } else {
                        self.venue.cancel(&hash)
                    },
                },
                Asked::Look {
                    plan,
                    started_ms,
                    orders,
                } => Done::Looked {
                    full: plan.full.is_some(),
                    found: Box::new(self.look(&plan, started_ms, orders, rng)),
                },
            });
        }
    }

    fn look(
        &self,
        plan: &Plan,
        started_ms: u64,
        orders: Vec<(Key, OrderSeen)>,
        rng: &mut Rng,
    ) -> Result<Found, String> {
        if rng.chance(6) {
            return Err("trades: no answer".to_owned());
        }
        let full = plan.full.as_ref().map(|full| {
            if rng.chance(8) {
                return Err("balance: no answer".to_owned());
            }
            let held = |token: &String| self.venue.shares.get(token).copied().unwrap_or(0);
            Ok(FullFound {
                skew_ms: 0,
                version: 2,
                closed_only: false,
                open_orders: self.venue.resting(),
                collateral_units: self.venue.collateral,
                shares: full.tokens.iter().map(|t| (t.clone(), held(t))).collect(),
                signer: Some(self.signer.status()),
            })
        });
        Ok(Found {
            started_ms,
            orders,
            fills: self.venue.fills(plan.since_s),
            full,
        })
    }
}
