//! What left the vault, and so must never be taken back.
//!
//! Invariant: the model learns only from answers that left before the power
//! went, and from the journal after a start; never from the vault itself.

use std::collections::BTreeMap;

use disk::Image;
use frame::intent::Intent;
use order::raw;

use super::rows::{self, Leaf};
use super::tally::Tally;

/// An order that left.
#[derive(Clone, Debug, PartialEq)]
struct Left {
    fingerprint: [u8; 32],
    approval: frame::Approval,
}

/// What an answer said of a leaf.
#[derive(Clone, Debug)]
enum Promise {
    Approved([u8; 32]),
    Denied(String),
    Entry(&'static str),
}

/// Everything that was promised since the journal was born.
#[derive(Default)]
pub(super) struct Model {
    /// What was asked, for asking again.
    pub(super) asked: Vec<Intent>,
    left: BTreeMap<(String, u16), Left>,
    promised: BTreeMap<usize, Promise>,
    /// The journal as it was last believed, at a start.
    believed: Vec<Leaf>,
    /// By (intent, attempt), what those rows say.
    recorded: BTreeMap<(String, u16), ([u8; 32], [u8; 32])>,
    /// The leaf of a freeze that was answered and not thawed since.
    pub(super) frozen: Option<u64>,
}

type Checked = Result<(), String>;

fn name(intent: &Intent) -> (String, u16) {
    (intent.id.as_str().to_owned(), intent.attempt)
}

pub(super) fn fingerprint(intent: &Intent) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, &intent.frame());
    digest.as_ref().try_into().unwrap()
}

impl Model {
    /// A vault opened on `image`: whatever left is there, whatever was believed
    /// once still is, and it all adds up.
    pub(super) fn opened(&mut self, image: &Image, tally: &mut Tally) -> Checked {
        let leaves = rows::read(image);
        let known = self.believed.len();
        if leaves.len() < known || leaves[..known] != self.believed {
            return Err(format!(
                "the journal was believed to hold {known} leaves, and holds others: {} now",
                leaves.len()
            ));
        }
        for (at, promise) in &self.promised {
            let leaf = leaves.get(*at);
            let leaf = leaf.ok_or_else(|| format!("leaf {at} was promised: {promise:?}"))?;
            let kept = match promise {
                Promise::Approved(hash) => leaf
                    .approval
                    .as_ref()
                    .is_some_and(|a| a.order_hash == *hash),
                Promise::Denied(code) => leaf.entry == "denied" && leaf.code.as_ref() == Some(code),
                Promise::Entry(entry) => leaf.entry == *entry,
            };
            if !kept {
                return Err(format!(
                    "leaf {at} is {leaf:?}, and was promised: {promise:?}"
                ));
            }
        }
        rows::judge(&leaves)?;
        let new = leaves.get(known..).unwrap_or_default();
        let silent = |at: usize| !self.promised.contains_key(&(known + at));
        let quiet = |leaf: &Leaf| ["approved", "denied", "note", "froze"].contains(&&*leaf.entry);
        let unanswered = new
            .iter()
            .enumerate()
            .filter(|(at, leaf)| silent(*at) && quiet(leaf));
        tally.unanswered_kept += u64::try_from(unanswered.count()).unwrap();
        for approval in new.iter().filter_map(|leaf| leaf.approval.as_ref()) {
            let said = (approval.fingerprint, approval.order_hash);
            self.recorded.insert(approval.name.clone(), said);
        }
        self.frozen = frozen(&leaves);
        self.believed = leaves;
        Ok(())
    }

