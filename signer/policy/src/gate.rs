//! What stands before the rules of an order: its name, its deadline, what the
//! standing permits, and the key.
//!
//! Invariant: FROZEN and LOCKED let nothing by but what a ticket passes.

use order::Side;
use order::strict::KeyKind;

use crate::calendar::Day;
use crate::case::Case;
use crate::denial::Denial;
use crate::facts::{Facts, Key};
use crate::intent::Kind;
use crate::replay::Replay;
use crate::session::session_ends;
use crate::standing::{Cause, Standing, standing};
use crate::state::State;
use crate::time::Time;

/// Makes sure that the replay set covers the day of the intent's name.
pub(crate) fn named(case: Case<'_>) -> Result<(), Denial> {
    let day = case.intent.id.day();
    let floor = Replay::floor(case.slow_ms());
    if day < floor {
        return Err(Denial::IntentTooOld { day, floor });
    }
    // The wall names days, but one that went back behind the floor would leave
    // no day at all, and shut exits in.
    let last = Day::of_ms(case.time.wall_ms.max(case.slow_ms())).after(1);
    if day > last {
        return Err(Denial::IntentTooNew {
            day,
            last,
            retry_at_ms: day.before(1).begins_ms(),
        });
    }
    Ok(())
}

pub(crate) fn in_time(case: Case<'_>) -> Result<(), Denial> {
    let (deadline_ms, now_ms) = (case.intent.deadline_ms, case.time.fast_ms);
    if deadline_ms <= now_ms {
        return Err(Denial::DeadlinePassed {
            deadline_ms,
            now_ms,
        });
    }
    Ok(())
}

/// What the standing permits of this kind and side; `Some` is a no that a
/// ticket may pass.
pub(crate) fn permitted(case: Case<'_>) -> Result<Option<Denial>, Denial> {
    let intent = case.intent;
    let mut stop = None;
    for cause in standing(case.facts, case.state, case.time).iter() {
        match (cause.standing(), intent.kind, intent.side) {
            (Standing::Active, _, _)
            | (Standing::ReduceOnly, Kind::Exit | Kind::Copy(_), Side::Sell) => {}
            (Standing::Frozen, Kind::Exit, Side::Sell) => stop = Some(cause.denial()),
            (Standing::ReduceOnly | Standing::Frozen | Standing::Locked, _, _) => {
                return Err(cause.denial());
            }
        }
    }
    match (intent.kind, intent.side) {
        (Kind::Strategy, _) => Err(Denial::StrategyOff),
        (Kind::Exit, Side::Buy) => Err(Denial::ExitMustSell),
        (Kind::Exit, Side::Sell) | (Kind::Copy(_), _) => Ok(stop),
    }
}

/// The key that would sign: what it is to the wallet, and its generation.
pub(crate) fn key(facts: &Facts, state: &State, time: Time) -> Result<(KeyKind, u32), Denial> {
    let wallet = &facts.policy().wallet;
    let Key::Open {
        generation,
        signing_address,
        ..
    } = facts.host().key
    else {
        return Err(Denial::Locked(Cause::KeyLocked));
    };
    if signing_address != wallet.signing_address {
        return Err(Denial::WrongWallet {
            key: signing_address,
            policy: wallet.signing_address,
        });
    }
    match session_ends(facts, state).map(|session| session.ends_ms) {
        None => Ok((KeyKind::Owner, generation)),
        Some(ended_ms) if time.fast_ms >= ended_ms => Err(Denial::SessionExpired { ended_ms }),
        Some(_) => Ok((KeyKind::Session, generation)),
    }
}
