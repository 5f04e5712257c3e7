//! A caller that asks and hangs up, over and over, makes nobody wait for what
//! nobody wants.

use std::time::Duration;

use tests::bins::{self, Bins};
use tests::desk::Desk;
use tests::{ask, client, pki};
use wire::sign_order_response::Outcome;

#[test]
fn questions_that_were_given_up_do_not_pile_up() {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::new(Bins::debug(), &books);
    let honest = pki::pair(&desk.folder, "honest");
    let path = desk.file("signer.toml");
    let text = std::fs::read_to_string(&path).expect("the configuration");
    let caller = format!(
        "[[caller]]\nname = \"honest\"\npin = \"{}\"\n\n[wallet]",
        honest.pin
    );
    std::fs::write(&path, text.replace("[wallet]", &caller)).expect("ours");
    let signer = desk.start_signer();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let flood = client::connect(&signer.address, &desk.orchestrator_pair)
            .await
            .expect("pinned");
        let mut asked = Vec::new();
        for n in 0..4_000_u32 {
            let mut flood = flood.clone();
            let request = ask::buy(&desk.book, &format!("20261120-flood-{n}"));
            asked.push(tokio::spawn(async move {
                // Long enough to be accepted, not to be answered.
                tokio::time::timeout(Duration::from_millis(2), flood.sign_order(request))
                    .await
                    .ok()
            }));
        }
        let mut me = client::connect(&signer.address, &honest)
            .await
            .expect("pinned");
        let answer = me
            .sign_order(ask::buy(&desk.book, "20261120-honest"))
            .await
            .expect("answered");
        assert!(matches!(
            answer.into_inner().outcome,
            Some(Outcome::Approved(_))
        ));
        for one in asked {
            one.await.expect("no panic");
        }
        // A caller's own places come back when its questions are given up.
        let mut flood = flood;
        let answer = flood
            .sign_order(ask::buy(&desk.book, "20261120-after"))
            .await
            .expect("answered");
        assert!(matches!(
            answer.into_inner().outcome,
            Some(Outcome::Approved(_))
        ));
    });
    assert!(signer.stop().success());
}
