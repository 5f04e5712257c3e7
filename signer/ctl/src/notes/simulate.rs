//! `note simulate`: a journal decided once more under another policy.
//!
//! Every intent that the policy could have answered is asked again in the
//! journal's order and at its times, with what the other policy would have let
//! be charged until then; and the loss figures are shown beside each other.
//!
//! Invariant: the decisions and the figures are the `policy` crate's.
//! Invariant: what the host decided (no key, no disk, a deadline, a name) is
//! not asked again: a journal does not say how it stood.

use std::path::PathBuf;

use clap::Args;
use note::{Authority, Body, Envelope, JournalId, Now, Policy, UtcSeconds};
use policy::{
    Code, Disk, Entry, Facts, Figures, Held, Host, Intent, Key, Moment, Row, Size, State, TagKey,
    Time, decide, figures,
};

use super::leaves::{self, Answer, Asked, Leaf, What};
use super::text;
use super::told::{Change, Count, Told};
use crate::say::{Refusal, Said};

/// The exit status of a simulation in which decisions change.
const CHANGES: u8 = 3;
const APPROVED: &str = "APPROVED";

/// Denials that no policy of ours could have turned into a yes.
const HOSTS: &[&str] = &[
    "NO_POLICY",
    "AHEAD",
    "INTENT_TOO_OLD",
    "INTENT_TOO_NEW",
    "INTENT_REUSED",
    "DEADLINE_PASSED",
    "KEY_CHANGED",
    "LOCKED",
    "FROZEN",
    "REDUCE_ONLY",
    "WRONG_WALLET",
    "SESSION_EXPIRED",
];

#[derive(Args)]
pub(crate) struct Simulate {
    /// The policy to try: a draft or a note.
    #[arg(value_name = "FILE")]
    policy: PathBuf,
    /// The journal, or a copy of it with its -wal file beside it.
    #[arg(long, value_name = "FILE", default_value = "./journal.sqlite")]
    journal: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What is in force, and the rows' sums, under one policy or the other.
struct World {
    authority: Authority,
    real: State,
    tried: State,
    last: Time,
}

pub(crate) fn run(args: &Simulate) -> Result<Said, Refusal> {
    let (_, candidate) = text::policy(&args.policy)?;
    let (journal, tags, leaves) = leaves::read(&args.journal)?;
    if candidate.journal != journal {
        return Err(Refusal::new(
            "NOTE_OTHER_JOURNAL",
            args.policy.display(),
            "is for another journal",
            "name the journal that it is for",
        ));
    }
    let mut world = World::born(journal, &tags);
    let (mut count, mut changes) = (Count::default(), Vec::new());
    for leaf in leaves {
        let index = leaf.index;
        let step = world.step(leaf, &candidate, &mut count);
        let other = step.map_err(|problem| {
            let problem = format!("leaf {index} does not fit: {problem}");
            let fix = "check the copy; a signer refuses such a journal too";
            crate::journal_id::refusal(&args.journal, problem, fix)
        })?;
        changes.extend(other);
    }
    let figures = |candidate| world.facts(candidate).map(|facts| world.figures(&facts));
    let told = Told {
        charged: [&world.real, &world.tried].map(|state| state.charged(world.last).lifetime_units),
        figures: figures(None).zip(figures(Some(&candidate))),
        count,
        changes,
    };
    let mut said = if args.json {
        Said::line(told.json())
    } else {
        told.text()
    };
    if !told.changes.is_empty() {
        said.status = CHANGES;
    }
    Ok(said)
}

impl World {
    fn born(journal: JournalId, tags: &TagKey) -> Self {
        Self {
            authority: Authority::born(journal),
            real: State::new(tags.clone()),
            tried: State::new(tags.clone()),
            last: Time::agreed(0),
        }
    }

    /// Takes one leaf into both states; the change, if it is a decision that
    /// comes out otherwise.
    fn step(
        &mut self,
        leaf: Leaf,
        candidate: &Policy,
        count: &mut Count,
    ) -> Result<Option<Change>, String> {
        self.last = leaf.at;
        let now = self.now(leaf.at)?;
        self.authority.settle(now);
        let row = |entry| Row {
            leaf: leaf.index,
            at: leaf.at,
            entry,
        };
        let entry = match leaf.what {
            What::Asked(asked) => {
                count.decisions = count.decisions.saturating_add(1);
                return self.decide(leaf.index, leaf.at, *asked, candidate, count);
            }
            What::Note(envelope) => {
                let admitted = admit(&envelope, &self.authority, now).map_err(|e| e.to_string())?;
                let body = Box::new(admitted.body().clone());
                self.authority = admitted.apply();
                Entry::Note(body)
            }
            What::Froze { by, reason } => Entry::Froze { by, reason },
            What::Started { attended } => Entry::Started { attended },
            What::Stopped => Entry::Stopped,
            What::Advanced { units } => Entry::Advanced { units },
            What::ClockJumped => Entry::ClockJumped,
            What::ClockAccepted => Entry::ClockAccepted,
            What::Other => return Ok(None),
        };
        apply(&mut self.real, &row(entry.clone()))?;
        apply(&mut self.tried, &row(entry))?;
        Ok(None)
    }

