//! What the vault has to do with an export of the key: it counts, waits and
//! records. It has no way to let the key out; signerctl opens the sealed file,
//! and only after the leaf that releases it.
//!
//! Invariant: built from the journal's rows alone; a request ripens by the slow
//! time, is released once, and no second factor counts twice.

use note::{Export, Recipient};

use super::Vault;
use super::batch::{Batch, Then};
use super::entry::What;
use super::fault::Fault;

const DAY_MS: u64 = 86_400_000;
/// From the request to the release.
const DELAY_MS: u64 = DAY_MS;
/// From one release to the next request.
const PAUSE_MS: u64 = 30 * DAY_MS;
/// Codes that may be tried in a day before one is right.
const TRIES_MAX: usize = 3;
/// What the vault itself ends a request with.
const TOO_MANY: &str = "cancel by the vault: three wrong codes in a day";

/// Where exports stand.
#[derive(Default)]
pub(crate) struct Exports {
    open: Option<Request>,
    released_ms: Option<u64>,
    /// When codes were tried, since the last right one.
    tries_ms: Vec<u64>,
    /// The time step of the last right code.
    step: u64,
}

/// One that was asked for, and neither cancelled nor released.
struct Request {
    leaf: u64,
    asked_ms: u64,
    recipient: String,
    permitted: bool,
}

/// What signerctl says: the first words of the leaf; who it was stands behind.
enum Act<'a> {
    /// A code is about to be tried.
    Try,
    Request {
        recipient: &'a str,
        step: u64,
    },
    Cancel,
    Release {
        leaf: u64,
        step: u64,
    },
}

