//! Whose key the journal's policies want.
//!
//! Invariant: a key is not sealed for a journal whose policy names another
//! address; where there is no policy yet, the signer holds them together later.

use std::path::Path;

use alloy_primitives::Address;
use note::{Body, Envelope, UtcSeconds};
use rusqlite::Connection;

use crate::journal_id::{open_unchanging, refusal};
use crate::log_copy::Copy;
use crate::say::Refusal;

/// Refuses if the newest policy in `journal` names another signing address.
pub(crate) fn must_be(journal: &Path, address: Address) -> Result<(), Refusal> {
    match all(journal)?.last().map(|policy| policy.address) {
        Some(wanted) if wanted != address => Err(Refusal::new(
            "WRONG_WALLET",
            "key",
            format_args!("it is the key of {address}, and the policy's is {wanted}"),
            "import the other key, or apply a policy for this one first; nothing was written",
        )),
        Some(_) | None => Ok(()),
    }
}

/// Whose key the policy in force at `now` names. The signer's slower clock may
/// bring it into force a little later.
pub(crate) fn in_force(journal: &Path, now: UtcSeconds) -> Result<Option<Address>, Refusal> {
    let policies = all(journal)?;
    let begun = policies
        .iter()
        .rev()
        .find(|policy| policy.from_s <= now.get());
    Ok(begun.map(|policy| policy.address))
}

/// A policy that was applied, and nobody cancelled.
struct Applied {
    version: u64,
    address: Address,
    delay_hours: u16,
    /// When it is in force.
    from_s: u64,
}

/// All of a journal, oldest first.
fn all(journal: &Path) -> Result<Vec<Applied>, Refusal> {
    let unreadable = |e: rusqlite::Error| {
        refusal(
            journal,
            format_args!("its notes cannot be read: {e}"),
            "name the file that `signerctl init` made",
        )
    };
    let copy = Copy::if_needed(journal)?;
    let db = match &copy {
        None => open_unchanging(journal),
        Some(copy) => Connection::open(copy.path()),
    }
    .map_err(unreadable)?;
    applied(&db).map_err(unreadable)
}

fn applied(db: &Connection) -> rusqlite::Result<Vec<Applied>> {
    let tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'leaf'";
    let mut found: Vec<Applied> = Vec::new();
    if db.query_row(tables, [], |row| row.get::<_, u64>(0))? == 0 {
        return Ok(found);
    }
    let mut rows = db.prepare(
        "SELECT envelope, wall_ms FROM leaf WHERE envelope IS NOT NULL ORDER BY leaf_index",
    )?;
    let envelopes = rows.query_map([], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?)))?;
    for envelope in envelopes {
        let (envelope, wall_ms): (_, u64) = envelope?;
        let read = Envelope::parse(&envelope).ok();
        match read.and_then(|e| Body::parse(e.unverified_text()).ok()) {
            Some(Body::Policy(policy)) => {
                let hours = found.last().map_or(0, |held| held.delay_hours);
                let delay_s = u64::from(hours).saturating_mul(3_600);
                found.push(Applied {
                    version: policy.version,
                    address: policy.wallet.signing_address,
                    delay_hours: policy.delay_hours,
                    from_s: wall_ms.div_euclid(1_000).saturating_add(delay_s),
                });
            }
            Some(Body::Cancel(cancel)) => found.retain(|held| held.version != cancel.version),
            // Another key set drops what is pending.
            Some(Body::KeySet(_)) => found.retain(|held| held.from_s <= wall_ms.div_euclid(1_000)),
            Some(_) | None => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "tests count in the open, a panic here is a failed test"
)]
mod tests {
    use std::collections::BTreeSet;

    use note::{
        Cancel, JournalId, KeySet, Mode, NoteHash, Policy, PublicKey, Seed, VerifierKey, Window,
    };
    use order::SignatureType;
    use tempfile::TempDir;

    use super::*;
    use crate::notes::starter::{self, Desk};

    const JOURNAL: JournalId = JournalId([1; 16]);
    const BEGUN_S: u64 = 1_795_176_000;
    const HOUR_S: u64 = 3_600;
    const DAY_S: u64 = 24 * HOUR_S;
    const OLD: Address = Address::repeat_byte(1);
    const NEW: Address = Address::repeat_byte(2);
    const OTHER: Address = Address::repeat_byte(3);

    fn at(unix_s: u64) -> UtcSeconds {
        UtcSeconds::new(unix_s).unwrap()
    }

    fn window() -> Window {
        Window {
            not_before: at(BEGUN_S),
            apply_before: at(BEGUN_S + 7 * DAY_S),
        }
    }

