//! Dials past what the policy allows.

use crate::kit::{DIAL, OPERATOR, carry, code, desk, edit};
use note::{NoteRefusal, TOKEN_FLOORS_MAX};

/// How the desk refuses a dial that sets these figures.
fn dial(figures: &str) -> Option<&'static str> {
    let head: String = DIAL.split_inclusive('\n').take(6).collect();
    let refusal = carry(&desk(), &format!("{head}{figures}"), &[OPERATOR]).err()?;
    if let NoteRefusal::BeyondPolicy { field } = refusal {
        Some(field)
    } else {
        Some(refusal.code())
    }
}

#[test]
fn a_dial_above_its_ceiling_or_below_its_floor() {
    for (field, inside, beyond) in [
        ("order_usdc_max", "25", "25.000001"),
        ("order_shares_max", "500", "500.000001"),
        ("buy_price_min", "0.05", "0.0499"),
        ("buy_price_max", "0.95", "0.9501"),
        ("leader_distance_bps", "500", "501"),
        ("leader_age_ms_max", "60000", "60001"),
        ("hour_usdc", "300", "300.000001"),
        ("day_usdc", "1500", "1500.000001"),
        ("market_day_usdc", "100", "100.000001"),
        ("leader_day_usdc", "300", "300.000001"),
        ("orders_per_minute", "30", "31"),
    ] {
        let figure = |value: &str| dial(&format!("figures 1\n{field} {value}\ntoken_floors 0\n"));
        assert_eq!(figure(inside), None, "{field} {inside}");
        assert_eq!(figure(beyond), Some(field), "{field} {beyond}");
    }
    let floor = |price| {
        dial(&format!(
            "figures 0\ntoken_floors 1\ntoken_floor 7 price {price}\n"
        ))
    };
    assert_eq!(floor("0.05"), None);
    assert_eq!(floor("0.0499"), Some("token_floors"));
}

#[test]
fn a_dial_of_what_no_dial_moves() {
    for field in [
        "strategy_order_usdc_max",
        "strategy_total_day_usdc",
        "strategy_orders_per_minute",
    ] {
        let refused = dial(&format!("figures 1\n{field} 0\ntoken_floors 0\n"));
        assert_eq!(refused, Some(field), "strategy is off");
    }
    for field in [
        "sell_floor 0.1",
        "wallet_usdc_max 1",
        "exits_per_minute 1",
        "sell_reuse 1",
    ] {
        let refused = dial(&format!("figures 1\n{field}\ntoken_floors 0\n"));
        assert_eq!(refused, Some("NOTE_FIELD"), "{field}");
    }
}

#[test]
fn a_dial_past_a_ceiling_is_refused_whole() {
    let text = edit(DIAL, &[("day_usdc", "1500.01")]);
    let state = desk();
    assert_eq!(code(&state, &text, &[OPERATOR]), "NOTE_BEYOND_POLICY");
    assert_eq!(state, desk());
}

#[test]
fn floors_of_single_tokens_without_end() {
    let head = |serial: u64| {
        let text = edit(DIAL, &[("serial", &serial.to_string())]);
        text.split_inclusive('\n').take(6).collect::<String>()
    };
    let floors = |serial, from: usize, count: usize| {
        let lines: String = (from..from + count)
            .map(|token| format!("token_floor {token} price 0.22\n"))
            .collect();
        format!("{}figures 0\ntoken_floors {count}\n{lines}", head(serial))
    };
    let mut state = desk();
    let mut serial = 4;
    // Tokens of five digits stand in the order of their numbers and of their text.
    for from in (10_000..10_000 + TOKEN_FLOORS_MAX).step_by(256) {
        let dial = floors(serial, from, 256);
        state = carry(&state, &dial, &[OPERATOR]).unwrap().apply();
        serial += 1;
    }
    let more = floors(serial, 20_000, 1);
    assert_eq!(code(&state, &more, &[OPERATOR]), "NOTE_CROWDED");
    let again = floors(serial, 10_000, 1);
    assert!(
        carry(&state, &again, &[OPERATOR]).is_ok(),
        "what stands there already needs no place"
    );
}
