//! How large: the document's worked examples, to the unit.

use plan::{Percent, Reason, Sizing, Tiers, admit};

use crate::kit::{Desk, money, shares, usdc};

/// What the document's configuration makes of a leader's order.
const TIERS: &str = "1-100:2.0,100-500:1.0,500-1000:0.5,1000+:0.1";

fn tiered() -> Sizing {
    Sizing::Tiered(Tiers::parse(TIERS).unwrap())
}

fn sized(sizing: &Sizing, leader: &str) -> String {
    money(sizing.of(usdc(leader).get()).unwrap())
}

/// A desk whose cap is out of the way, at a limit of exactly one half.
fn uncapped(sizing: Sizing) -> Desk {
    Desk::buy().with(|d| {
        d.strategy.sizing = sizing;
        d.strategy.intent_usdc_max = usdc("1000");
        // Our limit is the larger of the slippage and a tick away: 0.50.
        d.signal.price_e6 = 490_000;
        d.strategy.slippage_max = plan::Bps(0);
    })
}

/// M18, M32: FIXED is the same for every order of the leader, before any cap.
#[test]
fn fixed_copies_fifty_dollars_of_every_order() {
    let sizing = Sizing::read("FIXED", "50", None).unwrap();
    for leader in ["0.01", "1", "50", "5000", "1000000"] {
        assert_eq!(sized(&sizing, leader), "50");
    }
    let planned = uncapped(sizing).of("3").planned();
    assert_eq!(money(planned.notional_units), "50");
    assert_eq!(shares(&planned), "100");
}

/// M18, M33: PERCENTAGE is a part of the leader's whole order, exactly.
#[test]
fn percentage_copies_a_tenth_of_the_order() {
    let sizing = Sizing::read("PERCENTAGE", "10.0", None).unwrap();
    for (leader, ours) in [
        ("250", "25"),
        ("0.01", "0.001"),
        ("123.456789", "12.345678"),
        ("999999.999999", "99999.999999"),
    ] {
        assert_eq!(sized(&sizing, leader), ours, "{leader}");
    }
    // Sixteen fills of $15.625 are one order of $250, and one copy of $25.
    let fills = [usdc("15.625").get(); 16];
    let order: u64 = fills.iter().sum();
    let planned = uncapped(sizing).of(&money(order)).planned();
    assert_eq!(money(planned.notional_units), "25");
}

/// M33: a percentage is an exact decimal; a third of a unit is cut, not rounded.
#[test]
fn a_percentage_loses_nothing_but_the_part_of_a_unit() {
    let percent = |text| Percent::parse(text).unwrap();
    assert_eq!(percent("33.333333").of(3_000_000), Some(999_999));
    assert_eq!(percent("0.000001").of(100_000_000), Some(1));
    assert_eq!(percent("0.000001").of(99_999_999), Some(0));
    assert_eq!(percent("100").of(u64::MAX), Some(u64::MAX));
    assert_eq!(percent("100.000001").of(u64::MAX), None);
}

/// M34: $5 at 2.0 is a copy of $10.
#[test]
fn five_dollars_at_two_is_ten() {
    assert_eq!(sized(&tiered(), "5"), "10");
    let planned = uncapped(tiered()).of("5").planned();
    assert_eq!(money(planned.notional_units), "10");
}

/// M35: $250 at 1.0 is a copy of $250 without the cap, and of $100 with it.
#[test]
fn two_hundred_and_fifty_at_one_is_itself_or_the_cap() {
    assert_eq!(sized(&tiered(), "250"), "250");
    let planned = uncapped(tiered()).of("250").planned();
    assert_eq!(
        (money(planned.notional_units), planned.clamped),
        ("250".into(), false)
    );
    let capped = uncapped(tiered()).with(|d| d.strategy.intent_usdc_max = usdc("100"));
    let planned = capped.of("250").planned();
    assert_eq!(
        (money(planned.notional_units), planned.clamped),
        ("100".into(), true)
    );
}

/// M36: $750 at 0.5 is a copy of $375.
#[test]
fn seven_hundred_and_fifty_at_a_half_is_three_hundred_and_seventy_five() {
    assert_eq!(sized(&tiered(), "750"), "375");
    let planned = uncapped(tiered()).of("750").planned();
    assert_eq!(money(planned.notional_units), "375");
}

/// M37: $5000 at 0.1 is a copy of $500; bounds belong to the tier that they begin.
#[test]
fn five_thousand_at_a_tenth_is_five_hundred() {
    assert_eq!(sized(&tiered(), "5000"), "500");
    let planned = uncapped(tiered()).of("5000").planned();
    assert_eq!(money(planned.notional_units), "500");
    for (leader, ours) in [
        ("1", "2"),
        ("99.999999", "199.999998"),
        ("100", "100"),
        ("499.999999", "499.999999"),
        ("500", "250"),
        ("999.999999", "499.999999"),
        ("1000", "100"),
        ("1000.000009", "100"),
    ] {
        assert_eq!(sized(&tiered(), leader), ours, "{leader}");
    }
}

