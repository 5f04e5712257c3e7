//! The vault: it decides, records and signs. It makes no socket, no process
//! and no memory that can be run, and opens files to read them alone.

#[cfg_attr(
    not(test),
    expect(clippy::wildcard_imports, reason = "numbers, each by its own name")
)]
use libc::*;

use super::own::{SYS_poll, SYS_unlink};
use super::{Call, FIONBIO, calls, is, none};

/// What it makes once its journal is open.
pub const CALLS: &[Call] = calls! {
    // Its three sockets, and descriptors of another door.
    "tests/tests/freeze_and_thaw.rs::signerctl_freezes_and_the_log_and_the_status_say_who_why_and_how_it_ends":
        SYS_poll, SYS_accept4, SYS_ioctl [is(1, FIONBIO)];
    "tests/tests/one_order_an_attempt.rs::the_same_name_with_other_content_is_denied":
        SYS_recvfrom, SYS_sendto;
    "tests/tests/another_door.rs::a_door_killed_under_load_is_replaced_and_each_order_comes_back_once":
        SYS_recvmsg, SYS_sendmsg, SYS_close;
    // The journal, open since before: rows, syncs, and the log's clean end.
    "tests/tests/write_then_sign.rs::the_sync_returns_before_any_byte_of_the_answer":
        SYS_pread64, SYS_pwrite64, SYS_fsync, SYS_fdatasync;
    "tests/tests/a_stop_drains.rs::whatever_was_recorded_before_the_end_was_answered":
        SYS_newfstatat, SYS_fcntl, SYS_ftruncate, SYS_unlink;
    // Its space: what is free, and what is taken ahead.
    "tests/tests/a_full_disk.rs::buys_stop_before_exits_and_exits_before_notes_and_freezes":
        SYS_fstatfs, SYS_fallocate;
    // A key: the sealed file, its page, and the page's end.
    "tests/tests/secret_memory.rs::every_key_stands_in_secret_memory_and_goes_with_its_lock":
        SYS_openat [none(2, O_ACCMODE | O_CREAT | O_TRUNC)], SYS_statx, SYS_read, SYS_memfd_secret,
        SYS_madvise, SYS_munmap;
    "tests/tests/secret_memory.rs::a_signer_without_secret_memory_says_so_loudly_and_works":
        SYS_mlock;
    "tests/tests/proven_questions.rs::a_question_counts_once_and_only_as_it_was_proven":
        SYS_getrandom;
    // Memory, none of which is ever run.
    "tests/tests/secret_memory.rs::every_key_stands_in_secret_memory_and_goes_with_its_lock":
        SYS_mmap [none(2, PROT_EXEC)];
    "tests/tests/a_lost_door.rs::a_door_that_does_not_read_holds_nobody_up":
        SYS_mremap, SYS_brk;
    // Its log, its clocks, its end.
    "tests/tests/secret_memory.rs::a_policy_that_demands_it_unlocks_on_no_kernel_without":
        SYS_write;
    "tests/tests/presence.rs::a_clock_that_jumps_stops_buys_until_a_person_accepts_it":
        SYS_clock_gettime;
    "tests/tests/the_cage.rs::a_caged_signer_stops_and_goes_on":
        SYS_restart_syscall;
    "tests/tests/the_cage.rs::each_way_out_is_shut":
        SYS_rt_sigreturn;
    "tests/tests/a_stop_drains.rs::whatever_was_recorded_before_the_end_was_answered":
        SYS_sigaltstack, SYS_exit_group;
};
