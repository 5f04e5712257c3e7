//! What the disk holds: of every file, what is shown and what is kept.
//!
//! Pure: no SQLite, no files. A write is shown at once and kept only after a
//! sync of its file; a name is shown at once and kept only after a sync of its
//! folder. A crash keeps some of the rest, as seeded numbers say.
//!
//! Invariant: nothing that a sync covered is ever lost, and no byte outside of
//! what was written since changes. That is what SQLite is promised by a disk
//! with power-safe overwrites, and no more.

use std::collections::{BTreeMap, BTreeSet};

use crate::rng::Rng;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// Something that was not synced yet.
#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Cut(usize),
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => write(content, *at, bytes),
            Self::Cut(len) => content.truncate(*len),
        }
    }
}

/// One file, whatever its name.
#[derive(Clone, Debug, Default)]
struct Inode {
    shown: Vec<u8>,
    kept: Vec<u8>,
    since: Vec<Change>,
}

/// How much of what was not synced a crash keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keeps {
    /// All, and what was not synced is still not: the program died and the
    /// machine did not. The next crash may take it.
    Cached,
    /// Nothing.
    Nothing,
    /// What came first, of each file, and a part of the next write.
    First,
    /// All writes but one of each file.
    AllButOne,
    /// Any writes, each whole.
    Writes,
    /// Any sectors of any writes.
    Sectors,
}

impl Keeps {
    /// Every way there is.
    pub const ALL: [Self; 6] = [
        Self::Cached,
        Self::Nothing,
        Self::First,
        Self::AllButOne,
        Self::Writes,
        Self::Sectors,
    ];
}

/// What became of the disk so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Writes, cuts, syncs and deletions that were asked for.
    pub operations: u64,
    /// Syncs among them.
    pub syncs: u64,
    /// Crashes.
    pub crashes: u64,
    /// Writes that a crash found not synced.
    pub unsynced: u64,
    /// Those of them that it did not keep whole.
    pub lost: u64,
}

/// The disk is gone, or a sync failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

/// The content of every file of a disk, by name.
pub type Image = BTreeMap<String, Vec<u8>>;

/// Every file of one disk.
#[derive(Debug, Default)]
pub(crate) struct Store {
    names: BTreeMap<String, u64>,
    names_kept: BTreeMap<String, u64>,
    inodes: BTreeMap<u64, Inode>,
    next: u64,
    /// Operations until the power goes.
    fuse: Option<u64>,
    dead: bool,
    lies: bool,
    /// Syncs until one fails.
    fails: Option<u64>,
    /// One did, since the last crash.
    failed: bool,
    /// Databases that have their connection.
    taken: BTreeSet<u64>,
    /// Rises with every crash: who opened a file before has it no more.
    pub(crate) era: u64,
    pub(crate) tally: Tally,
}

impl Store {
    pub(crate) fn of(image: &Image) -> Self {
        let mut store = Self::default();
        for (name, content) in image {
            store.next += 1;
            let inode = Inode {
                shown: content.clone(),
                kept: content.clone(),
                since: Vec::new(),
            };
            store.inodes.insert(store.next, inode);
            store.names.insert(name.clone(), store.next);
        }
        store.names_kept = store.names.clone();
        store
    }

    /// What is shown now.
    pub(crate) fn image(&self) -> Image {
        let shown = |(name, id): (&String, &u64)| (name.clone(), self.inodes[id].shown.clone());
        self.names.iter().map(shown).collect()
    }

    pub(crate) fn fuse(&mut self, operations: Option<u64>) {
        self.fuse = operations;
    }

    pub(crate) fn fail_sync(&mut self, syncs: u64) {
        self.fails = Some(syncs);
    }

    pub(crate) const fn has_failed(&self) -> bool {
        self.failed
    }

    pub(crate) fn kill(&mut self) {
        self.dead = true;
    }

    pub(crate) const fn is_dead(&self) -> bool {
        self.dead
    }

    pub(crate) fn lie(&mut self, lies: bool) {
        self.lies = lies;
    }

    /// Lets one operation begin. The one at which the power goes is begun, and
    /// not heard of again.
    fn operate(&mut self) -> Result<(), Gone> {
        if self.dead {
            return Err(Gone);
        }
        self.tally.operations += 1;
        if let Some(left) = &mut self.fuse {
            match left.checked_sub(1) {
                Some(rest) => *left = rest,
                None => self.dead = true,
            }
        }
        Ok(())
    }

    fn ended(&self) -> Result<(), Gone> {
        if self.dead { Err(Gone) } else { Ok(()) }
    }

    pub(crate) fn exists(&self, name: &str) -> Result<bool, Gone> {
        self.ended()?;
        Ok(self.names.contains_key(name))
    }

    pub(crate) fn len_of(&self, name: &str) -> Result<Option<usize>, Gone> {
        self.ended()?;
        Ok(self.names.get(name).map(|id| self.inodes[id].shown.len()))
    }

    /// The file of this name, made if there is none.
    pub(crate) fn open(&mut self, name: &str) -> Result<u64, Gone> {
        self.ended()?;
        if let Some(id) = self.names.get(name) {
            return Ok(*id);
        }
        self.operate()?;
        self.next += 1;
        self.inodes.insert(self.next, Inode::default());
        self.names.insert(name.to_owned(), self.next);
        self.ended()?;
        Ok(self.next)
    }

    /// Takes a database for a connection; `false` if it has one.
    pub(crate) fn take(&mut self, id: u64) -> bool {
        self.taken.insert(id)
    }

    pub(crate) fn leave(&mut self, id: u64) {
        self.taken.remove(&id);
    }

