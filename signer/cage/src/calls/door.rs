//! The door: it faces the network. It takes connections and makes none, opens
//! nothing, and makes no thread, no process and no memory that can be run.

#[cfg_attr(
    not(test),
    expect(clippy::wildcard_imports, reason = "numbers, each by its own name")
)]
use libc::*;

use super::own::SYS_epoll_wait;
use super::{Call, FIONBIO, calls, is, none};

/// What it makes once it has its sockets.
pub const CALLS: &[Call] = calls! {
    // Connections, and the hop.
    "tests/tests/who_may_call.rs::a_pinned_key_gets_in_and_another_key_of_the_same_name_does_not":
        SYS_epoll_wait, SYS_epoll_ctl, SYS_accept4,
        SYS_setsockopt [is(1, IPPROTO_TCP), is(2, TCP_NODELAY)], SYS_ioctl [is(1, FIONBIO)],
        SYS_recvfrom, SYS_sendto, SYS_writev;
    "tests/tests/who_may_call.rs::tls_1_2_is_refused_by_name":
        SYS_shutdown;
    "tests/tests/who_may_call.rs::no_certificate_and_no_tls_do_not_get_in":
        SYS_close, SYS_fcntl;
    "tests/tests/signer_metrics.rs::they_count_decisions_by_rule_and_agree_with_the_journal":
        SYS_getsockname;
    "tests/tests/who_may_call.rs::a_pinned_key_gets_in_and_another_key_of_the_same_name_does_not":
        SYS_getrandom;
    // The supervisor's word, which a second thread waits for.
    "tests/tests/a_stop_drains.rs::whatever_was_recorded_before_the_end_was_answered":
        SYS_recvmsg, SYS_futex, SYS_read;
    // Memory, none of which is ever run.
    "tests/tests/a_flood_of_one_caller.rs::questions_that_were_given_up_do_not_pile_up":
        SYS_mmap [none(2, PROT_EXEC)], SYS_mprotect [none(2, PROT_EXEC)], SYS_munmap, SYS_mremap,
        SYS_madvise, SYS_brk;
    // Its log and its wakings, its clocks, its end.
    "tests/tests/who_may_call.rs::a_pinned_key_gets_in_and_another_key_of_the_same_name_does_not":
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
