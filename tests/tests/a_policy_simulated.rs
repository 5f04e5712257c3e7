//! Before the quorum signs the next policy, somebody tries it on what happened.
//!
//! The journal of a real signer is decided once more: which answers change, and
//! how the loss figures move. The signer runs on meanwhile and hears nothing.

use serde_json::Value;
use tests::ask;
use tests::bins::{self, Bins};
use tests::desk::Desk;
use tests::hand::Hand;

const JOURNAL: &str = "journal.sqlite";

fn renewed(hand: &Hand<'_>, set: &[&str]) -> String {
    let mut args = vec!["policy", "--renew", "policy.note"];
    for figure in set {
        args.extend(["--set", figure]);
    }
    hand.draft(&args)
}

#[test]
fn a_candidate_says_which_answers_change_and_how_the_figures_move() {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::new(Bins::debug(), &books);
    let hand = Hand::new(&desk, None);
    let signer = desk.start_signer();
    let operator = &desk.authority.operator;
    let buy = |name: &str| desk.order(&signer.address, &ask::buy(&desk.book, name));
    // 4.10 each, 4.51 charged.
    buy("one").expect("yes");
    buy("two").expect("yes");
    hand.say(&["dial", "--order", "4"], &[operator])
        .expect("down");
    let large = buy("three").expect_err("4.10 of 4");
    assert_eq!(large.code, "ORDER_TOO_LARGE");
    let size = hand.status("journal_size").expect("a size");

    let simulate = |draft: &str, json: bool| {
        let mut args = vec!["note", "simulate", draft, "--journal", JOURNAL];
        args.extend(json.then_some("--json"));
        hand.run(&args)
    };
    // The same figures again: nothing changes, and the exit status says so.
    let same = simulate(&renewed(&hand, &[]), false);
    assert_eq!(same.code(), 0, "{}", same.stderr);
    for line in ["decisions 3\n", "asked_again 3\n", "changed 0\n"] {
        assert!(same.stdout.contains(line), "{}", same.stdout);
    }
    assert!(
        !same.stdout.contains(" *\n"),
        "no figure moves: {}",
        same.stdout
    );

    // A day of 5: the second buy would have been one too many.
    let tight = [
        "day_usdc=5",
        "hour_usdc=5",
        "market_day_usdc=5",
        "leader_day_usdc=5",
    ];
    let tight = [&tight[..], &["order_usdc_max=5"]].concat();
    let tight = renewed(&hand, &tight);
    let told = simulate(&tight, false);
    assert_eq!(told.code(), 3, "{}", told.stderr);
    let line = told.stdout.lines().next().expect("a change");
    assert!(line.contains("/0 APPROVED -> BUDGET_"), "{line}");
    assert!(told.stdout.contains("newly_denied 1\n"), "{}", told.stdout);
    assert!(
        told.stdout
            .contains("charged_usdc 9.02\ncharged_then_usdc 4.51\n")
    );

    let json: Value = serde_json::from_str(&simulate(&tight, true).stdout).expect("one object");
    assert_eq!(json["counts"]["changed"], "1");
    assert_eq!(json["changes"][0]["was"], "APPROVED");
    let figure = |of: &str| json[of]["term_day_cap_usdc"].as_str().map(str::to_owned);
    assert_eq!(figure("figures_now").as_deref(), Some("1500"));
    assert_eq!(figure("figures_then").as_deref(), Some("5"));
    assert_eq!(
        json["figures_now"]["loss_next_24h_usdc"].as_str(),
        hand.status("loss_next_24h_usdc").as_deref(),
        "the signer's own figure"
    );

    assert_eq!(hand.status("journal_size").as_deref(), Some(size.as_str()));
    let other = simulate("nothing.draft", false);
    assert_eq!(other.code(), 1, "{}", other.stdout);
    assert!(signer.stop().success());
}
