//! Intents: honest in form, or bent in one thing.

use frame::calendar::Day;
use frame::intent::{Intent, Kind, Observed, Size};
use frame::intent_id::IntentId;
use frame::label::Label;
use order::{Address, B256, Exchange, PriceE4, ShareUnits, Side, TickSize, U256};

use crate::LOT;
use crate::rng::Rng;
use crate::scene::price;

/// The dearest that the policy lets anybody buy, ten-thousandths.
pub(crate) const DEAREST: u64 = 9_500;

/// A name and a time, and everything else as an honest copy would have it.
pub(crate) struct Want {
    pub(crate) name: String,
    pub(crate) now_ms: u64,
    pub(crate) leader: Address,
}

impl Want {
    fn intent(&self, kind: Kind, side: Side, (token, lots, at): (U256, u64, PriceE4)) -> Intent {
        let day = Day::of_ms(self.now_ms).to_string().replace('-', "");
        let Self { name, now_ms, .. } = self;
        Intent {
            kind,
            id: IntentId::parse(&format!("{day}-{name}")).expect("a plain name"),
            attempt: 0,
            market: B256::from(token.to_be_bytes::<32>()),
            token_id: token,
            exchange: Exchange::V2Standard,
            side,
            limit_price: at,
            size: Size::Shares(ShareUnits::new(lots * LOT)),
            tick_size: TickSize::Cent,
            deadline_ms: now_ms + 3_600_000,
            strategy: Label::parse("default").expect("a plain name"),
        }
    }

    fn copied(&self, at: PriceE4, lots: u64) -> Kind {
        Kind::Copy(Observed {
            leader: self.leader,
            fill: B256::repeat_byte(7),
            price: at,
            size: ShareUnits::new(lots * LOT),
            traded_ms: self.now_ms,
            observed_ms: self.now_ms,
        })
    }

    /// Buys `lots`, as if the leader had just.
    pub(crate) fn buy(&self, token: U256, lots: u64, at: PriceE4) -> Intent {
        self.intent(self.copied(at, lots), Side::Buy, (token, lots, at))
    }

    /// Sells `lots`, as if the leader had just.
    pub(crate) fn copied_sell(&self, token: U256, lots: u64, at: PriceE4) -> Intent {
        self.intent(self.copied(at, lots), Side::Sell, (token, lots, at))
    }

    /// Sells `lots` without a leader.
    pub(crate) fn exit(&self, token: U256, lots: u64, at: PriceE4) -> Intent {
        self.intent(Kind::Exit, Side::Sell, (token, lots, at))
    }
}

/// One thing of it mislabelled.
pub(crate) fn mislabelled(mut intent: Intent, rng: &mut Rng) -> Intent {
    match rng.below(8) {
        0 => intent.market = B256::repeat_byte(0x99),
        1 => intent.exchange = Exchange::V2NegRisk,
        2 => intent.exchange = Exchange::V3,
        3 => intent.tick_size = TickSize::TenThousandth,
        4 => intent.kind = Kind::Strategy,
        5 => intent.kind = Kind::Exit,
        6 => intent.limit_price = price(9_999),
        _ => intent.strategy = Label::parse("another").expect("a plain name"),
    }
    intent
}

/// The same name and attempt with something else in it.
pub(crate) fn twisted(mut intent: Intent, rng: &mut Rng) -> Intent {
    match rng.below(4) {
        0 => intent.deadline_ms += 1,
        1 => intent.token_id += U256::from(1),
        2 => intent.size = Size::Shares(ShareUnits::new(777 * LOT)),
        _ => {
            intent.side = match intent.side {
                Side::Buy => Side::Sell,
                Side::Sell => Side::Buy,
            }
        }
    }
    intent
}
