//! Proofs, made of whole subtrees that somebody kept (RFC 6962 section 2.1).
//!
//! Invariant: only whole subtrees are asked for, so a tree that grows never
//! changes an answer; a proof asks for less than 128 of them, and each costs at
//! most 64 tops.

use alloc::vec::Vec;

use crate::hash::{EMPTY_ROOT, Hash, node_hash};

/// The whole subtree of `2^level` leaves that is the `index`th of its level,
/// out of the tops that [`crate::Frontier::append`] returned and the leaves'
/// own hashes. `None` if there can be none.
///
/// # Errors
///
/// What `top` or `leaf` cannot read.
pub fn node<E>(
    level: u32,
    index: u64,
    mut top: impl FnMut(u64) -> Result<Hash, E>,
    mut leaf: impl FnMut(u64) -> Result<Hash, E>,
) -> Result<Option<Hash>, E> {
    let last = 1_u64
        .checked_shl(level)
        .zip(index.checked_add(1))
        .and_then(|(width, end)| width.checked_mul(end)?.checked_sub(1));
    let Some(last) = last else {
        return Ok(None);
    };
    if last.trailing_ones() == level {
        return top(last).map(Some);
    }
    // A larger subtree ends here too: this one is put together from its leaf
    // upwards, and each left half is the top of the leaf that ends it.
    let mut hash = leaf(last)?;
    for below in 0..level {
        let left = 1_u64
            .checked_shl(below)
            .and_then(|half| last.checked_sub(half));
        let Some(left) = left else {
            return Ok(None);
        };
        hash = node_hash(&top(left)?, &hash);
    }
    Ok(Some(hash))
}

/// The root of the first `size` leaves.
///
/// # Errors
///
/// What `node` cannot read.
pub fn root<E>(size: u64, node: &mut impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    let (start, width) = (0, size);
    Range { start, width }.hash(node)
}

/// The proof that leaf `index` is in the tree of `size` leaves (`PATH`);
/// `None` if it is not.
///
/// # Errors
///
/// What `node` cannot read.
pub fn inclusion<E>(
    index: u64,
    size: u64,
    node: &mut impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Option<Vec<Hash>>, E> {
    if index >= size {
        return Ok(None);
    }
    let mut range = Range {
        start: 0,
        width: size,
    };
    let mut path = Vec::new();
    while let Some((left, right)) = range.halves() {
        let (inside, beside) = if index < right.start {
            (left, right)
        } else {
            (right, left)
        };
        path.push(beside.hash(node)?);
        range = inside;
    }
    path.reverse();
    Ok(Some(path))
}

/// The proof that the tree of `size` leaves begins with the one of `old`
/// (`PROOF`); empty from nothing and from itself, `None` if it is no larger.
///
/// # Errors
///
/// What `node` cannot read.
pub fn consistency<E>(
    old: u64,
    size: u64,
    node: &mut impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Option<Vec<Hash>>, E> {
    if old > size {
        return Ok(None);
    }
    if old == 0 || old == size {
        return Ok(Some(Vec::new()));
    }
    let mut range = Range {
        start: 0,
        width: size,
    };
    let mut path = Vec::new();
    while let Some((left, right)) = range.halves() {
        if range.end() == Some(old) {
            break;
        }
        let (inside, beside) = if old <= right.start {
            (left, right)
        } else {
            (right, left)
        };
        path.push(beside.hash(node)?);
        range = inside;
    }
    // Where the old tree is a whole half of every range, whoever verifies has
    // its root already (RFC 6962 section 2.1.2, `b` true).
    if range.start != 0 {
        path.push(range.hash(node)?);
    }
    path.reverse();
    Ok(Some(path))
}

/// Leaves from `start` on, `width` of them.
#[derive(Clone, Copy)]
struct Range {
    start: u64,
    width: u64,
}

impl Range {
    const fn end(self) -> Option<u64> {
        self.start.checked_add(self.width)
    }

    /// Splits before the largest power of two that is smaller than the width;
    /// `None` where there is one leaf, or none.
    fn halves(self) -> Option<(Self, Self)> {
        let below = self.width.checked_sub(1).filter(|below| *below > 0)?;
        let width = 1_u64.checked_shl(below.ilog2())?;
        let left = Self {
            start: self.start,
            width,
        };
        let right = Self {
            start: self.start.checked_add(width)?,
            width: self.width.checked_sub(width)?,
        };
        Some((left, right))
    }

    /// The root of these leaves, out of the whole subtrees they are made of.
    fn hash<E>(self, node: &mut impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Hash, E> {
        let (mut rest, mut whole) = (self, Vec::new());
        while rest.width > 0 {
            let level = rest.width.ilog2();
            let index = rest.start.checked_shr(level).unwrap_or(0);
            whole.push(node(level, index)?);
            let Some(width) = 1_u64.checked_shl(level) else {
                break;
            };
            rest = Self {
                start: rest.start.saturating_add(width),
                width: rest.width.saturating_sub(width),
            };
        }
        let mut whole = whole.into_iter().rev();
        let Some(last) = whole.next() else {
            return Ok(EMPTY_ROOT);
        };
        Ok(whole.fold(last, |right, left| node_hash(&left, &right)))
    }
}
