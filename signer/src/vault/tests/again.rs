//! An attempt that is asked for again: memory points at the row, and the row
//! decides.

use policy::Denial;

use super::batch::Again;
use super::desk::{Desk, exit, word};
use super::orders::fingerprint;
use super::*;

#[test]
fn a_content_that_memory_cannot_tell_from_the_signed_one_is_told_by_its_row() {
    let mut desk = Desk::open(0);
    let question = exit(1, 5_000);
    let Question::Sign(intent) = &question else {
        panic!("an exit is signed")
    };
    let signed = fingerprint(intent);
    let (call, told) = desk.question(question);
    desk.vault
        .serve(vec![call], clock::read().unwrap())
        .unwrap();
    assert_eq!(word(&told), "YES");
    let leaf = desk.vault.journal.size().checked_sub(1).unwrap();
    let again = |fingerprint| desk.vault.recalled(&Again { leaf, fingerprint }).unwrap();
    assert!(again(signed).is_ok());
    // Memory keeps the first eight bytes.
    let mut other = signed;
    other[8] ^= 1;
    assert!(matches!(again(other), Err(Denial::IntentReused)));
}
