//! Each thing that may be said otherwise, and both edges of each number.

use super::*;

/// A recorded market: its tokens are the standard exchange's.
const CONDITION: &str = "0x78443f961b9a65869dcb39359de9960165c7e5cbad0904eac7f29cd77872a63b";
/// 2026-11-20T12:00:00Z
const NOW_MS: u64 = 1_795_176_000_000;
const END_MS: u64 = NOW_MS + 30 * DAY_MS;

const RULES: Rules = Rules {
    busiest: 10,
    volume_usdc_min: 50_000,
    liquidity_usdc_min: 10_000,
    end_hours_min: 24,
};

fn evidence(neg_risk: bool) -> Evidence {
    evidence_of(CONDITION.parse().unwrap(), neg_risk)
}

fn evidence_of(condition: B256, neg_risk: bool) -> Evidence {
    let [yes, no] = ctf::tokens(condition, neg_risk).unwrap();
    let told = Told {
        tokens: vec![(yes, "Up".to_owned()), (no, "Down".to_owned())],
        neg_risk,
        tick: TickSize::Cent,
        is_open: true,
        end_ms: Some(END_MS),
        question: Some(B256::repeat_byte(9)),
    };
    Evidence {
        condition,
        gamma: Some(Shown {
            told: told.clone(),
            is_protocol_v2: false,
            volume_usdc: Some(50_000),
            liquidity_usdc: Some(10_000),
        }),
        clob: Some(told),
        chain: OnChain {
            outcomes: U256::from(2),
            payout: U256::ZERO,
            has_our_collaterals: true,
        },
    }
}

fn judged(seen: &Evidence) -> Result<Market, Refusal> {
    judge(seen, &Terms::default(), None, NOW_MS)
}

type Bend = fn(&mut Evidence);

fn gamma(seen: &mut Evidence) -> &mut Told {
    &mut seen.gamma.as_mut().unwrap().told
}

fn clob(seen: &mut Evidence) -> &mut Told {
    seen.clob.as_mut().unwrap()
}

/// Every way for one source to say otherwise, and its code.
const LIES: &[(&str, Bend)] = &[
    ("UNKNOWN_MARKET", |seen| seen.gamma = None),
    ("UNKNOWN_MARKET", |seen| seen.clob = None),
    ("PROTOCOL_V2", |seen| {
        seen.gamma.as_mut().unwrap().is_protocol_v2 = true;
    }),
    ("COLLATERAL", |seen| seen.chain.has_our_collaterals = false),
    ("NOT_ON_CHAIN", |seen| seen.chain.outcomes = U256::ZERO),
    ("NOT_ON_CHAIN", |seen| seen.chain.outcomes = U256::from(3)),
    ("RESOLVED", |seen| seen.chain.payout = U256::ONE),
    ("TOKENS_DIFFER", |seen| gamma(seen).tokens.reverse()),
    ("TOKENS_DIFFER", |seen| gamma(seen).tokens.clear()),
    ("TOKENS_DIFFER", |seen| {
        gamma(seen).tokens[1].0 = U256::from(7);
    }),
    ("TOKENS_DIFFER", |seen| {
        clob(seen).tokens[0].0 = U256::from(7);
    }),
    ("TOKENS_DIFFER", |seen| {
        let third = (U256::from(7), "Else".to_owned());
        clob(seen).tokens.push(third);
    }),
    ("TOKENS_DIFFER", |seen| {
        // The same one twice.
        clob(seen).tokens[1] = seen.gamma.as_ref().unwrap().told.tokens[0].clone();
    }),
    ("OUTCOMES_DIFFER", |seen| {
        let tokens = &mut clob(seen).tokens;
        let name = tokens[0].1.clone();
        tokens[0].1 = std::mem::replace(&mut tokens[1].1, name);
    }),
    ("OUTCOMES_DIFFER", |seen| {
        let named = |told: &mut Told| {
            told.tokens[0].1 = "No".to_owned();
            told.tokens[1].1 = "Yes".to_owned();
        };
        named(gamma(seen));
        named(clob(seen));
    }),
    ("NEG_RISK_DIFFERS", |seen| gamma(seen).neg_risk ^= true),
    ("NEG_RISK_DIFFERS", |seen| clob(seen).neg_risk ^= true),
    ("NOT_OPEN", |seen| gamma(seen).is_open = false),
    ("NOT_OPEN", |seen| clob(seen).is_open = false),
    ("TICK_DIFFERS", |seen| {
        gamma(seen).tick = TickSize::parse("0.001").unwrap();
    }),
    ("NO_END", |seen| gamma(seen).end_ms = None),
    ("NO_END", |seen| clob(seen).end_ms = None),
    ("END_DIFFERS", |seen| gamma(seen).end_ms = Some(END_MS + 1)),
];

/// M40: what the sources say alike of a market, and the chain with them, is listed.
#[test]
fn a_market_that_all_say_alike_is_listed_as_the_contract_computes_it() {
    for neg_risk in [false, true] {
        let seen = evidence(neg_risk);
        let market = judged(&seen).unwrap();
        let [yes, no] = ctf::tokens(seen.condition, neg_risk).unwrap();
        assert_eq!(
            (market.yes, market.no, market.neg_risk),
            (yes, no, neg_risk)
        );
        assert_eq!(market.end.unwrap().get() * 1_000, END_MS);
        assert_eq!(market.tick, None, "a price step changes near 0 and 1");
        let fixing = Terms {
            fix_tick: true,
            ..Terms::default()
        };
        let fixed = judge(&seen, &fixing, None, NOW_MS).unwrap();
        assert_eq!(fixed.tick, Some(TickSize::Cent));
    }
    // The order API may tell the two in another order.
    let mut seen = evidence(false);
    clob(&mut seen).tokens.reverse();
    assert!(judged(&seen).is_ok());
}

