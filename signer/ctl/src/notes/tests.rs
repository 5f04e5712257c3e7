//! Starter values are the desk's.

use note::{Body, JournalId, Mode, UtcSeconds, VerifierKey, Window};
use order::{Address, SignatureType};

use super::starter::{Desk, policy};

const OPERATOR: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

fn starter(mode: Mode) -> Body {
    let noon = UtcSeconds::new(1_795_176_000).unwrap();
    let mut policy = policy(&Desk {
        journal: JournalId([1; 16]),
        window: Window {
            not_before: noon,
            apply_before: noon.plus(7 * 86_400).unwrap(),
        },
        mode,
        signing_address: Address::repeat_byte(1),
        maker: Address::repeat_byte(1),
        signature_type: SignatureType::Eoa,
    });
    policy.expires = noon.plus(90 * 86_400).unwrap();
    policy.operators.extend(VerifierKey::parse(OPERATOR));
    Body::Policy(Box::new(policy))
}

#[test]
fn the_starter_policy_holds_its_own_rules() {
    for mode in [Mode::Paper, Mode::Live] {
        let body = starter(mode);
        body.check().unwrap();
        assert_eq!(Body::parse(&body.print()).unwrap(), body);
    }
}

#[test]
fn a_small_desk_starts_with_operator_mds_values() {
    let text = starter(Mode::Live).print();
    for line in [
        "mode live",
        "venue v2 chain 137 domain_version 2",
        "delay_hours 24",
        "order_usdc_max 25",
        "day_usdc 1500",
        "hour_usdc 300",
        "market_day_usdc 100",
        "leader_day_usdc 300",
        "orders_per_minute 30",
        "buy_price_min 0.05",
        "buy_price_max 0.95",
        "sell_price_min 0.0001",
        "sell_price_max 0.9999",
        "leader_distance_bps 500",
        "leader_distance_ticks 2",
        "leader_age_ms_max 60000",
        "sell_floor 0.05",
        "sell_reuse 10",
        "sell_grace_days 7",
        "dead_man_reduce_hours 72",
        "dead_man_lock_hours 168",
        "lease_hours 72",
        "lease_end_utc 10:00",
        "fee_ceiling_bps 1000",
        "wallet_usdc_max 5000",
        "strategy off",
    ] {
        assert!(text.contains(&format!("\n{line}\n")), "{line}");
    }
}
