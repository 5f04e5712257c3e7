//! Roots and proofs, against the tree that is hashed anew at each question.

use proptest::prelude::*;
use tlog::{EMPTY_ROOT, Frontier, Hash, consistency, inclusion, is_consistent, is_included};

use crate::kit::{grown, hash, leaves, path, reader, reference_leaves, root, subproof};

/// Sizes whose every proof is checked.
const SMALL: usize = 70;

fn size_of(count: usize) -> u64 {
    u64::try_from(count).unwrap()
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root(), EMPTY_ROOT);
    for (leaf, expected) in reference_leaves().iter().zip(roots) {
        frontier.append(tlog::leaf_hash(leaf)).unwrap();
        assert_eq!(frontier.root(), hash(expected));
    }
    assert_eq!(frontier.size(), 8);
}

#[test]
fn every_small_tree_has_the_proofs_of_the_definition() {
    let all = leaves(SMALL);
    for count in 0..=SMALL {
        let leaves = &all[..count];
        let (frontier, tops) = grown(leaves);
        let (size, head) = (size_of(count), frontier.root());
        assert_eq!(head, root(leaves));
        for index in 0..count {
            let made = inclusion(size_of(index), size, &mut reader(leaves, &tops));
            let proof = made.unwrap().unwrap();
            assert_eq!(proof, path(index, leaves));
            assert!(is_included(
                &leaves[index],
                size_of(index),
                size,
                &head,
                &proof
            ));
        }
        for old in 0..=count {
            let made = consistency(size_of(old), size, &mut reader(leaves, &tops));
            let proof = made.unwrap().unwrap();
            if old > 0 {
                assert_eq!(proof, subproof(old, leaves, true));
            }
            let was = root(&leaves[..old]);
            assert!(is_consistent(size_of(old), &was, size, &head, &proof));
        }
    }
}

#[test]
fn what_is_not_in_a_tree_has_no_proof() {
    let all = leaves(5);
    let (_, tops) = grown(&all);
    assert_eq!(inclusion(5, 5, &mut reader(&all, &tops)), Ok(None));
    assert_eq!(inclusion(0, 0, &mut reader(&all, &tops)), Ok(None));
    assert_eq!(consistency(6, 5, &mut reader(&all, &tops)), Ok(None));
}

#[test]
fn sizes_at_the_end_of_the_numbers_neither_wrap_nor_loop() {
    let one = leaves(1)[0];
    let proof = [one; 63];
    assert!(!is_included(&one, u64::MAX, u64::MAX, &one, &proof));
    assert!(!is_included(&one, u64::MAX - 1, u64::MAX, &one, &proof));
    assert!(!is_consistent(u64::MAX - 1, &one, u64::MAX, &one, &proof));
    assert!(!is_consistent(1 << 63, &one, u64::MAX, &one, &proof));
    assert!(!is_consistent(u64::MAX, &one, 3, &one, &proof));
    assert!(
        !is_consistent(0, &one, 3, &one, &[]),
        "nothing has one root"
    );
    assert!(is_consistent(0, &EMPTY_ROOT, 3, &one, &[]));
    assert!(!is_consistent(0, &EMPTY_ROOT, 3, &one, &[one]));
    assert!(is_consistent(3, &one, 3, &one, &[]));
    assert!(!is_consistent(3, &one, 3, &one, &[one]));
    let unread = |_| -> Result<Hash, ()> { Err(()) };
    assert_eq!(tlog::node(64, 0, unread, unread), Ok(None));
    assert_eq!(tlog::node(1, u64::MAX, unread, unread), Ok(None));
}

/// Every way to bend a proof by one step.
fn bent(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = Vec::new();
    for at in 0..proof.len() {
        let mut flipped = proof.to_vec();
        flipped[at].0[at % 32] ^= 0x80;
        all.push(flipped);
        let mut short = proof.to_vec();
        short.remove(at);
        all.push(short);
        let mut doubled = proof.to_vec();
        doubled.insert(at, proof[at]);
        all.push(doubled);
    }
    let mut longer = proof.to_vec();
    longer.push(EMPTY_ROOT);
    all.push(longer);
    all
}

proptest! {
    #[test]
    fn any_tree_agrees_with_the_definition(count in 1_usize..600, a in 0_usize..600, b in 1_usize..600) {
        let all = leaves(count);
        let (frontier, tops) = grown(&all);
        let (size, head) = (size_of(count), frontier.root());
        prop_assert_eq!(head, root(&all));
        let index = a % count;
        let proof = inclusion(size_of(index), size, &mut reader(&all, &tops)).unwrap().unwrap();
        prop_assert_eq!(&proof, &path(index, &all));
        let old = 1 + b % count;
        let proof = consistency(size_of(old), size, &mut reader(&all, &tops)).unwrap().unwrap();
        prop_assert_eq!(proof, subproof(old, &all, true));
    }

    #[test]
    fn no_bent_proof_is_believed(count in 2_usize..300, a in 0_usize..300, b in 0_usize..300) {
        let all = leaves(count);
        let (frontier, tops) = grown(&all);
        let (size, head) = (size_of(count), frontier.root());
        let index = a % count;
        let proof = inclusion(size_of(index), size, &mut reader(&all, &tops)).unwrap().unwrap();
        for bad in bent(&proof) {
            prop_assert!(!is_included(&all[index], size_of(index), size, &head, &bad));
        }
        let other = (index + 1) % count;
        prop_assert!(!is_included(&all[other], size_of(index), size, &head, &proof));
        let old = 1 + b % (count - 1);
        let was = root(&all[..old]);
        let proof = consistency(size_of(old), size, &mut reader(&all, &tops)).unwrap().unwrap();
        for bad in bent(&proof) {
            prop_assert!(!is_consistent(size_of(old), &was, size, &head, &bad));
        }
        prop_assert!(!is_consistent(size_of(old), &head, size, &head, &proof));
    }

    #[test]
    fn a_tree_with_another_past_is_never_consistent(count in 2_usize..200, a in 0_usize..200, b in 0_usize..200) {
        let all = leaves(count);
        let old = 1 + b % (count - 1);
        let was = root(&all[..old]);
        // One leaf of what was there is another one now.
        let mut edited = all.clone();
        edited[a % old].0[0] ^= 1;
        let (frontier, tops) = grown(&edited);
        let proof = consistency(size_of(old), size_of(count), &mut reader(&edited, &tops)).unwrap().unwrap();
        prop_assert!(!is_consistent(size_of(old), &was, size_of(count), &frontier.root(), &proof));
    }
}