    fn decide(
        &mut self,
        index: u64,
        at: Time,
        asked: Asked,
        candidate: &Policy,
        count: &mut Count,
    ) -> Result<Option<Change>, String> {
        let row = |entry| Row {
            leaf: index,
            at,
            entry,
        };
        let Asked {
            intent,
            fingerprint,
            answer,
        } = asked;
        // A denied order was never written, so any salt tells it from others.
        let (was, salt) = match answer {
            Answer::Approved { approval, salt } => {
                apply(&mut self.real, &row(Entry::Approved(approval)))?;
                (APPROVED.to_owned(), salt)
            }
            Answer::Denied { code } => {
                reached(&code, self.facts(None), &mut self.real, &row)?;
                (code, index)
            }
        };
        let facts = self.facts(Some(candidate));
        let Some(facts) = facts.filter(|_| !HOSTS.contains(&was.as_str())) else {
            return Ok(None);
        };
        count.asked_again = count.asked_again.saturating_add(1);
        let shown = shown(&intent);
        let name = format!("{}/{}", intent.id.as_str(), intent.attempt);
        let (is, because) = match decide(intent, &facts, &self.tried, Moment { time: at, salt }) {
            Ok(approved) => {
                let approval = Box::new(approved.approval(fingerprint));
                apply(&mut self.tried, &row(Entry::Approved(approval)))?;
                (APPROVED, String::new())
            }
            Err(denial) => {
                reached(denial.code(), Some(facts), &mut self.tried, &row)?;
                (denial.code(), denial.sentence())
            }
        };
        if is == was {
            return Ok(None);
        }
        if is == APPROVED {
            count.granted = count.granted.saturating_add(1);
        } else if was == APPROVED {
            count.refused = count.refused.saturating_add(1);
        }
        Ok(Some(Change {
            leaf: index,
            at: UtcSeconds::new(at.wall_ms.div_euclid(1_000))
                .map_or_else(String::new, |at| at.to_string()),
            intent: name,
            asked: shown,
            was,
            now: is.to_owned(),
            because,
        }))
    }

    /// The facts of the policy in force, or of the candidate in its place, with
    /// what was dialled as far as it lies within.
    fn facts(&self, candidate: Option<&Policy>) -> Option<Facts> {
        let in_force = &self.authority.policy()?.body;
        let mut policy = candidate.unwrap_or(in_force).clone();
        // As if the witnesses had held everything at once: when they did is no
        // leaf's.
        policy.witnessing.witness_threshold = 0;
        let mut dialed = self.authority.dialed().clone();
        dialed.retain_within(&policy);
        let host = Host {
            key: Key::Open {
                generation: 1,
                signing_address: policy.wallet.signing_address,
                lease_ends_ms: u64::MAX,
            },
            disk: Disk::Ample,
            held: Held::default(),
        };
        let alive = self.authority.alive_until();
        let listings = self.authority.listings().clone();
        Some(Facts::new(policy, &dialed, alive, host).list(listings))
    }

    fn figures(&self, facts: &Facts) -> Figures {
        figures(facts, &self.real, self.last)
    }

    fn now(&self, at: Time) -> Result<Now, String> {
        let seconds = |ms: u64| {
            UtcSeconds::new(ms.div_euclid(1_000)).ok_or_else(|| "its time is none".to_owned())
        };
        let now = Now::new(seconds(at.slow_ms)?, seconds(at.fast_ms)?);
        Ok(match self.real.clock_jumped() {
            None => now.on_the_wall(seconds(at.wall_ms)?),
            Some(_) => now,
        })
    }
}

/// What an intent asked for.
fn shown(intent: &Intent) -> String {
    format!(
        "{} {} {} at {}",
        intent.kind.word(),
        intent.side.as_str(),
        match intent.size {
            Size::Shares(shares) => format!("{shares} shares"),
            Size::Collateral(collateral) => format!("{collateral} USDC"),
        },
        intent.limit_price
    )
}

/// Takes what a denial says beside no: that the day's cap was reached.
fn reached(
    code: &str,
    facts: Option<Facts>,
    state: &mut State,
    row: &impl Fn(Entry) -> Row,
) -> Result<(), String> {
    let at = row(Entry::ClockAccepted).at;
    let limit = facts
        .filter(|_| code == Code::BudgetDay.word())
        .and_then(|facts| policy::day_reached(&facts, state, at));
    match limit {
        None => Ok(()),
        Some(limit) => apply(state, &row(Entry::DayReached { limit })),
    }
}

fn apply(state: &mut State, row: &Row) -> Result<(), String> {
    state.apply(row).map_err(|misfit| format!("{misfit:?}"))
}

/// Admits a note as the signer did; the first key set by the keys it names.
fn admit(
    envelope: &[u8],
    authority: &Authority,
    now: Now,
) -> Result<note::Admitted, note::NoteRefusal> {
    if authority.keyset().is_none()
        && let Ok(Body::KeySet(keyset)) = Body::parse(Envelope::parse(envelope)?.unverified_text())
    {
        let keys: Vec<_> = keyset.keys.into_iter().collect();
        return note::admit(&note::verify(envelope, &keys)?, authority, now);
    }
    note::receive(envelope, authority, now)
}
