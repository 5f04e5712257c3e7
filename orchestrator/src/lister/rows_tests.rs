//! Rows as recorded, and what is missing in them.

use serde_json::json;

use super::*;

const CONDITION: &str = "0x78443f961b9a65869dcb39359de9960165c7e5cbad0904eac7f29cd77872a63b";

const QUESTION: &str = "0x15813764bba41cfb5f99e2e649cfbae7a121a9f8f91ed47ca261aab95e9729de";

/// As Gamma answered, but for what nobody here reads.
fn gamma_row() -> Value {
    json!({
        "conditionId": CONDITION, "slug": "btc-updown-5m-1773307200",
        "endDate": "2026-03-12T09:25:00Z", "endDateIso": "2026-03-12",
        "liquidity": "20328.3747", "liquidityNum": 20_328.374_7, "volume24hr": 9.999_997,
        "outcomes": "[\"Up\", \"Down\"]", "clobTokenIds": "[\"7\", \"8\"]",
        "active": true, "closed": false, "acceptingOrders": true, "enableOrderBook": true,
        "orderPriceMinTickSize": 0.01, "negRisk": false, "makerBaseFee": 1000,
        "questionID": QUESTION,
    })
}

/// As the CLOB answered.
fn clob_row() -> Value {
    json!({
        "condition_id": CONDITION, "enable_order_book": true, "active": true, "closed": false,
        "accepting_orders": true, "minimum_order_size": 5, "minimum_tick_size": 0.01,
        "end_date_iso": "2026-03-12T00:00:00Z", "neg_risk": false,
        "question_id": QUESTION,
        "tokens": [
            {"token_id": "7", "outcome": "Up", "price": 0.505, "winner": false},
            {"token_id": "8", "outcome": "Down", "price": 0.495, "winner": false},
        ],
    })
}

fn condition() -> B256 {
    CONDITION.parse().unwrap()
}

fn read_gamma(row: &Value) -> Result<Option<Shown>, String> {
    shown(&json!({ "markets": [row] }), condition())
}

fn without(mut row: Value, field: &str) -> Value {
    assert!(row.as_object_mut().unwrap().remove(field).is_some());
    row
}

#[test]
fn both_tell_the_same_market_in_two_shapes() {
    let shown = read_gamma(&gamma_row()).unwrap().unwrap();
    let mut told = told(&clob_row(), condition()).unwrap();
    assert_eq!(shown.volume_usdc, Some(9), "whole USDC, cut");
    assert_eq!(shown.liquidity_usdc, Some(20_328));
    assert_eq!(told.end_ms, Some(1_773_273_600_000));
    told.end_ms = shown.told.end_ms;
    assert_eq!(shown.told, told);
    assert_eq!(told.question, QUESTION.parse().ok());
    assert_eq!(told.tokens[1], (U256::from(8), "Down".to_owned()));
    assert!(told.is_open && told.end_ms == Some(1_773_307_500_000));
}

#[test]
fn a_market_is_chosen_by_its_condition_and_another_row_is_none() {
    let other = B256::repeat_byte(3);
    let page = json!({ "markets": [gamma_row()] });
    assert_eq!(shown(&page, other), Ok(None));
    assert_eq!(conditions(&page), Ok(vec![condition()]));
    assert!(
        told(&clob_row(), other).is_err(),
        "it was asked for by name"
    );
    for page in [json!({}), json!({"markets": {}}), json!([])] {
        assert!(shown(&page, other).is_err() && conditions(&page).is_err());
    }
}

#[test]
fn one_flag_of_four_is_enough_to_say_that_it_does_not_trade() {
    for (field, other, value) in [
        ("active", "active", false),
        ("closed", "closed", true),
        ("acceptingOrders", "accepting_orders", false),
        ("enableOrderBook", "enable_order_book", false),
    ] {
        let (mut gamma, mut clob) = (gamma_row(), clob_row());
        gamma[field] = json!(value);
        clob[other] = json!(value);
        assert!(
            !read_gamma(&gamma).unwrap().unwrap().told.is_open,
            "{field}"
        );
        assert!(!told(&clob, condition()).unwrap().is_open, "{other}");
        assert!(read_gamma(&without(gamma, field)).is_err(), "{field}");
        assert!(told(&without(clob, other), condition()).is_err(), "{other}");
    }
}

#[test]
fn what_is_missing_or_of_another_shape_is_no_row() {
    for field in [
        "negRisk",
        "orderPriceMinTickSize",
        "clobTokenIds",
        "outcomes",
    ] {
        assert!(read_gamma(&without(gamma_row(), field)).is_err(), "{field}");
    }
    for field in ["neg_risk", "minimum_tick_size", "tokens", "condition_id"] {
        let row = without(clob_row(), field);
        assert!(told(&row, condition()).is_err(), "{field}");
    }
    for (field, value) in [
        ("clobTokenIds", json!(["7", "8"])),
        ("clobTokenIds", json!("[\"7\"]")),
        ("clobTokenIds", json!("[\"7\", \"0x8\"]")),
        ("clobTokenIds", json!("[\"7\", \"\"]")),
        ("orderPriceMinTickSize", json!(0.02)),
        ("endDate", json!("soon")),
        ("questionID", json!("0x12")),
        ("version", json!("v3")),
        ("version", json!(1)),
        ("volume24hr", json!(-1)),
        ("liquidityNum", json!("1e9")),
    ] {
        let mut row = gamma_row();
        row[field] = value;
        assert!(read_gamma(&row).is_err(), "{row}");
    }
    let mut row = gamma_row();
    row["volume24hr"] = json!(0.000_000_4);
    assert_eq!(read_gamma(&row).unwrap().unwrap().volume_usdc, Some(0));
    row["endDate"] = Value::Null;
    row["questionID"] = Value::Null;
    row["volume24hr"] = Value::Null;
    let shown = read_gamma(&row).unwrap().unwrap();
    assert_eq!((shown.told.end_ms, shown.volume_usdc), (None, None));
    assert_eq!(shown.told.question, None);
}

#[test]
fn the_protocol_is_its_version_and_nothing_else() {
    let mut row = gamma_row();
    row["positionIds"] = json!(["1", "2"]);
    assert!(!read_gamma(&row).unwrap().unwrap().is_protocol_v2);
    row["version"] = json!("v2");
    row["clobTokenIds"] = Value::Null;
    let shown = read_gamma(&row).unwrap().unwrap();
    assert!(shown.is_protocol_v2 && shown.told.tokens.is_empty());
}
