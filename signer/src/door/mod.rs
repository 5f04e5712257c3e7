//! The door: TLS, HTTP/2 and protobuf, facing the network.
//!
//! A process of its own, that can be lost. It decides nothing. What it cannot
//! parse it refuses; what it can, it hands to the vault and waits.
//!
//! Invariant: who calls is a property of the connection, fixed by the
//! handshake; no message can say otherwise.
//! Invariant: what one caller can make wait is bounded, here and not in the
//! vault: a question holds its place until it is answered or unwanted.

mod accept;
mod convert;
mod decisions;
mod fields;
mod health;
mod hop;
mod metrics;
pub(crate) mod pin;
pub(crate) mod process;
mod refusals;
mod say;
mod tls;

use std::sync::Arc;

use frame::hop::{Question, Reply};
use tokio::sync::{Notify, Semaphore};
use tonic::Status;

use self::accept::Fitted;
use self::convert::no_answer;
use self::decisions::Decisions;
use self::hop::Vault;
use self::say::{Asked, log};
use crate::clock::Stopwatch;

/// Questions of one caller that may wait for the vault at a time.
const CALLS_MAX: usize = 256;

/// Whoever opened a connection: its configured name and its places.
#[derive(Clone)]
struct Caller {
    name: Arc<str>,
    calls: Arc<Semaphore>,
}

/// The way to the vault, for one connection.
#[derive(Clone)]
struct Door {
    vault: Vault,
    caller: Caller,
    decisions: Decisions,
    /// Told at each question: the connection is in use.
    used: Arc<Notify>,
}

impl Door {
    /// Makes sure that a message speaks in the name of its connection.
    fn is_named(&self, caller: &str) -> Result<(), Status> {
        if caller == self.caller.name.as_ref() {
            Ok(())
        } else {
            Err(Status::permission_denied(
                "this connection's certificate is another caller's",
            ))
        }
    }

    /// Asks the vault and waits for its answer.
    async fn ask(&self, question: Question) -> Result<Reply, Status> {
        self.used.notify_one();
        let watch = Stopwatch::start();
        let asked = Asked::of(&question);
        let place = Arc::clone(&self.caller.calls)
            .try_acquire_owned()
            .map_err(|_ignored| {
                Status::resource_exhausted(
                    "too many questions are waiting; ask again when one is answered",
                )
            })?;
        let answer = self.vault.ask(question, place).await;
        let answer = answer.ok_or_else(no_answer)?;
        if matches!(asked, Asked::Order(_)) {
            self.decisions.count(&answer);
        }
        log(&self.caller.name, &asked, &answer, watch.micros());
        Ok(answer)
    }
}
