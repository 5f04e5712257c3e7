//! One attempt is one order and one charge, whoever asks and however often.
//!
//! A repeat returns the recorded order and the same bytes; other content under
//! the same name is denied; both hold across a kill.

use frame::intent::{Intent, Kind, Size};
use order::{CollateralUnits, PriceE4, ShareUnits, Side};
use tests::desk::Desk;
use tests::{ask, audit};
use wire::sign_order_response::Outcome;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Asks everything at once, so that twins can meet in one batch.
fn ask_all(desk: &Desk, address: &str, intents: &[Intent]) -> Vec<Outcome> {
    runtime().block_on(async {
        let mut session = desk.session(address).await;
        let mut asked = Vec::new();
        for intent in intents {
            let request = session.request(intent);
            let mut client = session.client.clone();
            asked.push(tokio::spawn(
                async move { client.sign_order(request).await },
            ));
        }
        let mut answers = Vec::new();
        for answer in asked {
            let answer = answer.await.expect("no panic").expect("an answer");
            answers.push(answer.into_inner().outcome.expect("an outcome"));
        }
        answers
    })
}

fn approved(outcome: &Outcome) -> &wire::Approved {
    match outcome {
        Outcome::Approved(approved) => approved,
        Outcome::Denied(denied) => panic!("denied: {denied:?}"),
    }
}

fn denied(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Denied(denied) => &denied.code,
        Outcome::Approved(approved) => panic!("approved: {approved:?}"),
    }
}

/// Number of approvals, of denials, and the sum of charges.
fn counted(desk: &Desk) -> (u64, u64, u64) {
    audit::open(&desk.file("journal.sqlite"))
        .query_row(
            "SELECT sum(entry = 'approved'), sum(entry = 'denied'), coalesce(sum(charge_units), 0) FROM leaf",
            [],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
        )
        .expect("the journal")
}

/// M141: the same order has the same bytes.
#[test]
fn a_repeat_returns_the_same_bytes_and_charges_once_even_after_a_kill() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    let intent = ask::buy(&desk.book, "repeat");
    let answers = ask_all(&desk, &signer.address, &vec![intent.clone(); 8]);
    let first = approved(&answers[0]).clone();
    for answer in &answers {
        assert_eq!(approved(answer), &first);
    }
    signer.kill();
    let signer = desk.start_signer();
    let again = ask_all(&desk, &signer.address, &[intent]);
    assert_eq!(approved(&again[0]), &first, "the same bytes after a kill");
    assert!(signer.stop().success());
    // ten shares at 0.41 with ten percent on top
    assert_eq!(counted(&desk), (1, 0, 4_510_000));
}

#[test]
fn the_same_name_with_other_content_is_denied() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    let intent = ask::buy(&desk.book, "reused");
    let mut other = Intent {
        size: Size::Shares(ShareUnits::new(20_000_000)),
        ..intent.clone()
    };
    let answers = ask_all(&desk, &signer.address, &[intent, other.clone()]);
    let first = answers.iter().find_map(|a| match a {
        Outcome::Approved(approved) => Some(approved.order_hash.clone()),
        Outcome::Denied(_) => None,
    });
    let codes: Vec<_> = answers
        .iter()
        .filter(|a| matches!(a, Outcome::Denied(_)))
        .collect();
    assert_eq!(codes.len(), 1, "exactly one of the two");
    assert_eq!(denied(codes[0]), "INTENT_REUSED");
    other.attempt = 1;
    let next = ask_all(&desk, &signer.address, &[other]);
    let next = &approved(&next[0]).order_hash;
    assert_eq!(next.len(), 32);
    assert_ne!(
        Some(next),
        first.as_ref(),
        "another attempt is another order"
    );
}

/// M225: what breaks a rule is not signed.
#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn each_rule_denies_with_its_code_and_changes_no_meter() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    let base = ask::buy(&desk.book, "rule");
    let bent = |n: u16, bend: &dyn Fn(&mut Intent)| {
        let mut intent = Intent {
            attempt: n,
            ..base.clone()
        };
        bend(&mut intent);
        intent
    };
    let shares = |units| Size::Shares(ShareUnits::new(units));
    let stranger = |intent: &mut Intent| {
        if let Kind::Copy(seen) = &mut intent.kind {
            seen.leader = order::Address::repeat_byte(1);
        }
    };
    let old = |intent: &mut Intent| {
        if let Kind::Copy(seen) = &mut intent.kind {
            seen.traded_ms -= 61_000;
        }
    };
    let intents = [
        bent(0, &|i| i.deadline_ms = 1),
        // 60.97 shares at 0.41 is 24.9977 dollars, 60.98 is 25.0018.
        bent(1, &|i| i.size = shares(60_980_000)),
        bent(2, &|i| i.size = shares(1_000_000_000_000_000)),
        bent(3, &|i| i.size = shares(9_999)),
        bent(4, &|i| {
            i.limit_price = PriceE4::new(4_150).expect("a price");
        }),
        bent(5, &|i| {
            i.side = Side::Sell;
            i.size = Size::Collateral(CollateralUnits::new(1_000_000));
        }),
        bent(6, &|i| i.kind = Kind::Exit),
        bent(7, &stranger),
        bent(8, &old),
        bent(9, &|i| i.kind = Kind::Strategy),
        bent(10, &|i| {
            i.limit_price = PriceE4::new(5_500).expect("a price");
        }),
    ];
    let answers = ask_all(&desk, &signer.address, &intents);
    let codes: Vec<&str> = answers.iter().map(denied).collect();
    assert_eq!(
        codes,
        [
            "DEADLINE_PASSED",
            "ORDER_TOO_LARGE",
            "ORDER_TOO_LARGE",
            "NOT_AN_ORDER",
            "NOT_AN_ORDER",
            "SELL_IN_COLLATERAL",
            "EXIT_MUST_SELL",
            "LEADER_NOT_ALLOWED",
            "LEADER_AGE",
            "STRATEGY_OFF",
            "LEADER_DISTANCE",
        ]
    );
    let edge = ask_all(
        &desk,
        &signer.address,
        &[bent(20, &|i| i.size = shares(60_970_000))],
    );
    assert_eq!(
        approved(&edge[0])
            .order
            .as_ref()
            .expect("an order")
            .maker_amount_units,
        24_997_700
    );
    assert!(signer.stop().success());
    // Every refusal is a leaf; rounding is up: 24_997_700 x 1.1.
    assert_eq!(counted(&desk), (1, 11, 27_497_470));
}

