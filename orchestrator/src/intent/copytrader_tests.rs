//! The sample line, with and without what it lacks.

use serde_json::json;

use super::*;
use crate::intent::Parsed;

/// The line as copytrader's own documentation writes it, its date expanded.
const SAMPLE: &str = r#"{"intent_id":"test-001","timestamp":"2026-11-20T13:00:00","source_trader":"0xabc...","market_id":"test_market","outcome":"YES","side":"BUY","size_usdc":10.0,"metadata":{}}"#;

const LEADER: &str = "0x2222222222222222222222222222222222222222";

fn with(edit: impl Fn(&mut Value)) -> Result<Draft, Reject> {
    let mut value: Value = serde_json::from_str(SAMPLE).unwrap();
    value["token_id"] = "7".into();
    value["source_trader"] = LEADER.into();
    edit(&mut value);
    read(value)
}

fn facts(tick_size: TickSize) -> MarketFacts {
    MarketFacts {
        market: B256::repeat_byte(0x11),
        tick_size,
        neg_risk: true,
    }
}

#[test]
fn the_sample_names_no_token_and_is_rejected_with_a_code() {
    let reject = Parsed::read(SAMPLE).unwrap_err();
    assert_eq!(reject.code, Code::NoToken);
    assert!(reject.sentence.starts_with("token_id"));
}

#[test]
fn with_a_token_beside_it_or_in_metadata_the_sample_is_a_draft() {
    let beside = with(|_| ()).unwrap();
    let within = with(|v| {
        v.as_object_mut().unwrap().remove("token_id");
        v["metadata"] = json!({"token_id": "7"});
    });
    assert_eq!(within.unwrap(), beside);
    assert_eq!(beside.size, Size::Collateral(10_000_000));
    assert_eq!(beside.leader_time_ms, Some(1_795_179_600_000));
    assert_eq!((beside.market, beside.leader), (None, LEADER.parse().ok()));
    let intent = beside
        .finish(&facts(TickSize::Cent), PriceE4::new(4_100), OrderType::Fak)
        .unwrap();
    assert_eq!(intent.limit_price.get(), 4_100);
    // Ten dollars at 0.41 are 24.39 shares and a bit.
    assert_eq!(intent.shares.get(), 24_390_000);
    assert_eq!(intent.neg_risk, Some(true));
    assert_eq!(intent.leader_price, Some(intent.limit_price));
    let both = with(|v| v["size_tokens"] = json!(25)).unwrap();
    let intent = both
        .finish(&facts(TickSize::Cent), PriceE4::new(4_100), OrderType::Fak)
        .unwrap();
    assert_eq!(intent.leader_price, PriceE4::new(4_000));
    assert_eq!(intent.shares.get(), 25_000_000);
}

#[test]
fn a_limit_moves_onto_the_grid_towards_less() {
    for (side, tick, limit, expected) in [
        ("BUY", TickSize::Cent, "0.419", Some(4_100)),
        ("SELL", TickSize::Cent, "0.411", Some(4_200)),
        ("BUY", TickSize::QuarterCent, "0.7224", Some(7_200)),
        ("BUY", TickSize::Cent, "0.41", Some(4_100)),
        ("SELL", TickSize::Cent, "0.41", Some(4_100)),
        ("SELL", TickSize::Cent, "0.41000000", Some(4_100)),
        ("SELL", TickSize::Cent, "0.41000001", Some(4_200)),
        ("BUY", TickSize::Cent, "0.009", None),
        ("SELL", TickSize::Cent, "0.991", None),
        ("BUY", TickSize::Tenth, "0.3000000000000004", Some(3_000)),
    ] {
        let draft = with(|v| {
            v["side"] = side.into();
            v["price_limit"] = limit.into();
        })
        .unwrap();
        let found = draft.finish(&facts(tick), None, OrderType::Fak);
        match expected {
            Some(e4) => assert_eq!(found.unwrap().limit_price.get(), e4, "{side} {limit}"),
            None => assert_eq!(found.unwrap_err().code, Code::OffTick, "{side} {limit}"),
        }
    }
}

#[test]
fn what_the_market_says_otherwise_rejects_it() {
    let draft = with(|v| v["market_id"] = format!("0x{}", "22".repeat(32)).into()).unwrap();
    let cent = facts(TickSize::Cent);
    let code = |draft: &Draft, best| draft.finish(&cent, best, OrderType::Fak).unwrap_err().code;
    assert_eq!(code(&draft, PriceE4::new(1)), Code::MarketMismatch);
    assert_eq!(code(&with(|_| ()).unwrap(), None), Code::NoPrice);
    let tiny = with(|v| v["size_usdc"] = json!(0.001)).unwrap();
    assert_eq!(code(&tiny, PriceE4::new(9_900)), Code::TooSmall);
}

#[test]
fn every_bad_field_is_named() {
    for (field, value) in [
        ("intent_id", json!("")),
        ("side", json!("buy")),
        ("token", json!("0x7")),
        ("timestamp", json!("yesterday")),
        ("timestamp", json!(null)),
        ("source_trader", json!("0xabc...")),
        ("source_trader", json!(null)),
        ("price_limit", json!(1.5)),
        ("price_limit", json!("cheap")),
        ("size_usdc", json!(-1)),
        ("size_usdc", json!(null)),
        ("size_tokens", json!(0)),
    ] {
        let name = if field == "token" { "token_id" } else { field };
        let reject = with(|v| v[name] = value.clone()).unwrap_err();
        assert!(reject.sentence.starts_with(field), "{}", reject.sentence);
        assert_eq!(reject.code, Code::BadLine);
    }
    assert!(with(|v| v["price_limits"] = json!(1)).is_err());
    let seen = with(|v| v["metadata"] = json!({"best_ask": 0.41, "extra": {"any": 1}})).unwrap();
    assert_eq!(seen.limit_e6, Some(410_000));
}

/// M61: the sample's outcome names a token only within a real market; with the
/// token's id beside it, it is not looked at.
#[test]
fn an_outcome_stands_for_a_token_only_beside_a_condition() {
    let market = format!("0x{}", "22".repeat(32));
    let without = |edit: &dyn Fn(&mut Value)| {
        with(|v| {
            v.as_object_mut().unwrap().remove("token_id");
            v["market_id"] = market.clone().into();
            edit(v);
        })
    };
    let draft = without(&|_| ()).unwrap();
    assert_eq!(draft.token, Token::Outcome("YES".to_owned()));
    assert!(draft.is_unattested());
    assert_eq!(draft.token_id().unwrap_err().code, Code::NoToken);
    let named = draft.of_token(U256::from(7));
    assert_eq!(
        (named.token_id(), named.is_unattested()),
        (Ok(U256::from(7)), false)
    );
    for outcome in [json!(""), json!(0), json!(null), json!(["YES"])] {
        let reject = without(&|v| v["outcome"] = outcome.clone()).unwrap_err();
        assert_eq!(reject.code, Code::NoToken, "{outcome}");
    }
    let unreal = without(&|v| v["market_id"] = "test_market".into()).unwrap_err();
    assert_eq!(unreal.code, Code::NoToken);
    let beside = with(|v| v["outcome"] = json!("NO")).unwrap();
    assert_eq!(beside, with(|_| ()).unwrap());
}
