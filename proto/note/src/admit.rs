//! Admission: what a verified note may change, and what it changes.
//!
//! For: [`admit`], which takes a note that is verified, the state of authority
//! and the time, and answers with the state after it or with a refusal.
//!
//! Never touches: figures of an intent, shares, the journal. What a ticket, a
//! declaration, an unfreezing or a write-off then does is its owner's.
//!
//! Invariant: an [`Admitted`] has no public constructor; holding one means that
//! the note's row of the table held against exactly the state it came from.
//! Invariant: nothing here is decided by a name or a short key id; keys are
//! counted by their 32 bytes.
//! Invariant: no state refuses a key set that both quorums signed in its turn.
//!
//! ```compile_fail
//! fn forge(body: note::Body, after: note::Authority) -> note::Admitted {
//!     note::Admitted { body, effect: note::Effect::InForce, after }
//! }
//! ```

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::alive::Alive;
use crate::authority::{Authority, Held, Mark};
use crate::cancel::Cancel;
use crate::key::{PublicKey, VerifierKey};
use crate::kind::{Body, Kind, Window};
use crate::policy::Policy;
use crate::refusal::NoteRefusal;
use crate::signed::{Verified, verify};
use crate::table::{Need, Role, Start, row};
use crate::time::{Now, UtcSeconds};
use crate::time_refusal::TimeRefusal;

const SECONDS_PER_HOUR: u64 = 3_600;

/// When an admitted note has its effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// At once.
    InForce,
    /// Unless cancelled or voided before.
    Pending {
        /// When, on the slow reading.
        effective_at: UtcSeconds,
    },
}

/// A note that was admitted, with the state of authority after it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Admitted {
    body: Body,
    effect: Effect,
    after: Authority,
}

impl Admitted {
    /// What the note says.
    #[must_use]
    pub const fn body(&self) -> &Body {
        &self.body
    }

    /// When it has its effect.
    #[must_use]
    pub const fn effect(&self) -> Effect {
        self.effect
    }

    /// The state after it: to be used once the note is on disk, not before.
    #[must_use]
    pub fn apply(self) -> Authority {
        self.after
    }
}

/// Verifies an envelope against the keys of the state, then admits it.
///
/// # Errors
///
/// The first thing that is wrong with it; the state stays as it was.
pub fn receive(envelope: &[u8], state: &Authority, now: Now) -> Result<Admitted, NoteRefusal> {
    let mut settled = state.clone();
    settled.settle(now);
    admit(&verify(envelope, &settled.keys())?, &settled, now)
}

/// Decides whether a verified note takes effect on `state` at `now`.
///
/// The first key set is the one note whose signers the state does not know
/// yet: it is admitted if its own threshold is met by keys that the caller
/// chose to verify it with, which a person must have named on the signer's host.
///
/// # Errors
///
/// The first thing that is wrong with it; the state stays as it was.
pub fn admit(note: &Verified, state: &Authority, now: Now) -> Result<Admitted, NoteRefusal> {
    let mut after = state.clone();
    after.settle(now);
    let body = Body::parse(note.text())?;
    let window = body.window();
    if body.journal() != after.journal() {
        return Err(NoteRefusal::OtherJournal);
    }
    in_time(window, now)?;
    check_signers(note, &body, &after)?;

    let mut effect = Effect::InForce;
    let until = window.apply_before;
    match &body {
        Body::Policy(policy) => {
            let held = Held {
                body: policy.as_ref().clone(),
                hash: note.hash(),
            };
            effect = take_policy(held, &mut after, now)?;
        }
        Body::KeySet(keyset) => {
            after.replace_keys(Held {
                body: keyset.clone(),
                hash: note.hash(),
            })?;
        }
        Body::Cancel(cancel) => drop_policy(cancel, &mut after)?,
        Body::Dial(dial) => {
            after.use_serial(Kind::Dial, dial.policy, dial.serial)?;
            after.dial(&dial.dialed)?;
        }
        Body::Ticket(ticket) => after.use_ticket(ticket, note.signed_by(), now)?,
        Body::Alive(alive) => excuse(alive, &mut after, now)?,
        Body::Declare(declare) => {
            after.use_serial(Kind::Declare, declare.policy, declare.serial)?;
        }
        Body::Unfreeze(unfreeze) => after.use_mark(Mark::Leaf(unfreeze.leaf), until)?,
        Body::WriteOff(off) => after.use_mark(Mark::Id(Kind::WriteOff, off.id), until)?,
        Body::Listing(listing) => after.list(listing, now)?,
        Body::Attestation(attestation) => {
            let mark = Mark::Fill(attestation.fill());
            after.use_watched(attestation.policy, mark, until, now)?;
        }
        Body::Fill(fill) => {
            after.use_watched(fill.policy, Mark::Id(Kind::Fill, fill.id), until, now)?;
        }
        // Of the same leaf as an unfreezing would be: one of them ends it.
        Body::Recovery(recovery) => after.use_mark(Mark::Leaf(recovery.leaf), until)?,
        Body::Export(export) => after.use_mark(Mark::Leaf(export.leaf), until)?,
    }
    Ok(Admitted {
        body,
        effect,
        after,
    })
}

