//! Each line of the checklist, as it should be and as it should not.

use super::*;
use crate::checks::SESSION_KEY;

fn strategy(most: u64, slippage: u32) -> StrategySummary {
    StrategySummary {
        name: "s1".to_owned(),
        leaders: 2,
        usdc_min: CollateralUnits::new(1_000_000),
        usdc_max: CollateralUnits::new(most),
        slippage_max: Bps(slippage),
    }
}

/// The verdicts of `lines`.
fn verdicts<const N: usize>(lines: [Line; N]) -> [Verdict; N] {
    lines.map(|line| {
        assert!(!line.how.is_empty() && !line.fix.is_empty(), "{line:?}");
        line.verdict
    })
}

use Verdict::{Fail, Pass, Unknown};

/// M77: a key that can be reached fails it, and so does none looked for.
#[test]
fn a_reachable_key_fails_and_an_unread_folder_is_unknown() {
    let lines = [
        no_keys(&Ok(Vec::new())),
        no_keys(&Ok(vec!["the variable PRIVATE_KEY".to_owned()])),
        no_keys(&Err("no such folder".to_owned())),
    ];
    assert!(lines[1].how.contains("PRIVATE_KEY"));
    assert_eq!(verdicts(lines), [Pass, Fail, Unknown]);
}

/// M78: strategies without leaders, or none, fail it.
#[test]
fn leaders_must_be_named() {
    let mut empty = strategy(1, 1);
    empty.leaders = 0;
    let lines = [leaders(&[strategy(1, 1)]), leaders(&[empty]), leaders(&[])];
    assert_eq!(verdicts(lines), [Pass, Fail, Fail]);
}

/// M79: the largest intent against the balance.
#[test]
fn the_largest_intent_is_a_small_part_of_the_balance() {
    let of = |most, balance: Result<u64, String>| {
        intent_size(&[strategy(most, 1)], &balance, Bps(2_000))
    };
    let none = intent_size(&[], &Ok(1), Bps(2_000));
    let lines = [
        of(20_000_000, Ok(100_000_000)),
        of(20_000_001, Ok(100_000_000)),
        of(1, Err("no answer".to_owned())),
        none,
    ];
    assert_eq!(verdicts(lines), [Pass, Fail, Unknown, Unknown]);
}

/// M80: the widest slippage against the bound.
#[test]
fn the_widest_slippage_is_within_the_bound() {
    let all = [strategy(1, 500), strategy(1, 1_001)];
    let lines = [
        slippage(&all[..1], Bps(1_000)),
        slippage(&all, Bps(1_000)),
        slippage(&[], Bps(1_000)),
    ];
    assert_eq!(verdicts(lines), [Pass, Fail, Unknown]);
}

/// M80: each market is told with its reason; each that a strategy names must
/// take its order, and of the busiest one must.
#[test]
fn simulated_fills_are_told_market_by_market() {
    let tried = |strategy: &str, is_named, done: &Done| Tried {
        strategy: strategy.to_owned(),
        market: "0x22".to_owned(),
        is_named,
        done: done.clone(),
    };
    let filled = Done::Filled("100 USDC".to_owned());
    let refused = Done::Refused("the book is too thin".to_owned());
    let unseen = Done::Unseen("no answer".to_owned());
    let of = |is_named, all: &[&Done]| {
        let all: Vec<_> = all.iter().map(|done| tried("s1", is_named, done)).collect();
        fills(&all)
    };
    let two = [tried("s1", false, &filled), tried("s2", false, &refused)];
    let told = of(true, &[&filled, &refused]);
    for part in [
        "s1 in 0x22: pass, 100 USDC",
        "s1 in 0x22: fail, the book is too thin",
    ] {
        assert!(told.how.contains(part), "{}", told.how);
    }
    let lines = [
        of(true, &[&filled, &filled]),
        told,
        of(true, &[&filled, &unseen]),
        of(false, &[&filled, &refused, &unseen]),
        of(false, &[&refused, &unseen]),
        of(false, &[&refused, &refused]),
        fills(&two),
        fills(&[]),
    ];
    let expected = [Pass, Fail, Unknown, Pass, Unknown, Fail, Fail, Unknown];
    assert_eq!(verdicts(lines), expected);
}

/// M81: any check that is not well fails it.
#[test]
fn every_health_check_must_be_well() {
    let check = |level| ("disk", level, "words".to_owned());
    let lines = [
        health(&[check(Level::Well)]),
        health(&[check(Level::Well), check(Level::Warns)]),
        health(&[check(Level::Fails), check(Level::Well)]),
        health(&[]),
        health(&[check(Level::Well), check(Level::Unset)]),
        health(&[check(Level::Unset), check(Level::Warns)]),
    ];
    assert_eq!(verdicts(lines), [Pass, Fail, Fail, Unknown, Unknown, Fail]);
}

