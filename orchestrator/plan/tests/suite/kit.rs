//! A desk in good order: each story bends one thing.

use order::{Address, B256, CollateralUnits, PriceE4, ShareUnits, Side, TickSize, U256};
use plan::fee::{FeeCurve, Rate};
use plan::{
    Account, Book, Bps, Market, Markets, OnCap, OrderType, Percent, Planned, ProtocolVersion,
    Reason, Refusal, Signal, Sizing, Strategy, UnknownExit, decide,
};

pub(crate) const LEADER: Address = Address::repeat_byte(0x11);
pub(crate) const WATCHED: Address = Address::repeat_byte(0x22);
pub(crate) const STRANGER: Address = Address::repeat_byte(0x33);
pub(crate) const CONDITION: B256 = B256::repeat_byte(0xaa);
pub(crate) const TOKEN: U256 = U256::from_limbs([7, 0, 0, 0]);
pub(crate) const NOW: u64 = 1_800_000_000_000;
pub(crate) const ONE: u64 = 1_000_000;

/// Everything that a decision is made of.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) strategy: Strategy,
    pub(crate) signal: Signal,
    pub(crate) market: Market,
    pub(crate) book: Book,
    pub(crate) account: Account,
    pub(crate) now_ms: u64,
}

pub(crate) fn usdc(text: &str) -> CollateralUnits {
    CollateralUnits::parse(text).unwrap()
}

pub(crate) fn price(text: &str) -> PriceE4 {
    PriceE4::parse(text, TickSize::TenThousandth).unwrap()
}

pub(crate) fn level(at: &str, shares: u64) -> (PriceE4, ShareUnits) {
    (price(at), ShareUnits::new(shares * ONE))
}

/// A deep book around one half, worst level first as the venue lists it.
pub(crate) fn deep() -> Book {
    Book {
        bids: vec![
            level("0.01", 1_000_000),
            level("0.48", 200_000),
            level("0.49", 100_000),
        ],
        asks: vec![
            level("0.99", 1_000_000),
            level("0.51", 200_000),
            level("0.5", 100_000),
        ],
        taken_ms: NOW - 200,
    }
}

impl Desk {
    /// The leader bought for $250 at one half; we copy a tenth.
    pub(crate) fn buy() -> Self {
        Self {
            strategy: strategy(),
            signal: Signal {
                leader: LEADER,
                condition: Some(CONDITION),
                token: TOKEN,
                side: Side::Buy,
                shares_units: 500 * ONE,
                collateral_units: 250 * ONE,
                price_e6: 500_000,
                time_ms: NOW - 3_000,
                seen_ms: NOW - 1_000,
                leader_before_units: None,
            },
            market: Market {
                condition: CONDITION,
                tick: TickSize::Cent,
                order_shares_min: ShareUnits::new(5 * ONE),
                neg_risk: false,
                version: ProtocolVersion::V2,
                accepting: true,
                end_ms: Some(NOW + 86_400_000),
                fee: FeeCurve {
                    rate: Rate::ZERO,
                    exponent: 1,
                },
            },
            book: deep(),
            account: Account {
                cash_units: 10_000 * ONE,
                ..Account::default()
            },
            now_ms: NOW,
        }
    }

    /// The leader sold 500 of 1000 at 0.49; we hold 60.
    pub(crate) fn sell() -> Self {
        let mut desk = Self::buy();
        desk.signal.side = Side::Sell;
        desk.signal.price_e6 = 490_000;
        desk.signal.collateral_units = 245 * ONE;
        desk.signal.leader_before_units = Some(1_000 * ONE);
        desk.account.held_units = 60 * ONE;
        desk.account.all_held_units = 60 * ONE;
        desk
    }

    /// The leader's buy is of so much collateral.
    pub(crate) fn of(mut self, collateral: &str) -> Self {
        self.signal.collateral_units = usdc(collateral).get();
        self
    }

    pub(crate) fn with(mut self, bend: impl FnOnce(&mut Self)) -> Self {
        bend(&mut self);
        self
    }

    pub(crate) fn decide(&self) -> Result<Planned, Refusal> {
        decide(
            &self.strategy,
            &self.signal,
            &self.market,
            &self.book,
            &self.account,
            self.now_ms,
        )
    }

    #[track_caller]
    pub(crate) fn planned(&self) -> Planned {
        match self.decide() {
            Ok(planned) => planned,
            Err(refusal) => panic!("{} {refusal}", refusal.reason.code()),
        }
    }

    #[track_caller]
    pub(crate) fn refused(&self) -> Refusal {
        self.decide().expect_err("it should have been refused")
    }

    /// It is refused for this reason, with these numbers.
    #[track_caller]
    pub(crate) fn refused_for(&self, reason: Reason, detail: &str) -> Refusal {
        let refusal = self.refused();
        assert_eq!((refusal.reason, &*refusal.detail), (reason, detail));
        refusal
    }
}

pub(crate) fn strategy() -> Strategy {
    Strategy {
        leaders: vec![LEADER],
        watch_only: vec![WATCHED],
        markets: Markets::All,
        sizing: Sizing::Percentage(Percent::parse("10.0").unwrap()),
        intent_usdc_max: usdc("100"),
        intent_usdc_min: usdc("1"),
        leader_usdc_min: usdc("1"),
        on_cap: OnCap::Clamp,
        age_ms_max: 60_000,
        seen_age_ms_max: 30_000,
        exit_age_ms_max: 3_600_000,
        slippage_max: Bps::parse_percent("5.0").unwrap(),
        movement_max: Bps(500),
        impact_max: Bps(1_000),
        impact_warn: Bps(500),
        spread_max: Some(price("0.05")),
        depth_usdc_min: usdc("100"),
        book_share_max: Bps(1_000),
        price_min: price("0.02"),
        price_max: price("0.98"),
        end_ms_min: 3_600_000,
        book_age_ms_max: 2_000,
        unknown_exit: UnknownExit::Hold,
        order_type: OrderType::Fak,
        day_usdc_max: None,
    }
}

/// Shares of the units of a plan, as people write them.
pub(crate) fn shares(planned: &Planned) -> String {
    planned.shares.to_string()
}

/// Collateral, as people write it.
pub(crate) fn money(units: u64) -> String {
    CollateralUnits::new(units).to_string()
}
