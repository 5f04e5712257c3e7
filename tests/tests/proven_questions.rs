//! A certificate is not enough: every question is proven, once.
//!
//! Whoever stands between may read, drop and delay; what it alters, repeats or
//! makes up is not answered, and none of that is a denial.

use frame::Ask;
use tests::desk::{CALLER, Desk};
use tests::session::{Session, message, run};
use tests::{ask, audit, pki};
use tonic::Code;
use wire::get_status_request::Opening;

#[test]
fn a_question_counts_once_and_only_as_it_was_proven() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    run(async {
        let mut session = desk.session(&signer.address).await;
        let intent = ask::buy(&desk.book, "proven");
        let request = session.request(&intent);
        session
            .client
            .sign_order(request.clone())
            .await
            .expect("answered");
        let again = session
            .client
            .sign_order(request.clone())
            .await
            .expect_err("replayed");
        assert_eq!(again.code(), Code::AlreadyExists);

        // Altered in one field, or proven for another method.
        let mut altered = session.request(&intent);
        altered.intent.as_mut().expect("given").limit_price_e4 += 100;
        let refused = session
            .client
            .sign_order(altered)
            .await
            .expect_err("altered");
        assert_eq!(refused.code(), Code::Unauthenticated);
        let auth = session.prove(&Ask::Explain {
            intent: &intent.frame(),
        });
        let moved = wire::SignOrderRequest {
            auth: Some(auth),
            intent: Some(message(&intent)),
            attestation: Vec::new(),
        };
        let refused = session
            .client
            .sign_order(moved)
            .await
            .expect_err("another method");
        assert_eq!(refused.code(), Code::Unauthenticated);
        let bare = wire::SignOrderRequest {
            auth: None,
            intent: Some(message(&intent)),
            attestation: Vec::new(),
        };
        let refused = session
            .client
            .sign_order(bare)
            .await
            .expect_err("not proven");
        assert_eq!(refused.code(), Code::InvalidArgument);
    });
    assert!(signer.stop().success());
    let decided: u64 = audit::open(&desk.file("journal.sqlite"))
        .query_row(
            "SELECT count(*) FROM leaf WHERE intent_id IS NOT NULL",
            [],
            |r| r.get(0),
        )
        .expect("the journal");
    assert_eq!(decided, 1, "what is not proven is not decided");
}

#[test]
fn counters_far_back_are_gone_and_those_within_the_window_are_not() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    run(async {
        let mut session = desk.session(&signer.address).await;
        let status = |auth| wire::GetStatusRequest {
            opening: Some(Opening::Auth(auth)),
        };
        let far = session.prove_as(&Ask::Status, 10_000);
        session
            .client
            .get_status(status(far))
            .await
            .expect("ahead is fine");
        let back = session.prove_as(&Ask::Status, 10_000 - 4_096);
        let refused = session
            .client
            .get_status(status(back))
            .await
            .expect_err("too far back");
        assert_eq!(refused.code(), Code::AlreadyExists);
        let within = session.prove_as(&Ask::Status, 10_000 - 4_095);
        session
            .client
            .get_status(status(within))
            .await
            .expect("within the window");
    });
}

#[test]
fn a_second_hello_ends_the_first_epoch_and_a_wrong_key_opens_none() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    run(async {
        let mut first = desk.session(&signer.address).await;
        first.status().await.expect("the first epoch");
        let pair = &desk.orchestrator_pair;
        let wrong = Session::open(&signer.address, pair, CALLER, [9; 32]).await;
        assert_eq!(wrong.err().expect("refused").code(), Code::Unauthenticated);
        first.status().await.expect("a forged hello ends nothing");
        let mut second = desk.session(&signer.address).await;
        assert_ne!(first.epoch, second.epoch);
        assert_eq!(
            first.status().await.expect_err("ended").code(),
            Code::Unauthenticated
        );
        second.status().await.expect("the second epoch");
    });
}

#[test]
fn a_role_comes_from_the_key_and_a_name_from_the_certificate() {
    let desk = Desk::standard();
    let (operator, monitor) = (
        pki::pair(&desk.folder, "operator"),
        pki::pair(&desk.folder, "monitor"),
    );
    desk.add_caller("operator-1", "operator", &operator.pin, &[1; 32]);
    desk.add_caller("monitor-1", "monitor", &monitor.pin, &[2; 32]);
    let signer = desk.start_signer();
    let intent = ask::buy(&desk.book, "role");
    run(async {
        let address = &signer.address;
        let mut op = Session::open(address, &operator, "operator-1", [1; 32])
            .await
            .expect("in");
        let mut mon = Session::open(address, &monitor, "monitor-1", [2; 32])
            .await
            .expect("in");
        op.status().await.expect("an operator looks");
        mon.status().await.expect("a monitor looks");
        assert_eq!(
            op.sign(&intent).await.expect_err("no").code(),
            Code::PermissionDenied
        );
        assert_eq!(
            mon.sign(&intent).await.expect_err("no").code(),
            Code::PermissionDenied
        );
        assert_eq!(
            mon.freeze("no").await.expect_err("no").code(),
            Code::PermissionDenied
        );
        // The orchestrator's key over the monitor's connection is nobody's.
        let stolen = Session::open(address, &monitor, CALLER, desk.request_key).await;
        assert_eq!(
            stolen.err().expect("refused").code(),
            Code::PermissionDenied
        );
        let leaf = op.freeze("drill").await.expect("an operator freezes");
        assert_eq!(op.freeze("again").await.expect("the same leaf"), leaf);
    });
}
