//! The two keys in memory: when they stand there, when they do not, and what
//! becomes of one that a fault bent.

use super::desk::{self, Desk, exit, sealing, word};
use super::*;
use crate::journal::Recorded;

const EMPTY: [u8; page::BYTES] = [0; page::BYTES];

fn is_open(desk: &mut Desk) -> bool {
    *desk.vault.key.trading_page().bare() != EMPTY
}

fn ask(desk: &mut Desk, number: u64) -> String {
    let (call, told) = desk.question(exit(number, 9_000));
    desk.vault
        .serve(vec![call], clock::read().unwrap())
        .unwrap();
    word(&told)
}

/// An order of this desk that was recorded and signed.
fn recorded(desk: &mut Desk) -> Recorded {
    let leaf = desk.vault.journal.size();
    assert_eq!(ask(desk, 1), "YES");
    desk.vault.journal.recall(leaf).unwrap().0
}

#[test]
fn a_bit_of_the_key_that_flips_in_its_page_never_signs() {
    let mut desk = Desk::open(0);
    let ticket = recorded(&mut desk);
    let now = desk.vault.account.mark().fast_ms;
    let good = desk.vault.key.sign(&ticket, now).unwrap();
    for bit in 0..256_usize {
        let flip = 1 << (bit & 7);
        desk.vault.key.trading_page().bare_mut()[bit >> 3] ^= flip;
        let signed = desk.vault.key.sign(&ticket, now);
        assert!(matches!(signed, Err(Fault::BadSignature)), "bit {bit}");
        desk.vault.key.trading_page().bare_mut()[bit >> 3] ^= flip;
    }
    assert_eq!(desk.vault.key.sign(&ticket, now).unwrap(), good);
}

/// M105, M106: unsealed to sign, thirty seconds from the unsealing and no longer:
/// 29, and the vault looks once a second.
#[test]
fn the_trading_key_stands_in_its_page_for_thirty_seconds_and_not_a_moment_longer() {
    let mut desk = Desk::open(0);
    let ticket = recorded(&mut desk);
    desk.vault.key.trading_page().wipe();
    local(&mut desk.vault, Desk::unlock()).unwrap();
    let opened = desk.vault.account.mark().fast_ms;
    assert!(is_open(&mut desk));
    desk.vault.key.pass(opened + 28_999);
    assert!(is_open(&mut desk));
    desk.vault.key.pass(opened + 29_000);
    assert!(!is_open(&mut desk));
    // The lease goes on: the next order opens the next window.
    desk.vault.key.sign(&ticket, opened + 40_000).unwrap();
    assert!(is_open(&mut desk));
    desk.vault.key.pass(opened + 68_999);
    assert!(is_open(&mut desk));
    desk.vault.key.pass(opened + 69_000);
    assert!(!is_open(&mut desk));
}

/// M107: what held the key is wiped.
#[test]
fn a_lock_leaves_nothing_in_the_page() {
    let mut desk = Desk::open(0);
    assert!(is_open(&mut desk));
    local(&mut desk.vault, Local::Lock).unwrap();
    assert!(!is_open(&mut desk));
    assert!(desk.vault.key.open().is_none());
}

/// M107: an unlock that fails leaves no key.
#[test]
fn what_does_not_unlock_wipes_the_page_and_leaves_the_lease() {
    let mut desk = Desk::open(0);
    let refusal = local(&mut desk.vault, Local::Unlock(sealing([6; 32]))).unwrap_err();
    assert!(refusal.starts_with("KEY_CLOSED "), "{refusal}");
    assert!(!is_open(&mut desk));
    assert_eq!(ask(&mut desk, 1), "YES");
    // What opens and is another wallet's key ends the lease.
    desk::seal(desk.folder.path(), 8);
    let refusal = local(&mut desk.vault, Desk::unlock()).unwrap_err();
    assert!(refusal.starts_with("WRONG_WALLET "), "{refusal}");
    assert!(!is_open(&mut desk) && desk.vault.key.open().is_none());
    // What is no sealed key says so.
    std::fs::write(desk.folder.path().join("wallet.sealed"), b"no key").unwrap();
    let refusal = local(&mut desk.vault, Desk::unlock()).unwrap_err();
    assert!(refusal.starts_with("KEY "), "{refusal}");
    std::fs::remove_file(desk.folder.path().join("wallet.sealed")).unwrap();
    let refusal = local(&mut desk.vault, Desk::unlock()).unwrap_err();
    assert!(refusal.starts_with("FILE "), "{refusal}");
    assert!(!is_open(&mut desk));
}

