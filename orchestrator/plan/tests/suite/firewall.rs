//! Who, where and when: what needs no market.

use order::{B256, Side, U256};
use plan::{Markets, Reason, admit};

use crate::kit::{CONDITION, Desk, LEADER, NOW, STRANGER, TOKEN, WATCHED};

/// M13, M43, M58, M72: a stranger's trade is refused with the document's words.
#[test]
fn nobody_but_a_followed_trader_is_copied() {
    assert!(Desk::buy().decide().is_ok());
    let desk = Desk::buy().with(|d| d.signal.leader = STRANGER);
    let refusal = desk.refused_for(Reason::TraderNotAllowed, &STRANGER.to_string());
    assert_eq!(refusal.reason.code(), "TRADER_NOT_ALLOWED");
    assert_eq!(refusal.reason.text(), "Trader not in allowlist");
    assert_eq!(
        refusal.to_string(),
        format!("Trader not in allowlist: {STRANGER}")
    );
    assert!(!refusal.reason.fix().is_empty());
    assert!(!refusal.retry);
    // An empty list is nobody, not everybody.
    let desk = Desk::buy().with(|d| d.strategy.leaders.clear());
    assert_eq!(desk.refused().reason, Reason::TraderNotAllowed);
}

/// M21: a trader who is only watched never yields an order, listed twice or not.
#[test]
fn a_watched_trader_never_yields_an_order() {
    for desk in [Desk::buy(), Desk::sell()] {
        let mut desk = desk.with(|d| d.signal.leader = WATCHED);
        desk.refused_for(Reason::WatchOnly, &WATCHED.to_string());
        desk.strategy.leaders.push(WATCHED);
        desk.refused_for(Reason::WatchOnly, &WATCHED.to_string());
    }
}

/// M14, M47: a list of markets holds conditions or tokens; an empty one is all.
#[test]
fn a_market_is_allowed_by_its_condition_or_by_its_token() {
    let other = B256::repeat_byte(0xbb);
    let listed = |conditions: &[B256], tokens: &[U256]| {
        Desk::buy().with(|d| {
            d.strategy.markets = Markets::Only {
                conditions: conditions.to_vec(),
                tokens: tokens.to_vec(),
            };
        })
    };
    for desk in [
        listed(&[CONDITION], &[]),
        listed(&[], &[TOKEN]),
        listed(&[other], &[TOKEN]),
        listed(&[CONDITION], &[U256::from(8)]),
    ] {
        assert!(desk.decide().is_ok());
    }
    let sentence = format!("market {CONDITION}, token 7");
    for desk in [
        listed(&[other], &[]),
        listed(&[], &[U256::from(8)]),
        listed(&[other], &[U256::from(8)]),
        listed(&[], &[]),
    ] {
        desk.refused_for(Reason::MarketNotAllowed, &sentence);
    }
}

/// M14: a trade whose market its source does not name is judged when it is known.
#[test]
fn an_unnamed_market_is_asked_for_again_once_it_is_known() {
    let other = B256::repeat_byte(0xbb);
    let mut desk = Desk::buy().with(|d| {
        d.signal.condition = None;
        d.strategy.markets = Markets::Only {
            conditions: vec![other],
            tokens: vec![],
        };
    });
    assert_eq!(admit(&desk.strategy, &desk.signal, NOW), Ok(()));
    assert_eq!(desk.refused().reason, Reason::MarketNotAllowed);
    // Where only tokens are listed, the token alone says no at once.
    desk.strategy.markets = Markets::Only {
        conditions: vec![],
        tokens: vec![U256::from(8)],
    };
    let refusal = admit(&desk.strategy, &desk.signal, NOW).unwrap_err();
    assert_eq!(refusal.detail, "market unknown, token 7");
}

/// M63: a trade that names one market and a token of another is not copied.
#[test]
fn a_trade_of_two_markets_is_refused() {
    let said = B256::repeat_byte(0xbb);
    let desk = Desk::buy().with(|d| d.signal.condition = Some(said));
    assert_eq!(desk.refused().reason, Reason::MarketMismatch);
    let desk = Desk::buy().with(|d| d.signal.condition = None);
    assert!(desk.decide().is_ok());
}

/// M16, M45, M58, M73: age runs from the leader's trade; exactly a minute passes.
#[test]
fn a_trade_is_stale_from_a_millisecond_past_its_limit() {
    let aged = |age_ms| Desk::buy().with(|d| d.signal.time_ms = NOW - age_ms);
    for age_ms in [0, 59_900, 60_000] {
        assert!(aged(age_ms).decide().is_ok(), "{age_ms}");
    }
    let refusal = aged(60_001).refused_for(Reason::IntentStale, "age 60.001s, most 60s");
    assert_eq!(refusal.reason.text(), "Intent is stale");
    aged(60_100).refused_for(Reason::IntentStale, "age 60.1s, most 60s");
    let refusal = aged(61_200).refused();
    assert_eq!(
        refusal.to_string(),
        "Intent is stale: age 61.2s, most 60s",
        "both numbers are said"
    );
    // Noticing it late does not make it young.
    let late = aged(3_540_000).with(|d| d.signal.seen_ms = NOW);
    assert_eq!(late.refused().reason, Reason::IntentStale);
}

