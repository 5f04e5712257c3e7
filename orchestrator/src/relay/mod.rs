//! Carries the signer's heads to its witnesses, and their words back.
//!
//! The signer asks nobody: what it wants cosigned stands in its status, with
//! the proofs, and what it is brought it checks itself. So this room may be
//! wrong, late or hostile, and then the signer only sells.
//!
//! Never touches: an arrow, an order, the outbox.
//!
//! Invariant: a checkpoint is kept on disk before a witness is shown it, so an
//! answer that was lost is asked for again and nothing is cosigned unheard.
//! Invariant: a witness that does not answer holds up no other.

mod asked;
mod kept;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tlog::{AddCheckpoint, Cosignature, WitnessKey};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use self::asked::Asked;
pub use self::kept::{Kept, Outcome, Shown, path_beside};
use crate::config::Witnesses;
use crate::metrics::{Metrics, WitnessAnswer};
use crate::signer::{Carried, SignerClient};
use crate::{clock, http};

/// How often the signer's status is read: a start waits for two rounds.
const LOOK: Duration = Duration::from_millis(500);
/// How long the last look may take.
const LAST: Duration = Duration::from_secs(5);
/// How often the signer is shown what it may have forgotten.
const REMIND_MS: u64 = 60_000;
/// The first pause before a silent witness is asked again, and the longest.
const PAUSE_MS: u64 = 1_000;
const PAUSE_MAX_MS: u64 = 60_000;

/// What one witness said.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    /// Its line, checked.
    Cosigned(String),
    /// 409, and the size that it holds.
    Holds(u64),
    /// Anything else; whether it may have been heard all the same.
    Problem { why: String, reached: bool },
}

/// Whom to ask, and when again.
#[derive(Clone, Debug)]
struct Turn {
    key: WitnessKey,
    url: String,
    failures: u32,
    next_ms: u64,
}

/// One that looks.
pub struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    /// Looks once more, and ends.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        match tokio::time::timeout(LAST, self.task).await {
            Ok(Ok(())) => {}
            Ok(Err(e)) => tracing::error!(error = %e, "the relay had ended before"),
            Err(_) => tracing::warn!("WITNESSES the last look takes too long"),
        }
    }
}

/// The room.
pub struct Relay {
    signer: SignerClient,
    client: reqwest::Client,
    turns: Vec<Turn>,
    path: PathBuf,
    kept: Kept,
    metrics: Metrics,
    remind_ms: u64,
    /// What was last said of the signer, so that it is said once.
    trouble: String,
}

impl Relay {
    /// Reads what was kept; asks nobody yet.
    ///
    /// # Errors
    ///
    /// A sentence that names what is missing.
    pub fn new(
        config: &Witnesses,
        database: &Path,
        signer: SignerClient,
        metrics: Metrics,
    ) -> Result<Self, String> {
        let path = path_beside(database);
        let client = http::client(config.timeout_ms);
        let client = client.map_err(|e| format!("HOST no HTTP client: {e}; look at its limits"))?;
        let turns = config.each.iter().map(|witness| Turn {
            key: witness.key.clone(),
            url: witness.url.clone(),
            failures: 0,
            next_ms: 0,
        });
        Ok(Self {
            signer,
            client,
            turns: turns.collect(),
            kept: Kept::read(&path)?,
            path,
            metrics,
            remind_ms: 0,
            trouble: String::new(),
        })
    }

    /// Begins to look, beside whatever else runs.
    #[must_use]
    pub fn start(self) -> Running {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(self.run(stopped));
        Running { stop, task }
    }

