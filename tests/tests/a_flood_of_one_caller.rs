//! A caller that asks and hangs up, over and over, makes nobody wait for what
//! nobody wants.

use std::time::Duration;

use tests::bins::{self, Bins};
use tests::desk::Desk;
use tests::session::Session;
use tests::{ask, pki};
use wire::sign_order_response::Outcome;

/// M228: one caller's flood is that caller's.
#[test]
fn questions_that_were_given_up_do_not_pile_up() {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::new(Bins::debug(), &books);
    let honest = pki::pair(&desk.folder, "honest");
    desk.add_caller("honest", "orchestrator", &honest.pin, &[5; 32]);
    let signer = desk.start_signer();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut flood = desk.session(&signer.address).await;
        let mut asked = Vec::new();
        for n in 0..2_000_u32 {
            let request = flood.request(&ask::buy(&desk.book, &format!("flood-{n}")));
            let mut client = flood.client.clone();
            asked.push(tokio::spawn(async move {
                // Long enough to be accepted, not to be answered.
                tokio::time::timeout(Duration::from_millis(2), client.sign_order(request))
                    .await
                    .ok()
            }));
        }
        let mut me = Session::open(&signer.address, &honest, "honest", [5; 32])
            .await
            .expect("let in");
        me.status().await.expect("answered while the flood runs");
        for one in asked {
            one.await.expect("no panic");
        }
        // A caller's own places come back when its questions are given up.
        match flood
            .sign(&ask::buy(&desk.book, "after"))
            .await
            .expect("answered")
        {
            Outcome::Approved(_) => {}
            // The flood spent the rate of orders, and that is a denial.
            Outcome::Denied(denied) => assert_eq!(denied.code, "RATE", "{denied:?}"),
        }
    });
    assert!(signer.stop().success());
}