/// M16: a second limit runs from when the trade was first seen.
#[test]
fn a_trade_may_not_lie_here_longer_than_its_second_limit() {
    let seen = |ago_ms| Desk::buy().with(|d| d.signal.seen_ms = NOW - ago_ms);
    for ago_ms in [0, 29_900, 30_000] {
        assert!(seen(ago_ms).decide().is_ok(), "{ago_ms}");
    }
    seen(30_001).refused_for(Reason::IntentStale, "seen 30.001s ago, most 30s");
}

/// M16, M47: an exit is honoured late, from its own time and from our first sight
/// of it; it has a limit of its own, to the millisecond.
#[test]
fn a_leaders_exit_is_followed_long_after_a_buy_would_be_stale() {
    let late = |age_ms, seen_ms| {
        Desk::sell().with(|d| {
            d.signal.time_ms = NOW - age_ms;
            d.signal.seen_ms = NOW - seen_ms;
        })
    };
    let prompt = Desk::sell().planned();
    for (age_ms, seen_ms) in [
        (60_001, 1_000),
        (60_001, 30_001),
        (3_600_000, 0),
        (3_600_000, 3_600_000),
    ] {
        assert_eq!(
            late(age_ms, seen_ms).planned(),
            prompt,
            "{age_ms} {seen_ms}"
        );
        let bought = late(age_ms, seen_ms).with(|d| d.signal.side = Side::Buy);
        assert_eq!(bought.refused().reason, Reason::IntentStale);
    }
    late(3_600_001, 0).refused_for(Reason::IntentStale, "age 3600.001s, most 3600s");
    let seen = late(0, 3_600_001);
    seen.refused_for(Reason::IntentStale, "seen 3600.001s ago, most 3600s");
    // It is a limit of exits alone, and theirs alone.
    let short = late(3_000, 2_000).with(|d| d.strategy.exit_age_ms_max = 2_999);
    short.refused_for(Reason::IntentStale, "age 3s, most 2.999s");
    let buy = Desk::buy().with(|d| d.strategy.exit_age_ms_max = 0);
    assert!(buy.decide().is_ok());
}

/// M16: clocks may differ by a little, either way; a trade from the future is none.
#[test]
fn a_skewed_clock_is_borne_up_to_its_limit() {
    let ahead = |ms| Desk::buy().with(|d| d.signal.time_ms = NOW + ms);
    for ms in [1, 4_999, 5_000] {
        assert!(ahead(ms).decide().is_ok(), "{ms}");
    }
    let refusal = ahead(5_001).refused_for(Reason::FutureTrade, "5.001s ahead, most 5s");
    assert!(refusal.retry, "a clock may come right");
    let seen = Desk::buy().with(|d| d.signal.seen_ms = u64::MAX);
    assert_eq!(seen.refused().reason, Reason::FutureTrade);
    // Our own clock at zero makes every trade one from the future.
    let zero = Desk::buy().with(|d| d.now_ms = 0);
    assert_eq!(zero.refused().reason, Reason::FutureTrade);
    let huge = Desk::buy().with(|d| d.now_ms = u64::MAX);
    assert_eq!(huge.refused().reason, Reason::IntentStale);
}

/// M58: a buy needs collateral, a sell needs shares, and both a price.
#[test]
fn a_trade_of_nothing_is_not_copied() {
    for desk in [
        Desk::buy().with(|d| d.signal.collateral_units = 0),
        Desk::sell().with(|d| d.signal.shares_units = 0),
        Desk::buy().with(|d| d.signal.price_e6 = 0),
        Desk::buy().with(|d| d.signal.price_e6 = 1_000_000),
    ] {
        assert_eq!(desk.refused().reason, Reason::BadSignal);
    }
    let desk = Desk::buy().with(|d| d.signal.shares_units = 0);
    assert!(desk.decide().is_ok(), "a buy is sized by collateral");
    let desk = Desk::sell().with(|d| d.signal.collateral_units = 0);
    assert!(desk.decide().is_ok(), "a sell is sized by shares");
}

/// M43: the firewall stands in the decision itself, not only before it.
#[test]
fn whatever_the_firewall_refuses_is_never_decided() {
    let bends: [fn(&mut Desk); 4] = [
        |d| d.signal.leader = STRANGER,
        |d| d.signal.leader = WATCHED,
        |d| d.signal.time_ms = 0,
        |d| d.signal.price_e6 = 0,
    ];
    for bend in bends {
        for desk in [Desk::buy(), Desk::sell()] {
            let desk = desk.with(bend);
            let admitted = admit(&desk.strategy, &desk.signal, desk.now_ms);
            assert_eq!(admitted.unwrap_err(), desk.refused());
        }
    }
    assert_eq!(Desk::buy().signal.leader, LEADER);
}
