//! Thousands of random commands against the pure core: what must always hold.
//!
//! The generator is a fixed recurrence, so a failure is found again by its seed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::bench::{START_MS, START_S, Ticket, Trader, YES, books, buy, rules};
use crate::books;
use crate::core::accounts::ApiKey;
use crate::core::exchange::Exchange;
use crate::core::fees::Curve;
use crate::core::ledger::Asset;
use crate::core::market::MarketFacts;
use crate::core::place::Treatment;
use crate::core::refusal::Refusal;
use crate::core::trades::TradeStatus;
use crate::crypto::domain::Protocol;
use crate::crypto::order::{Side, SignatureType};
use crate::crypto::word::Word;

struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33).checked_rem(sides).unwrap()
    }
}

fn venue(traders: &[Trader]) -> Exchange {
    let mut exchange = Exchange::new(rules());
    exchange.advance(START_MS);
    for trader in traders {
        exchange.add_key(ApiKey {
            key: trader.api_key.clone(),
            secret: String::new(),
            secret_bytes: Vec::new(),
            passphrase: String::new(),
            address: trader.address,
            nonce: Word::ZERO,
            wallet: trader.address,
            signature_type: SignatureType::Eoa,
            session: false,
            banned: false,
            closed_only: false,
        });
        exchange
            .ledger
            .deposit(trader.address, Asset::Collateral, 100_000_000);
        let shares = Asset::Shares(Word::from_decimal(YES).unwrap());
        exchange.ledger.deposit(trader.address, shares, 100_000_000);
    }
    let curve = Curve {
        rate_e6: 70_000,
        exponent: 1,
    };
    let facts = MarketFacts {
        protocol: Protocol::V1,
        curve,
        accepting: true,
    };
    for seed in books::parse(&books(), &mut Vec::new()).unwrap() {
        exchange.set_book(&seed, facts);
    }
    exchange
}

enum Step {
    Order {
        trader: usize,
        payload: Value,
        treatment: Treatment,
    },
    CancelAll {
        trader: usize,
    },
    Restock,
}

fn step(dice: &mut Dice, traders: &[Trader], salt: u64) -> Step {
    let trader = usize::try_from(dice.roll(2)).unwrap();
    match dice.roll(20) {
        0 => return Step::CancelAll { trader },
        1 => return Step::Restock,
        _ => {}
    }
    let order_type = ["GTC", "GTD", "FOK", "FAK"][usize::try_from(dice.roll(4)).unwrap()];
    let (shares, cents) = (
        dice.roll(30).saturating_add(3),
        dice.roll(50).saturating_add(25),
    );
    let ticket = Ticket {
        salt,
        ..buy(order_type, shares, cents)
    };
    let (maker_amount, taker_amount) = (ticket.maker_amount, ticket.taker_amount);
    let expiration_s = if order_type == "GTD" {
        START_S.saturating_add(salt).saturating_add(200)
    } else {
        0
    };
    let ticket = match dice.roll(2) {
        0 => Ticket {
            expiration_s,
            ..ticket
        },
        _ => Ticket {
            expiration_s,
            side: Side::Sell,
            maker_amount: taker_amount,
            taker_amount: maker_amount,
            ..ticket
        },
    };
    let treatment = Treatment {
        held_ms: (dice.roll(10) == 0).then_some(700),
        unmatched: dice.roll(2) == 0,
        fail_trades: dice.roll(8) == 0,
    };
    let payload = traders[trader].body(&ticket);
    Step::Order {
        trader,
        payload,
        treatment,
    }
}

fn take(exchange: &mut Exchange, now_ms: u64, step: &Step, traders: &[Trader]) -> bool {
    match step {
        Step::Order {
            trader,
            payload,
            treatment,
        } => {
            let key = &traders[*trader].api_key;
            match exchange.place(now_ms, key, payload, treatment) {
                Ok(_) => true,
                Err(
                    Refusal::Balance(_)
                    | Refusal::FokUnfilled
                    | Refusal::FakUnmatched
                    | Refusal::Size { .. }
                    | Refusal::Expiration,
                ) => false,
                Err(refusal) => panic!("{refusal}"),
            }
        }
        Step::CancelAll { trader } => {
            let key = &traders[*trader].api_key;
            let ids = exchange.live(key, None, None);
            exchange.cancel(now_ms, key, &ids).not_canceled.is_empty()
        }
        Step::Restock => {
            exchange.advance(now_ms);
            let seeds = books::parse(&books(), &mut Vec::new()).unwrap();
            let facts = MarketFacts {
                protocol: Protocol::V1,
                curve: Curve::FREE,
                accepting: true,
            };
            exchange.set_book(&seeds[0], facts);
            true
        }
    }
}