/// What has a type's trait has the word twice, and no compiler chooses.
macro_rules! is_not {
    ($type:ty: $($bound:path),+) => {
        $({
            trait Choice<Which> {
                fn chosen() {}
            }
            struct Has;
            impl<T: ?Sized> Choice<()> for T {}
            impl<T: ?Sized + $bound> Choice<Has> for T {}
            <$type as Choice<_>>::chosen();
        })+
    };
}

/// A8: this compiles only while no secret can be printed, copied or serialised.
#[test]
fn no_secret_type_is_printed_copied_or_serialised() {
    is_not!(page::Page: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize);
    is_not!(Vaulted: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize);
    is_not!(Callers: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize);
    is_not!(Local: std::fmt::Debug, std::fmt::Display, Clone, serde::Serialize);
    is_not!(frame::Prover<'static>: std::fmt::Debug, std::fmt::Display, serde::Serialize);
    is_not!(frame::RequestKey: std::fmt::Display, Clone, serde::Serialize);
}

/// How many places in the stack below `top`, as far as burning reaches, hold
/// half of a key of this desk, as a reader from outside sees it.
#[inline(never)]
fn left_below(top: usize) -> usize {
    let mem = std::fs::File::open("/proc/self/mem").unwrap();
    let mut stack = vec![0; page::BURNT_BYTES];
    let start = u64::try_from(top.checked_sub(stack.len()).unwrap()).unwrap();
    std::os::unix::fs::FileExt::read_exact_at(&mem, &mut stack, start).unwrap();
    // Each of their keys is one byte again and again; so is what is public.
    let is_key = |w: &&[u8]| (5..=8).contains(&w[0]) && w.iter().all(|byte| *byte == w[0]);
    stack.windows(16).filter(is_key).count()
}

/// What `work` left of a key.
#[inline(never)]
fn left_by(work: impl FnOnce()) -> usize {
    let here = 0_u8;
    let top = std::hint::black_box(&raw const here).addr();
    page::burn();
    work();
    left_below(top)
}

/// M107: and what deciphering left on the stack.
#[test]
fn unsealing_leaves_no_key_on_the_stack_whatever_comes_of_it() {
    let mut desk = Desk::open(0);
    let ticket = recorded(&mut desk);
    let sealed = desk.folder.path().join("wallet.sealed");
    let (key, now) = (&mut desk.vault.key, desk.vault.account.mark().fast_ms);
    let mut left = Vec::new();
    let [good, wrong, other, none] = [[5; 32], [6; 32], [5; 32], [5; 32]].map(sealing);
    left.push(left_by(|| {
        assert!(key.unlock(wrong, now, now + 90_000).is_err());
    }));
    left.push(left_by(|| {
        assert!(key.unlock(good, now, now + 90_000).is_ok());
    }));
    key.pass(now + 30_000);
    left.push(left_by(|| assert!(key.sign(&ticket, now).is_ok())));
    key.pass(now + 60_000);
    // The file of another wallet, under the lease.
    desk::seal(desk.folder.path(), 8);
    left.push(left_by(|| {
        let signed = key.sign(&ticket, now);
        assert!(matches!(signed, Err(Fault::Key(why)) if why.contains("changed under")));
    }));
    // A header that names another wallet than what is sealed is of.
    desk::seal_as(desk.folder.path(), 7, 8);
    left.push(left_by(|| {
        assert!(key.unlock(other, now, now + 90_000).is_err());
    }));
    std::fs::write(sealed, b"no key").unwrap();
    left.push(left_by(|| {
        assert!(key.unlock(none, now, now + 90_000).is_err());
    }));
    assert_eq!(left, [0; 6]);
}
