//! An open file of a disk, as SQLite reads and writes it.

use std::ffi::{c_int, c_void};
use std::ptr;

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods};

use super::Shared;
use crate::store::{Gone, Store};

/// An open file, where SQLite keeps it.
#[repr(C)]
pub(super) struct File {
    pub(super) base: sqlite3_file,
    pub(super) handle: *mut Handle,
}

/// What we know of it.
pub(super) struct Handle {
    pub(super) store: Shared,
    pub(super) id: u64,
    pub(super) era: u64,
    /// Its first sync is one of its folder too, as SQLite's own file system has
    /// it for logs and journals that may have been made.
    pub(super) syncs_folder: bool,
    /// It is a database, of which this is the one connection.
    pub(super) is_main: bool,
    /// Pages of the index of a log. Boxed, so that they stay where they are.
    pub(super) pages: Vec<Box<[u64]>>,
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

pub(super) static METHODS: sqlite3_io_methods = sqlite3_io_methods {
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

/// The handle of an open file of ours.
///
/// # Safety
///
/// `file` was opened by `open` and is not closed; SQLite makes no two calls
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
