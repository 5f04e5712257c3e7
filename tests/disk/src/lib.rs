//! A disk in memory that forgets what was not synced, under SQLite.
//!
//! For: crashing a program that keeps its state in SQLite, in its own process
//! and many times a second. Databases in a [`Disk`]'s folder stand in memory;
//! every other file of the process is where it was.
//!
//! Never touches: what the database means; the programs.
//!
//! Invariant: a crash keeps everything that a sync covered, and of the rest
//! what a real disk might have: nothing, all, a beginning, single writes, torn
//! ones. `lie` breaks the first half, so that a check can show it would notice.

#![deny(unsafe_code)]

mod rng;
mod store;
#[expect(unsafe_code, reason = "the C interface of SQLite's file systems")]
mod vfs;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use store::Store;

pub use rng::Rng;
pub use store::{Image, Keeps, Tally};

/// One disk, with a folder of its own.
pub struct Disk {
    store: Arc<Mutex<Store>>,
    folder: tempfile::TempDir,
}

impl Default for Disk {
    fn default() -> Self {
        Self::new()
    }
}

impl Disk {
    /// An empty disk.
    pub fn new() -> Self {
        Self::of(&Image::new())
    }

    /// A disk that holds `image`, all of it synced.
    pub fn of(image: &Image) -> Self {
        let folder = tempfile::tempdir().expect("a folder for what is no database");
        let store = Arc::new(Mutex::new(Store::of(image)));
        for name in image.keys() {
            vfs::mark(&folder.path().join(name));
        }
        vfs::mount(folder.path(), &store);
        Self { store, folder }
    }

    /// Where `name` stands. Only SQLite finds more than an empty file there.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What every file holds now, synced or not.
    pub fn image(&self) -> Image {
        self.store().image()
    }

    /// The power goes at the operation after this many.
    pub fn fuse(&self, operations: u64) {
        self.store().fuse(Some(operations));
    }

    /// The sync after this many fails, once, and what it should have written is
    /// lost at the next crash of the machine, though every read shows it: so do
    /// disks, and so do caches that mark it clean.
    pub fn fail_sync(&self, syncs: u64) {
        self.store().fail_sync(syncs);
    }

    /// Whether a sync failed since the last crash.
    pub fn has_failed(&self) -> bool {
        self.store().has_failed()
    }

    /// The power goes now: from here to [`Disk::crash`] nothing is read or
    /// written.
    pub fn kill(&self) {
        self.store().kill();
    }

    /// Whether the power went.
    pub fn is_dead(&self) -> bool {
        self.store().is_dead()
    }

    /// Keeps of what was not synced as much as `keeps` says, by `rng`, and is
    /// well again. Connections that were open are not.
    pub fn crash(&self, keeps: Keeps, rng: &mut Rng) {
        let before = self.image();
        self.store().crash(keeps, rng);
        let after = self.image();
        for name in before.keys().filter(|name| !after.contains_key(*name)) {
            vfs::unmark(&self.file(name));
        }
        for name in after.keys() {
            vfs::mark(&self.file(name));
        }
    }

    /// From now on a sync returns and does nothing, or does again what it says.
    pub fn lie(&self, lies: bool) {
        self.store().lie(lies);
    }

    /// What became of it so far.
    pub fn tally(&self) -> Tally {
        self.store().tally
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().expect("no test panics inside the disk")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        vfs::unmount(self.folder.path());
    }
}

/// How many crashes a run is to have: `usual`, unless the Makefile asks for
/// another number in `COUNTERSIGN_CRASHES`.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs is no program's configuration"
)]
pub fn crashes(usual: u64) -> u64 {
    match std::env::var("COUNTERSIGN_CRASHES") {
        Ok(text) => text.parse().expect("COUNTERSIGN_CRASHES is a number"),
        Err(_) => usual,
    }
}

/// The seed of a run: `usual`, unless `COUNTERSIGN_SEED` names another.
#[expect(
    clippy::disallowed_methods,
    reason = "which run a test repeats is no program's configuration"
)]
pub fn seed(usual: u64) -> u64 {
    match std::env::var("COUNTERSIGN_SEED") {
        Ok(text) => text.parse().expect("COUNTERSIGN_SEED is a number"),
        Err(_) => usual,
    }
}

/// The crash to begin a run at: the first, unless `COUNTERSIGN_FIRST` names the
/// one of a failure.
#[expect(
    clippy::disallowed_methods,
    reason = "where a test begins is no program's configuration"
)]
pub fn first() -> u64 {
    match std::env::var("COUNTERSIGN_FIRST") {
        Ok(text) => text.parse().expect("COUNTERSIGN_FIRST is a number"),
        Err(_) => 0,
    }
}
