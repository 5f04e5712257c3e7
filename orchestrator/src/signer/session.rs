//! The proven conversation with the signer: an epoch, counters, and MACs both
//! ways.
//!
//! Invariant: an answer counts only with the signer's MAC over this very
//! question; one without, whatever it says, is no answer.

use std::sync::atomic::{AtomicU64, Ordering};

use frame::{Answer, Ask, Epoch, Mac, RequestHash, RequestKey};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::sync::Mutex;

/// Our name, our key, and where the counters stand.
pub(super) struct Session {
    name: String,
    key: RequestKey,
    epoch: Mutex<Option<Epoch>>,
    counter: AtomicU64,
}

/// A question, proven.
pub(super) struct Proven {
    pub(super) caller: String,
    pub(super) epoch: Epoch,
    pub(super) counter: u64,
    pub(super) mac: Mac,
    pub(super) hash: RequestHash,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({})", self.name)
    }
}

impl Session {
    pub(super) const fn new(name: String, key: RequestKey) -> Self {
        Self {
            name,
            key,
            epoch: Mutex::const_new(None),
            counter: AtomicU64::new(0),
        }
    }

    /// The epoch in force, opened with `open` where there is none.
    ///
    /// `open` sends a hello (name, challenge, MAC) and brings back the welcome
    /// (epoch, MAC).
    pub(super) async fn epoch<F>(
        &self,
        open: impl FnOnce(String, [u8; 32], Mac) -> F,
    ) -> Result<Epoch, String>
    where
        F: Future<Output = Result<(Epoch, Mac), String>>,
    {
        let mut held = self.epoch.lock().await;
        if let Some(epoch) = *held {
            return Ok(epoch);
        }
        let mut challenge = [0; 32];
        SystemRandom::new()
            .fill(&mut challenge)
            .map_err(|_ignored| "the system gives no randomness".to_owned())?;
        let hello = self.key.prover().hello(&self.name, &challenge);
        let (epoch, mac) = open(self.name.clone(), challenge, hello).await?;
        if !frame::same(
            &self.key.prover().welcome(&self.name, &challenge, &epoch),
            &mac,
        ) {
            return Err("the welcome is not the signer's".to_owned());
        }
        self.counter.store(0, Ordering::Relaxed);
        *held = Some(epoch);
        Ok(epoch)
    }

    /// Forgets the epoch, so that the next question opens another.
    pub(super) async fn forget(&self, epoch: Epoch) {
        let mut held = self.epoch.lock().await;
        if *held == Some(epoch) {
            *held = None;
        }
    }

    /// Proves `ask` under `epoch`, with the next counter.
    pub(super) fn prove(&self, epoch: Epoch, ask: &Ask<'_>) -> Proven {
        let counter = self
            .counter
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1);
        let (mac, hash) = self.key.prover().ask(&self.name, &epoch, counter, ask);
        Proven {
            caller: self.name.clone(),
            epoch,
            counter,
            mac,
            hash,
        }
    }

    /// Whether `mac` proves `answer` to the question with hash `request`.
    pub(super) fn believes(&self, request: &RequestHash, answer: &Answer, mac: &[u8]) -> bool {
        <&Mac>::try_from(mac)
            .is_ok_and(|mac| frame::same(&self.key.prover().answer(request, answer), mac))
    }
}
