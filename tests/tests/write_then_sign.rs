//! The journal's sync returns before any byte of the answer is written.
//!
//! The signer runs under ptrace; the control is a build that does not sync,
//! and it must fail this very check.

use std::path::Path;

use tests::bins::{self, Bins};
use tests::desk::Desk;
use tests::trace::{Syscall, Traced};
use tests::{ask, book};

/// The one question whose answer is watched, on a connection already in use.
fn trace_one_order(signer: &Path) -> Vec<Syscall> {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::new(Bins::debug(), &books);
    let book = book::read(&books);
    let traced = Traced::start(desk.signer_command(signer), &desk.file("signer.log"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    desk.unlock().expect("unlocks");
    let mark = runtime.block_on(async {
        let mut session = desk.session(&traced.address).await;
        // Handshake and HTTP/2 settings are over once two questions are answered.
        session.status().await.expect("status");
        let mark = traced.mark();
        let outcome = session
            .sign(&ask::buy(&book, "sync"))
            .await
            .expect("an answer");
        assert!(
            matches!(outcome, wire::sign_order_response::Outcome::Approved(_)),
            "the order must be approved: {outcome:?}"
        );
        mark
    });
    traced.since(mark)
}

/// Whether a call wrote bytes.
fn writes(c: &Syscall) -> bool {
    let kinds = [
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_sendto,
        libc::SYS_sendmsg,
        libc::SYS_pwrite64,
    ];
    kinds.contains(&c.number) && c.returned > 0
}

/// The first lack of "write, then sign", if any.
fn judge(calls: &[Syscall]) -> Result<(), String> {
    let is_journal = |c: &Syscall| c.file.contains("journal.sqlite");
    let is_write = writes;
    let recorded = calls
        .iter()
        .position(|c| is_write(c) && is_journal(c))
        .ok_or("nothing was written to the journal")?;
    let asked = calls
        .get(..recorded)
        .and_then(|before| {
            before.iter().rposition(|c| {
                [
                    libc::SYS_read,
                    libc::SYS_readv,
                    libc::SYS_recvfrom,
                    libc::SYS_recvmsg,
                ]
                .contains(&c.number)
                    && c.file.starts_with("socket:")
                    && c.returned > 0
            })
        })
        .ok_or("no request was read before the journal was written")?;
    let socket = &calls[asked].file;
    let answered = calls[asked..]
        .iter()
        .position(|c| is_write(c) && &c.file == socket)
        .map(|i| asked + i)
        .ok_or("no answer was written")?;
    // Not a control frame: an order with its signature has its size.
    if calls[answered].returned < 200 {
        return Err(format!(
            "the first write is {} bytes, no answer",
            calls[answered].returned
        ));
    }
    let last_write = calls[..answered]
        .iter()
        .rposition(|c| is_write(c) && is_journal(c))
        .ok_or("the answer was written before the journal")?;
    let synced = calls[last_write..answered].iter().any(|c| {
        [libc::SYS_fsync, libc::SYS_fdatasync].contains(&c.number)
            && is_journal(c)
            && c.returned == 0
    });
    if synced {
        Ok(())
    } else {
        Err("the answer was written before a sync returned".to_owned())
    }
}

#[test]
fn the_sync_returns_before_any_byte_of_the_answer() {
    let calls = trace_one_order(&Bins::debug().signer);
    assert_eq!(judge(&calls), Ok(()), "{calls:#?}");
}

#[test]
fn a_signer_that_does_not_sync_fails_the_same_check() {
    let calls = trace_one_order(&Bins::signer_without_sync());
    assert_eq!(
        judge(&calls),
        Err("the answer was written before a sync returned".to_owned())
    );
}

/// A row whose sync never returned is shown by the page cache after a restart.
/// It must be made durable before it is believed, and so before anything that
/// rests on it is signed.
#[test]
fn what_a_killed_signer_left_is_synced_before_it_is_believed() {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::new(Bins::debug(), &books);
    let book = book::read(&books);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let intent = ask::buy(&book, "left");
    let first = desk.start_signer();
    runtime.block_on(async {
        let mut session = desk.session(&first.address).await;
        session.sign(&intent).await.expect("an answer");
    });
    first.kill();
    assert!(
        desk.file("journal.sqlite-wal")
            .metadata()
            .expect("a log is left")
            .len()
            > 0
    );
    let again = Traced::start(
        desk.signer_command(&desk.bins.signer),
        &desk.file("signer.log"),
    );
    desk.unlock().expect("unlocks");
    runtime.block_on(async {
        let mut session = desk.session(&again.address).await;
        let outcome = session.sign(&intent).await.expect("an answer");
        assert!(matches!(
            outcome,
            wire::sign_order_response::Outcome::Approved(_)
        ));
    });
    let calls = again.since(0);
    let answered = calls
        .iter()
        .position(|c| c.file.starts_with("socket:") && c.returned >= 200 && writes(c))
        .expect("something was answered");
    // Copied into the database file, then synced there: not only read.
    let copied = calls
        .iter()
        .position(|c| c.file.ends_with("journal.sqlite") && writes(c));
    let synced = calls
        .iter()
        .rposition(|c| {
            [libc::SYS_fsync, libc::SYS_fdatasync].contains(&c.number)
                && c.file.ends_with("journal.sqlite")
                && c.returned == 0
        })
        .expect("the database file is synced");
    assert!(copied.expect("the log is copied") < synced && synced < answered);
}

#[test]
fn a_signer_that_does_not_sync_or_not_record_cannot_be_built_for_release() {
    for cfg in ["countersign_sync_off", "countersign_record_off"] {
        // Without debug assertions, as in a release, whatever the profile's name.
        let out = bins::try_cargo(&[
            "rustc",
            "--locked",
            "--profile",
            "dev",
            "-p",
            "vault",
            "--",
            "--cfg",
            cfg,
            "-C",
            "debug-assertions=off",
            "--emit=metadata",
        ]);
        assert!(!out.status.success(), "{cfg}");
        let stderr = String::from_utf8_lossy(&out.stderr);
        assert!(stderr.contains("never released"), "{cfg}: {stderr}");
    }
}
