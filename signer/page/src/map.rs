//! One mapped page, and how the kernel was asked for it.

use std::io::{Error, Result};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr::{self, NonNull};

use libc::{c_int, c_void};

use crate::{BYTES, Missing};

/// A mapping of exactly [`BYTES`] bytes that is ours alone.
pub(crate) struct Map(NonNull<[u8; BYTES]>);

// SAFETY: the mapping belongs to the process and to this one value; nothing
// about it depends on the thread that made it, and every access to it goes
// through a borrow of this value.
unsafe impl Send for Map {}

impl Map {
    /// A page of `memfd_secret`, or the step that failed.
    pub(crate) fn secret() -> std::result::Result<Self, Missing> {
        let missing = |step| {
            move |error: Error| Missing {
                step,
                code: error.raw_os_error().unwrap_or(libc::EIO),
            }
        };
        let fd = secret_fd().map_err(missing("memfd_secret"))?;
        let length = libc::off_t::try_from(BYTES).unwrap_or(0);
        // SAFETY: a system call on a descriptor that is open and ours.
        let sized = unsafe { libc::ftruncate(fd.as_raw_fd(), length) };
        checked(sized).map_err(missing("ftruncate"))?;
        let map = map(libc::MAP_SHARED, Some(&fd)).map_err(missing("mmap"))?;
        map.advise(libc::MADV_DONTFORK)
            .map_err(missing("MADV_DONTFORK"))?;
        Ok(map)
    }

    /// An ordinary page: locked, in no core file, in no child.
    pub(crate) fn locked() -> Result<Self> {
        let map = map(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, None)?;
        // SAFETY: the range is this mapping, whole.
        checked(unsafe { libc::mlock(map.start(), BYTES) })?;
        map.advise(libc::MADV_DONTDUMP)?;
        map.advise(libc::MADV_DONTFORK)?;
        Ok(map)
    }

    pub(crate) const fn bytes(&self) -> &[u8; BYTES] {
        // SAFETY: the mapping is readable, `BYTES` long and aligned to a page,
        // filled by the kernel with zeros, lives as long as `self`, and is
        // written only through `&mut self`.
        unsafe { self.0.as_ref() }
    }

    pub(crate) const fn bytes_mut(&mut self) -> &mut [u8; BYTES] {
        // SAFETY: as above; it is writable, and `&mut self` is the only way in.
        unsafe { self.0.as_mut() }
    }

    const fn start(&self) -> *mut c_void {
        self.0.as_ptr().cast()
    }

    fn advise(&self, advice: c_int) -> Result<()> {
        // SAFETY: the range is this mapping, whole, and none of the pieces of
        // advice given here changes what it holds in this process.
        checked(unsafe { libc::madvise(self.start(), BYTES, advice) })
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: the range is this mapping, whole, and no borrow of it is
        // left, since `self` is going.
        let unmapped = unsafe { libc::munmap(self.start(), BYTES) };
        assert_eq!(unmapped, 0, "a mapping of ours can be given back");
    }
}

fn secret_fd() -> Result<OwnedFd> {
    // SAFETY: one system call that takes a number and gives a descriptor.
    let fd = unsafe { libc::syscall(libc::SYS_memfd_secret, libc::O_CLOEXEC) };
    let fd = c_int::try_from(fd).unwrap_or(-1);
    checked(fd)?;
    // SAFETY: the kernel just made it for us, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Maps a page; of `of`, or of nothing.
fn map(flags: c_int, of: Option<&OwnedFd>) -> Result<Map> {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let fd = of.map_or(-1, AsRawFd::as_raw_fd);
    // SAFETY: the kernel chooses the place, so no mapping of ours is replaced.
    let start = unsafe { libc::mmap(ptr::null_mut(), BYTES, access, flags, fd, 0) };
    if start == libc::MAP_FAILED {
        return Err(Error::last_os_error());
    }
    NonNull::new(start.cast())
        .map(Map)
        .ok_or_else(|| Error::from_raw_os_error(libc::ENOMEM))
}

fn checked(returned: c_int) -> Result<()> {
    if returned < 0 {
        Err(Error::last_os_error())
    } else {
        Ok(())
    }
}
