//! A map for tags that nobody can choose, in little more than what its entries
//! weigh.
//!
//! A tag's first byte names one of 256 sorted lists, which keep the others. A
//! list grows by a sixteenth of itself, so that no growth needs the whole
//! twice, and a list of some thousand entries takes a new one in about a
//! microsecond. Whoever could choose tags would put all into one list; so
//! names, contents and orders come here by tags that the journal's own key makes.
//!
//! Never touches: what a tag stands for. Two things with one tag are the
//! caller's to refuse: [`Shelves::insert`] keeps the first.

use alloc::vec::Vec;

use frame::tags::Tag;

/// One list for each first byte.
const LISTS: usize = 256;

/// A tag without its first byte.
type Rest = [u8; 6];

/// Values under tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shelves<V> {
    /// Empty until the first entry.
    lists: Vec<Vec<(Rest, V)>>,
    len: usize,
}

impl<V> Default for Shelves<V> {
    fn default() -> Self {
        Self {
            lists: Vec::new(),
            len: 0,
        }
    }
}

impl<V: Copy> Shelves<V> {
    pub(crate) fn get(&self, tag: Tag) -> Option<V> {
        let (first, rest) = cut(tag);
        let list = self.lists.get(first)?;
        let at = place(list, rest).ok()?;
        list.get(at).map(|(_, value)| *value)
    }

    /// Keeps `value` under `tag`, unless something stands there already.
    pub(crate) fn insert(&mut self, tag: Tag, value: V) {
        if self.lists.is_empty() {
            self.lists.resize_with(LISTS, Vec::new);
        }
        let (first, rest) = cut(tag);
        let Some(list) = self.lists.get_mut(first) else {
            return;
        };
        if let Err(at) = place(list, rest) {
            if list.len() == list.capacity() {
                list.reserve_exact(list.len().div_euclid(16).max(4));
            }
            list.insert(at, (rest, value));
            self.len = self.len.saturating_add(1);
        }
    }

    pub(crate) fn remove(&mut self, tag: Tag) -> Option<V> {
        let (first, rest) = cut(tag);
        let list = self.lists.get_mut(first)?;
        let at = place(list, rest).ok()?;
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

/// A number kept in its last few bytes, the most significant first.
pub(crate) fn number(kept: &[u8]) -> u64 {
    let more = |sum: u64, byte: &u8| sum.wrapping_shl(8) | u64::from(*byte);
    kept.iter().fold(0, more)
}

/// A tag's shelf, and what is kept there of it.
fn cut([first, rest @ ..]: Tag) -> (usize, Rest) {
    (usize::from(first), rest)
}

fn place<V>(list: &[(Rest, V)], rest: Rest) -> Result<usize, usize> {
    list.binary_search_by(|(other, _)| other.cmp(&rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_holds_what_a_plain_map_holds(
            steps in prop::collection::vec(((0..8_u8, 0..8_u8), 0..3_u8, any::<u16>()), 0..600),
        ) {
            let (mut shelves, mut plain) = (Shelves::<u16>::default(), BTreeMap::new());
            for ((first, last), step, value) in steps {
                // Few enough tags that they meet.
                let tag = [first, 0, 0, 0, 0, 0, last];
                if step == 0 {
                    prop_assert_eq!(shelves.remove(tag), plain.remove(&tag));
                } else {
                    shelves.insert(tag, value);
                    plain.entry(tag).or_insert(value);
                }
                prop_assert_eq!(shelves.get(tag), plain.get(&tag).copied());
                prop_assert_eq!(shelves.len(), plain.len());
            }
        }
    }

    #[test]
    fn a_list_has_at_most_a_sixteenth_to_spare() {
        let mut shelves = Shelves::<u32>::default();
        for number in 0..100_000_u32 {
            // Any odd factor scatters without two meeting.
            let [a, b, c, d] = number.wrapping_mul(2_654_435_769).to_be_bytes();
            shelves.insert([a, b, c, d, 0, 0, 0], number);
        }
        let room: usize = shelves.lists.iter().map(Vec::capacity).sum();
        assert_eq!(shelves.len(), 100_000);
        assert!(room <= 106_300, "{room}");
    }
    #[test]
    fn a_list_grows_by_many_at_once() {
        let (mut shelves, mut rooms) = (Shelves::<u32>::default(), Vec::new());
        for number in 0..1_000_u32 {
            let [a, b, c, d] = number.to_be_bytes();
            shelves.insert([7, a, b, c, d, 0, 0], number);
            rooms.push(shelves.lists[7].capacity());
        }
        rooms.dedup();
        assert!(rooms.len() < 100, "{}", rooms.len());
    }
}
