//! What a denial says: every code, its sentence, its fix, and the catalogue.

use std::collections::BTreeSet;

use order::strict::Refusal;
use order::{Address, B256, Exchange, TickSize, U256};
use policy::{
    Back, Budget, Cause, Code, Day, Denial, Freeze, FreezeReason, Label, Misroute, Short,
};

use crate::catalogue::{CATALOGUE, CAUSES, catalogue_markdown};
use crate::kit::{DAY, Desk, HOUR, NOON, ONE, buy, buy_of, price, shares, usdc};

fn causes() -> Vec<Cause> {
    let freeze = Freeze {
        leaf: 12,
        at_ms: NOON,
        by: Label::parse("operator-2").unwrap(),
        reason: FreezeReason::SelfCheck,
    };
    vec![
        Cause::KeyLocked,
        Cause::LeaseEnded { at_ms: NOON },
        Cause::DeadManLocked { at_ms: NOON },
        Cause::Frozen(freeze),
        Cause::PolicyExpired {
            at_ms: NOON,
            sells_until_ms: NOON + 7 * DAY,
        },
        Cause::DeadMan { at_ms: None },
        Cause::DeadMan { at_ms: Some(NOON) },
        Cause::LeaseEnding { locks_ms: NOON },
        Cause::SessionEnded { at_ms: NOON },
        Cause::SessionEnding { ends_ms: NOON },
        Cause::ClockJumped { at_ms: NOON },
        Cause::Unwitnessed,
        Cause::WitnessLate { at_ms: NOON },
        Cause::DiskLow,
        Cause::DiskFull,
        Cause::Unattended { at_ms: NOON },
    ]
}

/// At least one denial of each code, beside those that need a real order.
fn samples() -> Vec<Denial> {
    let day = Day::of_ms(NOON);
    let short = |budget| {
        Denial::Budget(Short {
            budget,
            charge: usdc(11 * ONE),
            charged: usdc(1_500 * ONE),
            limit: usdc(1_500 * ONE),
            ceiling: Some(usdc(3_000 * ONE)),
            back: Some(Back {
                at_ms: NOON + 2 * HOUR + 32 * 60_000,
                another_day: false,
                units: 40 * ONE,
            }),
        })
    };
    let mut all = vec![
        Denial::NoPolicy,
        Denial::IntentTooOld { day, floor: day },
        Denial::IntentTooNew {
            day,
            last: day,
            retry_at_ms: NOON,
        },
        Denial::IntentReused,
        Denial::DeadlinePassed {
            deadline_ms: NOON,
            now_ms: NOON + 192_000,
        },
        Denial::KeyChanged { signed: 1, now: 2 },
        Denial::WrongWallet {
            key: Address::ZERO,
            policy: Address::repeat_byte(1),
        },
        Denial::SessionExpired { ended_ms: NOON },
        Denial::StrategyOff,
        Denial::ExitMustSell,
        Denial::SellInCollateral,
        Denial::MarketNotAllowed { market: B256::ZERO },
        Denial::MarketEnded { ended_ms: NOON },
        Denial::TokenNotOfMarket { token: U256::ONE },
        Denial::LeaderNotAllowed {
            leader: Address::ZERO,
        },
        Denial::LeaderAge {
            age_ms: 60_100,
            limit_ms: 60_000,
        },
        Denial::LeaderFuture {
            ahead_ms: 2_001,
            limit_ms: 2_000,
            retry_at_ms: NOON,
        },
        Denial::NotAnOrder(Refusal::AmountZero),
        Denial::OrderTwice,
        Denial::ChargeOverflow,
        Denial::Ahead {
            charge: usdc(ONE),
            left: usdc(0),
        },
        Denial::SellGrace { ended_ms: NOON },
        Denial::ExitRate {
            count: 30,
            limit: 30,
            retry_at_ms: Some(NOON),
        },
    ];
    all.extend(causes().into_iter().map(Cause::denial));
    all.extend(
        [
            Budget::Minute,
            Budget::Hour,
            Budget::Day,
            Budget::Lifetime,
            Budget::Listing,
            Budget::Market,
            Budget::Strategy,
            Budget::Leader,
        ]
        .map(short),
    );
    all.extend(about_orders());
    all
}

