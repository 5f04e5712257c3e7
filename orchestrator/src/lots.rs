//! Positions as lots: what was bought, at what cost, and what became of it.
//!
//! For: folding one token's fills, in the order they were learnt of, into open
//! lots and closings, oldest lot first.
//!
//! Never touches: the store, prices of today, a clock.
//!
//! Invariant: integers only. The parts of a lot's cost, and of a sale's
//! proceeds, add up to the whole, to the unit.
//! Invariant: while a strategy's own lots suffice, no other's are closed by its
//! sales; among its own, those bought after the same leader come first.
//! Invariant: a failed fill leaves no trace; it is left out, and all is folded
//! again.

/// Whose decision a lot or a sale was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// The source of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Own, Self::External]
            .into_iter()
            .find(|source| source.name() == name)
    }
}

/// Whose decision it was, to the strategy and the leader it followed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// Ours or not.
    pub source: Source,
    /// The strategy; empty where there is none to name.
    pub strategy: String,
    /// Whose trade was copied, if one was.
    pub leader: Option<String>,
}

impl Owner {
    /// An attempt of this strategy, copying `leader` if there is one.
    #[must_use]
    pub fn own(strategy: &str, leader: Option<&str>) -> Self {
        Self {
            source: Source::Own,
            strategy: strategy.to_owned(),
            leader: leader.map(str::to_owned),
        }
    }

    /// Nobody here.
    #[must_use]
    pub const fn external() -> Self {
        Self {
            source: Source::External,
            strategy: String::new(),
            leader: None,
        }
    }

    /// How late a lot of `other` is closed by a sale of this one.
    fn rank(&self, other: &Self) -> u8 {
        if self.source != other.source {
            return 3;
        }
        if self.strategy != other.strategy {
            return 2;
        }
        // A sale that follows nobody is the strategy's as a whole.
        u8::from(self.leader.is_some() && self.leader != other.leader)
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
        owner: Owner,
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
        owner: Owner,
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
    pub owner: Owner,
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
                owner,
                shares_units,
                cost_units,
                settled,
            } => position.lots.push(Lot {
                name: name.clone(),
                owner: owner.clone(),
                shares_units: *shares_units,
                left_units: *shares_units,
                cost_units: *cost_units,
                cost_left_units: *cost_units,
                settled: *settled,
            }),
            Event::Out {
                name,
                owner,
                shares_units,
                proceeds_units,
                settled,
            } => sell(
                &mut position,
                name,
                owner,
                (*shares_units, *proceeds_units),
                *settled,
            )?,
        }
    }
    Some(position)
}

/// Closes lots: the nearest of kin first, and the oldest first among equals.
fn sell(
    position: &mut Position,
    sale: &str,
    owner: &Owner,
    (mut shares, mut proceeds): (u64, u64),
    settled: bool,
) -> Option<()> {
    let mut open: Vec<(u8, usize)> = position
        .lots
        .iter()
        .enumerate()
        .filter(|(_, lot)| lot.left_units > 0)
        .map(|(at, lot)| (owner.rank(&lot.owner), at))
        .collect();
    open.sort_unstable();
    for (_, at) in open {
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
pub(crate) fn share_of(whole: u64, part: u64, of: u64) -> Option<u64> {
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
            owner: Owner::own("s1", None),
            shares_units: shares,
            cost_units: cost,
            settled,
        }
    }

    fn sale(name: &str, owner: Owner, shares: u64, proceeds: u64) -> Event {
        Event::Out {
            name: name.to_owned(),
            owner,
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
            sale("s", Owner::own("s1", None), 11, 1_000),
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
            sale("s", Owner::own("s1", None), 8, 80),
            sale("t", Owner::own("s1", None), 1, 9),
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
        if let Event::In { owner, .. } = &mut other {
            *owner = Owner::external();
        }
        let events = [buy("a", 5, 50, true), other];
        let by = |owner| {
            let events = [&events[..], &[sale("s", owner, 5, 50)]].concat();
            fold(&events).unwrap().closings[0].lot.clone().unwrap()
        };
        assert_eq!(by(Owner::own("s9", None)), "a");
        assert_eq!(by(Owner::external()), "x");
    }

    #[test]
    fn a_closing_is_final_only_when_both_its_ends_are() {
        let provisional = fold(&[
            buy("a", 5, 50, false),
            buy("b", 5, 50, true),
            sale("s", Owner::own("s1", None), 6, 60),
        ])
        .unwrap();
        let settled: Vec<bool> = provisional.closings.iter().map(|c| c.settled).collect();
        assert_eq!(settled, [false, true]);
    }

    #[test]
    fn the_largest_numbers_fold() {
        let position = fold(&[
            buy("a", u64::MAX, u64::MAX, true),
            sale("s", Owner::own("s1", None), u64::MAX, u64::MAX),
        ])
        .unwrap();
        assert_eq!(position.lots[0].left_units, 0);
        assert_eq!(position.closings[0].cost_units, u64::MAX);
    }

    /// M56: two strategies in one market, each sells what it bought itself.
    #[test]
    fn a_strategy_sells_its_own_lots_and_its_leaders_before_anybody_elses() {
        let of = |name: &str, strategy: &str, leader: Option<&str>| {
            let mut event = buy(name, 10, 100, true);
            if let Event::In { owner, .. } = &mut event {
                *owner = Owner::own(strategy, leader);
            }
            event
        };
        let bought = [
            of("other", "s2", Some("0xa")),
            of("own, other leader", "s1", Some("0xb")),
            of("own", "s1", Some("0xa")),
        ];
        let sold = |strategy: &str, leader: Option<&str>, shares| {
            let sale = sale("s", Owner::own(strategy, leader), shares, 90);
            let closings = fold(&[&bought[..], &[sale]].concat()).unwrap().closings;
            let names = closings.into_iter().filter_map(|closing| closing.lot);
            names.collect::<Vec<_>>()
        };
        assert_eq!(sold("s1", Some("0xa"), 10), ["own"]);
        assert_eq!(sold("s1", Some("0xb"), 10), ["own, other leader"]);
        assert_eq!(sold("s2", Some("0xa"), 10), ["other"]);
        assert_eq!(sold("s1", Some("0xa"), 20), ["own", "own, other leader"]);
        assert_eq!(sold("s1", None, 20), ["own, other leader", "own"]);
        assert_eq!(
            sold("s1", Some("0xa"), 30),
            ["own", "own, other leader", "other"]
        );
        assert_eq!(sold("s3", None, 5), ["other"], "the oldest of ours");
    }
}