type Bend = fn(&mut wire::Intent);

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn what_does_not_parse_never_reaches_the_journal() {
    use wire::intent::Size::{CollateralUnits, SharesUnits};
    let desk = Desk::standard();
    let signer = desk.start_signer();
    let base = ask::buy(&desk.book, "parse");
    let bends: [(&str, Bend); 22] = [
        ("kind", |i| i.kind = 0),
        ("kind", |i| i.kind = 9),
        ("observed", |i| i.observed = None),
        ("observed", |i| i.kind = wire::OrderKind::Exit.into()),
        ("observed.leader", |i| {
            i.observed.as_mut().expect("given").leader.truncate(19);
        }),
        ("observed.price_e4", |i| {
            i.observed.as_mut().expect("given").price_e4 = 0;
        }),
        ("side", |i| i.side = 0),
        ("exchange", |i| i.exchange = 0),
        ("intent_id", |i| i.intent_id = "no-day".to_owned()),
        ("intent_id", |i| i.intent_id = "20261131-a".to_owned()),
        ("attempt", |i| i.attempt = 65_536),
        ("market", |i| i.market.truncate(31)),
        ("token_id", |i| i.token_id.push(0)),
        ("limit_price_e4", |i| i.limit_price_e4 = 10_000),
        ("tick_size_e4", |i| i.tick_size_e4 = 2),
        ("strategy", |i| i.strategy = "A".to_owned()),
        ("size", |i| i.size = None),
        // Numbers that no row can hold must not stop the vault.
        ("shares_units", |i| i.size = Some(SharesUnits(u64::MAX))),
        ("shares_units", |i| i.size = Some(SharesUnits(0))),
        ("shares_units", |i| {
            i.size = Some(SharesUnits(1_000_000_000_000_001));
        }),
        ("collateral_units", |i| {
            i.size = Some(CollateralUnits(u64::MAX));
        }),
        ("deadline_ms", |i| i.deadline_ms = u64::MAX),
    ];
    runtime().block_on(async {
        let mut session = desk.session(&signer.address).await;
        for (field, bend) in bends {
            let mut request = session.request(&base);
            bend(request.intent.as_mut().expect("given"));
            let status = session
                .client
                .sign_order(request)
                .await
                .expect_err("it does not parse");
            assert_eq!(status.code(), tonic::Code::InvalidArgument);
            assert!(
                status.message().starts_with(field),
                "{field}: {}",
                status.message()
            );
        }
        let mut large = session.request(&base);
        large.intent.as_mut().expect("given").intent_id = "x".repeat(100_000);
        let status = session
            .client
            .sign_order(large)
            .await
            .expect_err("too large");
        assert_eq!(status.code(), tonic::Code::OutOfRange);
    });
    assert!(signer.stop().success());
    assert_eq!(counted(&desk), (0, 0, 0));
}

#[test]
fn a_lock_among_orders_stops_them_and_not_the_signer() {
    use frame::local::Verb;
    let desk = Desk::standard();
    let signer = desk.start_signer();
    let socket = desk.file("signer.sock");
    for round in 0..8 {
        let intents: Vec<_> = (0..32)
            .map(|n| ask::buy(&desk.book, &format!("lock-{round}-{n}")))
            .collect();
        let answers = std::thread::scope(|scope| {
            let locker = scope.spawn(|| tests::control::ask(&socket, Verb::Lock, &[]));
            let answers = ask_all(&desk, &signer.address, &intents);
            locker.join().expect("no panic").expect("locked");
            answers
        });
        // Each was signed, or told why not; none was left without an answer.
        for answer in &answers {
            if let Outcome::Denied(denied) = answer {
                assert!(
                    ["LOCKED", "BUDGET_HOUR", "RATE"].contains(&denied.code.as_str()),
                    "{denied:?}"
                );
            }
        }
        desk.unlock().expect("unlocks again");
    }
    assert!(signer.stop().success());
}
