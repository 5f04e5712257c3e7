//! Positions as lots: what was bought, at what cost, and what became of it.
//!
//! For: folding one token's fills, in the order they were learnt of, into open
//! lots and closings, oldest lot first.
//!
//! Never touches: the store, prices of today, a clock.
//!
//! Invariant: integers only. The parts of a lot's cost, and of a sale's
//! proceeds, add up to the whole, to the unit.
//! Invariant: a failed fill leaves no trace; it is left out, and all is folded
//! again.

use std::collections::VecDeque;

/// Whose decision a lot or a sale was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An attempt of ours.
    Own,
    /// Somebody else's order for this wallet, or shares that came otherwise.
    External,
}

impl Source {
    /// Its name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "OWN",
            Self::External => "EXTERNAL",
        }
    }
}

/// One thing that changed a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Shares came in.
    In {
        /// Names the lot.
        name: String,
        /// Whose.
        source: Source,
        /// Shares, base units.
        shares_units: u64,
        /// Collateral with fee, base units.
        cost_units: u64,
        /// Final on chain.
        settled: bool,
    },
    /// Shares went out.
    Out {
        /// Names the sale.
        name: String,
        /// Whose.
        source: Source,
        /// Shares, base units.
        shares_units: u64,
        /// Collateral without fee, base units.
        proceeds_units: u64,
        /// Final on chain.
        settled: bool,
    },
}

/// Shares of one purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Names it.
    pub name: String,
    /// Whose.
    pub source: Source,
    /// Bought.
    pub shares_units: u64,
    /// Not sold yet.
    pub left_units: u64,
    /// What it cost, with fee.
    pub cost_units: u64,
    /// The part of the cost that belongs to what is left.
    pub cost_left_units: u64,
    /// Final on chain.
    pub settled: bool,
}

/// A part of a sale against one lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// The sale.
    pub sale: String,
    /// The lot; none where more was sold than is known to have been held.
    pub lot: Option<String>,
    /// Shares.
    pub shares_units: u64,
    /// Their part of the lot's cost.
    pub cost_units: u64,
    /// Their part of the proceeds.
    pub proceeds_units: u64,
    /// Purchase and sale are both final.
    pub settled: bool,
}

/// One token's position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Every lot, oldest first, closed ones too.
    pub lots: Vec<Lot>,
    /// Every closing, in order.
    pub closings: Vec<Closing>,
}

/// Folds a token's events, in their order.
///
/// `None` where a sum does not fit 64 bits: no position of a real wallet.
#[must_use]
pub fn fold(events: &[Event]) -> Option<Position> {
    let mut position = Position::default();
    for event in events {
        match event {
            Event::In {
                name,
                source,
                shares_units,
                cost_units,
                settled,
            } => position.lots.push(Lot {
                name: name.clone(),
                source: *source,
                shares_units: *shares_units,
                left_units: *shares_units,
                cost_units: *cost_units,
                cost_left_units: *cost_units,
                settled: *settled,
            }),
            Event::Out {
                name,
                source,
                shares_units,
                proceeds_units,
                settled,
            } => sell(
                &mut position,
                name,
                *source,
                (*shares_units, *proceeds_units),
                *settled,
            )?,
        }
    }
    Some(position)
}

/// Closes lots, oldest first: the seller's own kind before the other.
fn sell(
    position: &mut Position,
    sale: &str,
    source: Source,
    (mut shares, mut proceeds): (u64, u64),
    settled: bool,
) -> Option<()> {
    let (own, other): (VecDeque<usize>, VecDeque<usize>) = position
        .lots
        .iter()
        .enumerate()
        .filter(|(_, lot)| lot.left_units > 0)
        .map(|(at, _)| at)
        .partition(|at| {
            position
                .lots
                .get(*at)
                .is_some_and(|lot| lot.source == source)
        });
    for at in own.into_iter().chain(other) {
        if shares == 0 {
            return Some(());
        }
        let lot = position.lots.get_mut(at)?;
        let part = lot.left_units.min(shares);
        let cost_units = share_of(lot.cost_left_units, part, lot.left_units)?;
        let proceeds_units = share_of(proceeds, part, shares)?;
        lot.left_units = lot.left_units.checked_sub(part)?;
        lot.cost_left_units = lot.cost_left_units.checked_sub(cost_units)?;
        shares = shares.checked_sub(part)?;
        proceeds = proceeds.checked_sub(proceeds_units)?;
        position.closings.push(Closing {
            sale: sale.to_owned(),
            lot: Some(lot.name.clone()),
            shares_units: part,
            cost_units,
            proceeds_units,
            settled: settled && lot.settled,
        });
    }
    if shares > 0 {
        position.closings.push(Closing {
            sale: sale.to_owned(),
            lot: None,
            shares_units: shares,
            cost_units: 0,
            proceeds_units: proceeds,
            settled,
        });
    }
    Some(())
}

