//! The witnesses: what each holds of this journal, what it is asked next, and
//! the freeze where they hold what this journal does not.
//!
//! A checkpoint that they cosigned comes in as a note does, from whoever carries
//! it. Withheld, late or old ones reduce what may be signed, and no more.
//!
//! Invariant: a word counts only if a witness that the policy names signed the
//! head that this journal had at that size, and it is on disk by then. What an
//! earlier process heard counts for nothing: its start is not this one.

use std::collections::BTreeMap;

use note::{WitnessKey, Witnessing};
use policy::{Cause, Entry, Facts, FreezeReason, Held, Standing, standing};
use rusqlite::params;
use tlog::{Checkpoint, Cosignature, Hash, Head};

use super::batch::{Batch, Then};
use super::entry::What;
use super::fault::Fault;
use super::force::{label, time};
use super::journal::Journal;
use super::notes::refused;
use super::{MYSELF, Vault};

/// What is known of each witness, by its key as policies spell it.
pub(super) struct Witnesses(BTreeMap<String, Known>);

/// What one of them holds.
#[derive(Clone, Copy, Default)]
struct Known {
    /// By its last word to any process.
    size: u64,
    /// By its words to this one.
    held: Held,
}

impl Witnesses {
    /// What earlier processes heard: where the next proof begins.
    pub(super) fn read(journal: &Journal) -> Result<Self, Fault> {
        let (db, _) = journal.parts();
        let mut query = db.prepare("SELECT witness, size FROM cosigned")?;
        let known = query.query_map([], |r| {
            let held = Held::default();
            Ok((
                r.get(0)?,
                Known {
                    size: r.get(1)?,
                    held,
                },
            ))
        })?;
        Ok(Self(known.collect::<Result<_, _>>()?))
    }

    /// What enough of those that the policy names hold.
    pub(super) fn held(&self, facts: Option<&Facts>) -> Held {
        let Some(witnessing) = facts.map(|facts| &facts.policy().witnessing) else {
            return Held::default();
        };
        let each = witnessing.witnesses.iter().map(|key| self.of(key).held);
        Held::by(witnessing.witness_threshold, &each.collect::<Vec<_>>())
    }

    /// Each that the policy names, and the size that it holds.
    pub(super) fn each<'a>(
        &'a self,
        named: &'a Witnessing,
    ) -> impl Iterator<Item = (String, u64)> + 'a {
        named
            .witnesses
            .iter()
            .map(|key| (key.to_string(), self.of(key).size))
    }

    fn of(&self, key: &WitnessKey) -> Known {
        self.0.get(&key.to_string()).copied().unwrap_or_default()
    }
}

impl Vault {
    /// Whether an envelope claims to hold a checkpoint of this journal.
    pub(super) fn is_of_this_log(&self, envelope: &[u8]) -> bool {
        let (_, tree) = self.journal.parts();
        Checkpoint::unverified_origin(envelope).is_some_and(|name| name == tree.log().name())
    }

    /// Takes a checkpoint of this journal, with what witnesses say to it.
    pub(super) fn cosigned(
        &mut self,
        batch: &mut Batch,
        by: &str,
        envelope: &[u8],
    ) -> Result<Then, Fault> {
        let named = self.force.facts().map(|facts| &facts.policy().witnessing);
        let Some(named) = named.filter(|named| named.witness_threshold > 0) else {
            let sentence = "the policy names no witnesses. There is nothing to carry";
            return Ok(refused("NO_WITNESSES", sentence));
        };
        let threshold = named.witness_threshold;
        let (_, tree) = self.journal.parts();
        let Ok(Some(checkpoint)) = Checkpoint::open(envelope, tree.log()) else {
            let sentence = "its log did not sign it. Carry what the status says";
            return Ok(refused("NOT_A_CHECKPOINT", sentence));
        };
        let words = words(envelope, checkpoint.text(), &named.witnesses);
        if words.is_empty() {
            let sentence = "no witness of the policy signed it. Check the keys it names";
            return Ok(refused("NOT_COSIGNED", sentence));
        }
        let head = checkpoint.head();
        if !self.journal.began_with(head)? {
            return self.gone_back(batch, head, threshold, &words);
        }
        // Said again, it is no news: nobody writes a disk full with one word.
        let is_news = |word: &&Word| head.size > self.witnesses.of(&word.key).size;
        let news: Vec<&Word> = words.iter().filter(is_news).collect();
        if !news.is_empty() {
            self.journal.keep_words(head, &news)?;
        }
        for Word { key, time_s, .. } in &words {
            let known = self.witnesses.0.entry(key.to_string()).or_default();
            known.size = known.size.max(head.size);
            known.held.leaves = known.held.leaves.max(head.size);
            // A witness whose clock is ahead says nothing of what is to come.
            let said_ms = time_s.saturating_mul(1_000).min(batch.at.fast_ms);
            known.held.at_ms = known.held.at_ms.max(said_ms);
        }
        self.look_at_host();
        tracing::debug!(by, size = head.size, words = words.len(), "cosigned");
        Ok(Then::Say(frame::Answer::Noted {
            kind: "cosigned".to_owned(),
            effective_at_s: None,
            leaf_index: head.size.saturating_sub(1),
        }))
    }

