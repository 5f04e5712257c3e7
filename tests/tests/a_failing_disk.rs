//! The disk under the signer's journal fails at any write, cut or sync, or the
//! power goes at any of them and takes what was not synced.
//!
//! Nothing left the signer that is not on disk after, it never says frozen and
//! is not, and the next start goes on from there. `COUNTERSIGN_FAULTS` makes a
//! longer run of it: `all`, or so many.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use frame::local::Verb;
use rusqlite::Connection;
use tests::ask;
use tests::desk::Desk;
use tests::faulty::{FILES, Failure, Faulty, Left, What, replay};
use tests::hand::Hand;
use tests::process;
use wire::sign_order_response::Outcome;

/// Two orders, a freeze and a clean stop, as far as the signer got.
#[derive(Debug, Default)]
struct Answered {
    /// How many operations there were in all.
    operations: u64,
    /// Each order, and how many operations there were when it was heard of.
    orders: Vec<(wire::Approved, u64)>,
    frozen: Option<u64>,
    stopped: bool,
}

/// How long a run is asked to be; `usual`, unless the Makefile says otherwise.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs is no program's configuration"
)]
fn wanted(usual: usize, all: usize) -> usize {
    match std::env::var("COUNTERSIGN_FAULTS").as_deref() {
        Ok("all") => all,
        Ok(text) => text
            .parse()
            .expect("COUNTERSIGN_FAULTS is a number, or all"),
        Err(_) => usual,
    }
}

/// A signer that may end at any moment.
struct Fragile(Child);

impl Fragile {
    /// Starts it; nothing if it refuses.
    fn start(mut command: Command, log: &Path) -> Option<(Self, String)> {
        let log = fs::File::options().create(true).append(true).open(log);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.expect("the folder is ours"))
            .spawn()
            .expect("it starts");
        let stdout = child.stdout.take().expect("it is piped");
        let address = process::listening(stdout);
        let mut fragile = Self(child);
        if let Some(address) = address {
            return Some((fragile, address));
        }
        assert!(!process::wait(&mut fragile.0).success());
        None
    }

    /// Asks it to stop, if it still runs; whether it stopped well.
    fn stop(mut self) -> bool {
        let pid = self.0.id().try_into().expect("a process id");
        let pid = nix::unistd::Pid::from_raw(pid);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).expect("our own child");
        process::wait(&mut self.0).success()
    }
}

/// One life of the signer on this disk.
fn live(desk: &Desk, faulty: &Faulty) -> Answered {
    let mut answered = Answered::default();
    let command = faulty.on(desk.signer_command(&desk.bins.signer));
    let Some((signer, address)) = Fragile::start(command, &desk.file("signer.log")) else {
        return answered;
    };
    let unlocked = desk.unlock().is_ok();
    tests::session::run(async {
        for name in ["first", "second"] {
            let pair = &desk.orchestrator_pair;
            let (caller, key) = (tests::desk::CALLER, desk.request_key);
            let opened = tests::session::Session::open(&address, pair, caller, key).await;
            let Ok(mut session) = opened else { continue };
            match session.sign(&ask::buy(&desk.book, name)).await {
                Ok(Outcome::Approved(order)) => answered.orders.push((order, faulty.count())),
                // Where its reserve cannot be had, the disk counts as low.
                Ok(Outcome::Denied(denied)) => {
                    let is_low = denied.sentence.starts_with("disk is");
                    assert!(!unlocked || is_low, "{denied:?}");
                }
                Err(_) => {}
            }
        }
    });
    if let Ok(told) = desk.ask(Verb::Freeze, b"a test") {
        assert!(told.ends_with("state FROZEN"), "{told}");
        answered.frozen = Some(faulty.count());
    }
    answered.stopped = signer.stop();
    answered.operations = faulty.count();
    answered
}

/// The journal's files as they are.
fn keep(desk: &Desk) -> BTreeMap<&'static str, Vec<u8>> {
    let read = |name: &'static str| Some((name, fs::read(desk.file(name)).ok()?));
    FILES.into_iter().filter_map(read).collect()
}

