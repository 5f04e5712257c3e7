//! Someone freezes the signer, over gRPC or beside it.
//!
//! Nothing leaves it but an exit with a ticket, not even what was signed before;
//! only the quorum's note that names the freeze's leaf ends it, over restarts.

use tests::ask;
use tests::desk::Desk;
use tests::hand::Hand;

fn freeze(desk: &Desk, address: &str) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime
        .block_on(async { desk.session(address).await.freeze("it buys too much").await })
        .expect("frozen")
}

/// M167: after a freeze is acknowledged nothing leaves, repeats included.
#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
fn a_freeze_over_grpc_holds_back_replays_too_until_the_quorum_names_its_leaf() {
    let desk = Desk::standard();
    let hand = Hand::new(&desk, None);
    let signer = desk.start_signer();
    let buy = ask::buy(&desk.book, "before");
    let before = desk.order(&signer.address, &buy).expect("signed");
    let leaf = freeze(&desk, &signer.address);
    assert_eq!(
        freeze(&desk, &signer.address),
        leaf,
        "one freeze is one leaf"
    );
    let denied = |address: &str, intent| desk.order(address, &intent).expect_err("frozen").code;
    assert_eq!(denied(&signer.address, buy.clone()), "FROZEN", "a replay");
    assert_eq!(
        denied(&signer.address, ask::buy(&desk.book, "new")),
        "FROZEN"
    );
    let exit = ask::exit(&desk.book, "exit", 200, 3_000);
    let frozen = desk.order(&signer.address, &exit).expect_err("no ticket");
    let fix = format!("nothing is signed but tickets. signerctl unfreeze --leaf {leaf}");
    assert!(
        frozen.sentence.contains("by orchestrator-a (Freeze)"),
        "{frozen:?}"
    );
    assert!(frozen.sentence.ends_with(&fix), "{frozen:?}");

    let token = desk.book.token.as_str();
    let operator = &desk.authority.operator;
    let ticket = [
        "ticket", "--token", token, "--shares", "2", "--price", "0.3",
    ];
    hand.say(&ticket, &[operator]).expect("a ticket");
    desk.order(&signer.address, &exit)
        .expect("the ticket's one");
    assert_eq!(
        denied(&signer.address, exit.clone()),
        "FROZEN",
        "its replay"
    );

    let quorum = &desk.authority.quorum;
    let few = hand
        .say(&["unfreeze"], &[&quorum[0]])
        .expect_err("one of two");
    assert!(
        few.starts_with("NOTE_TOO_FEW_SIGNATURES signatures: 1 of"),
        "{few}"
    );
    let other = (leaf - 1).to_string();
    let wrong = ["unfreeze", "--leaf", other.as_str()];
    let wrong = hand
        .say(&wrong, &[&quorum[0], &quorum[1]])
        .expect_err("another leaf");
    assert_eq!(
        wrong,
        format!("UNFREEZE_LEAF leaf {leaf} froze it, not {other}. Name that leaf")
    );
    assert!(signer.stop().success());

    let signer = desk.start_signer();
    assert_eq!(
        hand.status("state").as_deref(),
        Some("FROZEN"),
        "after a restart"
    );
    assert_eq!(hand.status("frozen_leaf"), Some(leaf.to_string()));
    assert_eq!(denied(&signer.address, buy.clone()), "FROZEN");
    let draft = hand.draft(&["unfreeze"]);
    hand.sign(&draft, &[&quorum[1], &quorum[2]]);
    hand.apply(&draft).expect("the quorum's");
    let again = hand.apply(&draft).expect_err("it ended");
    assert!(again.starts_with("NOTE_USED"), "{again}");
    assert_eq!(desk.order(&signer.address, &buy).expect("thawed"), before);
    assert!(signer.stop().success());

    let signer = desk.start_signer();
    assert_eq!(
        hand.status("state").as_deref(),
        Some("ACTIVE"),
        "after a restart"
    );
    desk.order(&signer.address, &ask::buy(&desk.book, "after"))
        .expect("it signs");
    // The note is used up: it does not end a later freeze.
    let later = freeze(&desk, &signer.address);
    assert!(later > leaf);
    hand.apply(&draft).expect_err("of another freeze");
    assert_eq!(hand.status("state").as_deref(), Some("FROZEN"));
}

#[test]
fn signerctl_freezes_and_the_log_and_the_status_say_who_why_and_how_it_ends() {
    let desk = Desk::standard();
    let hand = Hand::new(&desk, None);
    let signer = desk.start_signer();
    let ran = hand.run(&["freeze", "--reason", "drill of the month"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    let leaf = hand.status("frozen_leaf").expect("frozen");
    assert!(
        ran.stdout.contains(&format!("leaf {leaf}")),
        "{}",
        ran.stdout
    );
    let denied = desk.order(&signer.address, &ask::buy(&desk.book, "no"));
    assert_eq!(denied.expect_err("frozen").code, "FROZEN");
    let line = format!(
        "FROZEN by local: drill of the month. Nothing is signed but tickets. \
         signerctl unfreeze --leaf {leaf}"
    );
    assert!(hand.log().contains(&line), "{}", hand.log());
    let why = hand.status("why").expect("a cause");
    let fix = format!("by local (Freeze), leaf {leaf}. signerctl unfreeze --leaf {leaf}");
    assert!(why.starts_with("frozen ") && why.ends_with(&fix), "{why}");
    assert_eq!(hand.status("cause").as_deref(), Some("FROZEN"));
    let words = hand.status("frozen_words");
    assert_eq!(words.as_deref(), Some("drill of the month"));
    let not = hand.run(&["freeze", "--reason", ""]);
    assert_eq!(not.code(), 1);
    assert!(signer.stop().success());
}
