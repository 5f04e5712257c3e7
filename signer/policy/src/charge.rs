//! What a signed order is charged, and how.
//!
//! A signed order never expires on chain and no cancel proves anything, so a
//! BUY is charged the most that can leave the wallet for it: its makerAmount
//! with the fee ceiling on top (the exchange takes a BUY's fee beside
//! makerAmount, V2 exchange source, `Fees.sol`).
//!
//! Invariant: rounding is up; a charge is never below what can be taken.

use order::CollateralUnits;

/// One basis point is a ten-thousandth.
pub(crate) const BPS_ONE: u64 = 10_000;

/// The largest fee the exchange may take of a fill's cash value, in basis
/// points; the policy's `f`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeeCeiling(u16);

impl FeeCeiling {
    /// The highest platform taker fee published today is 700 bps of cash
    /// (rate 0.07 as p approaches 0); a ceiling below it would undercharge.
    pub const BPS_MIN: u16 = 700;
    /// A fee of the whole cash value; more would be a typing error.
    pub const BPS_MAX: u16 = 10_000;

    /// A ceiling of `bps` basis points, if within [`Self::BPS_MIN`]..=[`Self::BPS_MAX`].
    #[must_use]
    pub const fn new(bps: u16) -> Option<Self> {
        if bps >= Self::BPS_MIN && bps <= Self::BPS_MAX {
            Some(Self(bps))
        } else {
            None
        }
    }

    /// The ceiling of a policy. One that no policy may have, and so was never
    /// checked, counts as the highest: a charge may err high.
    #[must_use]
    pub fn of_policy(bps: u16) -> Self {
        Self::new(bps).unwrap_or(Self(Self::BPS_MAX))
    }

    /// The ceiling in basis points.
    #[must_use]
    pub const fn bps(self) -> u16 {
        self.0
    }

    /// What a BUY with this `maker_amount` is charged: `⌈maker × (1 + f)⌉`.
    ///
    /// `None` when the sum does not fit: no limit allows such an order.
    #[must_use]
    pub fn charge(self, maker_amount: CollateralUnits) -> Option<Charge> {
        u64::try_from(with_bps(maker_amount.get(), self.0))
            .ok()
            .map(|units| Charge(CollateralUnits::new(units)))
    }
}

/// What the meters are charged for one order, collateral base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Charge(CollateralUnits);

impl Charge {
    /// A SELL: it gives shares, which no one can lose twice.
    pub const ZERO: Self = Self(CollateralUnits::new(0));

    /// A charge as the journal holds it.
    #[must_use]
    pub const fn recorded(units: CollateralUnits) -> Self {
        Self(units)
    }

    /// The charge in collateral base units.
    #[must_use]
    pub const fn units(self) -> CollateralUnits {
        self.0
    }

    /// The least basis points with which `maker_amount` is charged as much;
    /// exactly as much, if a fee ceiling made this charge.
    pub(crate) fn bps_over(self, maker_amount: u64) -> u16 {
        let over = self.0.get().saturating_sub(maker_amount);
        let Some(below) = over.checked_sub(1) else {
            return 0;
        };
        let scaled = u128::from(below).saturating_mul(u128::from(BPS_ONE));
        let bps = scaled.div_euclid(u128::from(maker_amount.max(1)));
        u16::try_from(bps.saturating_add(1)).unwrap_or(u16::MAX)
    }
}

/// `⌈maker × (1 + bps)⌉`, collateral base units.
pub(crate) fn with_bps(maker_amount: u64, bps: u16) -> u128 {
    let bps = u128::from(BPS_ONE).saturating_add(u128::from(bps));
    let scaled = u128::from(maker_amount).saturating_mul(bps);
    scaled.div_ceil(u128::from(BPS_ONE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use order::CollateralUnits;

    #[test]
    fn the_ceiling_has_both_its_edges() {
        assert_eq!(FeeCeiling::new(699), None);
        assert!(FeeCeiling::new(700).is_some());
        assert!(FeeCeiling::new(10_000).is_some());
        assert_eq!(FeeCeiling::new(10_001), None);
        assert_eq!(FeeCeiling::of_policy(1_000).bps(), 1_000);
        assert_eq!(FeeCeiling::of_policy(699).bps(), 10_000);
        assert_eq!(FeeCeiling::of_policy(u16::MAX).bps(), 10_000);
    }

    #[test]
    fn a_charge_is_rounded_up_and_never_down() {
        let f = FeeCeiling::new(1_000).unwrap();
        for (maker, charged) in [
            (0, 0),
            (1, 2),
            (9, 10),
            (10, 11),
            (11, 13),
            (10_000_000, 11_000_000),
        ] {
            let charge = f.charge(CollateralUnits::new(maker)).unwrap();
            assert_eq!(charge.units().get(), charged, "maker {maker}");
        }
    }

    #[test]
    fn what_a_ceiling_charged_is_charged_by_the_basis_points_kept_of_it() {
        for bps in [700, 701, 999, 1_000, 3_333, 9_999, 10_000] {
            let f = FeeCeiling::new(bps).unwrap();
            for maker in (1..300).chain([9_999, 10_000, 10_001, 1_000_000, 1_000_000_000_000_000]) {
                let charge = f.charge(CollateralUnits::new(maker)).unwrap();
                let kept = charge.bps_over(maker);
                assert!(kept <= bps, "{maker} {bps}");
                let again = with_bps(maker, kept);
                assert_eq!(again, u128::from(charge.units().get()), "{maker} {bps}");
            }
        }
        for (units, maker, bps) in [(7, 7, 0), (3, 7, 0), (10_001, 10_000, 1), (9, 0, u16::MAX)] {
            let charge = Charge::recorded(CollateralUnits::new(units));
            assert_eq!(charge.bps_over(maker), bps, "{units} {maker}");
        }
    }

    #[test]
    fn a_charge_that_would_wrap_is_none() {
        let f = FeeCeiling::new(10_000).unwrap();
        assert!(f.charge(CollateralUnits::new(u64::MAX >> 1)).is_some());
        assert_eq!(f.charge(CollateralUnits::new((u64::MAX >> 1) + 1)), None);
        assert_eq!(f.charge(CollateralUnits::new(u64::MAX)), None);
    }
}
