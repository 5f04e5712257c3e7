//! API credentials are rotated at the exchange's simulator: swapped, revoked,
//! deleted, each step killed before each of its effects in turn and asked for
//! again. What is on disk is always the step's beginning or its end.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc;

use serde_json::{Value, json};
use tests::desk::Desk;
use tests::fused::{Death, Event, Fused};
use tests::pki;
use tests::process::{PATIENCE, Server};

const OLD: &str = "7f0f7a52-4a57-4c4e-9a3e-1d2c3b4a5968";
const NEW: &str = "0b5c8a10-95a3-4f3b-8f0e-6a1f2c3d4e5f";
const DAY_MS: u64 = 24 * 3_600_000;

/// A desk whose exchange knows two keys of its address.
struct Two {
    desk: Desk,
    _venue: Server,
}

impl Two {
    fn new() -> Self {
        let desk = Desk::standard();
        let path = desk.file("venue.json");
        let text = fs::read_to_string(&path).expect("it was written");
        let mut venue: Value = serde_json::from_str(&text).expect("JSON");
        let mut second = venue["accounts"][0].clone();
        second["api_key"] = json!(NEW);
        let given = json!({
            "apiKey": NEW, "secret": second["secret"], "passphrase": second["passphrase"],
        });
        pki::secret_file(&desk.file("new.json"), given.to_string().as_bytes());
        let unknown = given.to_string().replace("0b5c8a10", "00000000");
        pki::secret_file(&desk.file("unknown.json"), unknown.as_bytes());
        venue["accounts"]
            .as_array_mut()
            .expect("a list")
            .push(second);
        fs::write(&path, venue.to_string()).expect("ours");
        let running = desk.start_venue();
        desk.write_orchestrator_config("127.0.0.1:1", &running.address);
        Self {
            desk,
            _venue: running,
        }
    }

    fn place(&self) -> PathBuf {
        self.desk.file("clob.json")
    }

    /// One run of a verb of `credentials`, which may die before an effect.
    fn run(&self, verb: &str, fuse: Option<u64>) -> Death {
        let mut command = Command::new("sh");
        command
            .current_dir(&self.desk.folder)
            .arg("-c")
            .arg(format!("exec \"$0\" credentials {verb}"))
            .arg(&self.desk.bins.orchestrator);
        let (tell, told) = mpsc::channel();
        let log = self.desk.file("verb.log");
        let _running = Fused::start(command, &log, fuse, (), tell);
        loop {
            match told.recv_timeout(PATIENCE).expect("it ends") {
                ((), Event::Ended(death)) => return death,
                ((), Event::Listening(_)) => {}
            }
        }
    }

    /// The credentials in use, and the former with whether they are revoked.
    fn slots(&self) -> (String, Option<(String, bool)>) {
        let bytes = fs::read(self.place()).expect("it is never gone");
        let held: Value = serde_json::from_slice(&bytes).expect("it is never half");
        let Some(active) = held.get("active") else {
            return (held["apiKey"].as_str().expect("an id").to_owned(), None);
        };
        let id = |slot: &Value| slot["apiKey"].as_str().expect("an id").to_owned();
        let former = held.get("deprecated");
        let former = former.map(|slot| (id(slot), slot.get("revokedMs").is_some()));
        (id(active), former)
    }

    fn put(&self, bytes: &[u8]) {
        fs::remove_file(self.place()).expect("ours");
        pki::secret_file(&self.place(), bytes);
    }

    /// Kills `verb` before each effect in turn; each time the file is as
    /// before or as after. Says how many died before and after the change.
    fn killed(&self, verb: &str) -> (usize, usize) {
        let before_bytes = fs::read(self.place()).expect("it is there");
        let before = self.slots();
        let (mut at, mut after) = (Vec::new(), None);
        for fuse in 1.. {
            let death = self.run(verb, Some(fuse));
            let now = self.slots();
            if death.code == Some(0) {
                after = Some(now);
                break;
            }
            assert_eq!(death.code, None, "{verb} at {fuse}: {death:?}");
            at.push(now);
            self.put(&before_bytes);
        }
        let after = after.expect("it came to its end");
        assert_ne!(before, after, "{verb} changed nothing");
        let odd = at
            .iter()
            .find(|slots| **slots != before && **slots != after);
        assert_eq!(odd, None, "{verb}");
        let early = at.iter().filter(|slots| **slots == before).count();
        (early, at.len() - early)
    }

