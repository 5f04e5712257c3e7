//! The witness: another party that remembers a journal's largest head and does
//! not go back (C2SP tlog-witness, with one key).
//!
//! It belongs on a host that neither the signer nor the orchestrator can write
//! to: whoever can restore the journal must not be able to restore this too.
//!
//! Invariant: a head is on disk before its cosignature is made, and what is
//! checked and what is written are one transaction.
//! Invariant: it has no key of a wallet, and nothing here asks a signer.

pub mod config;
mod http;
mod key;
mod store;

pub use http::router;
pub use key::Key;
pub use store::{Store, StoreError};

use tlog::{AddCheckpoint, Checkpoint, Cosignature};

use self::config::Config;
use crate::clock;

/// One that answers.
#[derive(Debug)]
pub struct Witness {
    logs: Vec<tlog::VerifierKey>,
    key: Key,
    store: Store,
}

/// What is answered to a checkpoint, one variant a status code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// 200: the cosignature's line.
    Cosigned(String),
    /// 400.
    NotOne(&'static str),
    /// 403.
    NotSigned,
    /// 404.
    UnknownLog,
    /// 409, and the size that it remembers.
    Conflict(u64),
    /// 422.
    NotConsistent,
}

impl Witness {
    /// Opens the database, which must be there: one that was lost has forgotten
    /// what it cosigned, and a new one would cosign another past.
    ///
    /// # Errors
    ///
    /// A sentence that names the file, its problem and the fix.
    pub fn open(config: &Config) -> Result<Self, String> {
        let key = Key::read(&config.key, &config.name)?;
        let shared = config.logs.iter().any(|log| log.public() == key.public());
        if shared {
            // Its own words could be shown as a log's.
            return Err(
                "CONFIG logs: one of them signs with this witness's key; make a key of \
                        its own with `orchestrator witness key new`"
                    .to_owned(),
            );
        }
        let store = Store::open(&config.database, &key.verifier())
            .map_err(|e| format!("STORE {}: {e}", config.database.display()))?;
        Ok(Self {
            logs: config.logs.clone(),
            key,
            store,
        })
    }

    /// Judges one checkpoint, in the order of the specification.
    ///
    /// # Errors
    ///
    /// The database failed: then nothing is answered but that.
    pub fn add(&mut self, body: &[u8]) -> Result<Reply, StoreError> {
        let Some(asked) = AddCheckpoint::parse(body) else {
            return Ok(Reply::NotOne("the body is not one of add-checkpoint"));
        };
        let note = asked.note.as_bytes();
        let Some(origin) = Checkpoint::unverified_origin(note) else {
            return Ok(Reply::NotOne("the checkpoint is not a signed note"));
        };
        let Some(log) = self.logs.iter().find(|log| log.name() == origin) else {
            return Ok(Reply::UnknownLog);
        };
        let checkpoint = match Checkpoint::open(note, log) {
            Ok(Some(checkpoint)) => checkpoint,
            Ok(None) => return Ok(Reply::NotOne("what the log signed is no checkpoint")),
            Err(_) => return Ok(Reply::NotSigned),
        };
        if asked.old > checkpoint.head().size {
            return Ok(Reply::NotOne(
                "the old size is larger than the checkpoint's",
            ));
        }
        if let Some(refused) = self.store.advance(&asked, checkpoint.head())? {
            return Ok(refused);
        }
        let time_s = clock::now_ms().checked_div(1_000).unwrap_or(0);
        let message = tlog::cosigned_message(time_s, checkpoint.text());
        let signature = self.key.sign(message.as_bytes());
        let line = Cosignature::line(&self.key.verifier(), time_s, &signature);
        Ok(Reply::Cosigned(line))
    }
}
