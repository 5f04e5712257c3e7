//! A scraper reads the signer's figures over a real socket.
//!
//! There is none unless it was asked for, and none that another host could
//! reach; what is read agrees with the journal, and names nobody and no order.

use std::collections::BTreeSet;
use std::fs;

use frame::intent::{Intent, Size};
use order::ShareUnits;
use tests::book::decimal;
use tests::desk::Desk;
use tests::process::Server;
use tests::session::run;
use tests::{ask, audit, http, process};
use wire::sign_order_response::Outcome;

/// How many TCP sockets these processes listen at.
fn listeners(pids: &[u32]) -> usize {
    let files = pids.iter().flat_map(|pid| {
        let folder = fs::read_dir(format!("/proc/{pid}/fd"));
        folder.expect("it runs")
    });
    let sockets: BTreeSet<String> = files
        .filter_map(|file| fs::read_link(file.ok()?.path()).ok())
        .filter_map(|to| Some(to.to_str()?.strip_prefix("socket:[")?.to_owned()))
        .map(|inode| inode.trim_end_matches(']').to_owned())
        .collect();
    let listening = |table: &str| {
        let text = fs::read_to_string(format!("/proc/self/net/{table}")).unwrap_or_default();
        let rows = text.lines().skip(1).map(str::to_owned);
        rows.filter(|row| {
            let words: Vec<&str> = row.split_whitespace().collect();
            words[3] == "0A" && sockets.contains(words[9])
        })
        .count()
    };
    listening("tcp") + listening("tcp6")
}

/// The same for all of a signer, of which the vault has none.
fn listens_at(signer: &Server) -> usize {
    let vault = signer.child("vault").expect("it runs");
    assert_eq!(listeners(&[vault]), 0, "the vault has no network");
    let mut all = signer.children();
    all.push(signer.pid());
    listeners(&all)
}

/// Where the log says that figures are.
fn address(signer: &Server) -> String {
    let log = fs::read_to_string(&signer.log).expect("its log");
    let (_, rest) = log.rsplit_once("metrics ").expect("it says where");
    rest.lines().next().expect("an address").to_owned()
}

#[test]
fn there_are_none_unless_asked_for() {
    let desk = Desk::standard();
    let signer = desk.start_locked();
    assert_eq!(listens_at(&signer), 1, "the door alone");
    assert!(signer.stop().success());
    desk.write_signer_config("metrics = \"127.0.0.1:0\"");
    let signer = desk.start_locked();
    assert_eq!(listens_at(&signer), 2);
    assert!(address(&signer).starts_with("http://127.0.0.1:"));
}

#[test]
fn an_address_that_others_can_reach_is_refused() {
    let desk = Desk::standard();
    for open in ["0.0.0.0:9464", "[::]:9464", "192.0.2.1:9464"] {
        desk.write_signer_config(&format!("metrics = \"{open}\""));
        let ran = process::run(desk.signer_command(&desk.bins.signer));
        assert_eq!((ran.code(), ran.stdout.as_str()), (1, ""));
        let said = ran.stderr.lines().last().unwrap_or_default();
        assert_eq!(
            said,
            format!(
                "CONFIG metrics: {open} is not loopback, and figures are for this host alone; \
                 write 127.0.0.1:9464"
            )
        );
    }
}

/// The value of a row.
fn value<'a>(figures: &'a str, row: &str) -> Option<&'a str> {
    figures
        .lines()
        .find_map(|line| line.strip_prefix(row)?.strip_prefix(' '))
}

/// Makes sure that labels are few, and words of the catalogue.
fn labels_are_words(figures: &str) {
    for line in figures.lines().filter(|line| line.contains('{')) {
        let (name, rest) = line.split_once('{').expect("a label");
        let fine = ["signer_decisions_total", "signer_state", "signer_cause"].contains(&name);
        assert!(fine, "{line}");
        let upper = |c: char| c.is_ascii_uppercase() || c == '_';
        let labels = rest.split_once('}').expect("its end").0.split(',');
        for label in labels {
            let (label, word) = label.split_once('=').expect("a value");
            let word = word.trim_matches('"');
            let fine = label == "outcome" && ["approved", "denied"].contains(&word);
            assert!(fine || word.chars().all(upper), "{line}");
        }
    }
}

/// Two orders, each asked for twice, and three denials; then the figures, and
/// what must not be in them.
async fn traded(desk: &Desk, signer: &Server) -> (String, Vec<String>) {
    let mut session = desk.session(&signer.address).await;
    let mut secrets = Vec::new();
    for name in ["one", "two"] {
        let intent = ask::buy(&desk.book, name);
        secrets.push(intent.id.as_str().to_owned());
        // The second time is the same order: answered, and not charged.
        for _ in 0..2 {
            let Outcome::Approved(approved) = session.sign(&intent).await.expect("answered") else {
                panic!("approved")
            };
            secrets.push(hex::encode(&approved.signature));
            secrets.push(hex::encode(&approved.order_hash));
        }
    }
    let too_large = Intent {
        size: Size::Shares(ShareUnits::new(60_980_000)),
        ..ask::buy(&desk.book, "large")
    };
    let mut late = ask::buy(&desk.book, "late");
    late.deadline_ms = 1;
    for intent in [&too_large, &late, &late] {
        let said = session.sign(intent).await.expect("answered");
        assert!(matches!(said, Outcome::Denied(_)), "{said:?}");
    }
    let figures = http::get(&address(signer)).await.expect("figures");
    (figures, secrets)
}

#[test]
fn they_count_decisions_by_rule_and_agree_with_the_journal() {
    let desk = Desk::standard();
    desk.write_signer_config("metrics = \"127.0.0.1:0\"");
    let signer = desk.start_signer();
    let (figures, mut secrets) = run(traded(&desk, &signer));
    for (row, count) in [
        (
            "signer_decisions_total{outcome=\"approved\",rule=\"NONE\"}",
            "4",
        ),
        (
            "signer_decisions_total{outcome=\"denied\",rule=\"ORDER_TOO_LARGE\"}",
            "1",
        ),
        (
            "signer_decisions_total{outcome=\"denied\",rule=\"DEADLINE_PASSED\"}",
            "2",
        ),
        ("signer_state{state=\"ACTIVE\"}", "1"),
    ] {
        assert_eq!(value(&figures, row), Some(count), "{row}\n{figures}");
    }
    labels_are_words(&figures);
    secrets.extend([
        desk.key.address[2..].to_lowercase(),
        desk.book.token.clone(),
        desk.book.market[2..].to_owned(),
        desk.journal_id.clone(),
        "orchestrator".to_owned(),
    ]);
    for secret in &secrets {
        assert!(
            !figures.to_lowercase().contains(secret),
            "{secret}\n{figures}"
        );
    }
    assert!(signer.stop().success());
    // All but the leaf of the stop, which came after.
    let (size, charged): (u64, u64) = audit::open(&desk.file("journal.sqlite"))
        .query_row(
            "SELECT count(*), sum(charge_units) FROM leaf \
             WHERE leaf_index < (SELECT max(leaf_index) FROM leaf)",
            [],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
        .expect("the journal");
    assert_eq!(
        value(&figures, "signer_journal_size"),
        Some(size.to_string().as_str())
    );
    for window in ["hour", "day", "lifetime"] {
        let row = format!("signer_charged_{window}_usdc");
        let charged = decimal(charged, 6);
        assert_eq!(
            value(&figures, &row),
            Some(charged.as_str()),
            "{row}\n{figures}"
        );
    }
}
