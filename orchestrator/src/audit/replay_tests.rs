//! Replays of exports.

use order::{CollateralUnits, PriceE4, ShareUnits, Side, TickSize, U256};
use plan::fee::{FeeCurve, Rate};
use plan::{
    Account, Book, Bps, Market, Markets, OnCap, OrderType, Percent, ProtocolVersion, Signal,
    Sizing, Strategy, Tiers, UnknownExit,
};

use super::*;

fn leader() -> order::Address {
    "0x1111111111111111111111111111111111111111"
        .parse()
        .unwrap()
}

fn strategy() -> Strategy {
    let price = |e4| PriceE4::new(e4).unwrap();
    Strategy {
        leaders: vec![leader()],
        watch_only: Vec::new(),
        markets: Markets::All,
        sizing: Sizing::Percentage(Percent(10_000_000)),
        intent_usdc_max: CollateralUnits::new(100_000_000),
        intent_usdc_min: CollateralUnits::new(1_000_000),
        leader_usdc_min: CollateralUnits::new(1_000_000),
        on_cap: OnCap::Clamp,
        age_ms_max: 60_000,
        seen_age_ms_max: 60_000,
        exit_age_ms_max: 86_400_000,
        slippage_max: Bps(500),
        movement_max: Bps(500),
        impact_max: Bps(10_000),
        impact_warn: Bps(5_000),
        spread_max: None,
        depth_usdc_min: CollateralUnits::new(1),
        book_share_max: Bps(10_000),
        price_min: price(1),
        price_max: price(9_999),
        end_ms_min: 0,
        book_age_ms_max: 2_000,
        unknown_exit: UnknownExit::Hold,
        order_type: OrderType::Fak,
        day_usdc_max: None,
    }
}

fn facts() -> Facts {
    let price = |e4| PriceE4::new(e4).unwrap();
    let condition = format!("0x{}", "22".repeat(32)).parse().unwrap();
    Facts {
        strategy: strategy(),
        signal: Signal {
            leader: leader(),
            condition: Some(condition),
            token: U256::from(7),
            side: Side::Buy,
            shares_units: 200_000_000,
            collateral_units: 100_000_000,
            price_e6: 500_000,
            time_ms: 1_000_000,
            seen_ms: 1_000_500,
            leader_before_units: Some(1),
        },
        market: Market {
            condition,
            tick: TickSize::from_e4(100).unwrap(),
            order_shares_min: ShareUnits::new(5_000_000),
            neg_risk: false,
            version: ProtocolVersion::V2,
            accepting: true,
            end_ms: None,
            fee: FeeCurve {
                rate: Rate::parse("0.07").unwrap(),
                exponent: 1,
            },
        },
        book: Book {
            bids: vec![(price(4_900), ShareUnits::new(900_000_000))],
            asks: vec![(price(5_000), ShareUnits::new(900_000_000))],
            taken_ms: 1_000_600,
        },
        account: Account {
            cash_units: 1_000_000_000,
            ..Account::default()
        },
    }
}

/// Three decisions: one order, and two that were refused.
fn three() -> Vec<Facts> {
    let mut stale = facts();
    stale.signal.time_ms = 1;
    let mut stranger = facts();
    stranger.strategy.leaders.clear();
    vec![facts(), stale, stranger]
}

fn export(all: &[Facts]) -> Vec<String> {
    let mut chain = Chain::default();
    let mut lines = Vec::new();
    let mut add = |kind: &str, body: &str| {
        let entry = chain.next(1, kind, body);
        chain.take(&entry).unwrap();
        lines.push(serde_json::to_string(&entry).unwrap());
    };
    add(super::super::BEGIN, "{\"intents\":0}");
    for (facts, n) in all.iter().zip(1..) {
        let id = format!("20261120-{n}");
        let answer = decide(facts, 1_000_700);
        let name = (id.as_str(), "s1", "{}");
        let decision = Decision::new(name, facts, 1_000_700, &answer).unwrap();
        add(DECISION, &decision.body().unwrap());
    }
    lines
}

fn again(lines: &[String], decide: Decide<'_>) -> Result<Replayed, ReplayError> {
    replay(lines.iter().map(|line| Ok(line.clone())), decide)
}

/// M59: the same export is the same decision log, byte for byte.
#[test]
fn two_replays_of_one_export_are_the_same_bytes() {
    let lines = export(&three());
    let (one, two) = (
        again(&lines, &decide).unwrap(),
        again(&lines, &decide).unwrap(),
    );
    assert_eq!(one.log.join("\n").as_bytes(), two.log.join("\n").as_bytes());
    assert_eq!(one, two);
    assert!(one.log[0].starts_with("1 20261120-1 s1 planned {\"clamped\":"));
}

/// M60: one is valid and two are rejected, and the log says why.
#[test]
fn a_replay_counts_what_is_valid_and_what_is_rejected() {
    let replayed = again(&export(&three()), &decide).unwrap();
    assert_eq!((replayed.valid, replayed.rejected), (1, 2));
    assert!(replayed.log[1].contains("STALE"), "{}", replayed.log[1]);
    assert!(
        replayed.log[2].contains("TRADER_NOT_ALLOWED"),
        "{}",
        replayed.log[2]
    );
}

