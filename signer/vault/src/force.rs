//! What is in force: who may say what, what the policy says, and what the
//! journal's rows add up to.
//!
//! Invariant: built from the journal's rows and from nothing else, in the same
//! way whether they were just decided or are read back at a start.

use note::{Admitted, Authority, Body, Envelope, JournalId, NoteRefusal, Now, UtcSeconds};
use policy::{Disk, Entry, Facts, Held, Host, Key, Label, Row, State, TagKey, Time};

use super::export::Exports;
use super::fault::Fault;
use super::replayed::{ReplayedLeaf, ReplayedWhat};
use super::time::Mark;

/// Authority, policy and state, together.
pub(crate) struct Force {
    pub(crate) authority: Authority,
    pub(crate) state: State,
    pub(crate) exports: Exports,
    host: Host,
    facts: Option<Facts>,
}

impl Force {
    /// Nothing is in force in a journal just born.
    pub(crate) fn born(journal_id: [u8; 16], tags: TagKey) -> Self {
        Self {
            authority: Authority::born(JournalId(journal_id)),
            state: State::new(tags),
            exports: Exports::default(),
            host: Host {
                key: Key::Locked,
                disk: Disk::Ample,
                held: Held::default(),
            },
            facts: None,
        }
    }

    /// The facts a decision stands on; none while no policy is in force.
    pub(crate) const fn facts(&self) -> Option<&Facts> {
        self.facts.as_ref()
    }

    /// Takes a leaf that is read back.
    pub(crate) fn replay(&mut self, leaf: ReplayedLeaf) -> Result<(), Fault> {
        let entry = match leaf.what {
            ReplayedWhat::Approved(approval) => Entry::Approved(approval),
            ReplayedWhat::Note(envelope) => {
                let now = self.now(leaf.at)?;
                // What was admitted then is admitted again at that time.
                let admitted = match found(&envelope, &self.authority, now)? {
                    Some(admitted) => admitted,
                    None => note::receive(&envelope, &self.authority, now)?,
                };
                return self.admit(admitted, leaf.leaf_index, leaf.at);
            }
            ReplayedWhat::DayReached => {
                self.settle(leaf.at)?;
                match self.day_reached(leaf.at) {
                    Some(reached) => reached,
                    None => return Ok(()),
                }
            }
            ReplayedWhat::Froze { by, reason } => Entry::Froze { by, reason },
            ReplayedWhat::Started { attended, .. } => Entry::Started { attended },
            ReplayedWhat::Stopped => Entry::Stopped,
            ReplayedWhat::Advanced(units) => Entry::Advanced { units },
            ReplayedWhat::ClockJumped => Entry::ClockJumped,
            ReplayedWhat::ClockAccepted => Entry::ClockAccepted,
            ReplayedWhat::Export(words) => {
                return self.exports.apply(&words, leaf.leaf_index, leaf.at.slow_ms);
            }
            ReplayedWhat::Other => return Ok(()),
        };
        self.apply(leaf.leaf_index, leaf.at, entry)
    }

    /// That buys reached the day's cap, as it is then.
    pub(crate) fn day_reached(&self, at: Mark) -> Option<Entry> {
        let facts = self.facts.as_ref()?;
        let limit = policy::day_reached(facts, &self.state, time(at))?;
        Some(Entry::DayReached { limit })
    }

    /// Takes what a row says into the state. A vault does so as it decides; if
    /// the row does not reach the disk, the vault ends.
    pub(crate) fn apply(&mut self, leaf: u64, at: Mark, entry: Entry) -> Result<(), Fault> {
        Ok(self.state.apply(&Row {
            leaf,
            at: time(at),
            entry,
        })?)
    }

    /// Takes an admitted note into authority, state and facts.
    pub(crate) fn admit(&mut self, admitted: Admitted, leaf: u64, at: Mark) -> Result<(), Fault> {
        let body = Box::new(admitted.body().clone());
        if let Body::Export(export) = body.as_ref() {
            self.exports.permit(export);
        }
        self.authority = admitted.apply();
        self.apply(leaf, at, Entry::Note(body))?;
        self.refresh();
        Ok(())
    }

    /// Lets the time pass: a policy whose delay is over comes into force.
    pub(crate) fn settle(&mut self, at: Mark) -> Result<(), Fault> {
        if self.authority.settle(self.now(at)?) {
            self.refresh();
        }
        Ok(())
    }

    /// Takes what the host says of itself.
    pub(crate) fn set_host(&mut self, host: Host) {
        if self.host != host {
            self.host = host;
            if let Some(facts) = &mut self.facts {
                facts.set_host(host);
            }
        }
    }

    /// The same moment, as notes are judged by it. The wall counts while nothing
    /// speaks against it.
    pub(crate) fn now(&self, at: Mark) -> Result<Now, Fault> {
        let seconds = |ms: u64| {
            ms.checked_div(1_000)
                .and_then(UtcSeconds::new)
                .ok_or(Fault::Clock)
        };
        let now = Now::new(seconds(at.slow_ms)?, seconds(at.fast_ms)?);
        Ok(match self.state.clock_jumped() {
            None => now.on_the_wall(seconds(at.wall_ms)?),
            Some(_) => now,
        })
    }

    fn refresh(&mut self) {
        self.facts = Facts::of(&self.authority, self.host);
    }
}

/// A caller's or room's name, for a row. Configured names are labels already.
pub(crate) fn label(name: &str) -> Result<Label, Fault> {
    Label::parse(name).ok_or(Fault::Corrupt("a name that is no label"))
}

/// The same moment, as the policy room reads it.
pub(crate) const fn time(at: Mark) -> Time {
    Time {
        wall_ms: at.wall_ms,
        slow_ms: at.slow_ms,
        fast_ms: at.fast_ms,
    }
}

/// Admits the first key set, whose keys nobody knows yet: the keys it names
/// must have signed it. `None` if there is a key set already, or it is none.
///
/// Only the operator's own socket leads here.
pub(crate) fn found(
    envelope: &[u8],
    authority: &Authority,
    now: Now,
) -> Result<Option<Admitted>, NoteRefusal> {
    if authority.keyset().is_some() {
        return Ok(None);
    }
    let parsed = Envelope::parse(envelope)?;
    let Ok(Body::KeySet(keyset)) = Body::parse(parsed.unverified_text()) else {
        return Ok(None);
    };
    let keys: Vec<_> = keyset.keys.iter().cloned().collect();
    let verified = note::verify(envelope, &keys)?;
    note::admit(&verified, authority, now).map(Some)
}