fn put(folder: &Path, name: &str, content: Option<&Vec<u8>>) {
    let path = folder.join(name);
    match content {
        Some(bytes) => fs::write(path, bytes).expect("the folder is ours"),
        None => drop(fs::remove_file(path)),
    }
}

/// The order hashes and charges, and whether a freeze is there.
fn rows(journal: &Path) -> (Vec<(Vec<u8>, u64)>, bool) {
    let db = Connection::open(journal).expect("a database");
    let mut query = db
        .prepare("SELECT order_hash, charge_units FROM leaf WHERE entry = 'approved'")
        .expect("a journal");
    let orders = query.query_map([], |r| Ok((r.get(0)?, r.get(1)?)));
    let orders = orders.expect("rows").map(|row| row.expect("an order"));
    let froze = "SELECT count(*) > 0 FROM leaf WHERE entry = 'froze'";
    let frozen = db.query_row(froze, [], |r| r.get(0)).expect("rows");
    (orders.collect(), frozen)
}

/// What does not hold of the journal that a life left.
fn judge(desk: &Desk, answered: &Answered) -> Result<(), String> {
    let told = fs::read_to_string(desk.file("signer.log")).unwrap_or_default();
    let said_frozen = told.contains("FROZEN by local");
    let hand = Hand::new(desk, None);
    let signer = desk.start_signer();
    let state = hand.status("state").expect("a state");
    let (orders, frozen) = rows_of_copy(desk);
    let is_there = |hash: &Vec<u8>| orders.iter().any(|(kept, _)| kept == hash);
    if let Some((lost, _)) = answered
        .orders
        .iter()
        .find(|(o, _)| !is_there(&o.order_hash))
    {
        return Err(format!("an order that left is not on disk: {lost:?}"));
    }
    if frozen != (state == "FROZEN") || (said_frozen || answered.frozen.is_some()) && !frozen {
        return Err(format!("it said frozen ({said_frozen}), and is {state}"));
    }
    let charged: u64 = orders.iter().map(|(_, charge)| charge).sum();
    let expected = order::CollateralUnits::new(charged).to_string();
    let figure = hand.status("charged_lifetime_usdc").expect("a figure");
    if figure != expected || orders.len() > 2 {
        return Err(format!("charged {figure}, and the rows say {expected}"));
    }
    if !frozen {
        let after = desk.order(&signer.address, &ask::buy(&desk.book, "after"));
        after.map_err(|denied| format!("it does not go on: {denied:?}"))?;
    }
    if signer.stop().success() {
        Ok(())
    } else {
        Err("it does not stop".to_owned())
    }
}

/// Of a copy, since the signer has the journal.
fn rows_of_copy(desk: &Desk) -> (Vec<(Vec<u8>, u64)>, bool) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in keep(desk) {
        put(folder.path(), name, Some(&content));
    }
    rows(&folder.path().join(FILES[0]))
}

/// What was answered for certain before so many of the operations were done. Some
/// are counted and leave no trace, so what was heard at a count was heard after
/// no more of these.
fn known_by(answered: &Answered, at: usize) -> Known {
    let by = |heard: u64| u64::try_from(at).expect("few") >= heard;
    Known {
        orders: answered
            .orders
            .iter()
            .filter(|(_, heard)| by(*heard))
            .map(|(order, _)| order.order_hash.clone())
            .collect(),
        frozen: answered.frozen.is_some_and(by),
    }
}

/// What must be there.
struct Known {
    orders: Vec<Vec<u8>>,
    frozen: bool,
}

