//! The rules, cheapest first, stopping at the first no.
//!
//! Invariant: every amount is judged on the final integers that will be
//! signed, never on what was asked.

use order::strict::{self, Amounts, Fields, KeyKind};
use order::{Address, B256, CollateralUnits, Side, SignatureType, Venue};

use crate::charge::{Charge, FeeCeiling};
use crate::denial::Denial;
use crate::intent::{Intent, Kind, Size};

/// The most a meter can hold: what fits a journal's row with its sign.
const METER_MAX: CollateralUnits = CollateralUnits::new(u64::MAX >> 1);

/// Whose orders these are: fixed for the life of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The one exchange contract and chain.
    pub venue: Venue,
    /// The address whose key signs.
    pub signing_address: Address,
    /// The address whose funds move.
    pub maker: Address,
    /// How the two relate.
    pub signature_type: SignatureType,
    /// The builder code to put into every order; zero for none.
    pub builder: B256,
}

/// The operator's ceilings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most that one order may put at stake, without fee: a BUY's collateral, a
    /// SELL's shares at one dollar each.
    pub order_at_stake_max: CollateralUnits,
    /// The most the exchange may charge on top of a BUY.
    pub fee_ceiling: FeeCeiling,
}

/// What a decision takes from outside the intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The signer's clock, Unix milliseconds.
    pub now_ms: u64,
    /// The order's salt, a keyed hash of the intent's name, below 2^53.
    pub salt: u64,
    /// The sum of all charges so far.
    pub charged: CollateralUnits,
}

/// An intent that passed every rule, with the order it became.
#[derive(Debug, PartialEq, Eq)]
pub struct Approved {
    intent: Intent,
    order: strict::Order,
    charge: Charge,
}

impl Approved {
    /// The intent as it was asked.
    #[must_use]
    pub const fn intent(&self) -> &Intent {
        &self.intent
    }

    /// The order to record, then sign.
    #[must_use]
    pub const fn order(&self) -> &strict::Order {
        &self.order
    }

    /// Gives up the approval for its order; the journal does so once it is on
    /// disk.
    #[must_use]
    pub fn into_order(self) -> strict::Order {
        self.order
    }

    /// What the meters are charged for it.
    #[must_use]
    pub const fn charge(&self) -> Charge {
        self.charge
    }
}

/// Runs every rule on `intent` and writes the order it becomes.
///
/// # Errors
///
/// The first rule that says no. A denied intent changes nothing.
pub fn decide(
    intent: Intent,
    identity: &Identity,
    limits: &Limits,
    moment: Moment,
) -> Result<Approved, Denial> {
    if intent.deadline_ms <= moment.now_ms {
        return Err(Denial::DeadlinePassed {
            deadline_ms: intent.deadline_ms,
            now_ms: moment.now_ms,
        });
    }
    if intent.kind == Kind::Exit && intent.side != Side::Sell {
        return Err(Denial::ExitMustSell);
    }
    let amounts = amounts(&intent)?;
    let order = strict::Order::new(Fields {
        venue: identity.venue,
        maker: identity.maker,
        signature_type: identity.signature_type,
        signing_address: identity.signing_address,
        key: KeyKind::Owner,
        token_id: intent.token_id,
        side: intent.side,
        amounts,
        salt: moment.salt,
        timestamp_ms: moment.now_ms,
        builder: identity.builder,
    })
    .map_err(Denial::NotAnOrder)?;

    // A BUY can lose the collateral it gives. A SELL can lose shares, and its
    // price is the caller's choice: they are marked at what they may be worth.
    let at_stake = match intent.side {
        Side::Buy => amounts.collateral(intent.side),
        Side::Sell => CollateralUnits::new(amounts.shares(intent.side).get()),
    };
    if at_stake > limits.order_at_stake_max {
        return Err(Denial::OrderTooLarge {
            at_stake,
            limit: limits.order_at_stake_max,
        });
    }
    let charge = match intent.side {
        Side::Buy => limits
            .fee_ceiling
            .charge(at_stake)
            .ok_or(Denial::ChargeOverflow)?,
        Side::Sell => Charge::ZERO,
    };
    // The meter itself must hold it, or no later sum could be trusted.
    let total = moment
        .charged
        .checked_add(charge.units())
        .ok_or(Denial::ChargeOverflow)?;
    if total > METER_MAX {
        return Err(Denial::ChargeOverflow);
    }
    Ok(Approved {
        intent,
        order,
        charge,
    })
}

/// The integers of the order, by the venue's exact rule.
fn amounts(intent: &Intent) -> Result<Amounts, Denial> {
    match (intent.size, intent.side) {
        (Size::Shares(shares), side) => {
            strict::limit_amounts(side, intent.limit_price, shares, intent.tick_size)
        }
        (Size::Collateral(collateral), Side::Buy) => {
            strict::market_buy_amounts(intent.limit_price, collateral, intent.tick_size)
        }
        (Size::Collateral(_), Side::Sell) => return Err(Denial::SellInCollateral),
    }
    .map_err(Denial::NotAnOrder)
}
