//! The fixed encoding of an intent.

use order::{Address, B256, Exchange, Side, TickSize, U256};
use policy::{Intent, Kind, Label, Size};

use crate::kit::{ONE, buy, price, shares, usdc};

#[test]
fn every_field_of_an_intent_is_in_its_frame() {
    let base = || buy(1);
    let watched = |change: fn(&mut policy::Observed)| {
        let mut intent = base();
        if let Kind::Copy(observed) = &mut intent.kind {
            change(observed);
        }
        intent
    };
    let mut others = vec![
        Intent {
            kind: Kind::Exit,
            ..base()
        },
        Intent {
            kind: Kind::Strategy,
            ..base()
        },
        Intent {
            id: crate::kit::id(2),
            ..base()
        },
        Intent {
            attempt: 1,
            ..base()
        },
        Intent {
            market: B256::ZERO,
            ..base()
        },
        Intent {
            token_id: U256::ONE,
            ..base()
        },
        Intent {
            exchange: Exchange::V2NegRisk,
            ..base()
        },
        Intent {
            exchange: Exchange::V3,
            ..base()
        },
        Intent {
            side: Side::Sell,
            ..base()
        },
        Intent {
            limit_price: price(1),
            ..base()
        },
        Intent {
            size: Size::Shares(shares(10 * ONE)),
            ..base()
        },
        Intent {
            size: Size::Collateral(usdc(1)),
            ..base()
        },
        Intent {
            tick_size: TickSize::Tenth,
            ..base()
        },
        Intent {
            deadline_ms: 0,
            ..base()
        },
        Intent {
            strategy: Label::parse("main2").unwrap(),
            ..base()
        },
        watched(|o| o.leader = Address::ZERO),
        watched(|o| o.fill = B256::ZERO),
        watched(|o| o.price = price(1)),
        watched(|o| o.size = shares(1)),
        watched(|o| o.traded_ms = 0),
        watched(|o| o.observed_ms = 0),
    ];
    others.push(base());
    let frames: std::collections::BTreeSet<_> = others.iter().map(Intent::frame).collect();
    assert_eq!(frames.len(), others.len());
    assert!(
        frames
            .iter()
            .all(|frame| frame.starts_with(b"countersign/intent/v1\n"))
    );
    let lengths: std::collections::BTreeSet<_> = frames.iter().map(Vec::len).collect();
    assert_eq!(lengths.len(), 2, "with a leader's trade, and without");
}