    /// What follows from a head that this journal never had: if enough
    /// witnesses hold it, the journal is not the newest, and it freezes.
    fn gone_back(
        &mut self,
        batch: &mut Batch,
        head: &Head,
        threshold: u8,
        words: &[Word],
    ) -> Result<Then, Fault> {
        let each: Vec<Held> = words
            .iter()
            .map(|word| Held {
                leaves: head.size,
                at_ms: word.time_s.saturating_mul(1_000),
            })
            .collect();
        let enough = Held::by(threshold, &each);
        let size = self.journal.size();
        let told = format!("journal {size}, witnesses {}", head.size);
        let known = self.force.state.recovered();
        if enough.leaves == 0 || known.is_some_and(|known_ms| enough.at_ms <= known_ms) {
            let sentence = format!("{told}, too few of them or before its recovery");
            return Ok(refused("NOT_OURS", &sentence));
        }
        let reason = FreezeReason::RolledBack;
        if self
            .force
            .state
            .freezes()
            .all(|freeze| freeze.reason != reason)
        {
            tracing::error!(
                "ROLLED_BACK {told}: it is an older copy. Restore the newest, or signerctl note \
                 new recovery"
            );
            let entry = Entry::Froze {
                by: label(MYSELF)?,
                reason,
            };
            let words = told.clone();
            self.push(batch, MYSELF, What::Froze { reason, words }, Some(entry))?;
        }
        let sentence = format!("{told}: it is an older copy. Restore the newest one");
        Ok(refused("ROLLED_BACK", &sentence))
    }

    /// Writes the next advance, when one is due and could be used.
    pub(super) fn advance(&mut self, batch: &mut Batch) -> Result<(), Fault> {
        let Some(facts) = self.force.facts() else {
            return Ok(());
        };
        let Some(units) = policy::advance(facts, &self.force.state) else {
            return Ok(());
        };
        let causes = standing(facts, &self.force.state, time(batch.at));
        let waits = |cause: &Cause| matches!(cause, Cause::Unwitnessed);
        if causes.standing() >= Standing::Frozen || !causes.iter().all(waits) {
            return Ok(());
        }
        let entry = Entry::Advanced { units };
        self.push(batch, MYSELF, What::Advanced(units), Some(entry))?;
        Ok(())
    }
}

/// One witness's word, checked.
pub(super) struct Word {
    key: WitnessKey,
    time_s: u64,
    line: String,
}

/// What those of `keys` say to a checkpoint with this text, each once.
fn words<'a>(
    envelope: &[u8],
    text: &str,
    keys: impl IntoIterator<Item = &'a WitnessKey>,
) -> Vec<Word> {
    let lines = std::str::from_utf8(envelope).ok();
    let lines = lines.and_then(|note| note.rsplit_once("\n\n"));
    let lines: Vec<&str> = lines
        .map(|(_, lines)| lines.lines().collect())
        .unwrap_or_default();
    let said = |key: &WitnessKey| {
        let own = std::slice::from_ref(key);
        lines.iter().find_map(|line| {
            let time_s = Cosignature::read(line, text, own)?.time_s();
            let (key, line) = (key.clone(), (*line).to_owned());
            Some(Word { key, time_s, line })
        })
    };
    keys.into_iter().filter_map(said).collect()
}

const KEEP: &str = "INSERT INTO cosigned VALUES (?1, ?2, ?3, ?4) ON CONFLICT (witness) DO UPDATE \
    SET size = excluded.size, root = excluded.root, line = excluded.line \
    WHERE excluded.size >= cosigned.size";

impl Journal {
    /// Keeps what witnesses said, synced before it returns.
    fn keep_words(&self, head: &Head, words: &[&Word]) -> Result<(), Fault> {
        let (db, _) = self.parts();
        db.prepare_cached("BEGIN")?.execute([])?;
        for Word { key, line, .. } in words {
            let row = params![key.to_string(), head.size, head.root.0, line];
            db.prepare_cached(KEEP)?.execute(row)?;
        }
        db.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    /// Whether it began with that head once: as the tree in memory has it,
    /// whatever the disk says of it.
    fn began_with(&self, head: &Head) -> Result<bool, Fault> {
        let (_, tree) = self.parts();
        if head.size > tree.size() {
            return Ok(false);
        }
        let proof = self.continues(head.size)?;
        let (size, root) = (tree.size(), tree.root());
        Ok(tlog::is_consistent(
            head.size, &head.root, size, &root, &proof,
        ))
    }

    /// Whether this is its leaf number `index`, by the tree in memory.
    pub(super) fn holds(&self, index: u64, leaf: &Hash) -> Result<bool, Fault> {
        let (_, tree) = self.parts();
        let (size, root) = (tree.size(), tree.root());
        let proof = tlog::inclusion(index, size, &mut |level, index| self.node(level, index))?;
        Ok(proof.is_some_and(|proof| tlog::is_included(leaf, index, size, &root, &proof)))
    }

    /// The proof that it continues what it was at `old` leaves.
    pub(super) fn continues(&self, old: u64) -> Result<Vec<Hash>, Fault> {
        let proof = tlog::consistency(old, self.size(), &mut |level, index| {
            self.node(level, index)
        });
        Ok(proof?.unwrap_or_default())
    }

    fn node(&self, level: u32, index: u64) -> Result<Hash, Fault> {
        let (db, tree) = self.parts();
        let top = |leaf: u64| {
            let mut query = db.prepare_cached("SELECT top FROM leaf WHERE leaf_index = ?1")?;
            Ok::<_, Fault>(Hash(query.query_row([leaf], |r| r.get(0))?))
        };
        let leaf = |leaf: u64| {
            let mut query = db.prepare_cached("SELECT * FROM leaf WHERE leaf_index = ?1")?;
            query.query_row([leaf], |r| Ok(tree.hash(r)))?
        };
        tlog::node(level, index, top, leaf)?.ok_or(Fault::Corrupt("a tree without that node"))
    }
}
