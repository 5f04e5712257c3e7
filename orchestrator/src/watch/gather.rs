//! From fills to orders: what of a list is new, and whose it is together.
//!
//! A leader's order meets several others and comes as several rows; a fill has
//! no id. Rows that say the same are told apart by how many there are.
//!
//! Invariant: pure; the same rows in any number of readings give each share of
//! a leader's order once.

use std::collections::BTreeMap;

use order::{B256, Side, U256};

use super::rows::Fill;

/// What tells a fill from others: not its outcome's name, which is filled in
/// later, and not what a market is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) tx: B256,
    pub(super) token: U256,
    pub(super) is_buy: bool,
    pub(super) size_e6: u64,
    pub(super) price_e10: u64,
}

impl Key {
    pub(super) fn of(fill: &Fill) -> Self {
        Self {
            tx: fill.tx,
            token: fill.token,
            is_buy: fill.is_buy,
            size_e6: fill.size_e6,
            price_e10: fill.price_e10,
        }
    }
}

/// What a leader traded of one token in one transaction, as far as it was not
/// told before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The transaction.
    pub tx: B256,
    /// Outcome token.
    pub token: U256,
    /// BUY or SELL.
    pub is_buy: bool,
    /// Condition id.
    pub market: B256,
    /// The outcome's name, as it is.
    pub outcome: String,
    /// When, unix seconds.
    pub at_s: u64,
    /// Shares, base units.
    pub size_e6: u64,
    /// Collateral without fees, base units, cut.
    pub cash_e6: u64,
    /// The mean price, ten digits, cut.
    pub price_e10: u64,
    /// Rows.
    pub fills: u64,
}

impl Order {
    /// Its side.
    #[must_use]
    pub const fn side(&self) -> Side {
        if self.is_buy { Side::Buy } else { Side::Sell }
    }
}

/// How often each fill stands in a list.
pub(super) fn counted(fills: &[Fill]) -> BTreeMap<Key, u64> {
    let mut counts = BTreeMap::new();
    for fill in fills {
        let count: &mut u64 = counts.entry(Key::of(fill)).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

/// Of a list, newest first, what `seen` does not hold, oldest first.
pub(super) fn fresh(fills: &[Fill], seen: &BTreeMap<Key, u64>) -> Vec<Fill> {
    let mut known = seen.clone();
    let mut fresh = Vec::new();
    for fill in fills.iter().rev() {
        match known.get_mut(&Key::of(fill)) {
            Some(count) if *count > 0 => *count = count.saturating_sub(1),
            Some(_) | None => fresh.push(fill.clone()),
        }
    }
    // Within a second the list's own order is all that is known.
    fresh.sort_by_key(|fill| fill.at_s);
    fresh
}

/// Fills, oldest first, put together by transaction, token and side. `None`
/// where sums are larger than any that can be.
pub(super) fn orders(fills: &[Fill]) -> Option<Vec<Order>> {
    let mut orders: Vec<(Order, u128)> = Vec::new();
    for fill in fills {
        let part = u128::from(fill.size_e6).checked_mul(u128::from(fill.price_e10))?;
        let same = |order: &Order| {
            (order.tx, order.token, order.is_buy) == (fill.tx, fill.token, fill.is_buy)
        };
        if let Some((order, cash)) = orders.iter_mut().find(|(order, _)| same(order)) {
            order.size_e6 = order.size_e6.checked_add(fill.size_e6)?;
            order.fills = order.fills.checked_add(1)?;
            *cash = cash.checked_add(part)?;
            if order.outcome.is_empty() {
                order.outcome.clone_from(&fill.outcome);
            }
            continue;
        }
        let order = Order {
            tx: fill.tx,
            token: fill.token,
            is_buy: fill.is_buy,
            market: fill.market,
            outcome: fill.outcome.clone(),
            at_s: fill.at_s,
            size_e6: fill.size_e6,
            cash_e6: 0,
            price_e10: 0,
            fills: 1,
        };
        orders.push((order, part));
    }
    let finished = orders.into_iter().map(|(mut order, cash)| {
        order.cash_e6 = u64::try_from(cash.checked_div(10_000_000_000)?).ok()?;
        order.price_e10 = u64::try_from(cash.checked_div(u128::from(order.size_e6))?).ok()?;
        Some(order)
    });
    finished.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(tx: u8, token: u64, is_buy: bool, size_e6: u64, price_e10: u64) -> Fill {
        Fill {
            at_s: 1_786_179_700 + u64::from(tx),
            tx: B256::repeat_byte(tx),
            token: U256::from(token),
            is_buy,
            size_e6,
            price_e10,
            market: B256::repeat_byte(0xcc),
            outcome: "Up".to_owned(),
        }
    }

    /// M33: the fills of one leader order, sixteen here, are one copy.
    #[test]
    fn sixteen_fills_of_one_transaction_are_one_order() {
        let fills: Vec<Fill> = (0..16)
            .map(|n| fill(1, 7, true, 10_000_000 + n, 4_100_000_000 + n * 100_000_000))
            .collect();
        let orders = orders(&fills).unwrap();
        assert_eq!(orders.len(), 1);
        assert_eq!((orders[0].fills, orders[0].size_e6), (16, 160_000_120));
        let cash: u128 = fills
            .iter()
            .map(|f| u128::from(f.size_e6) * u128::from(f.price_e10))
            .sum();
        assert_eq!(
            u128::from(orders[0].cash_e6),
            cash.checked_div(10_000_000_000).unwrap()
        );
        assert_eq!(orders[0].price_e10, 4_850_000_212, "weighed by size, cut");
    }

    #[test]
    fn several_tokens_and_sides_of_one_transaction_are_several_orders() {
        let fills = [
            fill(1, 7, true, 10, 5_000_000_000),
            fill(1, 8, true, 20, 5_000_000_000),
            fill(1, 7, false, 30, 5_000_000_000),
            fill(2, 7, true, 40, 5_000_000_000),
            fill(1, 7, true, 50, 5_000_000_000),
        ];
        let sizes: Vec<u64> = orders(&fills).unwrap().iter().map(|o| o.size_e6).collect();
        assert_eq!(sizes, [60, 20, 30, 40]);
    }

    #[test]
    fn equal_rows_are_told_apart_by_their_number() {
        let (one, two) = (fill(1, 7, true, 10, 5), fill(2, 7, true, 10, 5));
        let list = [two.clone(), one.clone(), one.clone()];
        assert_eq!(fresh(&list, &BTreeMap::new()).len(), 3);
        let seen = counted(&list[1..2]);
        assert_eq!(fresh(&list, &seen), [one.clone(), two.clone()]);
        let mut renamed = list.clone();
        renamed[0].outcome = "Down".to_owned();
        assert!(fresh(&renamed, &counted(&list)).is_empty());
        // A list from which an older row has dropped out brings nothing new.
        assert!(fresh(&list[..2], &counted(&list)).is_empty());
    }

    #[test]
    fn sums_that_cannot_be_are_no_orders() {
        let huge = fill(1, 7, true, u64::MAX, 10_000_000_000);
        assert!(orders(&[huge.clone(), huge]).is_none());
    }
}