    /// An answer left, to `asked` if it was for an order.
    pub(super) fn heard(
        &mut self,
        asked: Option<&Intent>,
        answer: &frame::Answer,
        tally: &mut Tally,
    ) -> Checked {
        tally.left += 1;
        match (answer, asked) {
            (frame::Answer::Approved(approval), Some(intent)) => {
                self.approved(intent, approval, tally)
            }
            (
                frame::Answer::Denied {
                    code, leaf_index, ..
                },
                asked,
            ) => {
                tally.denied(code);
                if let Some(at) = leaf_index {
                    self.promise(*at, Promise::Denied(code.clone()));
                }
                match asked {
                    Some(intent) => self.denied(intent, code, tally),
                    None => Ok(()),
                }
            }
            (
                frame::Answer::Noted {
                    kind, leaf_index, ..
                },
                _,
            ) => {
                if kind == "unfreeze" {
                    tally.thaws += 1;
                    self.frozen = None;
                }
                self.promise(*leaf_index, Promise::Entry("note"));
                Ok(())
            }
            (frame::Answer::Frozen { leaf_index }, _) => {
                tally.freezes += 1;
                self.frozen = Some(*leaf_index);
                self.promise(*leaf_index, Promise::Entry("froze"));
                Ok(())
            }
            (frame::Answer::WouldApprove { .. } | frame::Answer::Status(_), _) => Ok(()),
            (frame::Answer::Approved(_), None) => Err("nobody asked for an order".to_owned()),
        }
    }

    fn promise(&mut self, at: u64, promise: Promise) {
        let at = usize::try_from(at).unwrap();
        self.promised.entry(at).or_insert(promise);
    }

    fn approved(
        &mut self,
        intent: &Intent,
        approval: &frame::Approval,
        tally: &mut Tally,
    ) -> Checked {
        let name = name(intent);
        let print = fingerprint(intent);
        if self.frozen.is_some() {
            return Err(format!("{name:?} was signed behind an acknowledged freeze"));
        }
        if raw::order_hash(approval.venue, &approval.order) != approval.order_hash {
            return Err(format!("{name:?} has another hash than its order's"));
        }
        let hash = approval.order_hash.0;
        if let Some((recorded, order)) = self.recorded.get(&name)
            && (*recorded != print || *order != hash)
        {
            return Err(format!("{name:?} is not the order that its row has"));
        }
        let left = Left {
            fingerprint: print,
            approval: approval.clone(),
        };
        self.promise(approval.leaf_index, Promise::Approved(hash));
        match self.left.insert(name.clone(), left.clone()) {
            None => tally.signed += 1,
            Some(before) if before == left => tally.again_same += 1,
            Some(_) => return Err(format!("{name:?} was signed with two contents")),
        }
        Ok(())
    }

    /// An attempt that was signed is denied for its content if that is another,
    /// and else only for what passed since.
    fn denied(&self, intent: &Intent, code: &str, tally: &mut Tally) -> Checked {
        let name = name(intent);
        let left = self.left.get(&name).map(|left| left.fingerprint);
        let recorded = self.recorded.get(&name).map(|(print, _)| *print);
        let Some(signed) = left.or(recorded) else {
            return Ok(());
        };
        let expected: &[&str] = if signed == fingerprint(intent) {
            &["INTENT_TOO_OLD", "LOCKED", "FROZEN", "DEADLINE_PASSED"]
        } else {
            tally.again_other += 1;
            &["INTENT_TOO_OLD", "INTENT_REUSED"]
        };
        if expected.contains(&code) {
            Ok(())
        } else {
            Err(format!("{name:?} was signed, and is denied with {code}"))
        }
    }

    /// An order that left and may still be asked for at `now_ms`.
    pub(super) fn alive(&self, now_ms: u64) -> Option<&Intent> {
        let alive = |intent: &&Intent| {
            let left = self.left.get(&name(intent));
            intent.deadline_ms > now_ms + 1_000
                && left.is_some_and(|left| left.fingerprint == fingerprint(intent))
        };
        self.asked.iter().rev().find(alive)
    }
}

/// The leaf that froze, if a freeze holds at the end of `leaves`.
fn frozen(leaves: &[Leaf]) -> Option<u64> {
    let mut frozen = None;
    for (at, leaf) in leaves.iter().enumerate() {
        if leaf.entry == "froze" {
            frozen = u64::try_from(at).ok();
        }
        if leaf.text.starts_with("countersign/unfreeze/") {
            frozen = None;
        }
    }
    frozen
}
