//! Orders, eight at a time, until it is told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use tests::ask;
use tests::book::Book;
use tests::desk::{CALLER, Desk};
use tests::process::PATIENCE;
use tests::session::{self, Session};
use tokio::task::JoinSet;
use wire::sign_order_response::Outcome;

/// Orders in flight.
pub(crate) const IN_FLIGHT: usize = 8;

/// A signature as its asker got it.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) digest: [u8; 32],
    pub(crate) r: [u8; 32],
    pub(crate) s: [u8; 32],
}

impl Signed {
    fn of(approved: &wire::Approved) -> Self {
        let part = |bytes: &[u8]| bytes.try_into().expect("32 bytes");
        Self {
            digest: part(&approved.order_hash),
            r: part(&approved.signature[..32]),
            s: part(&approved.signature[32..64]),
        }
    }
}

/// A running load.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    signed: Receiver<Signed>,
    thread: JoinHandle<()>,
}

impl Load {
    /// Begins to ask the signer at `address`; `name` is like no other.
    pub(crate) fn start(desk: &Desk, address: &str, name: &str) -> Self {
        let (tell, signed) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, address, name) = (stop.clone(), address.to_owned(), name.to_owned());
        let (pair, key, book) = (
            desk.orchestrator_pair.clone(),
            desk.request_key,
            desk.book.clone(),
        );
        let thread = thread::spawn(move || {
            session::run(async {
                let session = Session::open(&address, &pair, CALLER, key).await;
                drive(session.expect("an epoch"), &book, &name, &stopped, &tell).await;
            });
        });
        Self {
            stop,
            signed,
            thread,
        }
    }

    /// The next `count` signatures, and all that came with them.
    pub(crate) fn take(&self, count: usize) -> Vec<Signed> {
        let mut all = Vec::new();
        while all.len() < count {
            let next = self.signed.recv_timeout(PATIENCE);
            all.push(next.expect("a signer under load signs"));
        }
        all.extend(self.signed.try_iter());
        all
    }

    /// Ends it; what was signed meanwhile.
    pub(crate) fn stop(self) -> Vec<Signed> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread
            .join()
            .expect("the load's thread does not panic");
        self.signed.try_iter().collect()
    }
}

async fn drive(
    mut session: Session,
    book: &Book,
    name: &str,
    stop: &AtomicBool,
    tell: &Sender<Signed>,
) {
    let mut asked = 0_u64;
    let mut flying = JoinSet::new();
    loop {
        while flying.len() < IN_FLIGHT && !stop.load(Ordering::Relaxed) {
            asked += 1;
            let request = session.request(&ask::buy(book, &format!("{name}-{asked}")));
            let mut client = session.client.clone();
            flying.spawn(async move { client.sign_order(request).await });
        }
        let Some(answer) = flying.join_next().await else {
            return;
        };
        let answer = answer.expect("no task panics").expect("an answer");
        match answer.into_inner().outcome.expect("an outcome") {
            // Whoever listened may have gone.
            Outcome::Approved(approved) => tell.send(Signed::of(&approved)).unwrap_or(()),
            Outcome::Denied(denied) => panic!("{}: {}", denied.code, denied.sentence),
        }
    }
}
