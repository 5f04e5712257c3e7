//! The door's end of the hop to the vault.
//!
//! Invariant: a question holds its place until the vault let go of it, so what
//! one caller can make wait is bounded whether it waits or hangs up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use frame::hop::{ANSWER_BYTES_MAX, HEAD_BYTES, Number, Question, Reply, length};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// What is read at once.
const READ_BYTES: usize = 64 * 1024;

/// The way to the vault; clones ask over the same hop.
#[derive(Clone)]
pub(super) struct Vault(Arc<Mutex<Desk>>);

/// Who waits for what.
struct Desk {
    last: Number,
    waiting: BTreeMap<Number, Waiting>,
    /// As many frames as there are places, and as many that give one up.
    out: UnboundedSender<Vec<u8>>,
}

/// A question's place, and who waits for its answer.
struct Waiting {
    tell: oneshot::Sender<Reply>,
    place: OwnedSemaphorePermit,
}

/// Someone who waits, and says so when they wait no more.
struct Patience<'a> {
    vault: &'a Vault,
    number: Number,
}

impl Drop for Patience<'_> {
    fn drop(&mut self) {
        let desk = self.vault.desk();
        // Answered, or not: nobody waits for it.
        if desk.waiting.contains_key(&self.number) {
            let frame = Question::GiveUp.frame(self.number);
            desk.send(frame.unwrap_or_default());
        }
    }
}

impl Waiting {
    fn answer(self, reply: Reply) {
        // Free before anyone hears of it: whoever has all places in use may ask
        // the next question as soon as one is answered.
        let Self { tell, place } = self;
        drop(place);
        // A caller that hung up meanwhile no longer wants it; the decision
        // stands in the journal all the same.
        drop(tell.send(reply));
    }
}

impl Desk {
    fn send(&self, frame: Vec<u8>) {
        if self.out.send(frame).is_err() {
            tracing::debug!("the vault is gone");
        }
    }
}

impl Vault {
    /// Asks over `socket`; the second part does the reading and writing, and
    /// returns when the vault is gone.
    pub(super) fn over(socket: UnixStream) -> (Self, impl Future<Output = ()>) {
        let (out, frames) = unbounded_channel();
        let desk = Desk {
            last: 0,
            waiting: BTreeMap::new(),
            out,
        };
        let vault = Self(Arc::new(Mutex::new(desk)));
        let (read, write) = socket.into_split();
        let listening = vault.clone();
        let work = async move {
            tokio::select! {
                why = listening.hear(read) => tracing::warn!("VAULT {why}"),
                e = send(write, frames) => tracing::warn!("VAULT cannot be asked: {e}"),
            }
        };
        (vault, work)
    }

    /// Asks, and waits for the answer; `None` when there is none.
    pub(super) async fn ask(
        &self,
        question: Question,
        place: OwnedSemaphorePermit,
    ) -> Option<Reply> {
        let (tell, told) = oneshot::channel();
        let number = {
            let mut desk = self.desk();
            let number = desk.last.checked_add(1)?;
            let frame = question.frame(number)?;
            desk.last = number;
            desk.waiting.insert(number, Waiting { tell, place });
            desk.send(frame);
            number
        };
        let _patience = Patience {
            vault: self,
            number,
        };
        told.await.ok()
    }

    /// Hears answers until there are no more; says why.
    async fn hear(&self, mut socket: OwnedReadHalf) -> String {
        let mut read = vec![0; READ_BYTES];
        let mut begun = Vec::new();
        loop {
            match socket.read(&mut read).await {
                Ok(0) => return "it is gone".to_owned(),
                Ok(count) => begun.extend_from_slice(read.get(..count).unwrap_or_default()),
                Err(e) => return format!("it cannot be heard: {e}"),
            }
            let mut rest = begun.as_slice();
            while let Some((head, behind)) = rest.split_first_chunk::<HEAD_BYTES>() {
                let Some(length) = length(*head, ANSWER_BYTES_MAX) else {
                    return "it sent too long a frame".to_owned();
                };
                let Some((body, behind)) = behind.split_at_checked(length) else {
                    break;
                };
                let Some((number, reply)) = Reply::parse(body) else {
                    return "what it sent is no answer".to_owned();
                };
                // None waits for what was given up as it was answered.
                let waiting = self.desk().waiting.remove(&number);
                if let Some(waiting) = waiting {
                    waiting.answer(reply);
                }
                rest = behind;
            }
            begun = rest.to_vec();
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        // Nothing panics in between, and if it did the door would be gone.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends what is asked, all that waits at once.
async fn send(mut socket: OwnedWriteHalf, mut frames: UnboundedReceiver<Vec<u8>>) -> String {
    while let Some(mut bytes) = frames.recv().await {
        while let Ok(more) = frames.try_recv() {
            bytes.extend_from_slice(&more);
        }
        if let Err(e) = socket.write_all(&bytes).await {
            return e.to_string();
        }
    }
    "nobody asks any more".to_owned()
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Wake, Waker};

    use tokio::sync::Semaphore;

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
        Waiting { tell, place }.answer(Reply::Failed);
        assert_eq!(hearing.free.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_question_given_up_holds_its_place_until_the_vault_let_go_of_it() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let (vault, work) = Vault::over(ours);
        tokio::spawn(work);
        let places = Arc::new(Semaphore::new(1));
        let place = Arc::clone(&places).try_acquire_owned().unwrap();
        let mut asked = Box::pin(vault.ask(Question::Ping, place));
        // Asked, and dropped before its answer.
        let waker = Waker::noop();
        assert!(
            asked
                .as_mut()
                .poll(&mut Context::from_waker(waker))
                .is_pending()
        );
        drop(asked);
        let mut frames = vec![0; 2 * (HEAD_BYTES + 9)];
        theirs.read_exact(&mut frames).await.unwrap();
        let parse = |frame: &[u8]| Question::parse(&frame[HEAD_BYTES..]);
        let (ping, given_up) = frames.split_at(HEAD_BYTES + 9);
        assert_eq!(parse(ping), Some((1, Question::Ping)));
        assert_eq!(parse(given_up), Some((1, Question::GiveUp)));
        assert_eq!(places.available_permits(), 0, "the vault still has it");
        let let_go = Reply::Failed.frame(1).unwrap();
        theirs.write_all(&let_go).await.unwrap();
        drop(places.acquire().await.unwrap());
    }
}