/// `whole` × `part` ÷ `of`, rounded down; all of it when `part` is all.
fn share_of(whole: u64, part: u64, of: u64) -> Option<u64> {
    u128::from(whole)
        .checked_mul(u128::from(part))?
        .checked_div(u128::from(of))
        .and_then(|units| u64::try_from(units).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buy(name: &str, shares: u64, cost: u64, settled: bool) -> Event {
        Event::In {
            name: name.to_owned(),
            source: Source::Own,
            shares_units: shares,
            cost_units: cost,
            settled,
        }
    }

    fn sale(name: &str, source: Source, shares: u64, proceeds: u64) -> Event {
        Event::Out {
            name: name.to_owned(),
            source,
            shares_units: shares,
            proceeds_units: proceeds,
            settled: true,
        }
    }

    #[test]
    fn a_sale_closes_the_oldest_lots_first_and_loses_no_unit() {
        let position = fold(&[
            buy("a", 10, 100, true),
            buy("b", 3, 10, true),
            sale("s", Source::Own, 11, 1_000),
        ])
        .unwrap();
        let parts: Vec<_> = position
            .closings
            .iter()
            .map(|c| {
                let lot = c.lot.clone().unwrap();
                (lot, c.shares_units, c.cost_units, c.proceeds_units)
            })
            .collect();
        assert_eq!(
            parts,
            [("a".to_owned(), 10, 100, 909), ("b".to_owned(), 1, 3, 91)]
        );
        assert_eq!(position.lots[1].left_units, 2);
        assert_eq!(position.lots[1].cost_left_units, 7);
    }

    #[test]
    fn selling_more_than_is_known_is_shown_and_costs_nothing() {
        let position = fold(&[
            buy("a", 5, 50, true),
            sale("s", Source::Own, 8, 80),
            sale("t", Source::Own, 1, 9),
        ])
        .unwrap();
        assert_eq!(position.closings.len(), 3);
        assert_eq!(position.closings[1].lot, None);
        assert_eq!(position.closings[1].shares_units, 3);
        assert_eq!(position.closings[1].proceeds_units, 30);
        assert_eq!(position.closings[2].lot, None);
    }

    #[test]
    fn a_sale_by_somebody_else_takes_what_is_not_ours_first() {
        let mut other = buy("x", 4, 0, true);
        if let Event::In { source, .. } = &mut other {
            *source = Source::External;
        }
        let events = [buy("a", 5, 50, true), other];
        let by = |source| {
            let events = [&events[..], &[sale("s", source, 5, 50)]].concat();
            fold(&events).unwrap().closings[0].lot.clone().unwrap()
        };
        assert_eq!(by(Source::Own), "a");
        assert_eq!(by(Source::External), "x");
    }

    #[test]
    fn a_closing_is_final_only_when_both_its_ends_are() {
        let provisional = fold(&[
            buy("a", 5, 50, false),
            buy("b", 5, 50, true),
            sale("s", Source::Own, 6, 60),
        ])
        .unwrap();
        let settled: Vec<bool> = provisional.closings.iter().map(|c| c.settled).collect();
        assert_eq!(settled, [false, true]);
    }

    #[test]
    fn the_largest_numbers_fold() {
        let position = fold(&[
            buy("a", u64::MAX, u64::MAX, true),
            sale("s", Source::Own, u64::MAX, u64::MAX),
        ])
        .unwrap();
        assert_eq!(position.lots[0].left_units, 0);
        assert_eq!(position.closings[0].cost_units, u64::MAX);
    }
}