fn about_orders() -> Vec<Denial> {
    let asked = Exchange::V3;
    let mut all: Vec<Denial> = [
        Misroute::TradesOn(Exchange::V2NegRisk),
        Misroute::NoPosition,
        Misroute::NotInPolicy,
    ]
    .map(|why| Denial::Venue { asked, why })
    .into();
    let token = U256::from(77);
    all.extend([None, Some(TickSize::Cent)].map(|listed| Denial::Tick {
        asked: TickSize::Tenth,
        listed,
    }));
    all.extend([
        Denial::OrderTooSmall {
            notional: usdc(ONE - 1),
            least: usdc(ONE),
        },
        Denial::OrderTooLarge {
            notional: usdc(30 * ONE),
            limit: usdc(25 * ONE),
            ceiling: usdc(50 * ONE),
        },
        Denial::SharesTooMany {
            shares: shares(600 * ONE),
            limit: shares(500 * ONE),
            ceiling: shares(500 * ONE),
        },
        Denial::Rate {
            count: 30,
            limit: 30,
            ceiling: 60,
            retry_at_ms: Some(NOON),
        },
        Denial::AttestationMissing {
            fill: B256::repeat_byte(5),
        },
        Denial::AttestationDiffers { field: "price" },
        Denial::AttestationUsed { by: buy(1).id },
        Denial::CopyRatio {
            shares: shares(20 * ONE),
            left: shares(ONE),
        },
        Denial::SellFloor {
            token,
            shares: shares(120 * ONE),
            price: price(1_800),
            floor: price(2_200),
        },
        Denial::Holdings {
            token,
            shares: shares(ONE),
            held: shares(0),
        },
        Denial::SellReuse {
            shares: shares(ONE),
            sold: shares(10 * ONE),
            limit: shares(10 * ONE),
            back: None,
        },
    ]);
    let mut desk = Desk::new();
    desk.dialed.buy_price_max = Some(price(4_000));
    all.push(desk.judge(buy(1)).unwrap_err());
    desk.dialed.buy_price_max = None;
    let mut far = buy(1);
    far.limit_price = price(5_500);
    all.push(desk.judge(far).unwrap_err());
    all
}

#[test]
fn the_catalogue_has_every_code_once_and_no_other() {
    let catalogued: BTreeSet<_> = CATALOGUE.iter().map(|row| row.code.word()).collect();
    assert_eq!(catalogued.len(), CATALOGUE.len(), "a code stands once");
    let rows: Vec<_> = CATALOGUE.iter().map(|row| row.code).collect();
    assert_eq!(rows, Code::ALL);
    let given: BTreeSet<_> = samples().iter().map(Denial::code).collect();
    assert_eq!(given, catalogued);
    for row in CATALOGUE {
        let word = row.code.word();
        let plain = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
        assert!(word.bytes().all(plain), "{word}");
        assert!(!row.sentence.is_empty() && !row.fix.is_empty(), "{word}");
    }
}

#[test]
fn only_what_the_catalogue_says_passes_by_itself() {
    for denial in samples() {
        let row = CATALOGUE
            .iter()
            .find(|row| row.code == denial.catalogued())
            .unwrap();
        // What never returns is said by a meter that has no window left.
        let returns = denial.retry_at_ms().is_some();
        assert!(!returns || row.passes || denial.code() == "BUDGET_LIFETIME");
    }
}

#[test]
fn every_denial_is_one_line_with_a_fix() {
    for denial in samples() {
        let text = denial.to_string();
        assert!(!text.contains('\n'), "{text}");
        assert!(!denial.sentence().is_empty() && !denial.fix().is_empty());
        assert_eq!(text, format!("{}. {}", denial.sentence(), denial.fix()));
    }
}

#[test]
fn every_cause_is_in_the_document_with_its_standing() {
    let told: BTreeSet<_> = causes()
        .iter()
        .map(|cause| (cause.word(), cause.standing().word()))
        .collect();
    let documented: BTreeSet<_> = CAUSES.iter().map(|row| (row.0, row.1)).collect();
    assert_eq!(told, documented);
    let text = catalogue_markdown();
    for row in CATALOGUE {
        assert!(text.contains(&format!("| `{}` |", row.code.word())));
    }
    for (word, standing, ..) in CAUSES {
        assert!(text.contains(&format!("| `{word}` | {standing} |")));
    }
    assert!(!text.contains('<'));
}

#[test]
fn the_document_that_operators_read_is_the_catalogue() {
    let document = include_str!("../../../../deploy/DENIALS.md");
    assert!(
        document == catalogue_markdown(),
        "make denials writes deploy/DENIALS.md again"
    );
}

#[test]
fn a_full_day_says_what_returns_and_which_dial_reaches() {
    let day = samples()
        .into_iter()
        .find(|denial| denial.code() == "BUDGET_DAY");
    assert_eq!(
        day.unwrap().to_string(),
        "1,500.00 of 1,500.00 charged; 40.00 returns 14:32Z. \
         signerctl note new dial --day 1511 (ceiling 3,000.00), from 00:00Z"
    );
    // At the ceiling no dial helps.
    let mut desk = Desk::new();
    desk.policy.budgets.day_usdc = usdc(11 * ONE);
    desk.sign(buy(1)).unwrap();
    let denial = desk.judge(buy_of(2, ONE, NOON)).unwrap_err();
    assert_eq!(
        denial.to_string(),
        "11.00 of 11.00 charged; 11.00 returns 2026-11-21T12:00:00Z. \
         signerctl note new policy (ceiling 11.00)",
        "tomorrow is not today"
    );
    // Where the policy sets no limit, a dial reaches as far as it likes.
    let mut desk = Desk::new();
    desk.dialed.hour_usdc = Some(usdc(ONE));
    let denial = desk.judge(buy(1)).unwrap_err();
    assert_eq!(
        denial.to_string(),
        "0.00 of 1.00 charged. signerctl note new dial --hour 11"
    );
}

