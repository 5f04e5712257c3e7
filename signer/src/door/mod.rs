//! The door: TLS, HTTP/2 and protobuf, facing the network.
//!
//! It decides nothing. What it cannot parse it refuses; what it can, it hands
//! to the vault and waits.
//!
//! Invariant: who calls is a property of the connection, fixed by the
//! handshake; no message can say otherwise.
//! Invariant: what one caller can make wait is bounded, here and not in the
//! vault: a question holds its place until it is answered or unwanted.

mod accept;
mod convert;
pub(crate) mod decisions;
mod fields;
mod health;
pub(crate) mod metrics;
pub(crate) mod pin;
mod refusals;
mod say;
mod tls;

use std::sync::Arc;
use std::sync::mpsc::Sender;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};
use tonic::Status;

pub(crate) use self::accept::Fitted;
use self::convert::no_answer;
use self::decisions::Decisions;
use self::say::{Asked, log};
use crate::clock::Stopwatch;
use crate::vault::seam::{Answer, Call, Reply, Request};

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
    vault: Sender<Call>,
    caller: Caller,
    decisions: Decisions,
    /// Told at each question: the connection is in use.
    used: Arc<Notify>,
}

/// A question's place in the queue, and who waits for its answer.
struct Waiting {
    tell: oneshot::Sender<Answer>,
    place: OwnedSemaphorePermit,
}

impl Reply for Waiting {
    fn is_wanted(&self) -> bool {
        !self.tell.is_closed()
    }

    fn answer(self: Box<Self>, answer: Answer) {
        // Free before anyone hears of it: whoever has all places in use may ask
        // the next question as soon as one is answered.
        let Self { tell, place } = *self;
        drop(place);
        // A caller that hung up meanwhile no longer wants it; the decision
        // stands in the journal all the same.
        drop(tell.send(answer));
    }
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
    async fn ask(&self, request: Request) -> Result<Answer, Status> {
        self.used.notify_one();
        let watch = Stopwatch::start();
        let asked = Asked::of(&request);
        let place = Arc::clone(&self.caller.calls)
            .try_acquire_owned()
            .map_err(|_ignored| {
                Status::resource_exhausted(
                    "too many questions are waiting; ask again when one is answered",
                )
            })?;
        let (tell, told) = oneshot::channel();
        let call = Call {
            request,
            reply: Box::new(Waiting { tell, place }),
        };
        self.vault.send(call).map_err(|_ignored| no_answer())?;
        let answer = told.await.map_err(|_ignored| no_answer())?;
        if matches!(asked, Asked::Order(_)) {
            self.decisions.count(&answer);
        }
        log(&self.caller.name, &asked, &answer, watch.micros());
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Wake, Waker};

    use super::*;

    /// Counts the free places at the moment the answer is heard.
    struct Hearing {
        places: Arc<Semaphore>,
        free: AtomicUsize,
    }

    impl Wake for Hearing {
        fn wake(self: Arc<Self>) {
            let free = self.places.available_permits();
            self.free.store(free, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_place_is_free_again_when_its_answer_is_heard() {
        let places = Arc::new(Semaphore::new(1));
        let place = Arc::clone(&places).try_acquire_owned().unwrap();
        let (tell, told) = oneshot::channel();
        let hearing = Arc::new(Hearing {
            places: Arc::clone(&places),
            free: AtomicUsize::new(0),
        });
        let waker = Waker::from(Arc::clone(&hearing));
        let mut told = pin!(told);
        let polled = told.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        assert_eq!(places.available_permits(), 0);
        Box::new(Waiting { tell, place }).answer(Answer::Failed);
        assert_eq!(hearing.free.load(Ordering::SeqCst), 1);
    }
}