    async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            // Before the look, so that one more follows the word to stop: what
            // ends a run may be what the signer must be shown.
            let is_last = *stop.borrow_and_update();
            let problem = self.round(clock::now_ms()).await.err().unwrap_or_default();
            if !problem.is_empty() {
                self.once(&problem);
            }
            if is_last {
                return;
            }
            if let Ok(Err(_)) = tokio::time::timeout(LOOK, stop.changed()).await {
                return;
            }
        }
    }

    /// One look at the signer, and what follows from it.
    async fn round(&mut self, now_ms: u64) -> Result<(), String> {
        let status = self.signer.status().await?;
        let Some(asked) = Asked::of(&status)? else {
            return Ok(());
        };
        self.metrics.witnessed(asked.witnessed_leaves);
        self.remind(&asked, now_ms).await?;
        let is_named = |turn: &Turn| asked.each.contains_key(&turn.key.to_string());
        if let Some(key) = asked.each.keys().find(|key| !self.has(key)) {
            self.once(&format!(
                "the policy names {key}, and no [[witness.each]] does"
            ));
        }
        if !asked.is_due(now_ms) {
            return Ok(());
        }
        let due: Vec<Turn> = self
            .turns
            .iter()
            .filter(|turn| turn.next_ms <= now_ms && is_named(turn))
            .cloned()
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        for turn in &due {
            let (size, note) = (asked.head.size, asked.note.clone());
            self.kept.shows(&turn.key.to_string(), Shown { size, note });
        }
        self.kept.write(&self.path)?;
        let mut asking = JoinSet::new();
        for turn in due {
            let old = asked.each.get(&turn.key.to_string()).copied();
            let old = old.unwrap_or(0).min(asked.head.size);
            let body = AddCheckpoint {
                old,
                proof: asked.proof(old),
                note: asked.note.clone(),
            };
            let client = self.client.clone();
            drop(asking.spawn(async move {
                let said = ask(&client, &turn, &body).await;
                (turn, said)
            }));
        }
        let mut words = String::new();
        while let Some(answered) = asking.join_next().await {
            let (turn, said) = answered.map_err(|e| e.to_string())?;
            if let Said::Cosigned(line) = &said {
                words.push_str(line);
            }
            self.heard(&asked, &turn, said, now_ms).await?;
        }
        if !words.is_empty() {
            self.carry(&asked, format!("{}{words}", asked.note)).await?;
        }
        self.kept.write(&self.path)
    }

    fn has(&self, key: &str) -> bool {
        self.turns.iter().any(|turn| turn.key.to_string() == key)
    }

    /// Says it, if it is not what was said last.
    fn once(&mut self, problem: &str) {
        if self.trouble != problem {
            tracing::warn!("WITNESSES {problem}");
            problem.clone_into(&mut self.trouble);
        }
    }

    /// Takes down how it went with one witness, and asks once more where its
    /// answer to an earlier checkpoint was lost.
    async fn heard(
        &mut self,
        asked: &Asked,
        turn: &Turn,
        said: Said,
        now_ms: u64,
    ) -> Result<(), String> {
        let name = turn.key.name().to_owned();
        let known = self.kept.each.entry(turn.key.to_string()).or_default();
        let mut lost = None;
        let answer = match said {
            Said::Cosigned(_) => WitnessAnswer::Cosigned,
            Said::Holds(size) => {
                let shown = known.unanswered.iter().find(|shown| shown.size == size);
                lost = shown.cloned();
                known.problem = conflict(asked.head.size, size);
                self.remind_ms = self.remind_ms.min(now_ms);
                WitnessAnswer::Conflict
            }
            Said::Problem { why, reached } => {
                if !reached {
                    known.unanswered.retain(|shown| shown.note != asked.note);
                }
                known.problem = why;
                WitnessAnswer::Silent
            }
        };
        self.metrics.witness(answer);
        let problem = known.problem.clone();
        let mut well = answer == WitnessAnswer::Cosigned;
        if well {
            self.took(&turn.key, asked.head.size, now_ms);
        }
        if let Some(Shown { size, note }) = lost {
            let body = AddCheckpoint {
                old: size,
                proof: Vec::new(),
                note: note.clone(),
            };
            if let Said::Cosigned(line) = ask(&self.client, turn, &body).await {
                if let Err(problem) = self.carry(asked, format!("{note}{line}")).await {
                    self.once(&problem);
                } else {
                    self.took(&turn.key, size, now_ms);
                    well = true;
                }
            }
        }
        let (failures, key) = (turn.failures.saturating_add(1), &turn.key);
        if let Some(turn) = self.turns.iter_mut().find(|turn| turn.key == *key) {
            turn.failures = if well { 0 } else { failures };
            turn.next_ms = if well {
                0
            } else {
                now_ms.saturating_add(pause_ms(failures))
            };
        }
        if !well && failures == 1 {
            tracing::warn!("WITNESS {name}: {problem}. Exits continue");
        }
        Ok(())
    }

    /// Takes down that a witness holds so many leaves.
    fn took(&mut self, key: &WitnessKey, size: u64, now_ms: u64) {
        let outcome = Outcome {
            size,
            cosigned_ms: now_ms,
            ..Outcome::default()
        };
        self.kept.each.insert(key.to_string(), outcome);
    }

    /// Shows the signer the newest head that was cosigned, at the first look and
    /// whenever it may have forgotten it.
    async fn remind(&mut self, asked: &Asked, now_ms: u64) -> Result<(), String> {
        let Some(cosigned) = self.kept.cosigned.clone() else {
            return Ok(());
        };
        let is_behind = asked.head.size < cosigned.size;
        let is_due = self.remind_ms <= now_ms;
        if !is_due || !(is_behind || self.remind_ms == 0 || !self.is_quiet()) {
            return Ok(());
        }
        self.remind_ms = now_ms.saturating_add(REMIND_MS);
        self.carry(asked, cosigned.note).await?;
        self.kept.write(&self.path)
    }

    /// Whether no witness holds what the signer's head does not continue.
    fn is_quiet(&self) -> bool {
        self.turns.iter().all(|turn| turn.failures == 0)
    }

    /// Brings the signer a checkpoint with its witnesses' lines.
    async fn carry(&mut self, asked: &Asked, note: String) -> Result<(), String> {
        match self.signer.carry(&note).await {
            Carried::Taken { .. } => {
                let lines = note.lines().filter(|line| line.starts_with('\u{2014}'));
                // One is the log's own.
                let is_enough = lines.count() > asked.threshold;
                if is_enough && note.starts_with(&asked.note) {
                    let size = asked.head.size;
                    self.kept.cosigned = Some(Shown { size, note });
                    self.kept.rolled_back.clear();
                }
                self.metrics.rolled_back(false);
                Ok(())
            }
            Carried::Refused { code, sentence } if code == "ROLLED_BACK" => {
                if self.kept.rolled_back != sentence {
                    tracing::error!("ROLLED_BACK {sentence}");
                    self.kept.rolled_back.clone_from(&sentence);
                }
                self.metrics.rolled_back(true);
                Ok(())
            }
            Carried::Refused { code, sentence } => Err(format!("the signer: {code} {sentence}")),
            Carried::Unheard(why) => Err(why),
        }
    }
}

