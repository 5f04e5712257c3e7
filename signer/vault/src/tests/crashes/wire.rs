//! What goes into a process and what leaves it, until the power goes.

use std::sync::{Arc, Mutex};

use disk::Disk;
use frame::RequestHash;
use frame::intent::Intent;

use super::world;
use crate::Vault;
use crate::fault::Fault;
use crate::seam::{Answer, Call, Local, Reply, Request};
use crate::time::Reading;

/// Where the answers of one process go.
#[derive(Clone)]
pub(in crate::tests) struct Wire {
    disk: Arc<Disk>,
    sent: Arc<Mutex<Sent>>,
}

struct Sent {
    answers: Vec<(usize, Answer)>,
    /// The power goes when this many have left.
    leaves: u64,
}

/// The way of one answer.
struct Mail {
    wire: Wire,
    call: usize,
}

impl Reply for Mail {
    fn is_wanted(&self) -> bool {
        true
    }

    fn answer(self: Box<Self>, answer: Answer) {
        if self.wire.disk.is_dead() {
            return;
        }
        let mut sent = self.wire.sent.lock().unwrap();
        match sent.leaves.checked_sub(1) {
            None => self.wire.disk.kill(),
            Some(rest) => {
                sent.leaves = rest;
                sent.answers.push((self.call, answer));
            }
        }
    }
}

impl Wire {
    /// The wire of a process over `disk`; the power goes with the answer after
    /// `leaves`, if it has not gone before.
    pub(in crate::tests) fn new(disk: &Arc<Disk>, leaves: u64) -> Self {
        let sent = Sent {
            answers: Vec::new(),
            leaves,
        };
        Self {
            disk: Arc::clone(disk),
            sent: Arc::new(Mutex::new(sent)),
        }
    }

    /// Has one batch served; the answers that left, by place in `asked`.
    pub(in crate::tests) fn serve(
        &self,
        vault: &mut Vault,
        asked: Vec<Asked>,
        now: Reading,
    ) -> (Vec<(usize, Answer)>, Result<(), Fault>) {
        let call = |(call, asked): (usize, Asked)| Call {
            request: asked.request,
            reply: Box::new(Mail {
                wire: self.clone(),
                call,
            }),
        };
        let calls = asked.into_iter().enumerate().map(call).collect();
        let served = vault.serve(calls, now);
        let answers = std::mem::take(&mut self.sent.lock().unwrap().answers);
        (answers, served)
    }
}

/// A question on its way, and what is needed to judge its answer.
pub(in crate::tests) struct Asked {
    pub(in crate::tests) request: Request,
    pub(in crate::tests) intent: Option<Intent>,
    pub(in crate::tests) hash: Option<RequestHash>,
}

pub(in crate::tests) fn hello() -> Asked {
    let challenge = [9; 32];
    Asked {
        request: Request::Hello {
            caller: world::CALLER.to_owned(),
            challenge,
            mac: world::request_key().hello(world::CALLER, &challenge),
        },
        intent: None,
        hash: None,
    }
}

pub(in crate::tests) fn local_call(local: Local) -> Asked {
    Asked {
        request: Request::Local(local),
        intent: None,
        hash: None,
    }
}