    fn said(&self, verb: &[&str]) -> Value {
        let args = [&["credentials"], verb, &["--json"]].concat();
        let ran = self.desk.orchestrator(&args);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{verb:?} {e}: {}", ran.stderr))
    }
}

/// M118: import, validate, swap, overlap, revoke and delete, with a crash
/// between any two effects of each.
#[test]
fn a_rotation_killed_anywhere_is_at_a_step_and_goes_on() {
    let two = Two::new();
    let (old, new) = (OLD.to_owned(), NEW.to_owned());
    let (early, late) = two.killed("rotate <new.json");
    assert!(
        early >= 3 && late >= 1,
        "rotate: {early} before, {late} after"
    );
    assert_eq!(two.slots(), (new.clone(), Some((old.clone(), false))));
    let again = two.run("rotate <new.json", None);
    assert_eq!(again.code, Some(0), "asked again it is done already");

    // Seven days: neither revoked nor deleted before, unless somebody insists.
    assert_eq!(two.run("revoke", None).code, Some(1));
    assert_eq!(two.run("delete", None).code, Some(1));
    let (early, late) = two.killed("revoke --now");
    assert!(
        early >= 3 && late >= 1,
        "revoke: {early} before, {late} after"
    );
    assert_eq!(two.slots(), (new.clone(), Some((old, true))));

    let (early, late) = two.killed("delete");
    assert!(
        early >= 2 && late >= 1,
        "delete: {early} before, {late} after"
    );
    assert_eq!(two.slots(), (new, None));
    let held = fs::read_to_string(two.place()).expect("it is there");
    assert!(!held.contains(OLD), "the former are gone from the disk");
    let left = fs::read_dir(&two.desk.folder).expect("ours");
    let drafts = left.filter(|entry| {
        let name = entry.as_ref().expect("ours").file_name();
        name.to_string_lossy().contains("draft")
    });
    assert_eq!(drafts.count(), 0, "what a crash left, the next replaced");
    // The exchange knows the new alone.
    let ran = two.desk.orchestrator(&["credentials", "status"]);
    assert!(ran.stdout.contains("valid, 0 days"), "{}", ran.stdout);
}

/// M95: credentials that the exchange does not know are said so in the
/// document's words, and change nothing.
#[test]
fn credentials_that_the_exchange_does_not_know_are_invalid_and_change_nothing() {
    let two = Two::new();
    let before = fs::read(two.place()).expect("it is there");
    for verb in [
        "rotate <unknown.json",
        "import --replace --verify <unknown.json",
    ] {
        let log = two.desk.file("verb.log");
        fs::remove_file(&log).ok();
        assert_eq!(two.run(verb, None).code, Some(1), "{verb}");
        let told = fs::read_to_string(&log).expect("it was said");
        assert!(told.contains("Invalid API credentials"), "{verb}: {told}");
        assert_eq!(fs::read(two.place()).expect("it is there"), before);
    }
}

/// M116, M117: the reminder's exact text, and what stops on day 120.
#[test]
fn old_credentials_are_told_by_status_and_health() {
    let two = Two::new();
    let reminder = "Your API keys are 90 days old. Rotate for security.";
    let venue: Value =
        serde_json::from_slice(&fs::read(two.place()).expect("there")).expect("JSON");
    for (days, reminded, stopped) in [(89, false, false), (90, true, false), (120, true, true)] {
        let mut slot = venue.clone();
        slot["importedMs"] = json!(tests::clock::now_ms() - days * DAY_MS);
        two.put(json!({ "active": slot }).to_string().as_bytes());
        let said = two.said(&["status"]).to_string();
        assert_eq!(said.contains(reminder), reminded, "{days}: {said}");
        assert_eq!(said.contains("buys stopped"), stopped, "{days}: {said}");
        let ran = two.desk.orchestrator(&["health"]);
        let line = ran.stdout.lines().find(|line| line.contains(" keys "));
        let line = line.unwrap_or_else(|| panic!("{}", ran.stdout));
        assert_eq!(line.contains(reminder), reminded, "{days}: {line}");
        assert_eq!(line.starts_with("fail"), stopped, "{days}: {line}");
    }
}