/// Makes sure that its window is open.
fn in_time(window: Window, now: Now) -> Result<(), TimeRefusal> {
    let Window {
        not_before,
        apply_before,
    } = window;
    if now.wall() < not_before {
        return Err(TimeRefusal::NotYet { not_before });
    }
    if now.fast() >= apply_before {
        return Err(TimeRefusal::TooLate { apply_before });
    }
    Ok(())
}

/// Counts the distinct keys of the right role, as the table says.
fn check_signers(note: &Verified, body: &Body, state: &Authority) -> Result<(), NoteRefusal> {
    let row = row(body.kind());
    let old = state.keyset().map(|held| &held.body);
    let (in_force, announced) = (
        "keys of the key set in force",
        "keys of the key set it announces",
    );
    let signers = note.signed_by();
    let (role, keys, threshold) = match row.role {
        Role::Operators => {
            let role = "operators of the policy in force";
            (role, &state.in_force()?.operators, 1)
        }
        Role::Listers => {
            let (keys, threshold) = state.listers()?;
            ("listers of the policy in force", keys, threshold)
        }
        Role::Watchers => {
            let (keys, threshold) = state.watchers()?;
            ("watchers of the policy in force", keys, threshold)
        }
        Role::Quorum | Role::QuorumAndNotifier => {
            if row.role == Role::QuorumAndNotifier {
                let keys = BTreeSet::from([state.notifier()?.clone()]);
                enough("notifier of the policy in force", &keys, 1, signers)?;
            }
            let old = old.ok_or(NoteRefusal::NoKeySet)?;
            (in_force, &old.keys, old.threshold)
        }
        Role::BothQuorums => {
            let Body::KeySet(new) = body else {
                return Err(NoteRefusal::NoKeySet);
            };
            let of_both = |signers: &BTreeSet<PublicKey>| {
                enough(announced, &new.keys, usize::from(new.threshold), signers)
            };
            let Some(old) = old else {
                return of_both(signers);
            };
            enough(in_force, &old.keys, usize::from(old.threshold), signers)?;
            // Only now are these keys known, so only now can they be checked.
            let keys: Vec<VerifierKey> = new.keys.iter().cloned().collect();
            return of_both(&note.also_signed_by(&keys)?);
        }
    };
    let needed = match row.need {
        Need::One => 1,
        Need::Threshold => usize::from(threshold),
    };
    enough(role, keys, needed, signers)
}

/// Makes sure that so many of the keys signed, each counted once.
fn enough(
    role: &'static str,
    keys: &BTreeSet<VerifierKey>,
    needed: usize,
    signers: &BTreeSet<PublicKey>,
) -> Result<(), NoteRefusal> {
    let publics: BTreeSet<PublicKey> = keys.iter().map(VerifierKey::public).collect();
    let signed = publics.intersection(signers).count();
    if signed >= needed {
        return Ok(());
    }
    Err(NoteRefusal::TooFewSignatures {
        role,
        signed,
        needed,
    })
}

fn take_policy(
    policy: Held<Policy>,
    state: &mut Authority,
    now: Now,
) -> Result<Effect, NoteRefusal> {
    let hours = match (row(Kind::Policy).start, state.policy()) {
        (Start::AfterDelay, Some(held)) => held.body.delay_hours,
        (Start::AfterDelay, None) | (Start::AtOnce, _) => 0,
    };
    let delay = u64::from(hours).saturating_mul(SECONDS_PER_HOUR);
    let effective_at = now.slow().plus(delay).ok_or(TimeRefusal::Calendar)?;
    let expires = policy.body.expires;
    if now
        .fast()
        .plus(delay)
        .is_none_or(|latest| latest >= expires)
    {
        return Err(TimeRefusal::Expired { expires }.into());
    }
    state.take_policy(policy, effective_at)?;
    Ok(if state.pending().is_some() {
        Effect::Pending { effective_at }
    } else {
        Effect::InForce
    })
}

fn drop_policy(cancel: &Cancel, state: &mut Authority) -> Result<(), NoteRefusal> {
    let pending = state.pending().map(|pending| &pending.policy);
    if pending.map(|held| (held.body.version, held.hash)) != Some((cancel.version, cancel.hash)) {
        return Err(NoteRefusal::NotPending);
    }
    state.drop_pending();
    Ok(())
}

fn excuse(alive: &Alive, state: &mut Authority, now: Now) -> Result<(), NoteRefusal> {
    state.use_serial(Kind::Alive, alive.policy, alive.serial)?;
    let hours = state.in_force()?.presence.dead_man_reduce_hours;
    let reach = u64::from(hours).saturating_mul(SECONDS_PER_HOUR);
    // It ends on the fast reading, which the wall is never ahead of.
    let latest = now.wall().plus(reach).ok_or(TimeRefusal::Calendar)?;
    if alive.until > latest || alive.until <= now.fast() {
        return Err(TimeRefusal::AliveReach { latest }.into());
    }
    state.excuse_until(alive.until);
    Ok(())
}
