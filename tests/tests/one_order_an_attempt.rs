//! One attempt is one order and one charge, whoever asks and however often.
//!
//! A repeat returns the recorded order and the same bytes; other content under
//! the same name is denied; both hold across a kill.

use tests::bins::{self, Bins};
use tests::desk::Desk;
use tests::{ask, audit, client};
use wire::sign_order_request::Size;
use wire::sign_order_response::Outcome;

type Bend = fn(&mut wire::SignOrderRequest);

fn desk() -> Desk {
    Desk::new(
        Bins::debug(),
        &bins::workspace().join("tests/fixtures/books/standard.json"),
    )
}

fn ask_all(desk: &Desk, address: &str, requests: &[wire::SignOrderRequest]) -> Vec<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let signer = client::connect(address, &desk.orchestrator_pair)
            .await
            .expect("pinned");
        // All at once, so that twins can meet in one batch.
        let asked: Vec<_> = requests
            .iter()
            .map(|request| {
                let (mut signer, request) = (signer.clone(), request.clone());
                tokio::spawn(async move { signer.sign_order(request).await })
            })
            .collect();
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

#[test]
fn a_repeat_returns_the_same_bytes_and_charges_once_even_after_a_kill() {
    let desk = desk();
    let signer = desk.start_signer();
    let request = ask::buy(&desk.book, "20261120-repeat");
    let answers = ask_all(&desk, &signer.address, &vec![request.clone(); 8]);
    let first = approved(&answers[0]).clone();
    for answer in &answers {
        assert_eq!(approved(answer), &first);
    }
    signer.kill();
    let signer = desk.start_signer();
    let again = ask_all(&desk, &signer.address, std::slice::from_ref(&request));
    assert_eq!(approved(&again[0]), &first, "the same bytes after a kill");
    assert!(signer.stop().success());
    let (leaves, charged): (i64, i64) = audit::open(&desk.file("journal.sqlite"))
        .query_row("SELECT count(*), sum(charge_units) FROM leaf", [], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })
        .expect("the journal");
    assert_eq!(leaves, 1);
    // ten shares at 0.41 with ten percent on top
    assert_eq!(charged, 4_510_000);
}

#[test]
fn the_same_name_with_other_content_is_denied() {
    let desk = desk();
    let signer = desk.start_signer();
    let request = ask::buy(&desk.book, "20261120-reused");
    let mut other = request.clone();
    other.limit_price_e4 -= 100;
    let answers = ask_all(&desk, &signer.address, &[request, other.clone()]);
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

#[test]
fn each_rule_denies_with_its_code_and_changes_no_meter() {
    let desk = desk();
    let signer = desk.start_signer();
    let base = ask::buy(&desk.book, "20261120-rule");
    let bent = |n: u32, bend: &dyn Fn(&mut wire::SignOrderRequest)| {
        let mut request = base.clone();
        request.attempt = n;
        bend(&mut request);
        request
    };
    let shares = |units| Some(Size::SharesUnits(units));
    let collateral = |units| Some(Size::CollateralUnits(units));
    let requests = [
        bent(0, &|r| r.deadline_ms = 1),
        // 60.97 shares at 0.41 is 24.9977 dollars, 60.98 is 25.0018.
        bent(1, &|r| r.size = shares(60_980_000)),
        bent(2, &|r| r.size = shares(1_000_000_000_000_000)),
        bent(3, &|r| r.size = shares(9_999)),
        bent(4, &|r| r.limit_price_e4 = 4_150),
        bent(5, &|r| {
            r.side = wire::Side::Sell.into();
            r.size = collateral(1_000_000);
        }),
        bent(6, &|r| r.kind = wire::OrderKind::Exit.into()),
    ];
    let codes = ask_all(&desk, &signer.address, &requests);
    let codes: Vec<&str> = codes.iter().map(denied).collect();
    assert_eq!(
        codes,
        [
            "DEADLINE_PASSED",
            "ORDER_TOO_LARGE",
            "ORDER_TOO_LARGE",
            "NOT_AN_ORDER",
            "NOT_AN_ORDER",
            "SELL_IN_COLLATERAL",
            "EXIT_MUST_SELL"
        ]
    );
    let edge = ask_all(
        &desk,
        &signer.address,
        &[bent(7, &|r| r.size = shares(60_970_000))],
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
    let (denials, charged): (i64, i64) = audit::open(&desk.file("journal.sqlite"))
        .query_row(
            "SELECT sum(outcome = 'denied'), sum(coalesce(charge_units, 0)) FROM leaf",
            [],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
        .expect("the journal");
    assert_eq!(denials, 7, "every refusal is a leaf");
    // Base units are whole, and rounding is up: 24_997_700 x 1.1.
    assert_eq!(charged, 27_497_470);
}

#[test]
fn what_does_not_parse_never_reaches_the_journal() {
    let desk = desk();
    let signer = desk.start_signer();
    let base = ask::buy(&desk.book, "20261120-parse");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let bends: [(&str, Bend); 16] = [
        ("kind", |r| r.kind = 0),
        ("kind", |r| r.kind = 9),
        ("side", |r| r.side = 0),
        ("intent_id", |r| r.intent_id = "no-day".to_owned()),
        ("intent_id", |r| r.intent_id = "20261120-\u{e9}".to_owned()),
        ("attempt", |r| r.attempt = 65_536),
        ("market", |r| r.market.truncate(31)),
        ("token_id", |r| r.token_id.push(0)),
        ("limit_price_e4", |r| r.limit_price_e4 = 10_000),
        ("tick_size_e4", |r| r.tick_size_e4 = 2),
        ("size", |r| r.size = None),
        // Numbers that no row can hold must not stop the vault.
        ("shares_units", |r| {
            r.size = Some(Size::SharesUnits(u64::MAX));
        }),
        ("shares_units", |r| r.size = Some(Size::SharesUnits(0))),
        ("shares_units", |r| {
            r.size = Some(Size::SharesUnits(1_000_000_000_000_001));
        }),
        ("collateral_units", |r| {
            r.size = Some(Size::CollateralUnits(u64::MAX));
        }),
        ("deadline_ms", |r| r.deadline_ms = u64::MAX),
    ];
    runtime.block_on(async {
        let mut client = client::connect(&signer.address, &desk.orchestrator_pair)
            .await
            .expect("pinned");
        for (field, bend) in bends {
            let mut request = base.clone();
            bend(&mut request);
            let status = client
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
        let mut large = base.clone();
        large.intent_id = "x".repeat(5_000);
        let status = client.sign_order(large).await.expect_err("too large");
        assert_eq!(status.code(), tonic::Code::OutOfRange);
    });
    assert!(signer.stop().success());
    let leaves: i64 = audit::open(&desk.file("journal.sqlite"))
        .query_row("SELECT count(*) FROM leaf", [], |r| r.get(0))
        .expect("the journal");
    assert_eq!(leaves, 0);
}
