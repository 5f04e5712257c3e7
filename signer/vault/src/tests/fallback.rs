//! A page that fell back from secret memory, under a policy that demands it.

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::thread;

use page::{Kind, Page};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};

use super::desk::Desk;
use super::*;

/// A page of a thread whose kernel gives no secret memory, with this in it.
fn fallen(from: &Page) -> Page {
    let key = *from.key();
    let refused = libc::ENOSYS.unsigned_abs();
    let filter = SeccompFilter::new(
        BTreeMap::from([(libc::SYS_memfd_secret, Vec::new())]),
        SeccompAction::Allow,
        SeccompAction::Errno(refused),
        ARCH.try_into().unwrap(),
    );
    let program = BpfProgram::try_from(filter.unwrap()).unwrap();
    let made = thread::spawn(move || {
        apply_filter(&program).unwrap();
        Page::new().unwrap()
    });
    let mut page = made.join().unwrap();
    assert!(matches!(page.kind(), Kind::Locked(_)));
    page.key_mut().copy_from_slice(&key);
    page
}

fn sealing() -> Page {
    let Local::Unlock(sealing) = Desk::unlock() else {
        panic!("an unlock brings its key")
    };
    sealing
}

#[test]
fn one_page_that_fell_back_is_refused_where_secret_memory_is_demanded() {
    if matches!(sealing().kind(), Kind::Locked(_)) {
        // On such a kernel the policy itself is refused.
        return;
    }
    let mut desk = Desk::open_with(0, |policy| policy.host.require_memfd_secret = true);
    let refused = |desk: &mut Desk, sealing: Page| {
        local(&mut desk.vault, Local::Lock).unwrap();
        let refusal = local(&mut desk.vault, Local::Unlock(sealing)).unwrap_err();
        assert!(desk.vault.key.open().is_none());
        refusal.starts_with("NO_SECRET_MEMORY ") && refusal.contains("memfd_secret: ")
    };
    assert!(refused(&mut desk, fallen(&sealing())), "the sealing key's");
    local(&mut desk.vault, Desk::unlock()).unwrap();
    let page = desk.vault.key.trading_page();
    *page = fallen(page);
    assert!(refused(&mut desk, sealing()), "the trading key's");
    // The same without the demand.
    let mut desk = Desk::open(0);
    let page = desk.vault.key.trading_page();
    *page = fallen(page);
    local(&mut desk.vault, Local::Unlock(fallen(&sealing()))).unwrap();
}
