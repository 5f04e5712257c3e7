//! Calling a person: each alert once written down, then sent until it is
//! acknowledged.
//!
//! For: incidents, attempts of which nobody knows, exits left to a person, an
//! export of the signer's key, and the test message of `preflight`.
//!
//! Never touches: an arrow. It reads the outbox from a thread of its own, and
//! what it keeps is in a file of its own, so that no order waits for a call.
//!
//! Invariant: an alert holds an id, a time, a code and fixed words: nothing that
//! was signed, sent or read is in it. Its address is never told.
//! Invariant: only an answer 2xx acknowledges it; the same id is never sent
//! again after that.

pub mod exports;
pub mod outbox;

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::json;
use zeroize::Zeroizing;

use crate::config::Alerts;
use crate::store::{Store, StoreError};
use crate::{clock, files, http};
use exports::{Bell, Seen};
use outbox::{Alert, AlertError, Outbox};

/// The code of the message that `preflight` sends.
pub const TEST: &str = "TEST";
/// How often the outbox is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// The way to whoever is called.
pub struct Sender {
    client: reqwest::Client,
    url: Zeroizing<String>,
}

impl Sender {
    /// Reads the address from its file.
    ///
    /// # Errors
    ///
    /// A sentence that names the file, its problem and the fix.
    pub fn new(config: &Alerts) -> Result<Self, String> {
        let bytes = files::read_secret(&config.webhook)?;
        let name = config.webhook.display();
        let text = std::str::from_utf8(bytes.trim_ascii()).unwrap_or_default();
        let is_known = text.starts_with("https://") || text.starts_with("http://127.0.0.1:");
        if !is_known || reqwest::Url::parse(text).is_err() {
            return Err(format!(
                "FILE {name}: no https address; write the webhook's address into it"
            ));
        }
        let client = http::client(config.timeout_ms).map_err(|e| {
            format!(
                "HOST no HTTP client: {}; look at its limits",
                e.without_url()
            )
        })?;
        Ok(Self {
            client,
            url: Zeroizing::new(text.to_owned()),
        })
    }

    /// Sends `alert`.
    ///
    /// # Errors
    ///
    /// Why it is not acknowledged.
    pub async fn send(&self, alert: &Alert) -> Result<(), String> {
        let body = json!({
            "id": alert.id,
            "at_ms": alert.at_ms,
            "code": alert.code,
            "text": words(&alert.code),
        });
        let answer = http::post_json(&self.client, &self.url, body.to_string());
        match answer.await?.0 {
            200..=299 => Ok(()),
            status => Err(format!("it answered {status}")),
        }
    }
}

/// What a person reads: fixed words, and the code.
fn words(code: &str) -> String {
    let fix = match code {
        TEST => "this is a test of the way to you",
        "UNKNOWN" => "an order's fate is not known; see orchestrator health",
        "EXIT_LEFT_TO_YOU" => "a leader's exit is left to you; see orchestrator intents",
        exports::REQUESTED => {
            "the signer's key is asked for; if not by you: signerctl export cancel, within a day"
        }
        exports::NEAR => {
            "the signer's key may leave within the hour; if it must not: signerctl export cancel"
        }
        exports::ENDED => "the request for the signer's key is over; see signerctl log",
        _ => "see orchestrator incident list",
    };
    format!("Countersign {code}: {fix}")
}

/// Sends one test message, and writes down whether it was acknowledged.
///
/// # Errors
///
/// Why it was not.
pub async fn test(config: &Alerts, database: &Path) -> Result<String, String> {
    let sender = Sender::new(config)?;
    let mut outbox = Outbox::open(&path_beside(database)).map_err(|e| e.to_string())?;
    let now_ms = clock::now_ms();
    let alert = Alert {
        id: format!("test-{now_ms}-{}", std::process::id()),
        at_ms: now_ms,
        code: TEST.to_owned(),
    };
    outbox.add(&alert).map_err(|e| e.to_string())?;
    let sent = sender.send(&alert).await;
    outbox
        .sent(
            &alert.id,
            sent.as_ref().err().map(String::as_str),
            clock::now_ms(),
            0,
        )
        .map_err(|e| e.to_string())?;
    sent.map(|()| alert.id)
}