/// What a conflict says: who has more.
fn conflict(journal: u64, witness: u64) -> String {
    match witness.checked_sub(journal) {
        Some(missing) if missing > 0 => format!(
            "ROLLED_BACK journal {journal}, witness {witness}: {missing} entries missing. Restore a \
             newer journal, or signerctl note new recovery"
        ),
        Some(_) | None => format!("it holds {witness} leaves, of which the signer was not told"),
    }
}

/// Twice as long each time.
fn pause_ms(failures: u32) -> u64 {
    let doubled = 1_u64
        .checked_shl(failures.saturating_sub(1))
        .unwrap_or(u64::MAX);
    PAUSE_MS.saturating_mul(doubled).min(PAUSE_MAX_MS)
}

/// Asks one witness (C2SP tlog-witness).
async fn ask(client: &reqwest::Client, turn: &Turn, body: &AddCheckpoint) -> Said {
    let url = format!("{}/add-checkpoint", turn.url);
    let (status, text) = match http::post_text(client, &url, body.body()).await {
        Ok(answered) => answered,
        Err(http::Unanswered { why, reached }) => return Said::Problem { why, reached },
    };
    let problem = |why: String| Said::Problem { why, reached: true };
    match status {
        200 => {
            let checkpoint = body
                .note
                .split_once("\n\n")
                .map(|(text, _)| format!("{text}\n"));
            let checkpoint = checkpoint.unwrap_or_default();
            let own = std::slice::from_ref(&turn.key);
            let mut lines = text.lines();
            let line = lines.find(|line| Cosignature::read(line, &checkpoint, own).is_some());
            line.map_or_else(
                || problem("what it said is not signed with its key".to_owned()),
                |line| Said::Cosigned(format!("{line}\n")),
            )
        }
        409 => match text.trim_end().parse() {
            Ok(size) => Said::Holds(size),
            Err(_) => problem("a conflict without a size".to_owned()),
        },
        404 => problem("it does not know this log: add log_key to its logs".to_owned()),
        status => problem(format!("it answered {status}: {}", text.trim_end())),
    }
}