    pub(crate) fn read(&self, id: u64, at: usize, into: &mut [u8]) -> Result<usize, Gone> {
        self.ended()?;
        let content = &self.inodes[&id].shown;
        let have = content.get(at..).unwrap_or_default();
        let len = have.len().min(into.len());
        into[..len].copy_from_slice(&have[..len]);
        into[len..].fill(0);
        Ok(len)
    }

    pub(crate) fn size(&self, id: u64) -> Result<usize, Gone> {
        self.ended()?;
        Ok(self.inodes[&id].shown.len())
    }

    pub(crate) fn write(&mut self, id: u64, at: usize, bytes: &[u8]) -> Result<(), Gone> {
        let bytes = bytes.to_vec();
        self.change(id, Change::Write { at, bytes })
    }

    pub(crate) fn cut(&mut self, id: u64, len: usize) -> Result<(), Gone> {
        self.change(id, Change::Cut(len))
    }

    fn change(&mut self, id: u64, change: Change) -> Result<(), Gone> {
        self.operate()?;
        let inode = self.inodes.get_mut(&id).expect("an open file");
        change.apply(&mut inode.shown);
        inode.since.push(change);
        self.ended()
    }

    pub(crate) fn sync(&mut self, id: u64, folder: bool) -> Result<(), Gone> {
        self.operate()?;
        self.tally.syncs += 1;
        // The power went while it synced: a crash keeps some of it, or all.
        self.ended()?;
        if self.lies {
            return Ok(());
        }
        let inode = self.inodes.get_mut(&id).expect("an open file");
        if self.fails == Some(0) {
            // The cache shows it still, and takes it for written: no later sync
            // will write it.
            inode.since.clear();
            (self.fails, self.failed) = (None, true);
            return Err(Gone);
        }
        self.fails = self.fails.map(|left| left - 1);
        for change in inode.since.drain(..) {
            change.apply(&mut inode.kept);
        }
        if folder {
            self.names_kept = self.names.clone();
        }
        Ok(())
    }

    /// Takes a name away; `false` if there is none.
    pub(crate) fn delete(&mut self, name: &str, folder: bool) -> Result<bool, Gone> {
        self.operate()?;
        let was = self.names.remove(name).is_some();
        self.ended()?;
        if folder && !self.lies {
            self.names_kept = self.names.clone();
        }
        Ok(was)
    }

    /// The power goes, if it has not yet; what is left is shown.
    pub(crate) fn crash(&mut self, keeps: Keeps, rng: &mut Rng) {
        self.tally.crashes += 1;
        self.taken.clear();
        self.era += 1;
        self.dead = false;
        self.fuse = None;
        (self.fails, self.failed) = (None, false);
        let unsynced = self.inodes.values().map(|inode| inode.since.len()).sum();
        self.tally.unsynced += count(unsynced);
        if keeps == Keeps::Cached {
            return;
        }
        for inode in self.inodes.values_mut() {
            self.tally.lost += inode.survive(keeps, rng);
        }
        let names = self.names.keys().chain(self.names_kept.keys());
        for name in names.cloned().collect::<BTreeSet<String>>() {
            let shown = keeps != Keeps::Nothing && rng.chance(50);
            let from = if shown { &self.names } else { &self.names_kept };
            match from.get(&name).copied() {
                Some(id) => self.names_kept.insert(name, id),
                None => self.names_kept.remove(&name),
            };
        }
        self.names = self.names_kept.clone();
        let alive: BTreeSet<u64> = self.names.values().copied().collect();
        self.inodes.retain(|id, _| alive.contains(id));
    }
}

fn count(len: usize) -> u64 {
    u64::try_from(len).expect("a length fits 64 bits")
}

impl Inode {
    /// Keeps some of what was not synced; how many writes are not whole then.
    fn survive(&mut self, keeps: Keeps, rng: &mut Rng) -> u64 {
        let since = std::mem::take(&mut self.since);
        let at = if since.is_empty() {
            0
        } else {
            rng.index(since.len() + 1)
        };
        let mut lost = 0;
        for (nth, change) in since.iter().enumerate() {
            let whole = match keeps {
                Keeps::Cached => true,
                Keeps::Nothing | Keeps::Sectors => false,
                Keeps::First => nth < at,
                Keeps::AllButOne => nth != at,
                Keeps::Writes => rng.chance(50),
            };
            let torn = match keeps {
                Keeps::First => nth == at,
                Keeps::Sectors => true,
                Keeps::Cached | Keeps::Nothing | Keeps::AllButOne | Keeps::Writes => false,
            };
            if whole {
                change.apply(&mut self.kept);
            } else {
                lost += 1;
                if torn {
                    tear(change, &mut self.kept, rng);
                }
            }
        }
        self.shown.clone_from(&self.kept);
        lost
    }
}

/// Applies a change in part: some of its sectors, or half the time a cut.
fn tear(change: &Change, content: &mut Vec<u8>, rng: &mut Rng) {
    let Change::Write { at, bytes } = change else {
        if rng.chance(50) {
            change.apply(content);
        }
        return;
    };
    // A file may have grown before what made it grow was written.
    if rng.chance(50) && content.len() < at + bytes.len() {
        let noise = if rng.chance(50) { 0xa5 } else { 0 };
        content.resize(at + bytes.len(), noise);
    }
    let mut begin = 0;
    while begin < bytes.len() {
        let end = (((at + begin) / SECTOR + 1) * SECTOR - at).min(bytes.len());
        if rng.chance(50) {
            write(content, at + begin, &bytes[begin..end]);
        }
        begin = end;
    }
}

/// Writes into `content`, which grows as it must; a hole reads as zeros.
fn write(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[at..end].copy_from_slice(bytes);
}