    fn key() -> VerifierKey {
        VerifierKey::new("desk/one", PublicKey::of_seed(&Seed::new([1; 32]))).unwrap()
    }

    fn policy(version: u64, signing_address: Address) -> Body {
        let desk = Desk {
            journal: JOURNAL,
            window: window(),
            mode: Mode::Paper,
            signing_address,
            maker: signing_address,
            signature_type: SignatureType::Eoa,
        };
        Body::Policy(Box::new(Policy {
            version,
            previous: NoteHash([u8::from(version > 1); 32]),
            expires: at(BEGUN_S + 90 * DAY_S),
            operators: BTreeSet::from([key()]),
            ..starter::policy(&desk)
        }))
    }

    fn keyset() -> Body {
        Body::KeySet(KeySet {
            journal: JOURNAL,
            version: 2,
            previous: NoteHash([1; 32]),
            window: window(),
            threshold: 1,
            keys: BTreeSet::from([key()]),
        })
    }

    fn cancel(version: u64) -> Body {
        Body::Cancel(Cancel {
            journal: JOURNAL,
            version,
            hash: NoteHash([2; 32]),
            window: window(),
        })
    }

    /// A journal of notes, each applied so many seconds after the first.
    struct Journal(TempDir);

    impl Journal {
        fn of(notes: &[(u64, Body)]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let db = Connection::open(folder.path().join("journal.db")).unwrap();
            db.execute_batch(
                "CREATE TABLE leaf (leaf_index INTEGER, envelope BLOB, wall_ms INTEGER)",
            )
            .unwrap();
            for (index, (after_s, body)) in notes.iter().enumerate() {
                body.check().unwrap();
                let text = note::sign(&body.print(), "desk/one", &Seed::new([1; 32])).unwrap();
                let wall_ms = (BEGUN_S + after_s) * 1_000;
                let row = rusqlite::params![index, text.into_bytes(), wall_ms];
                db.execute("INSERT INTO leaf VALUES (?1, ?2, ?3)", row)
                    .unwrap();
            }
            Self(folder)
        }

        fn path(&self) -> std::path::PathBuf {
            self.0.path().join("journal.db")
        }

        /// Whose key the newest policy wants.
        fn wanted(&self) -> Vec<Address> {
            let all = [OLD, NEW, OTHER];
            let takes = |address: &Address| must_be(&self.path(), *address).is_ok();
            all.into_iter().filter(takes).collect()
        }

        fn in_force(&self, after_s: u64) -> Option<Address> {
            in_force(&self.path(), at(BEGUN_S + after_s)).unwrap()
        }
    }

    #[test]
    fn a_pending_policy_counts_for_an_import_and_is_in_force_after_its_delay() {
        let none = Journal::of(&[]);
        assert_eq!((none.wanted().len(), none.in_force(DAY_S)), (3, None));
        let two = Journal::of(&[(0, policy(1, OLD)), (DAY_S, policy(2, NEW))]);
        assert_eq!(two.wanted(), [NEW]);
        assert_eq!(two.in_force(2 * DAY_S - 1), Some(OLD));
        assert_eq!(two.in_force(2 * DAY_S), Some(NEW));
    }

    #[test]
    fn a_pending_policy_that_was_cancelled_or_voided_does_not_count() {
        for end in [cancel(2), keyset()] {
            let mut notes = vec![
                (0, policy(1, OLD)),
                (DAY_S, policy(2, NEW)),
                (2 * DAY_S - 1, end),
            ];
            let journal = Journal::of(&notes);
            assert_eq!(journal.wanted(), [OLD], "{:?}", notes[2]);
            assert_eq!(journal.in_force(6 * DAY_S), Some(OLD), "{:?}", notes[2]);
            // The next of its number does.
            notes.push((3 * DAY_S, policy(2, OTHER)));
            let journal = Journal::of(&notes);
            assert_eq!(journal.wanted(), [OTHER]);
            assert_eq!(journal.in_force(4 * DAY_S - 1), Some(OLD));
            assert_eq!(journal.in_force(4 * DAY_S), Some(OTHER));
        }
    }

    #[test]
    fn another_key_set_voids_no_policy_in_force() {
        let notes = [
            (0, policy(1, OLD)),
            (DAY_S, policy(2, NEW)),
            (2 * DAY_S, keyset()),
        ];
        let journal = Journal::of(&notes);
        assert_eq!(journal.wanted(), [NEW]);
        assert_eq!(journal.in_force(2 * DAY_S), Some(NEW));
    }
}
