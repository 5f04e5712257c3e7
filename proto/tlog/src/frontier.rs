//! The right edge of a growing tree: all that appending needs.
//!
//! Invariant: one peak for each bit of the size, the largest first, so a tree
//! of any size is at most 64 hashes.

use alloc::vec::Vec;

use crate::hash::{EMPTY_ROOT, Hash, node_hash};

/// A tree as far as its next leaf needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The tree without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            size: 0,
            peaks: Vec::new(),
        }
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf. Returns the top of it: the largest whole subtree that it
    /// ends. Kept leaf by leaf, tops are all that any proof is made of.
    /// `None` if there is no room for one more.
    pub fn append(&mut self, leaf: Hash) -> Option<Hash> {
        let size = self.size.checked_add(1)?;
        let mut top = leaf;
        // As in binary addition: each one at the end of the size carries.
        for _ in 0..self.size.trailing_ones() {
            top = node_hash(&self.peaks.pop()?, &top);
        }
        self.peaks.push(top);
        self.size = size;
        Some(top)
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else {
            return EMPTY_ROOT;
        };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}
