//! The disks as SQLite reaches them: its default file system, which takes the
//! files of mounted folders and hands every other one to the real one.
//!
//! Invariant: a database of a disk has one connection at a time; so locks are
//! always granted, and shared memory is the connection's own.

mod file;

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, Once, OnceLock};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_filename, sqlite3_vfs};

use crate::store::{Gone, Store};
use file::{File, Handle, METHODS};

type Shared = Arc<Mutex<Store>>;

static DISKS: Mutex<BTreeMap<PathBuf, Shared>> = Mutex::new(BTreeMap::new());
static REGISTER: Once = Once::new();
static REAL: OnceLock<Real> = OnceLock::new();

/// The file system that SQLite had by default.
struct Real(*mut sqlite3_vfs);

// SAFETY: SQLite's own file systems are made to be called from any thread, and
// this one is never changed nor taken away.
unsafe impl Send for Real {}
// SAFETY: as above.
unsafe impl Sync for Real {}

fn real() -> *mut sqlite3_vfs {
    REAL.get().expect("it is found before ours is registered").0
}

/// Lets SQLite find the files of `folder` in `store`.
pub(crate) fn mount(folder: &Path, store: &Shared) {
    REGISTER.call_once(register);
    disks().insert(folder.to_owned(), Arc::clone(store));
}

pub(crate) fn unmount(folder: &Path) {
    disks().remove(folder);
}

/// A file that everything but SQLite sees: that there is a database.
pub(crate) fn mark(path: &Path) {
    std::fs::File::create(path).expect("the folder is ours");
}

/// Nor does anything else see one that is gone.
pub(crate) fn unmark(path: &Path) {
    // The power may have gone before it was marked.
    if path.exists() {
        std::fs::remove_file(path).expect("the folder is ours");
    }
}

fn disks() -> MutexGuard<'static, BTreeMap<PathBuf, Shared>> {
    DISKS.lock().expect("no test panics in here")
}

fn register() {
    // SAFETY: called once; the list of file systems is SQLite's own and is
    // guarded by it. Ours is copied from the default one, so that whatever is
    // not overridden is the real thing, and is leaked, so that it stays.
    unsafe {
        assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
        let real = ffi::sqlite3_vfs_find(ptr::null());
        assert!(!real.is_null(), "SQLite has a default file system");
        assert!(REAL.set(Real(real)).is_ok(), "found once");
        let ours = Box::leak(Box::new(*real));
        let size = c_int::try_from(size_of::<File>()).expect("a small struct");
        ours.szOsFile = ours.szOsFile.max(size);
        ours.pNext = ptr::null_mut();
        ours.zName = c"forgetful".as_ptr();
        ours.xOpen = Some(open);
        ours.xDelete = Some(delete);
        ours.xAccess = Some(access);
        assert_eq!(ffi::sqlite3_vfs_register(ours, 1), ffi::SQLITE_OK);
    }
}

/// The disk that has this path, and the name there.
///
/// # Safety
///
/// `path` is a C string, or null.
unsafe fn locate(path: *const c_char) -> Option<(Shared, String)> {
    if path.is_null() {
        return None;
    }
    // SAFETY: the caller says so.
    let path = Path::new(unsafe { CStr::from_ptr(path) }.to_str().ok()?);
    let store = Arc::clone(disks().get(path.parent()?)?);
    Some((store, path.file_name()?.to_str()?.to_owned()))
}

unsafe extern "C" fn open(
    _vfs: *mut sqlite3_vfs,
    path: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives a path or null, room for `szOsFile` bytes, which is
    // enough for either kind of file, and a place for flags or null.
    unsafe {
        let Some((store, name)) = locate(path) else {
            let open = (*real()).xOpen.expect("a file system opens");
            return open(real(), path, file, flags, out_flags);
        };
        (*file).pMethods = ptr::null();
        let is_main = flags & ffi::SQLITE_OPEN_MAIN_DB != 0;
        let opened = {
            let mut store = store.lock().expect("no test panics in here");
            match store.exists(&name) {
                Ok(false) if flags & ffi::SQLITE_OPEN_CREATE == 0 => return ffi::SQLITE_CANTOPEN,
                Ok(_) => store.open(&name).map(|id| {
                    let alone = !is_main || store.take(id);
                    (id, store.era, alone)
                }),
                Err(Gone) => Err(Gone),
            }
        };
        let Ok((id, era, true)) = opened else {
            return ffi::SQLITE_CANTOPEN;
        };
        if let Ok(path) = CStr::from_ptr(path).to_str() {
            mark(Path::new(path));
        }
        let log = flags & (ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL) != 0;
        let handle = Box::new(Handle {
            store,
            id,
            era,
            syncs_folder: log && flags & ffi::SQLITE_OPEN_CREATE != 0,
            is_main,
            pages: Vec::new(),
        });
        let file = file.cast::<File>();
        (*file).handle = Box::into_raw(handle);
        (*file).base.pMethods = &raw const METHODS;
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_vfs: *mut sqlite3_vfs, path: *const c_char, folder: c_int) -> c_int {
    // SAFETY: SQLite gives a path.
    unsafe {
        let Some((store, name)) = locate(path) else {
            let delete = (*real()).xDelete.expect("a file system deletes");
            return delete(real(), path, folder);
        };
        let mut store = store.lock().expect("no test panics in here");
        match store.delete(&name, folder != 0) {
            Ok(true) => {
                if let Ok(path) = CStr::from_ptr(path).to_str() {
                    unmark(Path::new(path));
                }
                ffi::SQLITE_OK
            }
            Ok(false) => ffi::SQLITE_IOERR_DELETE_NOENT,
            Err(Gone) => ffi::SQLITE_IOERR_DELETE,
        }
    }
}

unsafe extern "C" fn access(
    _vfs: *mut sqlite3_vfs,
    path: *const c_char,
    flags: c_int,
    answer: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives a path, and a place for the answer.
    unsafe {
        let Some((store, name)) = locate(path) else {
            let access = (*real()).xAccess.expect("a file system has access");
            return access(real(), path, flags, answer);
        };
        let store = store.lock().expect("no test panics in here");
        let Ok(len) = store.len_of(&name) else {
            return ffi::SQLITE_IOERR_ACCESS;
        };
        // As SQLite's own: an empty file is asked for as if it were not there.
        let there = match len {
            Some(len) => flags != ffi::SQLITE_ACCESS_EXISTS || len > 0,
            None => false,
        };
        *answer = c_int::from(there);
    }
    ffi::SQLITE_OK
}