type Refusal = (&'static str, String);

impl<'a> Act<'a> {
    fn parse(words: &'a str) -> Option<Self> {
        let (act, _) = words.split_once(" by ")?;
        let parts: Vec<&str> = act.split(' ').collect();
        Some(match *parts {
            ["try"] => Self::Try,
            ["cancel"] => Self::Cancel,
            ["request", recipient, step] => Self::Request {
                recipient: Recipient::parse(recipient).map(|_| recipient)?,
                step: step.parse().ok()?,
            },
            ["release", leaf, step] => Self::Release {
                leaf: leaf.parse().ok()?,
                step: step.parse().ok()?,
            },
            _ => return None,
        })
    }
}

impl Exports {
    /// Whether it may be recorded at `slow_ms`.
    fn check(&self, act: &Act<'_>, slow_ms: u64) -> Result<(), Refusal> {
        let no = |code, sentence: &str| Err((code, sentence.to_owned()));
        let used = |step: u64| step <= self.step;
        match (act, &self.open) {
            (Act::Try, _) if self.tries(slow_ms) >= TRIES_MAX => {
                no("EXPORT_TRIES", "three wrong codes in a day. Wait a day")
            }
            (Act::Request { .. }, Some(open)) => {
                let leaf = open.leaf;
                let sentence = format!("leaf {leaf} asks already. signerctl export cancel");
                Err(("EXPORT_OPEN", sentence))
            }
            (Act::Cancel | Act::Release { .. }, None) => {
                no("EXPORT_NONE", "none is asked for. signerctl export request")
            }
            (Act::Request { step, .. } | Act::Release { step, .. }, _) if used(*step) => {
                no("EXPORT_CODE_USED", "that code was used. Wait for the next")
            }
            (Act::Request { .. }, None) => self.rested(slow_ms),
            (Act::Release { leaf, .. }, Some(open)) => open.check(*leaf, slow_ms),
            (Act::Try, _) | (Act::Cancel, Some(_)) => Ok(()),
        }
    }

    /// Whether the last release is long enough ago.
    fn rested(&self, slow_ms: u64) -> Result<(), Refusal> {
        let again_ms = self.released_ms.map(|ms| ms.saturating_add(PAUSE_MS));
        let left_ms = again_ms.map_or(0, |again| again.saturating_sub(slow_ms));
        if left_ms == 0 {
            return Ok(());
        }
        let hours = left_ms.div_ceil(3_600_000);
        let sentence = format!("the last was within 30 days. Wait {hours} hours");
        Err(("EXPORT_RECENT", sentence))
    }

    /// Takes a leaf that was recorded, or is about to be.
    pub(crate) fn apply(&mut self, words: &str, leaf: u64, slow_ms: u64) -> Result<(), Fault> {
        match Act::parse(words).ok_or(Fault::Corrupt("an export"))? {
            Act::Try => {
                self.tries_ms
                    .retain(|at| slow_ms.saturating_sub(*at) < DAY_MS);
                self.tries_ms.push(slow_ms);
            }
            Act::Request { recipient, step } => {
                self.right(step);
                self.open = Some(Request {
                    leaf,
                    asked_ms: slow_ms,
                    recipient: recipient.to_owned(),
                    permitted: false,
                });
            }
            Act::Cancel => self.open = None,
            Act::Release { step, .. } => {
                self.right(step);
                self.released_ms = Some(slow_ms);
                self.open = None;
            }
        }
        Ok(())
    }

    /// Takes the note that the quorum and the notifier signed.
    pub(crate) fn permit(&mut self, export: &Export) {
        if let Some(open) = self.open.as_mut().filter(|open| open.is_named(export)) {
            open.permitted = true;
        }
    }

    /// Whether a note is about the request that stands.
    pub(crate) fn is_named(&self, export: &Export) -> bool {
        self.open.as_ref().is_some_and(|open| open.is_named(export))
    }

    fn right(&mut self, step: u64) {
        self.step = step;
        self.tries_ms.clear();
    }

    fn tries(&self, slow_ms: u64) -> usize {
        let fresh = |at: &&u64| slow_ms.saturating_sub(**at) < DAY_MS;
        self.tries_ms.iter().filter(fresh).count()
    }

    /// For the status, and as the answer.
    pub(crate) fn lines(&self, slow_ms: u64) -> Vec<(&'static str, String)> {
        let tries = TRIES_MAX.saturating_sub(self.tries(slow_ms));
        let mut lines = vec![("export_tries_left", tries.to_string())];
        if let Some(open) = &self.open {
            let permitted = if open.permitted { "yes" } else { "no" };
            lines.extend([
                ("export_leaf", open.leaf.to_string()),
                ("export_recipient", open.recipient.clone()),
                ("export_permitted", permitted.to_owned()),
                (
                    "export_ripe_in_s",
                    open.left_ms(slow_ms).div_ceil(1_000).to_string(),
                ),
            ]);
        }
        lines
    }
}

impl Request {
    fn is_named(&self, export: &Export) -> bool {
        self.leaf == export.leaf && self.recipient == export.recipient.as_str()
    }

    const fn left_ms(&self, slow_ms: u64) -> u64 {
        self.asked_ms
            .saturating_add(DELAY_MS)
            .saturating_sub(slow_ms)
    }

    fn check(&self, leaf: u64, slow_ms: u64) -> Result<(), Refusal> {
        if leaf != self.leaf {
            let sentence = format!("leaf {} asks, not {leaf}. Name that one", self.leaf);
            return Err(("EXPORT_LEAF", sentence));
        }
        if self.left_ms(slow_ms) > 0 {
            let minutes = self.left_ms(slow_ms).div_ceil(60_000);
            let sentence = format!("a day must pass by the slower clock. Wait {minutes} minutes");
            return Err(("EXPORT_WAITS", sentence));
        }
        if !self.permitted {
            let sentence = "quorum and notifier have not signed it. signerctl note new export";
            return Err(("EXPORT_NOT_PERMITTED", sentence.to_owned()));
        }
        Ok(())
    }
}

impl Vault {
    /// One step of an export, as signerctl says it.
    pub(super) fn export(&mut self, batch: &mut Batch, words: &str) -> Result<Then, Fault> {
        let slow_ms = batch.at.slow_ms;
        let Some(act) = Act::parse(words).filter(|_| !words.contains(char::is_control)) else {
            let refusal = "EXPORT it is no step of one; use a signerctl of this edition";
            return Ok(Then::Text(Err(refusal.to_owned())));
        };
        if let Err((code, sentence)) = self.force.exports.check(&act, slow_ms) {
            if matches!(act, Act::Try) && self.force.exports.open.is_some() {
                self.exported(batch, TOO_MANY)?;
            }
            return Ok(Then::Text(Err(format!("{code} {sentence}"))));
        }
        tracing::warn!("EXPORT {words}");
        self.exported(batch, words)?;
        let lines = self.force.exports.lines(slow_ms).into_iter();
        let lines: Vec<String> = lines
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        Ok(Then::Text(Ok(lines.join("\n"))))
    }

    fn exported(&mut self, batch: &mut Batch, words: &str) -> Result<(), Fault> {
        let place = batch.push("local", What::Export(words.to_owned()));
        let leaf = self.leaf_of(place)?;
        self.force.exports.apply(words, leaf, batch.at.slow_ms)
    }
}