/// M20: an order outside every tier is refused, never copied at one to one.
#[test]
fn an_order_outside_every_tier_is_refused() {
    let desk = uncapped(tiered()).of("0.999999");
    let desk = desk.with(|d| d.strategy.leader_usdc_min = usdc("0"));
    desk.refused_for(Reason::TierGap, "$0.999999");
    let closed = Sizing::Tiered(Tiers::parse("1-100:2.0").unwrap());
    assert!(uncapped(closed.clone()).of("99.999999").decide().is_ok());
    uncapped(closed)
        .of("100")
        .refused_for(Reason::TierGap, "$100");
}

/// M18, M20, M32: a leader's dust does not spend our money where copies do not
/// shrink with it; from exactly the least on it is copied.
#[test]
fn a_leaders_dust_is_not_copied_at_our_size() {
    let fixed = || Sizing::read("FIXED", "50", None).unwrap();
    let open = Sizing::Tiered(Tiers::parse("0-100:100,100+:1").unwrap());
    for sizing in [fixed(), open] {
        let desk = uncapped(sizing);
        assert!(desk.clone().of("1").decide().is_ok());
        let refusal = desk
            .clone()
            .of("0.999999")
            .refused_for(Reason::LeaderOrderTooSmall, "$0.999999, least $1");
        assert_eq!(
            refusal.to_string(),
            "The leader's order is too small to copy: $0.999999, least $1"
        );
        assert_eq!((refusal.carry_units, refusal.retry), (None, false));
        // It is known before its market is asked for.
        let dust = desk.clone().of("0.01");
        let admitted = admit(&dust.strategy, &dust.signal, dust.now_ms);
        assert_eq!(admitted.unwrap_err(), dust.refused());
        let own = desk
            .clone()
            .with(|d| d.strategy.leader_usdc_min = usdc("25"));
        assert!(own.clone().of("25").decide().is_ok());
        assert_eq!(
            own.of("24.999999").refused().reason,
            Reason::LeaderOrderTooSmall
        );
        let off = desk
            .of("0.02")
            .with(|d| d.strategy.leader_usdc_min = usdc("0"));
        assert!(off.decide().is_ok());
    }
}

/// M33: a percentage of dust is less dust, and adds up; a leader's exit of dust is
/// an exit.
#[test]
fn dust_is_no_matter_to_what_shrinks_with_it_and_to_exits() {
    let small = uncapped(Sizing::read("PERCENTAGE", "10", None).unwrap()).of("0.5");
    let refusal = small.refused();
    assert_eq!(
        (refusal.reason, refusal.carry_units),
        (Reason::BelowMinimum, Some(50_000))
    );
    let added = small.with(|d| d.account.carried_units = 950_000);
    assert_eq!(money(added.planned().notional_units), "1");
    let exit = Desk::sell().of("0.01").with(|d| {
        d.strategy.sizing = Sizing::read("FIXED", "50", None).unwrap();
    });
    assert_eq!(shares(&exit.planned()), "30");
}

/// M15, M33: small trades add up, and the last one says that it used them.
#[test]
fn what_is_too_small_is_carried_to_the_next() {
    let desk = uncapped(Sizing::read("PERCENTAGE", "10", None).unwrap()).of("4");
    let refusal = desk.refused_for(
        Reason::BelowMinimum,
        "Intent size $0.4 below Polymarket minimum $1",
    );
    assert_eq!(refusal.carry_units, Some(400_000), "its own part alone");
    assert_eq!(refusal.to_string(), refusal.detail);
    let second = desk.clone().with(|d| d.account.carried_units = 400_000);
    assert_eq!(second.refused().carry_units, Some(400_000));
    let third = desk.with(|d| d.account.carried_units = 800_000);
    let planned = third.planned();
    assert!(planned.uses_carried);
    assert_eq!(money(planned.notional_units), "1.2");
    assert!(!Desk::buy().planned().uses_carried);
}

/// M76: the minimum of an order that does not rest is a dollar, not five shares.
#[test]
fn a_market_buy_of_two_shares_is_no_smaller_than_the_venue_takes() {
    let fixed = |text| uncapped(Sizing::read("FIXED", text, None).unwrap());
    let planned = fixed("1").planned();
    assert_eq!(
        (shares(&planned), money(planned.notional_units)),
        ("2".into(), "1".into())
    );
    let refusal = fixed("0.999999").refused();
    // 1.99 shares at one half.
    assert_eq!(
        refusal.detail,
        "Intent size $0.995 below Polymarket minimum $1"
    );
    // The strategy's own least counts where it is more.
    let own = fixed("4.99").with(|d| d.strategy.intent_usdc_min = usdc("5"));
    assert_eq!(
        own.refused().detail,
        "Intent size $4.99 below Polymarket minimum $5"
    );
    let own = fixed("5").with(|d| d.strategy.intent_usdc_min = usdc("5"));
    assert_eq!(money(own.planned().notional_units), "5");
}
