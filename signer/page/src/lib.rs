//! Where secrets stand: one page of memory each, and the wiping of what work
//! with them leaves on the stack and in the vector registers.
//!
//! The one crate of the signer with `unsafe` in it: system calls that `std`
//! does not offer, a slice over what they mapped, and registers by name.
//!
//! Invariant: a [`Page`] is of the kind that it says; where the kernel gives
//! no secret memory, it says which step failed and why.
//! Invariant: a page never grows, moves or is copied, and is wiped before it
//! is given back. Nothing prints or clones it.
//!
//! ```compile_fail
//! fn prints<T: core::fmt::Debug>() {}
//! prints::<page::Page>();
//! ```
//! ```compile_fail
//! fn copies<T: Clone>() {}
//! copies::<page::Page>();
//! ```

mod burn;
mod map;

pub use burn::{BURNT_BYTES, burn};

use std::fmt;
use std::sync::atomic::{Ordering, compiler_fence};

use map::Map;

/// The bytes of a page.
pub const BYTES: usize = 4096;

/// Who can read a page besides this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nobody: `memfd_secret`. The kernel itself does not map it; not even root
    /// reads it through `/proc`, and no core file holds it.
    Secret,
    /// Root, through `/proc`: an ordinary page, locked in memory, in no core
    /// file and in no child. With it, why there was no better one.
    Locked(Missing),
}

/// The step at which the kernel gave no secret memory, and what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    step: &'static str,
    code: i32,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = std::io::Error::from_raw_os_error(self.code);
        let fix = match (self.step, self.code) {
            ("memfd_secret", libc::ENOSYS) => {
                "the kernel is older than 5.14, was built without CONFIG_SECRETMEM, or was started \
                 without secretmem.enable=1 where it needs that"
            }
            ("memfd_secret", libc::EPERM) => "a seccomp filter of the host forbids it",
            ("mmap", libc::EAGAIN) => "RLIMIT_MEMLOCK is used up; raise LimitMEMLOCK",
            _ => "see memfd_secret(2)",
        };
        write!(f, "{}: {said} ({fix})", self.step)
    }
}

/// A page of memory for secrets.
pub struct Page {
    map: Map,
    kind: Kind,
}

impl Page {
    /// A page of zeros, secret if the kernel can, locked if it cannot.
    ///
    /// # Errors
    ///
    /// The kernel gives neither: no memory, or none that it would lock.
    pub fn new() -> std::io::Result<Self> {
        match Map::secret() {
            Ok(map) => Ok(Self {
                map,
                kind: Kind::Secret,
            }),
            Err(missing) => Ok(Self {
                map: Map::locked()?,
                kind: Kind::Locked(missing),
            }),
        }
    }

    /// Who can read it.
    #[must_use]
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// What stands in it. Whatever copies from here must [`burn`] after.
    #[must_use]
    pub const fn bare(&self) -> &[u8; BYTES] {
        self.map.bytes()
    }

    /// The same, to be filled in place: by `read(2)`, by a cipher.
    #[must_use]
    pub const fn bare_mut(&mut self) -> &mut [u8; BYTES] {
        self.map.bytes_mut()
    }

    /// The key that stands in its first bytes.
    #[must_use]
    pub const fn key(&self) -> &[u8; 32] {
        match self.bare().first_chunk() {
            Some(key) => key,
            None => unreachable!(),
        }
    }

    /// The same, to be filled in place.
    #[must_use]
    pub const fn key_mut(&mut self) -> &mut [u8; 32] {
        match self.bare_mut().first_chunk_mut() {
            Some(key) => key,
            None => unreachable!(),
        }
    }

    /// Overwrites it all with zeros, in a way that no compiler leaves out.
    pub fn wipe(&mut self) {
        for byte in self.bare_mut() {
            burn::forget(byte);
        }
        compiler_fence(Ordering::SeqCst);
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.wipe();
    }
}

#[cfg(test)]
mod tests;
