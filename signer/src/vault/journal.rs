//! The journal: every decision on disk before its answer.
//!
//! Invariant: [`Recorded`] has no public constructor; holding one means its
//! row was committed with `synchronous=FULL`.
//! Invariant: rows are only added, and one (intent, attempt) is approved at
//! most once.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use order::{Address, Chain, strict};
use policy::{Approved, Charge, Denial, Fingerprint, Intent, IntentId};
use rusqlite::{Connection, OpenFlags, params};

use super::fault::Fault;
use super::row;

/// How long a salt may be: the official client sends it as a JSON number.
const SALT_MASK: u64 = (1 << 53) - 1;

/// The open journal and what must be at hand to judge a repeat.
pub(crate) struct Journal {
    db: Connection,
    id: [u8; 16],
    salt_key: ring::hmac::Key,
    next_leaf: u64,
    /// Every name that was decided on, with the content it was decided for.
    names: BTreeMap<(IntentId, u16), Seen>,
    charged_units: u64,
}

/// What a name stands for.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    /// The content that it was first asked with.
    pub(crate) fingerprint: Fingerprint,
    /// Where it was approved, if it was.
    pub(crate) approved_at: Option<u64>,
}

/// A committed approval: the ticket to sign with.
///
/// Only [`Journal`] makes one, from a row that is on disk.
pub(crate) struct Recorded {
    order: strict::Order,
    leaf_index: u64,
    charge: Charge,
}

impl Recorded {
    pub(crate) const fn order(&self) -> &strict::Order {
        &self.order
    }
    pub(crate) const fn leaf_index(&self) -> u64 {
        self.leaf_index
    }
    pub(crate) const fn charge(&self) -> Charge {
        self.charge
    }
    pub(crate) fn into_order(self) -> strict::Order {
        self.order
    }
}

/// What a leaf says.
pub(crate) enum Verdict {
    Approved(Box<Approved>),
    Denied { intent: Box<Intent>, denial: Denial },
}

impl Verdict {
    /// What was judged, and whether the answer is yes.
    pub(crate) fn parts(&self) -> (&Intent, bool) {
        match self {
            Self::Approved(approved) => (approved.intent(), true),
            Self::Denied { intent, .. } => (intent, false),
        }
    }
}

/// One decision to be recorded.
pub(crate) struct Entry {
    pub(crate) at_ms: u64,
    pub(crate) caller: String,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) verdict: Verdict,
}

/// One decision, on disk.
pub(crate) enum Leaf {
    Approved(Recorded),
    Denied { denial: Denial, leaf_index: u64 },
}

/// A journal that cannot be opened: the problem and the fix.
#[derive(Debug)]
pub(crate) struct OpenError {
    path: String,
    problem: String,
    fix: &'static str,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JOURNAL {}: {}; {}", self.path, self.problem, self.fix)
    }
}

impl Journal {
    /// Opens the journal at `path`, which must exist, hold together and be of
    /// this wallet.
    ///
    /// A missing file is refused, never created: an empty journal has
    /// forgotten every charge.
    pub(crate) fn open(path: &Path, wallet: Address, chain: Chain) -> Result<Self, OpenError> {
        let error = |problem: String, fix| OpenError {
            path: path.display().to_string(),
            problem,
            fix,
        };
        if !path.is_file() {
            return Err(error(
                "there is none".to_owned(),
                "restore it, or make the first one with `signerctl init`",
            ));
        }
        let broken = |f: Fault| {
            error(
                f.to_string(),
                "restore a copy that verifies; do not edit it",
            )
        };
        let (journal, its_wallet, its_chain) = Self::open_existing(path).map_err(broken)?;
        if its_wallet != wallet || its_chain != chain.id() {
            return Err(error(
                format!("it is of wallet {its_wallet} on chain {its_chain}"),
                "name the journal of this wallet, or the wallet of this journal",
            ));
        }
        Ok(journal)
    }