#[test]
fn an_order_too_large_names_the_dial_or_the_policy() {
    let mut desk = Desk::new();
    desk.dialed.order_usdc_max = Some(usdc(5 * ONE));
    let said = |desk: &Desk, units| desk.judge(buy_of(1, units, NOON)).unwrap_err().to_string();
    assert_eq!(
        said(&desk, 10 * ONE),
        "10.00 USDC, most 5.00 an order. signerctl note new dial --order 10 (ceiling 25.00)"
    );
    assert_eq!(
        said(&desk, 30 * ONE),
        "30.00 USDC, most 5.00 an order. signerctl note new policy (ceiling 25.00)"
    );
}

#[test]
fn a_price_outside_looks_outside() {
    let desk = Desk::new();
    let mut hair = buy(1);
    hair.limit_price = price(9_500);
    if let policy::Kind::Copy(observed) = &mut hair.kind {
        observed.price = price(9_500);
    }
    let denial = desk.judge(hair).unwrap_err();
    assert_eq!(denial.sentence(), "price 0.950002 is outside 0.05 to 0.95");
}

#[test]
fn what_a_ticket_passes_is_what_the_design_names() {
    let passed: BTreeSet<_> = samples()
        .into_iter()
        .filter(Denial::ticket_passes)
        .map(|denial| denial.code())
        .collect();
    let named = [
        "FROZEN",
        "SELL_GRACE",
        "EXIT_RATE",
        "SELL_FLOOR",
        "HOLDINGS",
        "SELL_REUSE",
    ];
    assert_eq!(passed, BTreeSet::from(named));
    let alarms = samples().into_iter().filter(Denial::is_alarm).count();
    assert_eq!(alarms, 1);
}

#[test]
fn a_full_minute_names_the_dial_that_was_turned_down() {
    let mut desk = Desk::new();
    desk.dialed.orders_per_minute = Some(1);
    desk.sign(buy(1)).unwrap();
    let denial = desk.judge(buy(2)).unwrap_err();
    assert_eq!(
        denial.to_string(),
        "1 of 1 orders in a minute. signerctl note new dial --rate 30 (ceiling 30)"
    );
    desk.dialed.orders_per_minute = None;
    desk.policy.budgets.orders_per_minute = 1;
    let denial = desk.judge(buy(2)).unwrap_err();
    assert_eq!(denial.fix(), "Wait, or signerctl note new policy");
}

/// A dial is offered where one reaches; a day that is reached already is raised
/// at once, and one that is not from midnight on.
#[test]
fn what_is_short_names_the_dial_that_reaches_it_or_a_policy() {
    let short = |charged: u64, ceiling: u64| {
        Denial::Budget(Short {
            budget: Budget::Day,
            charge: usdc(5 * ONE),
            charged: usdc(charged * ONE),
            limit: usdc(20 * ONE),
            ceiling: Some(usdc(ceiling * ONE)),
            back: None,
        })
        .fix()
    };
    let dial = "signerctl note new dial --day";
    let policy = "signerctl note new policy";
    assert_eq!(
        short(20, 25),
        format!("{dial} 25 (ceiling 25.00), from 00:00Z")
    );
    assert_eq!(short(21, 30), format!("{dial} 26 (ceiling 30.00)"));
    assert_eq!(short(20, 24), format!("{policy} (ceiling 24.00)"));
    assert_eq!(short(15, 20), format!("{policy} (ceiling 20.00)"));
}

#[test]
fn a_journal_that_went_back_is_not_simply_unfrozen() {
    let freeze = |reason| {
        Cause::Frozen(Freeze {
            leaf: 7,
            at_ms: NOON,
            by: Label::parse("local").unwrap(),
            reason,
        })
        .fix()
    };
    let asked = freeze(FreezeReason::Asked);
    assert_eq!(asked, "signerctl unfreeze --leaf 7");
    let back = freeze(FreezeReason::RolledBack);
    assert!(
        back.ends_with("signerctl note new recovery --leaf 7"),
        "{back}"
    );
    assert!(back.starts_with("Restore a newer journal"), "{back}");
}

#[test]
fn an_exchange_is_called_by_its_name() {
    let names = [
        (Exchange::V2Standard, "V2 standard"),
        (Exchange::V2NegRisk, "V2 neg-risk"),
        (Exchange::V3, "V3"),
    ];
    for (asked, name) in names {
        for (right, other) in names {
            let trades_on = Misroute::TradesOn(right);
            let told = Denial::Venue {
                asked,
                why: trades_on,
            }
            .sentence();
            assert!(told.contains(name) && told.contains(other), "{told}");
        }
        let why = Misroute::NotInPolicy;
        let told = Denial::Venue { asked, why }.sentence();
        assert!(told.contains(name), "{told}");
    }
}
