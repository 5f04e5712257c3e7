//! Every system call that a process of the signer may still make, each with
//! what needs it: a test that fails without it.
//!
//! The suite reads these tables, and fails on a row that names no such test.

pub mod door;
pub mod supervisor;
pub mod vault;

use libc::c_int;

/// One system call that may pass.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub(crate) number: i64,
    /// What its arguments must be; all of them.
    pub(crate) when: &'static [Test],
}

/// What an argument must be, in the bits that count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Test {
    pub(crate) argument: u8,
    pub(crate) bits: c_int,
    pub(crate) is: c_int,
}

/// The argument is this number.
const fn is(argument: u8, is: c_int) -> Test {
    some(argument, c_int::MAX, is)
}

/// The argument has none of these bits.
const fn none(argument: u8, bits: c_int) -> Test {
    some(argument, bits, 0)
}

/// The argument has, of these bits, exactly those.
const fn some(argument: u8, bits: c_int, is: c_int) -> Test {
    Test { argument, bits, is }
}

/// What needs calls, and those: each by its number, and by what its arguments
/// must be where that counts.
macro_rules! calls {
    ($($needs:literal: $($number:ident $([$($test:expr),+])?),+;)+) => {
        &[$($($crate::calls::Call { number: $number, when: &[$($($test),+)?] }),+),+]
    };
}
use calls;

/// Calls that newer processors have under other names alone.
#[cfg(target_arch = "x86_64")]
mod own {
    pub(super) use libc::{
        SYS_access, SYS_arch_prctl, SYS_dup2, SYS_epoll_wait, SYS_poll, SYS_unlink,
    };
}
#[cfg(not(target_arch = "x86_64"))]
mod own {
    pub(super) use libc::{
        SYS_dup3 as SYS_dup2, SYS_epoll_pwait as SYS_epoll_wait, SYS_faccessat as SYS_access,
        SYS_ppoll as SYS_poll, SYS_prctl as SYS_arch_prctl, SYS_unlinkat as SYS_unlink,
    };
}

/// Makes a descriptor wait for nobody.
const FIONBIO: c_int = 0x5421;
