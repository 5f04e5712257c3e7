//! The reasons as operators read them.

use std::collections::BTreeSet;

use order::B256;
use plan::fee::Rate;
use plan::reason::catalogue_markdown;
use plan::{Bps, Markets, OnCap, Reason, Sizing};

use crate::kit::{Desk, WATCHED, level, price, usdc};

type Bend = fn(&mut Desk);

/// One way to every refusal of a buy that leaves the others possible.
const BENDS: [(Reason, Bend); 27] = [
    (Reason::WatchOnly, |d| d.signal.leader = WATCHED),
    (Reason::TraderNotAllowed, |d| d.strategy.leaders.clear()),
    (Reason::MarketNotAllowed, |d| {
        d.strategy.markets = Markets::Only {
            conditions: vec![],
            tokens: vec![],
        };
    }),
    (Reason::BadSignal, |d| d.signal.price_e6 = 0),
    (Reason::FutureTrade, |d| d.signal.seen_ms = u64::MAX),
    (Reason::IntentStale, |d| d.signal.time_ms = 0),
    (Reason::LeaderOrderTooSmall, |d| {
        d.strategy.sizing = Sizing::read("FIXED", "25", None).unwrap();
        d.strategy.leader_usdc_min = usdc("1000");
    }),
    (Reason::MarketMismatch, |d| {
        d.signal.condition = Some(B256::ZERO);
    }),
    (Reason::NotTrading, |d| d.market.accepting = false),
    (Reason::NearResolution, |d| d.market.end_ms = Some(0)),
    (Reason::TierGap, |d| {
        d.strategy.sizing = Sizing::read("TIERED", "", Some("1000+:1")).unwrap();
    }),
    (Reason::BookStale, |d| d.book.taken_ms = 0),
    (Reason::BookInvalid, |d| d.book.bids.push(level("0.3", 0))),
    (Reason::BookCrossed, |d| d.book.bids.push(level("0.5", 1))),
    (Reason::BookEmpty, |d| d.book.asks.clear()),
    (Reason::OutsideBand, |d| d.strategy.price_min = price("0.6")),
    (Reason::SlippageTooHigh, |d| d.signal.price_e6 = 400_000),
    (Reason::PriceMoved, |d| {
        (d.signal.price_e6, d.strategy.movement_max) = (495_000, Bps(0));
    }),
    (Reason::SpreadTooWide, |d| {
        d.strategy.spread_max = Some(price("0.0001"));
    }),
    (Reason::BelowMinimum, |d| {
        d.strategy.intent_usdc_min = usdc("90");
    }),
    (Reason::AboveCap, |d| {
        (d.strategy.intent_usdc_max, d.strategy.on_cap) = (usdc("20"), OnCap::Reject);
    }),
    (Reason::FeeUnknown, |d| {
        (d.market.fee.rate, d.market.fee.exponent) = (Rate::new(7, 2), u8::MAX);
    }),
    (Reason::BudgetSpent, |d| {
        d.strategy.day_usdc_max = Some(usdc("0"));
    }),
    (Reason::NoCash, |d| d.account.cash_units = 0),
    (Reason::DepthTooThin, |d| {
        d.strategy.depth_usdc_min = usdc("100000000");
    }),
    (Reason::BookShareTooHigh, |d| {
        d.strategy.book_share_max = Bps(0);
    }),
    (Reason::MarketImpactTooHigh, |d| {
        d.strategy.impact_max = Bps(0);
    }),
];

/// M69, M76: of several reasons the first of the catalogue is told and counted.
#[test]
fn the_first_no_is_the_answer() {
    for (i, (first, bend)) in BENDS.into_iter().enumerate() {
        assert_eq!(Desk::buy().with(bend).refused().reason, first);
        for (second, other) in BENDS.into_iter().skip(i + 1) {
            // A book of one side does not cross.
            if (first, second) == (Reason::BookCrossed, Reason::BookEmpty) {
                continue;
            }
            let refusal = Desk::buy().with(other).with(bend).refused();
            assert_eq!(refusal.reason, first, "and {second:?}");
            assert!(first < second, "{first:?} stands before {second:?}");
        }
    }
}

/// M72, M73, M74, M75, M76: the document's words are exactly the document's.
#[test]
fn the_documented_words_are_exact() {
    for (reason, code, text) in [
        (
            Reason::TraderNotAllowed,
            "TRADER_NOT_ALLOWED",
            "Trader not in allowlist",
        ),
        (Reason::IntentStale, "INTENT_STALE", "Intent is stale"),
        (
            Reason::LeaderOrderTooSmall,
            "LEADER_ORDER_TOO_SMALL",
            "The leader's order is too small to copy",
        ),
        (
            Reason::SlippageTooHigh,
            "SLIPPAGE_TOO_HIGH",
            "Slippage too high",
        ),
        (
            Reason::NoTrackedPurchases,
            "NO_TRACKED_PURCHASES",
            "No tracked purchases found",
        ),
        (
            Reason::BookInvalid,
            "BOOK_INVALID",
            "Orderbook check failed",
        ),
        (
            Reason::DuplicateIntent,
            "DUPLICATE_INTENT",
            "Duplicate intent <id>",
        ),
        (
            Reason::BelowMinimum,
            "BELOW_MINIMUM",
            "Intent size <size> below Polymarket minimum <least>",
        ),
    ] {
        assert_eq!((reason.code(), reason.text()), (code, text));
    }
}

/// M69, M76: every reason has a code of its own to be counted by, words, and a fix.
#[test]
fn every_reason_has_its_own_code_words_and_fix() {
    let codes: BTreeSet<_> = Reason::ALL.iter().map(|r| r.code()).collect();
    let texts: BTreeSet<_> = Reason::ALL.iter().map(|r| r.text()).collect();
    assert_eq!(
        (codes.len(), texts.len()),
        (Reason::ALL.len(), Reason::ALL.len())
    );
    for reason in Reason::ALL {
        let code = reason.code();
        assert!(
            code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'),
            "{code}"
        );
        assert!(!reason.text().is_empty() && !reason.fix().is_empty());
        assert!(!reason.fix().contains('|') && !reason.text().contains('|'));
        // The variant is the code, in another spelling.
        let joined = code.replace('_', "").to_lowercase();
        assert_eq!(joined, format!("{reason:?}").to_lowercase());
    }
}

/// M76: what operators read is written from the catalogue.
#[test]
fn the_document_that_operators_read_is_the_catalogue() {
    let document = include_str!("../../../../deploy/REASONS.md");
    let text = catalogue_markdown();
    assert!(
        document == text,
        "make reasons writes deploy/REASONS.md again"
    );
    for reason in Reason::ALL {
        assert!(text.contains(&format!("| `{}` |", reason.code())));
    }
    assert!(!text.contains('<'));
}
