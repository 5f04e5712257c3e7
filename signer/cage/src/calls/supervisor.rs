//! The supervisor: it watches, and starts another door. A new door inherits
//! its cage, so all that a door does from its first instruction must pass too:
//! the filter is this table and the door's. Memory is run only as it stands in
//! a file, and no file can be written.

#[cfg_attr(
    not(test),
    expect(clippy::wildcard_imports, reason = "numbers, each by its own name")
)]
use libc::*;

use super::own::{SYS_access, SYS_arch_prctl, SYS_dup2, SYS_poll};
use super::{Call, calls, is, none, some};

/// What it makes once everything runs.
pub const CALLS: &[Call] = calls! {
    // Its children's words, and its signals.
    "tests/tests/another_door.rs::a_hangup_serves_the_new_certificate_and_a_bad_one_keeps_the_old":
        SYS_poll;
    "tests/tests/a_stop_drains.rs::whatever_was_recorded_before_the_end_was_answered":
        SYS_sendmsg, SYS_wait4, SYS_waitid;
    "tests/tests/another_door.rs::a_door_killed_under_load_is_replaced_and_each_order_comes_back_once":
        SYS_kill [is(1, SIGKILL)];
    // Another door: sockets to it, its process, and who it is to be.
    "tests/tests/another_door.rs::a_door_killed_under_load_is_replaced_and_each_order_comes_back_once":
        SYS_socketpair [is(0, AF_UNIX)], SYS_clone3, SYS_clone, SYS_setpgid, SYS_dup2;
    "tests/tests/the_cage.rs::vault_and_door_are_whom_the_configuration_names":
        SYS_setgroups, SYS_setgid, SYS_setuid;
    "tests/tests/another_door.rs::a_door_killed_under_load_is_replaced_and_each_order_comes_back_once":
        SYS_execve;
    // What its loader and its runtime do.
    "tests/tests/another_door.rs::a_door_killed_under_load_is_replaced_and_each_order_comes_back_once":
        SYS_access, SYS_openat, SYS_newfstatat, SYS_pread64,
        SYS_mmap [some(2, PROT_EXEC | PROT_WRITE, PROT_EXEC), none(3, MAP_ANONYMOUS | MAP_SHARED)],
        SYS_arch_prctl, SYS_set_tid_address, SYS_set_robust_list, SYS_rseq, SYS_prlimit64,
        SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_sched_getaffinity, SYS_gettid, SYS_statx,
        SYS_epoll_create1, SYS_eventfd2;
    // Its own cage.
    "tests/tests/another_door.rs::a_door_killed_under_load_is_replaced_and_each_order_comes_back_once":
        SYS_umask, SYS_getdents64, SYS_prctl, SYS_landlock_create_ruleset, SYS_landlock_add_rule,
        SYS_landlock_restrict_self, SYS_seccomp;
};