/// Where alerts are kept, beside the database.
#[must_use]
pub fn path_beside(database: &Path) -> PathBuf {
    let mut name = database.file_name().unwrap_or_default().to_owned();
    name.push(".alerts");
    database.with_file_name(name)
}

/// The thread that calls.
pub struct Caller {
    stop: mpsc::Sender<()>,
    seen: mpsc::Sender<Seen>,
    thread: JoinHandle<()>,
}

impl Caller {
    /// Begins to look and to call.
    ///
    /// # Errors
    ///
    /// A sentence that names what is missing.
    pub fn start(config: &Alerts, database: PathBuf, unknown_age_ms: u64) -> Result<Self, String> {
        let sender = Sender::new(config)?;
        let limit = Duration::from_millis(config.timeout_ms);
        let outbox = Outbox::open(&path_beside(&database)).map_err(|e| e.to_string())?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| format!("HOST no runtime: {e}; look at its limits"))?;
        let (seen, exports) = mpsc::channel();
        let mut calls = Calls {
            sender,
            exports,
            outbox,
            database,
            retry_ms: config.retry_ms,
            unknown_age_ms,
            seen_seq: 0,
        };
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("alerts".to_owned())
            .spawn(move || {
                // One more look after the last word: what stopped the run is
                // what a person should know.
                while stopped.recv_timeout(LOOK) == Err(mpsc::RecvTimeoutError::Timeout) {
                    runtime.block_on(calls.look());
                }
                let last = async { tokio::time::timeout(limit, calls.look()).await };
                if runtime.block_on(last).is_err() {
                    tracing::warn!("ALERTS the last are not acknowledged; the next run goes on");
                }
            })
            .map_err(|e| format!("HOST no thread: {e}; look at its limits"))?;
        Ok(Self { stop, seen, thread })
    }

    /// What it is told of exports with.
    #[must_use]
    pub fn bell(&self) -> Bell {
        Bell::new(self.seen.clone())
    }

    /// Looks once more, and ends.
    pub fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("the thread of alerts had ended before");
        }
    }
}

struct Calls {
    sender: Sender,
    /// What the signer's status said of exports.
    exports: mpsc::Receiver<Seen>,
    outbox: Outbox,
    database: PathBuf,
    retry_ms: u64,
    unknown_age_ms: u64,
    /// The last record of the audit that was looked at.
    seen_seq: u64,
}

impl Calls {
    async fn look(&mut self) {
        if let Err(e) = self.try_look().await {
            tracing::error!("ALERTS {e}");
        }
    }

    async fn try_look(&mut self) -> Result<(), AlertError> {
        let now_ms = clock::now_ms();
        let since_ms = now_ms.saturating_sub(self.unknown_age_ms);
        match Store::read(&self.database) {
            // The first start makes it.
            Err(StoreError::Missing(_)) => {}
            Err(e) => return Err(e.into()),
            Ok(store) => self.write_down(&store, since_ms, now_ms)?,
        }
        for seen in self.exports.try_iter() {
            let known = self.outbox.open_of(exports::REQUESTED, exports::ENDED)?;
            for alert in seen.alerts(&known, now_ms) {
                self.outbox.add(&alert)?;
            }
        }
        for alert in self.outbox.due(now_ms)? {
            let sent = self.sender.send(&alert).await;
            if let Err(e) = &sent {
                tracing::warn!(
                    "ALERTS {} {} is not acknowledged: {e}",
                    alert.id,
                    alert.code
                );
            }
            let why = sent.as_ref().err().map(String::as_str);
            self.outbox
                .sent(&alert.id, why, clock::now_ms(), self.retry_ms)?;
        }
        Ok(())
    }

    /// Writes down what is new, before anything of it is sent.
    fn write_down(&mut self, store: &Store, since_ms: u64, now_ms: u64) -> Result<(), AlertError> {
        let (all, seq) = store.alarming(since_ms, self.seen_seq)?;
        for found in all {
            self.outbox.add(&Alert {
                id: found.id,
                at_ms: now_ms,
                code: found.code,
            })?;
        }
        self.seen_seq = seq;
        Ok(())
    }
}
