//! What a small desk starts with: operator.md's starter values, each a
//! ceiling (or floor) that a dial moves under (or above).
//!
//! Pure. Change what does not fit with `--set`, or in the draft.

use std::collections::BTreeSet;

use note::{
    Budgets, Exits, Extras, Host, JournalId, Markets, MinuteOfDay, Mode, NoteHash, OrderLimits,
    Policy, Presence, Scope, Strategy, Wallet, Watching, Window, Witnessing,
};
use order::{
    Address, B256, CollateralUnits, Exchange, PriceE4, ShareUnits, SignatureType, TickSize, Venue,
};

/// What only the desk knows.
pub(crate) struct Desk {
    pub(crate) journal: JournalId,
    pub(crate) window: Window,
    pub(crate) mode: Mode,
    pub(crate) signing_address: Address,
    pub(crate) maker: Address,
    pub(crate) signature_type: SignatureType,
}

const fn usdc(whole: u64) -> CollateralUnits {
    CollateralUnits::new(whole.saturating_mul(1_000_000))
}

/// A price; the compiler checks that it is one.
#[expect(
    clippy::expect_used,
    reason = "called in constants alone, so by the compiler"
)]
const fn price(e4: u16) -> PriceE4 {
    PriceE4::new(e4).expect("a price lies between 0 and 1")
}

/// A time of day; the compiler checks that it is one.
#[expect(
    clippy::expect_used,
    reason = "called in constants alone, so by the compiler"
)]
const fn minute(of_day: u16) -> MinuteOfDay {
    MinuteOfDay::new(of_day).expect("a day has 1,440 minutes")
}

const CENTS_5: PriceE4 = price(500);
const CENTS_95: PriceE4 = price(9_500);
const LEAST: PriceE4 = price(1);
const MOST: PriceE4 = price(9_999);
const TEN_O_CLOCK: MinuteOfDay = minute(600);

/// Version 1.
pub(crate) fn policy(desk: &Desk) -> Policy {
    Policy {
        journal: desk.journal,
        version: 1,
        previous: NoteHash::ZERO,
        window: desk.window,
        expires: desk.window.apply_before,
        delay_hours: 24,
        scope: Scope {
            ticks: BTreeSet::from([TickSize::Thousandth, TickSize::HalfCent, TickSize::Cent]),
            leaders: BTreeSet::new(),
            markets: Markets::All,
        },
        order: order_limits(),
        budgets: budgets(),
        exits: Exits {
            exits_per_minute: 30,
            sell_floor: CENTS_5,
            sell_reuse: 10,
            sell_grace_days: 7,
        },
        strategy: Strategy::Off,
        watching: Watching::Off,
        rollout: BTreeSet::new(),
        presence: Presence {
            dead_man_reduce_hours: 72,
            dead_man_lock_hours: 7 * 24,
            lease_hours: 72,
            lease_end_utc: TEN_O_CLOCK,
        },
        witnessing: Witnessing {
            witness_threshold: 0,
            witnesses: BTreeSet::new(),
            witness_late_seconds: 900,
            advance_usdc: usdc(150),
        },
        // Real money asks for what a host can offer; the simulator's runs on
        // any laptop.
        host: Host {
            require_memfd_secret: desk.mode == Mode::Live,
            require_cage: desk.mode == Mode::Live,
        },
        wallet_usdc_max: usdc(5_000),
        operators: BTreeSet::new(),
        extras: Extras::default(),
        wallet: wallet(desk),
    }
}

fn wallet(desk: &Desk) -> Wallet {
    let chain = desk.mode.chain();
    let venues = [Exchange::V2Standard, Exchange::V2NegRisk];
    Wallet {
        mode: desk.mode,
        venues: venues.map(|exchange| Venue { chain, exchange }).into(),
        signing_address: desk.signing_address,
        maker: desk.maker,
        signature_type: desk.signature_type,
        session_expires: None,
        builder: B256::ZERO,
        builder_fee_bps: 0,
    }
}

const fn order_limits() -> OrderLimits {
    OrderLimits {
        order_usdc_min: usdc(1),
        order_usdc_max: usdc(25),
        // 25 USDC at the lowest price that may be bought.
        order_shares_max: ShareUnits::new(500_000_000),
        buy_price_min: CENTS_5,
        buy_price_max: CENTS_95,
        sell_price_min: LEAST,
        sell_price_max: MOST,
        leader_distance_bps: 500,
        leader_distance_ticks: 2,
        leader_age_ms_max: 60_000,
        leader_skew_ms_max: 2_000,
        fee_ceiling_bps: 1_000,
    }
}

const fn budgets() -> Budgets {
    Budgets {
        minute_usdc: None,
        hour_usdc: Some(usdc(300)),
        day_usdc: usdc(1_500),
        lifetime_usdc: None,
        strategy_day_usdc: None,
        market_day_usdc: Some(usdc(100)),
        leader_day_usdc: Some(usdc(300)),
        orders_per_minute: 30,
    }
}
