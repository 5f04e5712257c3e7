//! A closed loop of questions over one connection: so many in flight, each
//! followed by the next as soon as it is answered.

use std::cell::RefCell;
use std::rc::Rc;

use tests::ask;
use tests::book::Book;
use tests::session::Session;
use tokio::task::{JoinSet, LocalSet};
use tonic::transport::Channel;
use wire::sign_order_response::Outcome;
use wire::signer_client::SignerClient;
use wire::{SignOrderRequest, SignOrderResponse};

use crate::clock;
use crate::host;

/// What a load came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Load {
    /// How long each question waited for its answer, nanoseconds.
    pub(crate) waited_ns: Vec<u64>,
    /// How long all took together.
    pub(crate) wall_ns: u64,
    /// How long the server was on a processor meanwhile.
    pub(crate) cpu_ns: u64,
}

impl Load {
    /// What came after it, under the same circumstances.
    pub(crate) fn extend(&mut self, more: Self) {
        self.waited_ns.extend(more.waited_ns);
        self.wall_ns += more.wall_ns;
        self.cpu_ns += more.cpu_ns;
    }
}

/// Questions for `count` orders of different names, proven one by one. They
/// are made beforehand: what they cost is their sender's.
pub(crate) fn requests(
    session: &mut Session,
    book: &Book,
    name: &str,
    count: usize,
) -> Vec<SignOrderRequest> {
    let one = |nth| session.request(&ask::buy(book, &format!("{name}-{nth}")));
    (0..count).map(one).collect()
}

/// Asks them all, `in_flight` at a time, of the server with process id `pid`.
pub(crate) async fn drive(
    client: &SignerClient<Channel>,
    requests: Vec<SignOrderRequest>,
    in_flight: usize,
    pid: u32,
) -> Result<Load, String> {
    let waited = Rc::new(RefCell::new(Vec::with_capacity(requests.len())));
    let requests = Rc::new(RefCell::new(requests.into_iter()));
    let local = LocalSet::new();
    let cpu_before = host::cpu_ns(pid)?;
    let began = clock::now();
    let all = local.run_until(async {
        let mut askers = JoinSet::<Result<(), String>>::new();
        for _ in 0..in_flight {
            let (mut client, requests) = (client.clone(), Rc::clone(&requests));
            let waited = Rc::clone(&waited);
            askers.spawn_local(async move {
                loop {
                    let Some(request) = requests.borrow_mut().next() else {
                        return Ok(());
                    };
                    let asked = clock::now();
                    let answer = client.sign_order(request).await;
                    let ns = clock::ns_since(asked);
                    is_an_order(answer)?;
                    waited.borrow_mut().push(ns);
                }
            });
        }
        while let Some(ended) = askers.join_next().await {
            ended.map_err(|e| e.to_string())??;
        }
        Ok::<_, String>(())
    });
    all.await?;
    let wall_ns = clock::ns_since(began);
    let cpu_ns = host::cpu_ns(pid)?.saturating_sub(cpu_before);
    Ok(Load {
        waited_ns: waited.take(),
        wall_ns,
        cpu_ns,
    })
}

/// Anything but an order is no measurement.
fn is_an_order(
    answer: Result<tonic::Response<SignOrderResponse>, tonic::Status>,
) -> Result<(), String> {
    match answer.map(|answer| answer.into_inner().outcome) {
        Ok(Some(Outcome::Approved(_))) => Ok(()),
        Ok(Some(Outcome::Denied(denied))) => {
            Err(format!("denied: {} {}", denied.code, denied.sentence))
        }
        Ok(None) => Err("an answer without an outcome".to_owned()),
        Err(status) => Err(format!("no answer: {status}")),
    }
}