/// Opens what a power cut left, and says what does not hold.
fn reopened(desk: &Desk, image: &[Option<Vec<u8>>; 2], known: &Known) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in FILES.into_iter().zip(image) {
        put(folder.path(), name, content.as_ref());
    }
    let journal = folder.path().join(FILES[0]);
    let path = journal.to_str().expect("a plain path");
    let ran = desk.signerctl(&["audit", "verify", "--journal", path]);
    if !ran.status.success() {
        return Err(ran.stderr);
    }
    let (orders, frozen) = rows(&journal);
    for hash in &known.orders {
        if !orders.iter().any(|(kept, _)| kept == hash) {
            return Err(format!(
                "an order that left is not on disk: {}",
                hex::encode(hash)
            ));
        }
    }
    if known.frozen && !frozen {
        return Err("a freeze that was told is not on disk".to_owned());
    }
    Ok(())
}

/// A desk, its journal as it was before the life that is looked at, and a disk.
fn scene() -> (Desk, BTreeMap<&'static str, Vec<u8>>, Faulty) {
    let desk = Desk::standard();
    let before = keep(&desk);
    let faulty = Faulty::new(&desk.folder);
    (desk, before, faulty)
}

#[test]
fn whatever_the_disk_fails_at_nothing_left_that_is_not_on_it() {
    let (desk, before, faulty) = scene();
    let quiet = live(&desk, &faulty);
    assert!(quiet.stopped && quiet.frozen.is_some() && quiet.orders.len() == 2);
    let operations = faulty.count();
    assert!(operations > 30, "{operations} operations");
    let mut failures = Vec::new();
    for at in 1..=operations {
        for (errno, for_good, torn) in [
            (libc::EIO, false, false),
            (libc::ENOSPC, true, true),
            (libc::EIO, true, true),
        ] {
            failures.push(Failure {
                at,
                errno,
                for_good,
                torn,
            });
        }
    }
    // Spread over all of them; two neighbours differ in how they fail.
    let step = failures.len().div_ceil(wanted(16, usize::MAX)).max(1);
    let step = step + usize::from(step > 1 && step.is_multiple_of(3));
    let (mut lives, mut cut_short) = (0, 0);
    for failure in failures.into_iter().step_by(step) {
        for name in FILES {
            put(&desk.folder, name, before.get(name));
        }
        fs::write(desk.file("signer.log"), "").expect("the folder is ours");
        faulty.reset(Some(failure));
        let answered = live(&desk, &faulty);
        lives += 1;
        cut_short += usize::from(!answered.stopped);
        judge(&desk, &answered).unwrap_or_else(|broken| panic!("{failure:?}: {broken}"));
    }
    println!("{lives} failures among {operations} operations; {cut_short} ended the signer");
    assert!(cut_short > lives / 3, "{cut_short} of {lives}");
}

#[test]
fn a_power_cut_at_any_operation_takes_nothing_back_that_was_answered() {
    let (desk, before, faulty) = scene();
    let quiet = live(&desk, &faulty);
    assert!(quiet.stopped, "nothing failed");
    let trace = faulty.trace();
    assert!(trace.len() > 30, "{} operations", trace.len());
    // Reservations are counted and change nothing that is read.
    assert!(u64::try_from(trace.len()).is_ok_and(|done| done <= faulty.count()));
    let step = trace.len().div_ceil(wanted(40, usize::MAX)).max(1);
    let mut cuts = 0;
    for at in (0..=trace.len()).step_by(step) {
        for left in Left::ALL {
            let image = replay(&before, &trace[..at], left);
            let known = known_by(&quiet, at);
            reopened(&desk, &image, &known)
                .unwrap_or_else(|broken| panic!("after {at} operations, {left:?}: {broken}"));
            cuts += 1;
        }
    }
    println!("{cuts} power cuts among {} operations", trace.len());
}

/// The control: a disk whose syncs do nothing is found out.
#[test]
fn a_trace_without_its_syncs_is_found_out() {
    let (desk, before, faulty) = scene();
    let quiet = live(&desk, &faulty);
    let mut trace = faulty.trace();
    let all = trace.len();
    let known = known_by(&quiet, all);
    trace.retain(|done| !matches!(done.what, What::Sync));
    let image = replay(&before, &trace, Left::Nothing);
    let broken = reopened(&desk, &image, &known).expect_err("two orders are gone");
    assert!(broken.contains("is not on disk"), "{broken}");
}
