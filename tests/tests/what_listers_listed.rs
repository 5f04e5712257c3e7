//! Two listers list a market, and then it may be bought: before, nobody could.
//!
//! Each signs on a machine of their own and leaves the note in a folder; the orchestrator carries it when it finds
//! enough of them, and one lister's word, or the same token under another market, lists nothing.

use std::fs;
use std::process::Command;

use tests::ask;
use tests::authority::NoteKey;
use tests::bins::{self, Bins};
use tests::desk::Desk;
use tests::hand::Hand;
use tests::process::Server;

/// A question a try: some seconds, whatever the host.
const TRIES: usize = 2_000;

fn listers() -> [NoteKey; 2] {
    ["lister-1", "lister-2"].map(NoteKey::new)
}

fn policy(listers: &[NoteKey; 2]) -> String {
    let keys = listers.each_ref().map(|key| key.verifier().to_string());
    format!(
        "listers\nlist_threshold 2\nlisters 2\nkey {}\nlistings_per_day 400\nlisting_day_usdc 25",
        keys.join("\nkey ")
    )
}

/// M40: what is not listed is not bought, whoever asks.
#[test]
fn a_market_is_bought_when_two_listers_have_listed_it() {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let desk = Desk::unfounded(Bins::debug(), &books);
    let listers = listers();
    desk.found(&[("markets", &policy(&listers))]);
    let (venue, signer) = (desk.start_venue(), desk.start_signer());
    fs::create_dir(desk.file("notes")).expect("the folder is ours");
    desk.write_orchestrator_config(&signer.address, &venue.address);
    let path = desk.file("orchestrator.toml");
    let text = fs::read_to_string(&path).expect("it was written");
    let more = "\n[intake]\nhttp = \"127.0.0.1:0\"\ntoken = \"intent.token\"\n\n[copy]\nnotes = \"notes\"\nnotes_signatures = 2\n";
    fs::write(path, text + more).expect("the folder is ours");
    tests::pki::secret_file(&desk.file("intent.token"), &[b'k'; 40]);
    fs::write(desk.file("intents.jsonl"), "").expect("the folder is ours");

    let buy = |name: &str| desk.order(&signer.address, &ask::buy(&desk.book, name));
    let unlisted = buy("unlisted").expect_err("nobody listed it");
    assert_eq!(unlisted.code, "MARKET_NOT_ALLOWED");

    let hand = Hand::new(&desk, None);
    let (market, token) = (desk.book.market.as_str(), desk.book.token.as_str());
    let listing = |no: &str, market: &str| {
        let tokens = ["listing", "--condition", market, "--yes", token, "--no", no];
        hand.draft(&[&tokens[..], &["--end", "2030-01-01T00:00:00Z"]].concat())
    };
    let draft = listing("7", market);
    hand.sign(&draft, &[&listers[0]]);
    let alone = hand.apply(&draft).expect_err("one lister");
    assert!(alone.starts_with("NOTE_TOO_FEW_SIGNATURES"), "{alone}");

    let leaves = || hand.status("journal_size").expect("a size");
    let before = leaves();
    let mut command = Command::new(&desk.bins.orchestrator);
    command.current_dir(&desk.folder).arg("run");
    let run = Server::start(command, &desk.file("orchestrator.log"));
    hand.sign(&draft, &[&listers[1]]);
    let both = desk.file("notes/listing-first.both.note");
    fs::rename(desk.file(&draft), both).expect("the folder is ours");
    assert!((0..TRIES).any(|_| leaves() != before), "it was not carried");
    assert!(run.stop().success());
    buy("listed").expect("it is listed");

    // The same token under another market would begin its day anew.
    let other = listing("8", &format!("0x{}", "ab".repeat(32)));
    hand.sign(&other, &[&listers[0], &listers[1]]);
    let churned = hand.apply(&other).expect_err("a token is listed once");
    assert!(churned.starts_with("NOTE_TOKEN_LISTED"), "{churned}");
    // Ten shares at 0.41 are 4.51 of the 25 of its first day.
    for name in ["second", "third", "fourth", "fifth"] {
        buy(name).expect("within its first day");
    }
    assert_eq!(buy("sixth").expect_err("of 25").code, "BUDGET_LISTING");
}
