//! Proofs, checked by who has two hashes and nothing else (RFC 9162 sections
//! 2.1.3.2 and 2.1.4.2, which spell out what RFC 6962 defines).
//!
//! Invariant: no proof of any length makes a check run longer than its hashes.

use crate::hash::{Hash, node_hash};

/// Where a proof has arrived in two trees: the index of a node and of the last
/// one of its level.
struct Climb {
    node: u64,
    last: u64,
}

impl Climb {
    fn up(&mut self) {
        self.node = self.node.checked_shr(1).unwrap_or(0);
        self.last = self.last.checked_shr(1).unwrap_or(0);
    }

    const fn is_right(&self) -> bool {
        self.node & 1 == 1
    }

    /// Whether the next hash stands at the left.
    const fn joins_left(&self) -> bool {
        self.is_right() || self.node == self.last
    }

    /// After a join at the left: past the levels where there is no neighbour.
    fn skip(&mut self) {
        while !self.is_right() && self.node != 0 {
            self.up();
        }
    }
}

/// Whether `proof` shows that `leaf` is number `index` of the tree of `size`
/// leaves with that `root`.
#[must_use]
pub fn is_included(leaf: &Hash, index: u64, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    let Some(last) = size.checked_sub(1).filter(|last| index <= *last) else {
        return false;
    };
    let mut climb = Climb { node: index, last };
    let mut hash = *leaf;
    for beside in proof {
        if climb.last == 0 {
            return false;
        }
        if climb.joins_left() {
            hash = node_hash(beside, &hash);
            climb.skip();
        } else {
            hash = node_hash(&hash, beside);
        }
        climb.up();
    }
    climb.last == 0 && hash == *root
}

/// Whether `proof` shows that the tree of `size` leaves with `root` begins with
/// the one of `old` leaves with `old_root`.
#[must_use]
pub fn is_consistent(old: u64, old_root: &Hash, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if old == 0 {
        return proof.is_empty() && *old_root == crate::EMPTY_ROOT;
    }
    if old == size {
        return proof.is_empty() && old_root == root;
    }
    let (Some(node), Some(last)) = (old.checked_sub(1), size.checked_sub(1)) else {
        return false;
    };
    if node >= last {
        return false;
    }
    // A whole old tree is its own first node, and is not said twice.
    let (first, rest) = if old.is_power_of_two() {
        (*old_root, proof)
    } else {
        match proof.split_first() {
            Some((first, rest)) => (*first, rest),
            None => return false,
        }
    };
    let mut climb = Climb { node, last };
    while climb.is_right() {
        climb.up();
    }
    let (mut was, mut is) = (first, first);
    for beside in rest {
        if climb.last == 0 {
            return false;
        }
        if climb.joins_left() {
            was = node_hash(beside, &was);
            is = node_hash(beside, &is);
            climb.skip();
        } else {
            is = node_hash(&is, beside);
        }
        climb.up();
    }
    climb.last == 0 && was == *old_root && is == *root
}
