//! A map for tags that nobody can choose, in little more than what its entries
//! weigh.
//!
//! A tag's first byte names one of 256 sorted lists. A list grows by an eighth
//! of itself, so that no growth needs the whole twice, and a list of some
//! thousand entries takes a new one in about a microsecond. Whoever could
//! choose tags would put all into one list; so a caller's names come here by
//! tags that the journal's own key makes, and orders by a hash that its salt
//! moves.
//!
//! Never touches: what a tag stands for. Two things with one tag are the
//! caller's to refuse: [`Shelves::insert`] keeps the first.

use alloc::vec::Vec;

/// One list for each first byte.
const LISTS: usize = 256;

/// Values under tags of `N` bytes; `N` is at least 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shelves<const N: usize, V> {
    /// Empty until the first entry.
    lists: Vec<Vec<([u8; N], V)>>,
    len: usize,
}

impl<const N: usize, V> Default for Shelves<N, V> {
    fn default() -> Self {
        Self {
            lists: Vec::new(),
            len: 0,
        }
    }
}

impl<const N: usize, V: Copy> Shelves<N, V> {
    pub(crate) fn get(&self, tag: &[u8; N]) -> Option<V> {
        let list = self.lists.get(shelf(tag))?;
        let at = place(list, tag).ok()?;
        list.get(at).map(|(_, value)| *value)
    }

    /// Keeps `value` under `tag`, unless something stands there already.
    pub(crate) fn insert(&mut self, tag: [u8; N], value: V) {
        if self.lists.is_empty() {
            self.lists.resize_with(LISTS, Vec::new);
        }
        let Some(list) = self.lists.get_mut(shelf(&tag)) else {
            return;
        };
        if let Err(at) = place(list, &tag) {
            if list.len() == list.capacity() {
                list.reserve_exact(list.len().div_euclid(8).max(4));
            }
            list.insert(at, (tag, value));
            self.len = self.len.saturating_add(1);
        }
    }

    pub(crate) fn remove(&mut self, tag: &[u8; N]) -> Option<V> {
        let list = self.lists.get_mut(shelf(tag))?;
        let at = place(list, tag).ok()?;
        self.len = self.len.saturating_sub(1);
        Some(list.remove(at).1)
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Entries of the longest list.
    #[cfg(test)]
    pub(crate) fn longest(&self) -> usize {
        self.lists.iter().map(Vec::len).max().unwrap_or(0)
    }
}

fn shelf<const N: usize>(tag: &[u8; N]) -> usize {
    tag.first().copied().map_or(0, usize::from)
}

fn place<const N: usize, V>(list: &[([u8; N], V)], tag: &[u8; N]) -> Result<usize, usize> {
    list.binary_search_by(|(other, _)| other.cmp(tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_holds_what_a_plain_map_holds(
            steps in prop::collection::vec((any::<[u8; 2]>(), 0..3_u8, any::<u16>()), 0..600),
        ) {
            let (mut shelves, mut plain) = (Shelves::<2, u16>::default(), BTreeMap::new());
            for (tag, step, value) in steps {
                // Few enough tags that they meet.
                let tag = tag.map(|byte| byte & 7);
                if step == 0 {
                    prop_assert_eq!(shelves.remove(&tag), plain.remove(&tag));
                } else {
                    shelves.insert(tag, value);
                    plain.entry(tag).or_insert(value);
                }
                prop_assert_eq!(shelves.get(&tag), plain.get(&tag).copied());
                prop_assert_eq!(shelves.len(), plain.len());
            }
        }
    }

    #[test]
    fn a_list_has_at_most_an_eighth_to_spare() {
        let mut shelves = Shelves::<4, u32>::default();
        for number in 0..100_000_u32 {
            // Any odd factor scatters without two meeting.
            shelves.insert(number.wrapping_mul(2_654_435_769).to_be_bytes(), number);
        }
        let room: usize = shelves.lists.iter().map(Vec::capacity).sum();
        assert_eq!(shelves.len(), 100_000);
        assert!(room <= 112_500, "{room}");
    }
}
