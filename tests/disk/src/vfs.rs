//! The disks as SQLite reaches them: its default file system, which takes the
//! files of mounted folders and hands every other one to the real one.
//!
//! Invariant: a database of a disk has one connection at a time; so locks are
//! always granted, and shared memory is the connection's own.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, Once, OnceLock};

use rusqlite::ffi::{
    self, sqlite3_file, sqlite3_filename, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs,
};

use crate::store::{Gone, Store};

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

/// An open file, where SQLite keeps it.
#[repr(C)]
struct File {
    base: sqlite3_file,
    handle: *mut Handle,
}

/// What we know of it.
struct Handle {
    store: Shared,
    id: u64,
    era: u64,
    /// Its first sync is one of its folder too, as SQLite's own file system has
    /// it for logs and journals that may have been made.
    syncs_folder: bool,
    /// It is a database, of which this is the one connection.
    is_main: bool,
    /// Pages of the index of a log. Boxed, so that they stay where they are.
    pages: Vec<Box<[u64]>>,
}

impl Handle {
    fn with(&self, does: impl FnOnce(&mut Store) -> Result<c_int, Gone>, failed: c_int) -> c_int {
        let mut store = self.store.lock().expect("no test panics in here");
        if store.era != self.era {
            return failed;
        }
        does(&mut store).unwrap_or(failed)
    }
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Without memory maps, which would write behind our back.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(granted),
    xUnlock: Some(granted),
    xCheckReservedLock: Some(nobody_reserved),
    xFileControl: Some(no_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_granted),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

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
        if is_main && let Ok(path) = CStr::from_ptr(path).to_str() {
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
            Ok(true) => ffi::SQLITE_OK,
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

/// The handle of an open file of ours.
///
/// # Safety
///
/// `file` was opened by [`open`] and is not closed; SQLite makes no two calls
/// on it at a time.
unsafe fn handle<'a>(file: *mut sqlite3_file) -> &'a mut Handle {
    // SAFETY: `open` put a leaked box there, and `close` alone takes it back.
    unsafe { &mut *(*file.cast::<File>()).handle }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: opened by `open`, and never used after this call.
    let handle = unsafe {
        (*file).pMethods = ptr::null();
        Box::from_raw((*file.cast::<File>()).handle)
    };
    let mut store = handle.store.lock().expect("no test panics in here");
    if handle.is_main && store.era == handle.era {
        store.leave(handle.id);
    }
    ffi::SQLITE_OK
}

fn place(offset: sqlite3_int64) -> usize {
    usize::try_from(offset).expect("SQLite names places in the file")
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    into: *mut c_void,
    amount: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives room for `amount` bytes.
    let (handle, into) = unsafe {
        let len = place(amount.into());
        let into = std::slice::from_raw_parts_mut(into.cast::<u8>(), len);
        (handle(file), into)
    };
    let id = handle.id;
    let reads = |store: &mut Store| {
        let len = store.read(id, place(offset), into)?;
        let whole = len == into.len();
        Ok(if whole {
            ffi::SQLITE_OK
        } else {
            ffi::SQLITE_IOERR_SHORT_READ
        })
    };
    handle.with(reads, ffi::SQLITE_IOERR_READ)
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    amount: c_int,
    offset: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives `amount` bytes.
    let (handle, from) = unsafe {
        let len = place(amount.into());
        (
            handle(file),
            std::slice::from_raw_parts(from.cast::<u8>(), len),
        )
    };
    let id = handle.id;
    let writes = |store: &mut Store| {
        store
            .write(id, place(offset), from)
            .map(|()| ffi::SQLITE_OK)
    };
    handle.with(writes, ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    // SAFETY: an open file of ours.
    let handle = unsafe { handle(file) };
    let id = handle.id;
    let cuts = |store: &mut Store| store.cut(id, place(size)).map(|()| ffi::SQLITE_OK);
    handle.with(cuts, ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: an open file of ours.
    let handle = unsafe { handle(file) };
    let (id, folder) = (handle.id, handle.syncs_folder);
    let syncs = |store: &mut Store| store.sync(id, folder).map(|()| ffi::SQLITE_OK);
    let done = handle.with(syncs, ffi::SQLITE_IOERR_FSYNC);
    if done == ffi::SQLITE_OK {
        handle.syncs_folder = false;
    }
    done
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, size: *mut sqlite3_int64) -> c_int {
    // SAFETY: an open file of ours.
    let handle = unsafe { handle(file) };
    let id = handle.id;
    let sizes = |store: &mut Store| {
        let len = sqlite3_int64::try_from(store.size(id)?).expect("it fits in memory");
        // SAFETY: SQLite gives a place for the answer.
        unsafe { *size = len };
        Ok(ffi::SQLITE_OK)
    };
    handle.with(sizes, ffi::SQLITE_IOERR_FSTAT)
}

unsafe extern "C" fn granted(_file: *mut sqlite3_file, _level: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn nobody_reserved(_file: *mut sqlite3_file, answer: *mut c_int) -> c_int {
    // SAFETY: SQLite gives a place for the answer.
    unsafe { *answer = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn no_control(_file: *mut sqlite3_file, _op: c_int, _arg: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

/// What SQLite's own file system says on Linux, so that it takes the same way.
unsafe extern "C" fn sector_size(_file: *mut sqlite3_file) -> c_int {
    4_096
}

/// As above: no byte beside those written ever changes.
unsafe extern "C" fn characteristics(_file: *mut sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: an open file of ours.
    let handle = unsafe { handle(file) };
    let (page, size) = (place(page.into()), place(size.into()));
    while handle.pages.len() <= page && extend != 0 {
        handle.pages.push(vec![0_u64; size / 8].into_boxed_slice());
    }
    let found = match handle.pages.get_mut(page) {
        Some(page) => page.as_mut_ptr().cast::<c_void>(),
        None => ptr::null_mut(),
    };
    // SAFETY: SQLite gives a place for the answer.
    unsafe { *out = found };
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_granted(
    _file: *mut sqlite3_file,
    _offset: c_int,
    _n: c_int,
    _flags: c_int,
) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_barrier(_file: *mut sqlite3_file) {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, delete: c_int) -> c_int {
    if delete != 0 {
        // SAFETY: an open file of ours.
        unsafe { handle(file) }.pages.clear();
    }
    ffi::SQLITE_OK
}
