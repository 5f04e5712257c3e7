//! Intents that stories begin from, and then bend.

use frame::calendar::Day;
use frame::intent::{Intent, Kind, Observed, Size};
use frame::intent_id::IntentId;
use frame::label::Label;
use order::{Address, B256, Exchange, PriceE4, ShareUnits, Side, TickSize, U256};

use crate::book::Book;
use crate::clock::now_ms;
use crate::desk::LEADER;

/// Today's name for `name`.
pub fn id(name: &str) -> IntentId {
    id_at(name, now_ms())
}

/// The same on the day of `at_ms`.
fn id_at(name: &str, at_ms: u64) -> IntentId {
    let day = Day::of_ms(at_ms).to_string().replace('-', "");
    IntentId::parse(&format!("{day}-{name}")).expect("a plain name")
}

/// A copy of a BUY of ten shares at the book's best ask, good for a minute.
pub fn buy(book: &Book, name: &str) -> Intent {
    let (ask, _) = book.asks[0];
    let price = PriceE4::new(u16::try_from(ask).expect("a price")).expect("a price");
    let now = now_ms();
    Intent {
        kind: Kind::Copy(Observed {
            leader: LEADER.parse::<Address>().expect("an address"),
            fill: B256::repeat_byte(7),
            price,
            size: ShareUnits::new(10_000_000),
            traded_ms: now,
            observed_ms: now,
        }),
        id: id(name),
        attempt: 0,
        market: book.market.parse().expect("a condition id"),
        token_id: U256::from_str_radix(&book.token, 10).expect("a token id"),
        exchange: if book.neg_risk {
            Exchange::V2NegRisk
        } else {
            Exchange::V2Standard
        },
        side: Side::Buy,
        limit_price: price,
        size: Size::Shares(ShareUnits::new(10_000_000)),
        tick_size: TickSize::from_e4(u16::try_from(book.tick_e4).expect("a tick")).expect("a tick"),
        deadline_ms: now + 60_000,
        strategy: Label::parse("default").expect("a plain name"),
    }
}

/// The same intent, as it would be asked `seconds` later.
pub fn later(mut intent: Intent, seconds: u64) -> Intent {
    // A name begins with its day, and old days are not taken.
    let name = intent.id.as_str().split_once('-').expect("a day").1;
    intent.id = id_at(name, now_ms() + seconds * 1_000);
    intent.deadline_ms += seconds * 1_000;
    if let Kind::Copy(seen) = &mut intent.kind {
        seen.traded_ms += seconds * 1_000;
        seen.observed_ms += seconds * 1_000;
    }
    intent
}

/// An EXIT of `lots` hundredths of a share at `price_e4`, good for a minute.
pub fn exit(book: &Book, name: &str, lots: u64, price_e4: u16) -> Intent {
    Intent {
        kind: Kind::Exit,
        side: Side::Sell,
        limit_price: PriceE4::new(price_e4).expect("a price"),
        size: Size::Shares(ShareUnits::new(lots * 10_000)),
        ..buy(book, name)
    }
}
