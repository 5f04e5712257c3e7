//! Two keys of the same age: a session key reminds at 90 days, only sells from
//! 120 and signs nothing from 127; an owner key reminds, and goes on buying.
//! Both are told by `status`, the metrics, `health` and `preflight`.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use tests::ask;
use tests::bins::{self, Bins};
use tests::clock::now_ms;
use tests::desk::{Desk, LENT};
use tests::hand::Hand;
use tests::session::run;
use tests::shifted::Shifted;
use tests::{http, process};

const DAY_S: i64 = 86_400;

/// A day that is so many ahead, as notes write it.
fn ahead(days: u64) -> String {
    note::UtcSeconds::new(now_ms() / 1_000 + days * 86_400)
        .expect("this century")
        .to_string()
}

/// A desk whose policy outlives its key, which is a session key or the owner's.
fn desk(is_session: bool) -> Desk {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let (policy_ends, key_ends) = (ahead(300), ahead(250));
    let mut bend = vec![("expires", policy_ends.as_str())];
    if is_session {
        bend.extend(LENT);
        bend.push(("session_expires", &key_ends));
    }
    let desk = Desk::with_policy(Bins::debug(), &books, &bend);
    desk.write_signer_config("metrics = \"127.0.0.1:0\"\n");
    desk
}

/// The operator is there again, after days of silence.
fn attend(hand: &Hand<'_>, desk: &Desk) {
    hand.say(&["alive"], &[&desk.authority.operator])
        .expect("it is taken");
    desk.unlock().unwrap_or_else(|e| panic!("unlock: {e}"));
}

/// What is seen of a key on one day.
struct Seen {
    state: String,
    /// What `signerctl status` says beside its lines.
    said: String,
    /// The code of a buy's denial, where it is denied.
    buy: Option<String>,
}

fn look(hand: &Hand<'_>, desk: &Desk, address: &str, day: u64) -> Seen {
    attend(hand, desk);
    let buy = ask::later(ask::buy(&desk.book, &format!("day-{day}")), day * 86_400);
    Seen {
        state: hand.status("state").expect("a state"),
        said: hand.run(&["status"]).stderr,
        buy: desk.order(address, &buy).err().map(|denied| denied.code),
    }
}

/// What `orchestrator VERB` says, at the desk's time.
fn verb(desk: &Desk, clock: &Shifted, verb: &str) -> Value {
    let mut command = Command::new(&desk.bins.orchestrator);
    command.current_dir(&desk.folder).args([verb, "--json"]);
    let ran = process::run(clock.on(command));
    serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {}", ran.stderr))
}

/// M117: what the orchestrator and a scraper are told of both.
#[test]
fn health_preflight_and_metrics_tell_how_old_the_key_is() {
    for (is_session, row) in [(true, "session key"), (false, "owner key")] {
        let desk = desk(is_session);
        let clock = Shifted::new(&desk.folder);
        let hand = Hand::new(&desk, Some(&clock));
        let signer = hand.start_unlocked();
        let venue = desk.start_venue();
        desk.write_orchestrator_config(&signer.address, &venue.address);
        let told = || {
            let said = verb(&desk, &clock, "health");
            let rows = said["checks"].as_array().expect("a list").iter();
            let mut named = rows.filter(|check| check["check"] == row);
            named
                .next()
                .map(|check| (check["level"].clone(), check["words"].to_string()))
        };
        clock.pass(89 * DAY_S);
        assert_eq!(told(), None);
        clock.pass(DAY_S);
        let (level, words) = told().expect("it is old");
        assert_eq!(level, json!("warn"));
        assert!(
            words.contains("is 90 days old. Rotate for security"),
            "{words}"
        );
        // Of what holds `preflight` up, an owner key's age is no part.
        let said = verb(&desk, &clock, "preflight");
        let how = said["lines"][5]["how"].as_str().expect("text").to_owned();
        assert!(
            is_session || how.contains("; owner key: the owner key is 90 days"),
            "{how}"
        );
        let log = fs::read_to_string(&signer.log).expect("its log");
        let (_, rest) = log.rsplit_once("metrics ").expect("it says where");
        let address = rest.lines().next().expect("an address");
        let figures = run(http::get(address)).expect("figures");
        assert!(
            figures.contains("\nsigner_key_since_unix_ms 1"),
            "{figures}"
        );
        venue.stop();
        assert!(signer.stop().success());
    }
}

/// M117: the same days for both kinds, at both edges of each.
#[test]
fn an_old_session_key_stops_and_an_owner_key_of_its_age_only_reminds() {
    for is_session in [true, false] {
        let desk = desk(is_session);
        let clock = Shifted::new(&desk.folder);
        let hand = Hand::new(&desk, Some(&clock));
        let signer = hand.start_unlocked();
        let kind = if is_session { "session" } else { "owner" };
        let mut passed = 0;
        for day in [89, 90, 119, 120, 126, 127] {
            clock.pass((day - passed) * DAY_S);
            passed = day;
            let day = u64::try_from(day).expect("ahead");
            let seen = look(&hand, &desk, &signer.address, day);
            let reminder = format!("KEY the {kind} key is {day} days old. Rotate for security: ");
            let told = format!("{kind} {day}: {}", seen.said);
            assert_eq!(seen.said.contains(&reminder), day >= 90, "{told}");
            let ended = seen.said.contains("SESSION key ended ");
            assert_eq!(ended, is_session && day >= 127, "{told}");
            let (state, buy) = match (is_session, day) {
                (true, 127..) => ("LOCKED", Some("SESSION_EXPIRED")),
                (true, 120..) => ("REDUCE_ONLY", Some("REDUCE_ONLY")),
                _ => ("ACTIVE", None),
            };
            assert_eq!(
                (seen.state.as_str(), seen.buy.as_deref()),
                (state, buy),
                "{told}"
            );
        }
        let since = hand.status("key_since_unix_ms").expect("it is told");
        let since_ms: u64 = since.parse().expect("a number");
        assert!(now_ms() - since_ms < 3_600_000, "the policy is of today");
        assert!(signer.stop().success());
    }
}