/// M117: an owner key's age is told, and holds nothing up; a session key's does.
#[test]
fn an_old_owner_key_is_told_and_passes() {
    let level = |level| ("health", level, "how it is".to_owned());
    let reminded = |name| (name, Level::Warns, "the key is old".to_owned());
    let told = health(&[level(Level::Well), reminded(OWNER_KEY)]);
    assert_eq!(told.verdict, Pass);
    assert!(
        told.how.ends_with("; owner key: the key is old"),
        "{}",
        told.how
    );
    let told = health(&[level(Level::Well), reminded(SESSION_KEY)]);
    assert_eq!(told.verdict, Fail);
    let told = health(&[level(Level::Fails), reminded(OWNER_KEY)]);
    assert_eq!(told.verdict, Fail);
}

/// M82: a build that names its tested commit, and ones that do not.
#[test]
fn a_build_names_the_commit_whose_tests_passed() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let lines = [tests(Some(commit)), tests(Some("main")), tests(None)];
    assert!(lines[0].how.contains(commit));
    assert_eq!(verdicts(lines), [Pass, Fail, Unknown]);
}

/// M83: a report of this build's lock file that says ok, and others.
#[test]
fn a_report_counts_for_the_lock_file_it_was_made_of() {
    let ok = "advisories ok, bans ok, licenses ok, sources ok";
    let report = |text: String| dependencies(Some(&Ok(text)));
    let lines = [
        report(format!("{}  Cargo.lock\n{ok}\n", lock_hash())),
        report(format!("{}  Cargo.lock\n{ok}\n", "0".repeat(64))),
        report(format!(
            "{}\nadvisories FAILED, bans ok, sources ok\n",
            lock_hash()
        )),
        report(String::new()),
        dependencies(Some(&Err("cannot be read".to_owned()))),
        dependencies(None),
    ];
    assert_eq!(verdicts(lines), [Pass, Fail, Fail, Fail, Unknown, Unknown]);
}

/// M84: what may run at build is listed, or it fails.
#[test]
fn build_scripts_are_listed() {
    let lines = [
        build_scripts(),
        scripts_of("[bans]\n"),
        scripts_of("not toml ["),
    ];
    assert!(lines[0].how.contains("libsqlite3-sys"), "{}", lines[0].how);
    assert_eq!(verdicts(lines), [Pass, Fail, Fail]);
}

/// M85: metrics that can be read and a test alert that was acknowledged; no less.
#[test]
fn monitoring_is_read_metrics_and_an_acknowledged_alert() {
    let listen = Some("127.0.0.1:9090".parse().unwrap());
    let heard = Ok("test-1".to_owned());
    let lines = [
        monitoring(listen, Some(&heard)),
        monitoring(None, Some(&heard)),
        monitoring(listen, Some(&Err("it answered 503".to_owned()))),
        monitoring(listen, None),
    ];
    assert!(lines[0].how.contains("test-1 was acknowledged"));
    assert_eq!(verdicts(lines), [Pass, Fail, Fail, Fail]);
}

/// M86: a wallet that holds more than it should.
#[test]
fn a_wallet_holds_no_more_than_it_should() {
    let most = CollateralUnits::new(5_000_000_000);
    let lines = [
        funds(&Ok(5_000_000_000), most),
        funds(&Ok(5_000_000_001), most),
        funds(&Err("no answer".to_owned()), most),
    ];
    assert_eq!(verdicts(lines), [Pass, Fail, Unknown]);
}

/// M88: blocked, close-only, unreachable or not asked: closed.
#[test]
fn only_a_clear_yes_lets_this_host_trade() {
    let of = |page: Result<&str, &str>, closed_only: Result<bool, &str>| {
        let page = page
            .map(|text| serde_json::from_str(text).unwrap())
            .map_err(str::to_owned);
        Standing::of(page, closed_only.map_err(str::to_owned))
    };
    let free = Ok("{\"blocked\": false, \"country\": \"CH\"}");
    let all = [
        of(free, Ok(false)),
        of(free, Ok(true)),
        of(free, Err("no answer")),
        of(Ok("{\"blocked\": true, \"country\": \"US\"}"), Ok(false)),
        of(Ok("{\"country\": \"CH\"}"), Ok(false)),
        of(Ok("{\"blocked\": \"no\"}"), Ok(false)),
        of(Err("no answer"), Ok(false)),
    ];
    assert_eq!(all[1], Standing::CloseOnly);
    assert_eq!(all[3], Standing::Blocked("US".to_owned()));
    let lines = all.each_ref().map(|standing| place(Some(standing)));
    let mut expected = [Fail; 7];
    expected[0] = Pass;
    assert_eq!(verdicts(lines), expected);
    assert_eq!(verdicts([place(None)]), [Fail]);
}
