//! A caller with a pinned key and a request key writes frames by hand.
//!
//! No path but a method's own reaches it, the vault hears of nothing that is
//! not whole and proven, and after everything the next caller is served.
//! `COUNTERSIGN_TURNS` makes it longer, `COUNTERSIGN_SEED` another one.

mod abuses;
mod framing;
mod strangers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use abuses::{ABUSES, BENT};
use tests::desk::{CALLER, Desk};
use tests::dice::{self, Dice};
use tests::frames::{End, PREFACE, SETTINGS, Until, Wire, frame};
use tests::process::Server;
use tests::session::{Session, run};
use tests::{ask, audit, client, http, pki};

/// Memory that a door may come to hold, whatever was sent: its own 24 MiB, and
/// what a debug build and its allocator keep.
const DOOR_KIB_MAX: u64 = 64 * 1024;

/// Connects until there is a place: that of a connection which was just ended
/// may be taken for a moment.
fn wire(address: &str, config: &Arc<rustls::ClientConfig>) -> Wire {
    let first = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    (0..10_000)
        .find_map(|_| Wire::open(address, config, &first))
        .expect("a place, once the last connection is gone")
}

/// Resident memory, KiB.
fn resident_kib(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let line = line.and_then(|line| line.trim().strip_suffix(" kB"));
    line.and_then(|kib| kib.parse().ok()).expect("a figure")
}

/// How the vault answered every question for a signature that it was asked.
fn asked(signer: &Server) -> BTreeMap<String, u64> {
    let log = std::fs::read_to_string(&signer.log).expect("its log");
    let url = log.rsplit_once("metrics ").expect("it says where").1;
    let url = url.lines().next().expect("an address");
    let figures = run(http::get(url)).expect("figures");
    let mut asked = BTreeMap::new();
    for line in figures.lines() {
        let Some(rest) = line.strip_prefix("signer_decisions_total{outcome=\"") else {
            continue;
        };
        let outcome = rest.split_once('"').expect("its end").0.to_owned();
        let count: u64 = rest
            .rsplit_once(' ')
            .and_then(|(_, n)| n.parse().ok())
            .expect("a count");
        *asked.entry(outcome).or_default() += count;
    }
    asked
}

/// The intents that a caller's questions were decided for.
fn decided(desk: &Desk) -> Vec<String> {
    audit::open(&desk.file("journal.sqlite"))
        .prepare("SELECT intent_id FROM leaf WHERE intent_id IS NOT NULL AND by = ?")
        .and_then(|mut rows| rows.query_map([CALLER], |r| r.get(0))?.collect())
        .expect("the journal")
}

#[test]
fn a_proven_question_by_another_method_than_post_is_not_heard() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    let config = Arc::new(client::config(Some(&desk.orchestrator_pair)));
    let mut session = run(desk.session(&signer.address));
    for (n, method) in ["GET", "PUT", "post", "OPTIONS", "POST"].iter().enumerate() {
        let intent = ask::buy(&desk.book, &format!("by-post-{n}"));
        let question = framing::question(&mut session, &intent);
        let mut wire = wire(&signer.address, &config);
        wire.send(&framing::by_method(method.as_bytes(), &question));
        assert_eq!(wire.listen(Until::Answered(1)), End::Answered, "{method}");
    }
    assert!(signer.stop().success());
    let by_post = ask::id("by-post-4");
    assert_eq!(decided(&desk), [by_post.as_str()]);
}

/// How listening to each abuse ended, how often.
type Seen = BTreeMap<(&'static str, End), u64>;

/// Writes so many abuses, each over a connection of its own: how they ended,
/// how many were bent messages, and the intents that may have been decided.
fn abused(desk: &Desk, signer: &Server, turns: u64) -> (Seen, u64, BTreeSet<String>) {
    let mut dice = Dice::of_this_run();
    let config = Arc::new(client::config(Some(&desk.orchestrator_pair)));
    let mut session = run(desk.session(&signer.address));
    let vault = signer.child("vault").expect("it runs");
    let (mut seen, mut bent) = (BTreeMap::new(), 0_u64);
    let mut may_be_asked = BTreeSet::new();
    for turn in 0..turns {
        let intent = ask::buy(&desk.book, &format!("frames-{turn}"));
        let question = framing::question(&mut session, &intent);
        // Each at least once, then any.
        let place = usize::try_from(turn).expect("a count");
        let make = ABUSES
            .get(place)
            .copied()
            .unwrap_or_else(|| dice.one_of(&ABUSES));
        let abuse = make(&mut dice, &question);
        let mut wire = wire(&signer.address, &config);
        wire.send(&abuse.bytes);
        let end = wire.listen(abuse.until);
        assert_ne!(end, End::Silent, "turn {turn}: {}", abuse.name);
        *seen.entry((abuse.name, end)).or_insert(0_u64) += 1;
        bent += u64::from(abuse.name == BENT);
        if abuse.may_be_asked {
            may_be_asked.insert(intent.id.as_str().to_owned());
        }
        assert_eq!(
            signer.child("vault"),
            Some(vault),
            "turn {turn}: {}",
            abuse.name
        );
    }
    (seen, bent, may_be_asked)
}

#[test]
fn no_frames_reach_a_method_that_they_do_not_name_and_prove() {
    let turns = dice::turns(120);
    let desk = Desk::standard();
    let other = pki::pair(&desk.folder, "other");
    desk.add_caller("other", "orchestrator", &other.pin, &[5; 32]);
    desk.write_signer_config("metrics = \"127.0.0.1:0\"");
    let signer = desk.start_signer();
    let door = signer.child("door").expect("it runs");
    let (seen, bent, may_be_asked) = abused(&desk, &signer, turns);
    run(async {
        let mut other = Session::open(&signer.address, &other, "other", [5; 32])
            .await
            .expect("in");
        other
            .sign(&ask::buy(&desk.book, "proper"))
            .await
            .expect("a proper caller is served");
    });
    let (asked, kib) = (
        asked(&signer),
        resident_kib(signer.child("door").expect("a door")),
    );
    let replaced = signer.child("door") != Some(door);
    println!(
        "{turns} turns: {seen:?}; the vault was asked {asked:?}; door replaced: {replaced}, {kib} KiB"
    );
    assert!(kib < DOOR_KIB_MAX, "{kib} KiB");
    let unproven = asked.get("unproven").copied().unwrap_or_default();
    assert!(
        unproven <= bent,
        "{unproven} were asked without a proof, of {bent}"
    );
    assert_eq!(asked.get("failed"), None, "{asked:?}");
    assert!(signer.stop().success());
    let ids = decided(&desk);
    let stray: Vec<&String> = ids
        .iter()
        .filter(|id| !may_be_asked.contains(*id))
        .collect();
    assert!(
        stray.is_empty(),
        "decided, though not asked by name: {stray:?}"
    );
    assert!(!ids.is_empty(), "what was whole was decided");
}
