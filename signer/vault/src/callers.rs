//! Who may ask what: request keys, roles, epochs and counters.
//!
//! Invariant: a question counts only with a MAC of its caller's key, under the
//! caller's latest epoch, with a counter never seen before and no more than a
//! window below the highest.
//! Invariant: the role comes from the key's record; neither the door nor the
//! message has a say in it.
//! Invariant: the keys stand in one page and nowhere else, and what a MAC left
//! behind is burnt before its outcome is used.

use std::collections::BTreeMap;

use frame::hop::{Proof, Unproven};
use frame::{Answer, Ask, Epoch, Mac, Prover, RequestHash, Role};
use page::Page;

/// How far below the highest counter one may still arrive.
const WINDOW: u64 = 4_096;
const WORDS: usize = 64;

/// One caller's record.
struct Caller {
    /// Where its key stands in the page.
    place: usize,
    role: Role,
    run: Option<Run>,
}

/// The counters of one epoch.
struct Run {
    epoch: Epoch,
    highest: u64,
    /// One bit a counter: bit `c % WINDOW` is set when `c` was used.
    used: [u64; WORDS],
}

/// Every caller, by name, and the page with their keys.
pub(crate) struct Callers {
    known: BTreeMap<String, Caller>,
    keys: Page,
}

/// Why a caller cannot be added.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unadded<E> {
    /// Its key could not be read.
    Unread(E),
    /// This one has the same key.
    SameKey(String),
    /// The page is full.
    Full,
}

impl Callers {
    /// Nobody yet.
    ///
    /// # Errors
    ///
    /// The kernel gives no page for the keys.
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self {
            known: BTreeMap::new(),
            keys: Page::new()?,
        })
    }

    /// Adds a caller, whose key `fill` puts straight into its place.
    pub(crate) fn add<E>(
        &mut self,
        name: String,
        role: Role,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<(), Unadded<E>> {
        let place = self.known.len();
        let places = self.keys.bare_mut().as_chunks_mut().0;
        let at: &mut [u8; 32] = places.get_mut(place).ok_or(Unadded::Full)?;
        fill(at).map_err(Unadded::Unread)?;
        for (other, caller) in &self.known {
            let (ours, theirs) = (key(&self.keys, place), key(&self.keys, caller.place));
            if ours.zip(theirs).is_none_or(|(a, b)| frame::same(a, b)) {
                return Err(Unadded::SameKey(other.clone()));
            }
        }
        #[cfg(countersign_leak_on)]
        key(&self.keys, place)
            .into_iter()
            .for_each(super::leak::leak);
        let run = None;
        self.known.insert(name, Caller { place, role, run });
        Ok(())
    }

    /// Begins a caller's next epoch, ending the one before.
    ///
    /// `fresh` is random; the answer's MAC binds it to the challenge.
    pub(crate) fn hello(
        &mut self,
        name: &str,
        challenge: &[u8; 32],
        mac: &Mac,
        fresh: Epoch,
    ) -> Result<Mac, Unproven> {
        let caller = self.known.get_mut(name).ok_or(Unproven::NotYou)?;
        let key = key(&self.keys, caller.place).ok_or(Unproven::NotYou)?;
        let expected = proved(key, |by| by.hello(name, challenge));
        if !frame::same(&expected, mac) {
            return Err(Unproven::NotYou);
        }
        caller.run = Some(Run {
            epoch: fresh,
            highest: 0,
            used: [0; WORDS],
        });
        Ok(proved(key, |by| by.welcome(name, challenge, &fresh)))
    }

    /// Judges a question's proof and uses up its counter.
    pub(crate) fn check(
        &mut self,
        name: &str,
        proof: &Proof,
        ask: &Ask<'_>,
    ) -> Result<RequestHash, Unproven> {
        let caller = self.known.get_mut(name).ok_or(Unproven::NotYou)?;
        let key = key(&self.keys, caller.place).ok_or(Unproven::NotYou)?;
        let (mac, hash) = proved(key, |by| by.ask(name, &proof.epoch, proof.counter, ask));
        if !frame::same(&mac, &proof.mac) {
            return Err(Unproven::NotYou);
        }
        let run = caller.run.as_mut().filter(|run| run.epoch == proof.epoch);
        let run = run.ok_or(Unproven::NotYou)?;
        if !caller.role.may(ask.method()) {
            return Err(Unproven::NotYours);
        }
        if run.take(proof.counter) {
            Ok(hash)
        } else {
            Err(Unproven::Replayed)
        }
    }

    /// The MAC of an answer to the question with hash `request`.
    pub(crate) fn answer(&self, name: &str, request: &RequestHash, answer: &Answer) -> Option<Mac> {
        let key = key(&self.keys, self.known.get(name)?.place)?;
        Some(proved(key, |by| by.answer(request, answer)))
    }
}

/// The key at a place of the page.
fn key(keys: &Page, place: usize) -> Option<&[u8; 32]> {
    keys.bare().as_chunks().0.get(place)
}

/// What `prove` makes by `key`, with what it left behind burnt.
fn proved<T>(key: &[u8; 32], prove: impl FnOnce(Prover<'_>) -> T) -> T {
    let proof = apart(key, prove);
    // Nor does the control of `make residue` burn here: it would reach what
    // signing left.
    #[cfg(not(countersign_leak_on))]
    page::burn();
    proof
}

/// In a frame of its own, which is what burning reaches.
#[inline(never)]
fn apart<T>(key: &[u8; 32], prove: impl FnOnce(Prover<'_>) -> T) -> T {
    prove(Prover::new(key))
}

impl Run {
    /// Uses `counter` up; `false` if it was used or lies too far back.
    fn take(&mut self, counter: u64) -> bool {
        if counter == 0 {
            return false;
        }
        if counter > self.highest {
            let steps = counter.saturating_sub(self.highest).min(WINDOW);
            for step in 0..steps {
                self.mark(counter.saturating_sub(step), false);
            }
            self.highest = counter;
        } else if self.highest.saturating_sub(counter) >= WINDOW || self.is_marked(counter) {
            return false;
        }
        self.mark(counter, true);
        true
    }

    fn place(counter: u64) -> (usize, u64) {
        let bit = counter & WINDOW.saturating_sub(1);
        let word = usize::try_from(bit >> 6).unwrap_or(0);
        (word, 1 << (bit & 63))
    }

    fn is_marked(&self, counter: u64) -> bool {
        let (word, bit) = Self::place(counter);
        self.used.get(word).is_some_and(|w| w & bit != 0)
    }

    fn mark(&mut self, counter: u64, used: bool) {
        let (word, bit) = Self::place(counter);
        if let Some(w) = self.used.get_mut(word) {
            if used {
                *w |= bit;
            } else {
                *w &= !bit;
            }
        }
    }
}

#[cfg(test)]
mod tests;
