//! The rules in their order, stopping at the first no.
//!
//! Name and time, standing, wallet and route, then what the kind demands, the
//! order itself, its caps, and last what is counted.
//!
//! Invariant: every amount is judged on the final integers that will be
//! signed, never on what was asked.
//! Invariant: nothing here changes anything; a denied intent leaves no trace
//! but its leaf.

use note::NoteId;
use order::strict::{self, Amounts, Fields, KeyKind};
use order::{B256, Chain, Side, Venue};

use crate::attested::{self, Attested};
use crate::budget;
use crate::caps;
use crate::case::Case;
use crate::charge::Charge;
use crate::denial::Denial;
use crate::facts::Facts;
use crate::gate;
use crate::intent::{Fingerprint, Intent, Kind, Size};
use crate::price::ratio_price;
use crate::rollout::{self, Staged};
use crate::row::Approval;
use crate::scope::{self, Route, observed};
use crate::sells::{self, Offer};
use crate::state::State;
use crate::time::Moment;

/// An intent that passed every rule, with the order it became.
#[derive(Debug, PartialEq, Eq)]
pub struct Approved {
    intent: Intent,
    order: strict::Order,
    order_hash: B256,
    charge: Charge,
    ticket: Option<NoteId>,
    generation: u32,
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

    /// The ticket that let it pass, if it needed one.
    #[must_use]
    pub const fn ticket(&self) -> Option<NoteId> {
        self.ticket
    }

    /// Of the key that must sign it.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// What its row says, to be written and to be [applied](State::apply).
    #[must_use]
    pub fn approval(&self, fingerprint: Fingerprint) -> Approval {
        let amounts = self.order.amounts();
        Approval {
            intent_id: self.intent.id,
            attempt: self.intent.attempt,
            fingerprint,
            exit: matches!(self.intent.kind, Kind::Exit),
            strategy: self.intent.strategy,
            leader: self.intent.kind.leader(),
            fill: observed(&self.intent).map(|observed| observed.fill),
            live: self.order.venue().chain == Chain::Polygon,
            token_id: self.intent.token_id,
            exchange: self.order.venue().exchange,
            side: self.intent.side,
            maker_amount: amounts.maker,
            taker_amount: amounts.taker,
            order_hash: self.order_hash,
            charge: self.charge,
            ticket: self.ticket,
            generation: self.generation,
        }
    }
}

/// Runs every rule on `intent` and writes the order it becomes.
///
/// # Errors
///
/// The first rule that says no. A denied intent changes nothing.
pub fn decide(
    intent: Intent,
    facts: &Facts,
    state: &State,
    moment: Moment,
) -> Result<Approved, Denial> {
    let time = moment.time;
    let case = Case {
        intent: &intent,
        facts,
        state,
        time,
    };
    gate::named(case)?;
    // Whoever asks recalls first; without that, twice is a contradiction.
    if state.seen(intent.id, intent.attempt).is_some() {
        return Err(Denial::IntentReused);
    }
    gate::in_time(case)?;
    let stop = gate::permitted(case)?;
    let (kind, generation) = gate::key(facts, state, time)?;
    let route = scope::route(case)?;
    if intent.side == Side::Buy {
        scope::may_buy(case)?;
    }
    let attested = match observed(&intent) {
        None => None,
        Some(observed) => {
            scope::may_copy(observed, case)?;
            attested::of(observed, case)?
        }
    };
    let order = write(&intent, facts, route.venue, kind, moment)?;
    let staged = rollout::staged(facts, state, time);
    if intent.kind != Kind::Exit {
        caps::hold(case, order.amounts(), &staged)?;
    }
    let (charge, ticket) = match intent.side {
        Side::Buy => {
            if let Some(attested) = attested {
                attested::room(attested, order.amounts().shares(Side::Buy), case)?;
            }
            (buy(case, &order, &route, &staged)?, None)
        }
        Side::Sell => (Charge::ZERO, sell(case, &order, attested, stop)?),
    };
    // Its row would fit no journal that has the same order already.
    let order_hash = order.order_hash();
    if state.orders.contains(order_hash) {
        return Err(Denial::OrderTwice);
    }
    Ok(Approved {
        intent,
        order,
        order_hash,
        charge,
        ticket,
        generation,
    })
}

/// Writes the order: amounts by the venue's exact rule, the rest pinned.
fn write(
    intent: &Intent,
    facts: &Facts,
    venue: Venue,
    key: KeyKind,
    moment: Moment,
) -> Result<strict::Order, Denial> {
    let wallet = &facts.policy().wallet;
    strict::Order::new(Fields {
        venue,
        maker: wallet.maker,
        signature_type: wallet.signature_type,
        signing_address: wallet.signing_address,
        key,
        token_id: intent.token_id,
        side: intent.side,
        amounts: amounts(intent)?,
        salt: moment.salt,
        timestamp_ms: moment.time.wall_ms,
        builder: wallet.builder,
    })
    .map_err(Denial::NotAnOrder)
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

/// What a BUY is charged, if every meter has room for it.
fn buy(
    case: Case<'_>,
    order: &strict::Order,
    route: &Route,
    staged: &Staged,
) -> Result<Charge, Denial> {
    let notional = order.amounts().collateral(Side::Buy);
    let charge = case.facts.fee().charge(notional);
    let charge = charge.ok_or(Denial::ChargeOverflow)?;
    sells::order_rate(case)?;
    budget::room(case, route, charge, staged)?;
    Ok(charge)
}

/// The ticket that a SELL uses, if it needs one to pass. A copy of what
/// watchers saw keeps to its leader's price instead of the floor.
fn sell(
    case: Case<'_>,
    order: &strict::Order,
    attested: Option<&Attested>,
    stop: Option<Denial>,
) -> Result<Option<NoteId>, Denial> {
    let (amounts, exit) = (order.amounts(), case.intent.kind == Kind::Exit);
    let offer = Offer {
        token: case.intent.token_id,
        shares: amounts.shares(Side::Sell),
        price: ratio_price(amounts.taker, amounts.maker),
        with_leader: attested.is_some_and(|attested| {
            attested::room(attested, amounts.shares(Side::Sell), case).is_ok()
        }),
    };
    let rate = if exit {
        sells::exit_rate
    } else {
        sells::order_rate
    };
    let plain = stop
        .map_or(Ok(()), Err)
        .and_then(|()| sells::grace(case))
        .and_then(|()| rate(case))
        .and_then(|()| sells::offer(offer, case));
    match plain {
        Ok(()) => Ok(None),
        Err(denial) if exit && denial.ticket_passes() => case
            .state
            .tickets
            .passing(offer.token, offer.shares, offer.price, case.time.fast_ms)
            .map(Some)
            .ok_or(denial),
        Err(denial) => Err(denial),
    }
}