#[test]
fn whoever_says_otherwise_in_one_thing_is_enough_for_a_refusal_with_its_code() {
    for neg_risk in [false, true] {
        for (at, (code, bend)) in LIES.iter().enumerate() {
            let mut seen = evidence(neg_risk);
            bend(&mut seen);
            let refusal = judged(&seen).unwrap_err();
            assert_eq!(refusal.code(), *code, "{at}");
            assert!(refusal.to_string().len() > 30, "{refusal}");
        }
    }
}

/// The tokens decide on which exchange: a flag that both tell wrongly is refused.
#[test]
fn a_flag_that_both_tell_and_the_tokens_do_not_is_refused() {
    let mut seen = evidence(false);
    gamma(&mut seen).neg_risk = true;
    clob(&mut seen).neg_risk = true;
    assert_eq!(judged(&seen).unwrap_err().code(), "NEG_RISK_DIFFERS");
    // Nor do both sell the tokens of another condition as this one's.
    let mut other = evidence(false);
    other.condition = B256::repeat_byte(7);
    assert_eq!(judged(&other).unwrap_err().code(), "TOKENS_DIFFER");
}

/// A condition that anybody prepared is his to decide.
#[test]
fn where_it_is_said_who_may_decide_a_market_nobody_else_does() {
    let [ours, other] = [0x11, 0x22].map(Address::repeat_byte);
    let condition = ctf::condition(ours, B256::repeat_byte(9));
    let of = |oracles: &[Address], bend: Bend| {
        let mut seen = evidence_of(condition, false);
        bend(&mut seen);
        let terms = Terms {
            oracles: oracles.to_vec(),
            ..Terms::default()
        };
        let judged = judge(&seen, &terms, None, NOW_MS);
        judged.map_err(|refusal| refusal.code())
    };
    assert!(of(&[ours], |_| ()).is_ok() && of(&[other, ours], |_| ()).is_ok());
    assert_eq!(of(&[other], |_| ()), Err("ORACLE"));
    let others: [Bend; 4] = [
        |seen| gamma(seen).question = None,
        |seen| clob(seen).question = None,
        |seen| gamma(seen).question = Some(B256::ZERO),
        |seen| {
            gamma(seen).question = None;
            clob(seen).question = None;
        },
    ];
    for bend in others {
        assert_eq!(of(&[ours], bend), Err("QUESTION_DIFFERS"));
        assert!(of(&[], bend).is_ok(), "nobody is named");
    }
    let both: Bend = |seen| {
        gamma(seen).question = Some(B256::ZERO);
        clob(seen).question = Some(B256::ZERO);
    };
    assert_eq!(of(&[ours], both), Err("ORACLE"), "another question");
}

#[test]
fn the_order_api_tells_a_day_and_the_catalogue_a_moment_of_it() {
    let midnight = END_MS - END_MS % DAY_MS;
    for (gamma_ms, clob_ms, same) in [
        (midnight, midnight, true),
        (midnight + 1, midnight, true),
        (midnight + DAY_MS - 1, midnight, true),
        (midnight + DAY_MS, midnight, false),
        (midnight - 1, midnight, false),
        (END_MS, END_MS, true),
        (END_MS + 1, END_MS, false),
        (END_MS, END_MS + 1, false),
    ] {
        let mut seen = evidence(false);
        gamma(&mut seen).end_ms = Some(gamma_ms);
        clob(&mut seen).end_ms = Some(clob_ms);
        assert_eq!(judged(&seen).is_ok(), same, "{gamma_ms} {clob_ms}");
    }
}

#[test]
fn an_end_is_still_to_come_and_a_note_can_say_it() {
    let seen = evidence(false);
    let at = |now_ms| judge(&seen, &Terms::default(), None, now_ms);
    assert!(at(END_MS - 1).is_ok());
    assert_eq!(at(END_MS), Err(Refusal::Ended));
    let mut never = evidence(false);
    gamma(&mut never).end_ms = Some(u64::MAX);
    clob(&mut never).end_ms = Some(u64::MAX);
    assert_eq!(judged(&never), Err(Refusal::Ended));
}

#[test]
fn rules_hold_for_what_nobody_named_at_both_their_edges() {
    let ruled = |bend: Bend, now_ms| {
        let mut seen = evidence(false);
        bend(&mut seen);
        judge(&seen, &Terms::default(), Some(&RULES), now_ms)
    };
    assert!(ruled(|_| (), NOW_MS).is_ok());
    let day_before = END_MS - 24 * HOUR_MS;
    assert!(ruled(|_| (), day_before).is_ok());
    assert_eq!(ruled(|_| (), day_before + 1).unwrap_err().code(), "RULE");
    let low: [Bend; 4] = [
        |seen| seen.gamma.as_mut().unwrap().volume_usdc = Some(49_999),
        |seen| seen.gamma.as_mut().unwrap().volume_usdc = None,
        |seen| seen.gamma.as_mut().unwrap().liquidity_usdc = Some(9_999),
        |seen| seen.gamma.as_mut().unwrap().liquidity_usdc = None,
    ];
    for bend in low {
        assert_eq!(ruled(bend, NOW_MS).unwrap_err().code(), "RULE");
        let mut named = evidence(false);
        bend(&mut named);
        assert!(judged(&named).is_ok(), "a market that people named");
    }
}
