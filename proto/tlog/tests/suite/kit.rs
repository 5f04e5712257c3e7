//! A tree as RFC 6962 section 2.1 defines it, hashed anew at each question.

use std::convert::Infallible;

use tlog::{EMPTY_ROOT, Frontier, Hash, leaf_hash, node_hash};

/// The leaves of the reference tree of certificate transparency's own tests.
pub(crate) fn reference_leaves() -> Vec<Vec<u8>> {
    [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    .map(unhex)
    .to_vec()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2).unwrap(), 16).unwrap())
        .collect()
}

pub(crate) fn hash(text: &str) -> Hash {
    Hash(unhex(text).try_into().unwrap())
}

/// `count` leaves that differ.
pub(crate) fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

fn split(count: usize) -> usize {
    let mut half = 1;
    while half * 2 < count {
        half *= 2;
    }
    half
}

/// MTH.
pub(crate) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [one] => *one,
        many => {
            let (left, right) = many.split_at(split(many.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// PATH.
pub(crate) fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let half = split(leaves.len());
    let (left, right) = leaves.split_at(half);
    let (mut proof, beside) = if index < half {
        (path(index, left), root(right))
    } else {
        (path(index - half, right), root(left))
    };
    proof.push(beside);
    proof
}

/// SUBPROOF.
pub(crate) fn subproof(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole {
            Vec::new()
        } else {
            vec![root(leaves)]
        };
    }
    let half = split(leaves.len());
    let (left, right) = leaves.split_at(half);
    let (mut proof, beside) = if old <= half {
        (subproof(old, left, whole), root(right))
    } else {
        (subproof(old - half, right, false), root(left))
    };
    proof.push(beside);
    proof
}

/// Appends `leaves`; the frontier, and the top of each.
pub(crate) fn grown(leaves: &[Hash]) -> (Frontier, Vec<Hash>) {
    let mut frontier = Frontier::new();
    let tops = leaves
        .iter()
        .map(|leaf| frontier.append(*leaf).unwrap())
        .collect();
    (frontier, tops)
}

/// Reads nodes out of tops and leaves.
pub(crate) fn reader(
    leaves: &[Hash],
    tops: &[Hash],
) -> impl FnMut(u32, u64) -> Result<Hash, Infallible> {
    let at = |all: &[Hash], index: u64| all[usize::try_from(index).unwrap()];
    move |level, index| {
        let found = tlog::node(
            level,
            index,
            |index| Ok(at(tops, index)),
            |index| Ok(at(leaves, index)),
        );
        found.map(|hash| hash.expect("it is a whole subtree"))
    }
}