/// M59: who decides otherwise today is told where first.
#[test]
fn the_first_record_that_is_decided_otherwise_is_named() {
    let lines = export(&three());
    let lax = |facts: &Facts, now_ms| {
        let mut facts = facts.clone();
        facts.strategy.age_ms_max = u64::MAX;
        facts.strategy.seen_age_ms_max = u64::MAX;
        decide(&facts, now_ms)
    };
    let differs = again(&lines, &lax).unwrap_err();
    assert!(
        matches!(differs, ReplayError::Differs { at: 2, .. }),
        "{differs}"
    );
    assert!(differs.to_string().contains("20261120-2"), "{differs}");
    let mut tampered = lines;
    tampered[3] = tampered[3].replace("\"at_ms\":1", "\"at_ms\":2");
    let broken = again(&tampered, &decide).unwrap_err();
    assert!(broken.to_string().contains("at record 3"), "{broken}");
}

/// M59: nothing that decides is lost on the way to text and back.
#[test]
fn facts_that_are_written_are_read_back_field_by_field() {
    let price = |e4| PriceE4::new(e4).unwrap();
    let mut other = facts();
    let condition = other.market.condition;
    other.strategy.watch_only = vec![leader()];
    other.strategy.markets = Markets::Only {
        conditions: vec![condition],
        tokens: vec![U256::MAX, U256::ZERO],
    };
    other.strategy.sizing =
        Sizing::Tiered(Tiers::parse("1-100:2.0,100-500.25:0.000001,500.25+:0.1").unwrap());
    other.strategy.on_cap = OnCap::Reject;
    other.strategy.unknown_exit = UnknownExit::Alert;
    other.strategy.order_type = OrderType::Fok;
    other.strategy.spread_max = Some(price(300));
    other.strategy.exit_age_ms_max = 61_000;
    other.strategy.leader_usdc_min = CollateralUnits::new(0);
    other.strategy.day_usdc_max = Some(CollateralUnits::new(9));
    other.signal.condition = None;
    other.signal.leader_before_units = None;
    other.signal.side = Side::Sell;
    other.market.version = ProtocolVersion::V3;
    other.market.neg_risk = true;
    other.market.end_ms = Some(5);
    other.market.fee.rate = Rate::parse("0.070").unwrap();
    other.account = Account {
        cash_units: 1,
        held_units: 2,
        spent_day_units: 3,
        carried_units: 4,
        all_held_units: 5,
    };
    let mut fixed = facts();
    fixed.strategy.sizing = Sizing::Fixed(CollateralUnits::new(50_000_000));
    fixed.strategy.unknown_exit = UnknownExit::Full;
    for facts in [facts(), other, fixed] {
        let answer = decide(&facts, 1_000_700);
        let decision = Decision::new(("a", "s1", "{}"), &facts, 1_000_700, &answer).unwrap();
        assert_eq!(decision.facts().unwrap(), facts);
        let body = decision.body().unwrap();
        let read: Decision = serde_json::from_str(&body).unwrap();
        assert_eq!(read.body().unwrap(), body);
        // Keys stand in order, so that the same decision is the same text.
        assert!(body.starts_with("{\"account\":{\"all_held_units\":"));
    }
}

/// M59: an export of an edition whose strategies had fewer settings holds
/// together, and is not decided on settings that it never had.
#[test]
fn an_export_of_an_older_edition_is_refused_by_the_field_it_lacks() {
    let answer = decide(&facts(), 1_000_700);
    for field in ["exit_age_ms_max", "leader_usdc_min"] {
        let mut decision = Decision::new(("a", "s1", "{}"), &facts(), 1_000_700, &answer).unwrap();
        decision.strategy.as_object_mut().unwrap().remove(field);
        let mut chain = Chain::default();
        let mut lines = Vec::new();
        let begin = (super::super::BEGIN, "{\"intents\":0}".to_owned());
        for (kind, body) in [begin, (DECISION, decision.body().unwrap())] {
            let entry = chain.next(1, kind, &body);
            chain.take(&entry).unwrap();
            lines.push(serde_json::to_string(&entry).unwrap());
        }
        let whole = lines.iter().map(|line| Ok(line.clone()));
        let held = super::super::read(whole, |_| Ok::<(), Broken>(()));
        assert_eq!(held.unwrap().count, 2, "the chain itself is whole");
        let refused = again(&lines, &decide).unwrap_err().to_string();
        for part in [
            "record 1 ",
            "strategy: missing field",
            field,
            "replay it with the edition",
        ] {
            assert!(refused.contains(part), "{part}: {refused}");
        }
    }
}

#[test]
fn a_fact_that_is_none_is_named() {
    let answer = decide(&facts(), 1_000_700);
    let mut decision = Decision::new(("a", "s1", "{}"), &facts(), 1_000_700, &answer).unwrap();
    decision.market["tick_e4"] = serde_json::json!(3);
    assert_eq!(decision.facts().unwrap_err(), "tick: 3 is none");
    decision.market["tick_e4"] = serde_json::json!(100);
    decision.book["extra"] = serde_json::json!(1);
    assert!(
        decision
            .facts()
            .unwrap_err()
            .starts_with("book: unknown field")
    );
}
