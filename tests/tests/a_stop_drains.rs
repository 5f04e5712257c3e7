//! A signer is asked to stop while orders are being signed.
//!
//! It takes no new ones, answers whatever it recorded, says in the journal that
//! it stopped, and ends well: nothing is signed that nobody hears of.

use std::collections::BTreeSet;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tests::desk::Desk;
use tests::session::run;
use tests::{ask, audit};
use tokio::task::JoinSet;
use wire::sign_order_response::Outcome;

/// Orders under way at the stop; their charges fit into the hour.
const ORDERS: u32 = 60;

#[test]
fn whatever_was_recorded_before_the_end_was_answered() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    let pid = Pid::from_raw(signer.pid().try_into().expect("a process id"));
    let answered = run(async {
        let mut session = desk.session(&signer.address).await;
        let mut asked = JoinSet::new();
        for n in 0..ORDERS {
            let request = session.request(&ask::buy(&desk.book, &format!("drain-{n}")));
            let mut client = session.client.clone();
            asked.spawn(async move { client.sign_order(request).await });
        }
        let mut answered = BTreeSet::new();
        while let Some(one) = asked.join_next().await {
            let outcome = match one.expect("no panic") {
                Ok(answer) => answer.into_inner().outcome.expect("an outcome"),
                // Asked too late: the lack of an answer.
                Err(_) => continue,
            };
            if let Outcome::Approved(approved) = outcome {
                if answered.is_empty() {
                    kill(pid, Signal::SIGTERM).expect("our own child");
                }
                answered.insert(approved.leaf_index);
            }
        }
        answered
    });
    assert!(signer.wait().success());
    let journal = audit::open(&desk.file("journal.sqlite"));
    let mut query = journal
        .prepare("SELECT leaf_index FROM leaf WHERE entry = 'approved'")
        .expect("the journal");
    let recorded: BTreeSet<u64> = query
        .query_map([], |r| r.get(0))
        .and_then(Iterator::collect)
        .expect("the journal");
    assert!(!answered.is_empty());
    assert_eq!(answered, recorded);
    let last: String = journal
        .query_row(
            "SELECT entry FROM leaf ORDER BY leaf_index DESC LIMIT 1",
            [],
            |r| r.get(0),
        )
        .expect("the journal");
    assert_eq!(last, "stopped");
}