    fn open_existing(path: &Path) -> Result<(Self, Address, u64), Fault> {
        let db = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", synchronous())?;
        db.pragma_update(None, "trusted_schema", false)?;
        // SQLite falls back in silence; a signer does not.
        let mode: String = db.query_row("PRAGMA journal_mode", [], |r| r.get(0))?;
        let level: u32 = db.query_row("PRAGMA synchronous", [], |r| r.get(0))?;
        if mode != "wal" || level != SYNCHRONOUS_LEVEL {
            return Err(Fault::Corrupt(
                "SQLite does not take the settings that make it durable",
            ));
        }
        // Takes the exclusive lock now: a second signer fails here.
        db.execute_batch("BEGIN EXCLUSIVE; COMMIT;")?;
        sync_what_was_left(&db)?;
        let check: String = db.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
        if check != "ok" {
            return Err(Fault::Corrupt("SQLite's own check fails"));
        }
        let (id, salt_key, wallet, chain): ([u8; 16], [u8; 32], [u8; 20], u64) = db.query_row(
            "SELECT journal_id, salt_key, signing_address, chain_id FROM journal \
             WHERE one = 1 AND schema = 1",
            [],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
        )?;
        let mut journal = Self {
            db,
            id,
            salt_key: ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &salt_key),
            next_leaf: 0,
            names: BTreeMap::new(),
            charged_units: 0,
        };
        journal.replay()?;
        Ok((journal, Address::from(wallet), chain))
    }

    /// Reads every row once: the replay set and the sum of charges come from
    /// the rows themselves, so nothing else can disagree with them.
    fn replay(&mut self) -> Result<(), Fault> {
        let mut query = self.db.prepare(
            "SELECT leaf_index, outcome, intent_id, attempt, fingerprint, charge_units \
             FROM leaf ORDER BY leaf_index",
        )?;
        let mut rows = query.query([])?;
        while let Some(r) = rows.next()? {
            let leaf_index: u64 = r.get(0)?;
            if leaf_index != self.next_leaf {
                return Err(Fault::Corrupt("a row is missing"));
            }
            self.next_leaf = next(self.next_leaf)?;
            let outcome: String = r.get(1)?;
            let id: String = r.get(2)?;
            let id = IntentId::parse(&id).ok_or(Fault::Corrupt("an intent id"))?;
            let approved = outcome == row::APPROVED;
            let seen = self.names.entry((id, r.get(3)?)).or_insert(Seen {
                fingerprint: r.get(4)?,
                approved_at: None,
            });
            if approved {
                if seen.approved_at.replace(leaf_index).is_some() {
                    return Err(Fault::Corrupt("one attempt was approved twice"));
                }
                let charge: u64 = r.get(5)?;
                self.charged_units = add(self.charged_units, charge)?;
            }
        }
        Ok(())
    }

    pub(crate) const fn id(&self) -> [u8; 16] {
        self.id
    }
    pub(crate) const fn size(&self) -> u64 {
        self.next_leaf
    }
    pub(crate) const fn charged_units(&self) -> u64 {
        self.charged_units
    }

    /// What this name stands for, if it was ever decided on.
    pub(crate) fn seen(&self, id: &IntentId, attempt: u16) -> Option<Seen> {
        self.names.get(&(*id, attempt)).copied()
    }

    /// The salt of an attempt: HMAC-SHA256 of its name under this journal's
    /// own key, cut to 53 bits. The same attempt has the same salt for ever,
    /// so rebuilding it yields the same order.
    pub(crate) fn salt(&self, id: &IntentId, attempt: u16) -> u64 {
        let mut mac = ring::hmac::Context::with_key(&self.salt_key);
        mac.update(b"countersign/salt/v1\n");
        mac.update(&self.id);
        mac.update(id.as_str().as_bytes());
        mac.update(b"\n");
        mac.update(&attempt.to_be_bytes());
        let tag = mac.sign();
        let head = tag.as_ref().first_chunk::<8>().copied().unwrap_or_default();
        u64::from_be_bytes(head) & SALT_MASK
    }

    /// Writes all `entries` in one transaction and returns after its sync.
    ///
    /// # Errors
    ///
    /// Then nothing was recorded for certain, and nothing may be signed.
    pub(crate) fn record(&mut self, entries: Vec<Entry>) -> Result<Vec<Leaf>, Fault> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let transaction = self.db.transaction()?;
        let mut leaf_index = self.next_leaf;
        for entry in &entries {
            row::insert(&transaction, leaf_index, entry)?;
            leaf_index = next(leaf_index)?;
        }
        transaction.commit()?;
        entries
            .into_iter()
            .map(|entry| self.committed(entry))
            .collect()
    }

    /// Takes a committed entry into memory.
    fn committed(&mut self, entry: Entry) -> Result<Leaf, Fault> {
        let leaf_index = self.next_leaf;
        self.next_leaf = next(leaf_index)?;
        let (intent, _) = entry.verdict.parts();
        let seen = self
            .names
            .entry((intent.id, intent.attempt))
            .or_insert(Seen {
                fingerprint: entry.fingerprint,
                approved_at: None,
            });
        match entry.verdict {
            Verdict::Denied { denial, .. } => Ok(Leaf::Denied { denial, leaf_index }),
            Verdict::Approved(approved) => {
                let twice = seen.approved_at.replace(leaf_index);
                assert!(twice.is_none(), "the vault approves an attempt once");
                let charge = approved.charge();
                self.charged_units = add(self.charged_units, charge.units().get())?;
                Ok(Leaf::Approved(Recorded {
                    order: approved.into_order(),
                    leaf_index,
                    charge,
                }))
            }
        }
    }

    /// The approval at `leaf_index`, as it was committed.
    pub(crate) fn recall(&self, leaf_index: u64) -> Result<Recorded, Fault> {
        let (order, charge) =
            self.db
                .query_row(row::SELECT_ORDER, params![leaf_index], row::read_order)??;
        Ok(Recorded {
            order,
            leaf_index,
            charge,
        })
    }
}

/// Makes what an earlier process left behind durable before anything is read.
///
/// A process that died in its sync leaves rows that the page cache shows and
/// the disk may not have. Copying them into the database file and syncing it
/// is what makes "recorded" true of them, also where an earlier sync failed
/// and the cache was marked clean.
fn sync_what_was_left(db: &Connection) -> Result<(), Fault> {
    let busy: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0))?;
    if busy == 0 {
        Ok(())
    } else {
        Err(Fault::Corrupt("its log cannot be written back"))
    }
}

fn next(leaf: u64) -> Result<u64, Fault> {
    leaf.checked_add(1).ok_or(Fault::Corrupt("a leaf index"))
}

fn add(sum: u64, charge: u64) -> Result<u64, Fault> {
    sum.checked_add(charge)
        .ok_or(Fault::Corrupt("the sum of charges"))
}

/// The one setting that makes a commit mean "on disk".
#[cfg(not(countersign_sync_off))]
const fn synchronous() -> &'static str {
    "FULL"
}
#[cfg(not(countersign_sync_off))]
const SYNCHRONOUS_LEVEL: u32 = 2;

// The control of the sync test: it must fail on a build that does not sync.
#[cfg(countersign_sync_off)]
const fn synchronous() -> &'static str {
    "OFF"
}
#[cfg(countersign_sync_off)]
const SYNCHRONOUS_LEVEL: u32 = 0;
#[cfg(all(countersign_sync_off, not(debug_assertions)))]
compile_error!("a signer that does not sync is a test control and is never released");