/// No order gets worse than it signed for, and no money appears.
fn check(exchange: &Exchange, traders: &[Trader]) {
    for record in exchange.orders() {
        let (given, taken) = match record.terms.side {
            Side::Buy => (record.matched_collateral_e6, record.matched_shares_e6),
            Side::Sell => (record.matched_shares_e6, record.matched_collateral_e6),
        };
        let most = record.order.maker_amount.to_u64().unwrap();
        let least = record.order.taker_amount.to_u64().unwrap();
        assert!(given <= most, "{} gave {given} of {most}", record.id);
        // Rounding takes less than one base unit for each part of the match.
        let parts = u128::try_from(record.trades.len())
            .unwrap()
            .saturating_mul(3);
        let due = u128::from(given).saturating_mul(u128::from(least));
        let due = due.checked_div(u128::from(most)).unwrap();
        assert!(
            u128::from(taken).saturating_add(parts) >= due,
            "{}",
            record.id
        );
    }
    let mut expected: BTreeMap<_, i128> = BTreeMap::new();
    for trader in traders {
        expected.insert((trader.address, Asset::Collateral), 100_000_000);
        let shares = Asset::Shares(Word::from_decimal(YES).unwrap());
        expected.insert((trader.address, shares), 100_000_000);
    }
    for trade in exchange
        .trades()
        .iter()
        .filter(|trade| trade.status != TradeStatus::Failed)
    {
        for part in &trade.moves {
            let gives = expected.entry((part.wallet, part.gives)).or_default();
            *gives = gives.saturating_sub(i128::from(part.gives_e6));
            let takes = expected.entry((part.wallet, part.takes)).or_default();
            *takes = takes.saturating_add(i128::from(part.takes_e6));
        }
    }
    for (wallet, asset, holding) in exchange.ledger.all() {
        let sum = holding.balance_e6.saturating_add(holding.incoming_e6);
        assert_eq!(
            sum,
            expected.get(&(wallet, asset)).copied().unwrap_or(0),
            "{wallet}"
        );
    }
}

#[test]
fn whatever_happens_the_books_balance_and_replay_the_same() {
    let traders = [Trader::new(1), Trader::new(2)];
    for seed in 1..=4 {
        let mut dice = Dice(seed);
        let (mut exchange, mut again) = (venue(&traders), venue(&traders));
        let (mut now_ms, mut accepted) = (START_MS, 0);
        for salt in 1..=400 {
            now_ms = now_ms.saturating_add(dice.roll(900));
            let step = step(&mut dice, &traders, salt);
            // One looks at the clock all the time, the other only when it must.
            for part_ms in (0..900).step_by(150) {
                exchange.advance(now_ms.saturating_sub(900).saturating_add(part_ms));
            }
            accepted += usize::from(take(&mut exchange, now_ms, &step, &traders));
            take(&mut again, now_ms, &step, &traders);
            check(&exchange, &traders);
        }
        for exchange in [&mut exchange, &mut again] {
            exchange.advance(now_ms.saturating_add(1_000_000));
            assert!(
                exchange
                    .trades()
                    .iter()
                    .all(|trade| trade.status.is_final())
            );
        }
        check(&exchange, &traders);
        assert_eq!(format!("{exchange:?}"), format!("{again:?}"), "seed {seed}");
        let failed = exchange
            .trades()
            .iter()
            .filter(|t| t.status == TradeStatus::Failed)
            .count();
        assert!(
            accepted > 80 && failed > 0,
            "seed {seed}: {accepted} accepted, {failed} failed"
        );
    }
}
