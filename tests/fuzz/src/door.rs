//! The door as far as its messages go: what it would have asked the vault is
//! kept, and the vault's answer is whatever the bytes say.

use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use frame::hop::{Question, Reply};
use tonic::{Request, Status};
use wire::signer_server::Signer as _;

#[expect(
    unused_imports,
    reason = "the door's own file, of which one method is asked"
)]
#[path = "../../../signer/src/door/convert.rs"]
mod convert;
#[path = "../../../signer/src/door/fields.rs"]
mod fields;
#[expect(dead_code, reason = "the door's own file, of which a part is used")]
#[path = "../../../signer/src/door/pin.rs"]
pub(crate) mod pin;

/// The name that the connection's key is pinned under.
const CALLER: &str = "desk";

/// Stands where the door does that has a hop.
struct Door {
    asked: Mutex<Vec<Question>>,
    reply: Mutex<Option<Reply>>,
}

impl Door {
    /// As the door does that has connections: one key, one name.
    #[expect(
        clippy::unused_self,
        reason = "the door that has connections knows whose"
    )]
    fn is_named(&self, name: &str) -> Result<(), Status> {
        if name == CALLER {
            Ok(())
        } else {
            Err(Status::unauthenticated("another caller's name"))
        }
    }

    #[expect(clippy::unused_async, reason = "the door that has a hop waits for it")]
    async fn ask(&self, question: Question) -> Result<Reply, Status> {
        self.asked.lock().expect("one thread").push(question);
        let reply = self.reply.lock().expect("one thread").take();
        Ok(reply.unwrap_or(Reply::Failed))
    }
}

/// What the door makes of a request to sign: what it asks its vault, and what
/// it tells its caller when the vault answers `reply`.
pub(crate) fn sign_order(
    request: wire::SignOrderRequest,
    reply: Option<Reply>,
) -> (Vec<Question>, Result<wire::SignOrderResponse, Status>) {
    let handler = convert::Handler(Door {
        asked: Mutex::default(),
        reply: Mutex::new(reply),
    });
    let answer = {
        let mut waiting = pin!(handler.sign_order(Request::new(request)));
        let Poll::Ready(answer) = waiting
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        else {
            panic!("a door without a hop waits for nothing")
        };
        answer
    };
    let asked = handler.0.asked.into_inner().expect("one thread");
    (asked, answer.map(tonic::Response::into_inner))
}
