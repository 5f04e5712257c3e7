//! The signer's key is asked for: whoever is called hears of it at once, again in
//! the last hour, and when it is over; log and health say it too, and a restart
//! of either program calls nobody twice.

use std::fs;

use serde_json::json;
use tests::age::RECIPIENT;
use tests::exports::Owner;
use tests::pki;
use tests::process::Server;
use tests::shifted::Shifted;

use crate::alerts::Sink;
use crate::kit::{Stand, TRADING};

const HOUR_S: i64 = 3_600;
const REQUEST: [&str; 3] = ["request", "--to", RECIPIENT];
const CODES: [&str; 3] = ["EXPORT_REQUESTED", "EXPORT_NEAR", "EXPORT_ENDED"];

/// A stand that calls `sink`, whose signer is stopped and will listen where it did.
fn stand(sink: &Sink) -> Stand {
    let mut stand = Stand::new(TRADING);
    let webhook = format!("http://{}/hook", sink.address);
    pki::secret_file(&stand.desk.file("alert.url"), webhook.as_bytes());
    stand.also("\n[alerts]\nwebhook = \"alert.url\"\nretry_ms = 10\n");
    let address = stand.stop_signer();
    let path = stand.desk.file("signer.toml");
    let text = fs::read_to_string(&path).expect("it was written");
    fs::write(&path, text.replace("127.0.0.1:0", &address)).expect("the folder is ours");
    stand
}

/// Waits until each code was told so often.
fn until(stand: &Stand, sink: &Sink, counts: [usize; 3]) {
    let heard = || CODES.map(|code| sink.of(code).len());
    let found = stand.wait(|| (heard() == counts).then_some(()));
    found.unwrap_or_else(|| panic!("{:?}, not {counts:?}\n{}", heard(), stand.log()));
}

/// What `health` says of the signer: the level and the words.
fn signer(stand: &Stand) -> (String, String) {
    let (_, said) = stand.verb(&["health"]);
    let rows = said["checks"].as_array().expect("a list").iter();
    let mut named = rows.filter(|row| row["check"] == "signer");
    let row = named.next().expect("it is told");
    let text = |name: &str| row[name].as_str().expect("text").to_owned();
    (text("level"), text("words"))
}

/// The signer, started and unlocked with its key's newer secret.
fn started(owner: &Owner<'_>) -> Server {
    let signer = owner.hand.start();
    let sealed = [
        "unlock",
        "--sealed",
        "wallet.sealed",
        "--credential",
        "new.key",
    ];
    let ran = owner.hand.run(&sealed);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    signer
}

/// A run that has seen the signer as it is now.
fn looked(stand: &Stand) -> Server {
    let run = stand.run();
    let text = "asked for, the key may leave in";
    stand
        .wait(|| signer(stand).1.contains(text).then_some(()))
        .unwrap_or_else(|| panic!("{:?}\n{}", signer(stand), stand.log()));
    run
}

/// M111: the request reaches a person through the orchestrator, and so does its
/// last hour and its end; each once.
#[test]
fn an_export_that_nobody_wanted_is_heard_of_in_time_to_cancel_it() {
    let sink = Sink::start(1);
    let stand = stand(&sink);
    let clock = Shifted::new(&stand.desk.folder);
    let owner = Owner::enrol(&stand.desk, &clock);
    let running = started(&owner);
    let run = stand.run();
    owner.export(&REQUEST).expect("asked for");
    // The first call was refused, and the same one came again.
    until(&stand, &sink, [2, 0, 0]);
    let told = sink.of("EXPORT_REQUESTED");
    assert_eq!(told[0], told[1]);
    let text = told[0]["text"].as_str().expect("text");
    assert!(text.contains("signerctl export cancel"), "{text}");
    assert!(!text.contains(RECIPIENT), "fixed words: {text}");
    let leaf = owner.hand.status("export_leaf").expect("it stands");
    let alarm = format!("ALARM EXPORT_REQUESTED leaf {leaf}: an export is asked for");
    assert_eq!(stand.log().matches(&alarm).count(), 1, "{}", stand.log());

    // Neither program's restart calls again; a run shows it to `health`.
    assert!(run.stop().success(), "{}", stand.log());
    assert!(running.stop().success());
    let running = started(&owner);
    let (level, words) = signer(&stand);
    assert_eq!(level, "warn", "asked directly: {words}");
    assert!(
        words.contains("Not you? signerctl export cancel"),
        "{words}"
    );
    let run = looked(&stand);
    owner.pass(23 * HOUR_S);
    until(&stand, &sink, [2, 1, 0]);
    assert!(run.stop().success(), "{}", stand.log());
    assert!(stand.log().contains("ALARM EXPORT_NEAR"), "{}", stand.log());

    // It is cancelled while nobody looks: the next run says so, once.
    owner.hand.run(&["export", "cancel"]);
    let run = stand.run();
    until(&stand, &sink, [2, 1, 1]);
    owner.export(&REQUEST).expect("asked for again");
    until(&stand, &sink, [3, 1, 1]);
    assert_ne!(sink.of("EXPORT_REQUESTED")[2]["id"], json!(told[0]["id"]));
    assert!(run.stop().success(), "{}", stand.log());
    assert!(running.stop().success());
}
