//! Where intents come in: the file that is followed, and `POST /intent`.
//!
//! Invariant: nothing is accepted before it is on disk: a sender hears 202
//! only after the commit.

pub mod http;
pub mod tail;

use std::path::Path;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::intent::Reject;
use crate::state::State;
use tail::{Line, Numbered, Tail};

/// Lines that may wait to be taken in.
pub const QUEUE: usize = 256;

/// One line, and who waits for what became of it.
#[derive(Debug)]
pub struct Arrival {
    /// The line.
    pub line: Line,
    /// Where it stands, as `intents.jsonl:17`.
    pub at: String,
    /// Where to say what became of it, if anyone waits.
    pub reply: Option<oneshot::Sender<Reply>>,
}

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It is an intent, and on disk.
    Taken {
        /// Its name.
        intent_id: String,
        /// Whether it was not known before.
        new: bool,
        /// Known, and the first line of that name asked for something else: the
        /// first one stays.
        differs: bool,
        /// Where it stands.
        state: State,
    },
    /// It is none.
    Rejected(Reject),
}

impl Arrival {
    /// The line of this number in the file at `path`.
    #[must_use]
    pub fn of_file(path: &Path, (number, line): Numbered) -> Self {
        let name = path.file_name().unwrap_or(path.as_os_str());
        Self {
            line,
            at: format!("{}:{number}", name.display()),
            reply: None,
        }
    }
}

/// Follows the file at `path`, looking every `pause`, until nobody listens.
pub async fn follow(path: &Path, pause: Duration, to: mpsc::Sender<Arrival>) {
    let mut tail = Tail::new(path);
    let mut complained = false;
    if !path.exists() {
        tracing::warn!(
            "waiting for the intents file: {} is not there yet; make it, or correct intents in \
             the configuration",
            path.display()
        );
    }
    loop {
        match tail.look() {
            Ok(lines) => {
                complained = false;
                for line in lines {
                    let arrival = Arrival::of_file(path, line);
                    if to.send(arrival).await.is_err() {
                        return;
                    }
                }
            }
            Err(e) if !complained => {
                complained = true;
                tracing::warn!(path = %path.display(), error = %e, "the intents file cannot be read");
            }
            Err(_) => {}
        }
        // The file tells nobody that it grew: it is looked at.
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = to.closed() => return,
        }
    }
}
