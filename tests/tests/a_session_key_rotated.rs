//! The owner lends another session key: the policy names it, it is imported beside
//! the old one, takes its place, and the old one is removed when its right is gone;
//! with `signerctl` killed before each effect of each step and asked again.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc;

use tests::ask;
use tests::bins::{self, Bins};
use tests::clock::now_ms;
use tests::desk::{Desk, LENT};
use tests::fused::{Death, Event, Fused};
use tests::hand::Hand;
use tests::keys::{self, TradingKey};
use tests::process::{self, PATIENCE, Server};
use tests::shifted::Shifted;
use tests::{pki, sealed};

const DAY_S: i64 = 86_400;
const IMPORT: &str = "import --journal journal.sqlite --out next.sealed --generation 2 --raw-fd 3 \
                      --credential-out next.key --yes-i-have-an-offline-copy 3<new.hex";
const SWAP: &str = "rotate swap --journal journal.sqlite --next next.sealed --credential next.key";
const DELETE: &str = "rotate delete --journal journal.sqlite --revoked";

/// A desk with an old key, and a new one in a file.
struct Two<'a> {
    desk: &'a Desk,
    hand: Hand<'a>,
}

fn desk() -> (Desk, TradingKey) {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    let ahead = |days: u64| {
        let at = note::UtcSeconds::new(now_ms() / 1_000 + days * 86_400);
        at.expect("this century").to_string()
    };
    let (policy_ends, key_ends) = (ahead(60), ahead(50));
    let mut bend = LENT.to_vec();
    bend.extend([
        ("expires", policy_ends.as_str()),
        ("session_expires", &key_ends),
    ]);
    let desk = Desk::with_policy(Bins::debug(), &books, &bend);
    desk.write_credential("old.key");
    let new = keys::trading_key();
    let digits = format!("{}\n", hex::encode(new.bytes));
    pki::secret_file(&desk.file("new.hex"), digits.as_bytes());
    (desk, new)
}

impl Two<'_> {
    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new("sh");
        command.current_dir(&self.desk.folder);
        command.args(["-c", &format!("exec \"$0\" {verb}")]);
        command.arg(&self.desk.bins.signerctl);
        self.hand.timed(command)
    }

    /// One run to its end.
    ///
    /// # Errors
    ///
    /// The code of its refusal.
    fn run(&self, verb: &str) -> Result<String, String> {
        let ran = process::run(self.command(verb));
        if ran.code() == 0 {
            return Ok(ran.stdout);
        }
        let line = ran.stderr.lines().last().unwrap_or_default();
        Err(line.split(' ').next().unwrap_or_default().to_owned())
    }

    /// One run that dies before its effect `fuse`.
    fn killed(&self, verb: &str, fuse: u64) -> Death {
        let (tell, told) = mpsc::channel();
        let log = self.desk.file("signerctl.log");
        let _running = Fused::start(self.command(verb), &log, Some(fuse), (), tell);
        loop {
            match told.recv_timeout(PATIENCE).expect("it ends") {
                ((), Event::Ended(death)) => return death,
                ((), Event::Listening(_)) => {}
            }
        }
    }

    /// Kills `verb` before each of its effects in turn; `at` looks at what is there
    /// then, says whether the step was taken, and puts everything back. How many
    /// died before and after it.
    fn killed_anywhere(&self, verb: &str, mut at: impl FnMut(&Death) -> bool) -> (u32, u32) {
        let (mut before, mut after) = (0, 0);
        for fuse in 1.. {
            let death = self.killed(verb, fuse);
            let taken = at(&death);
            if death.code == Some(0) {
                assert!(taken, "{verb} came to its end");
                break;
            }
            assert_eq!(death.code, None, "{verb} at {fuse}: {death:?}");
            let count = if taken { &mut after } else { &mut before };
            *count += 1;
        }
        (before, after)
    }

    /// The generation of the key in `file`, where `credential` opens it.
    fn opens(&self, file: &str, credential: &str) -> Option<u32> {
        let file = fs::read(self.desk.file(file)).ok()?;
        let sealing = fs::read(self.desk.file(credential)).ok()?;
        sealed::generation(&file, &self.desk.journal_id, &sealing)
    }

    /// The former keys beside the one in use.
    fn formers(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.desk.folder).expect("ours");
        let names = entries.map(|entry| entry.expect("ours").file_name());
        names
            .filter_map(|name| name.into_string().ok())
            .filter(|name| name.starts_with("wallet.sealed.former-"))
            .collect()
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let path: PathBuf = self.desk.file(name);
        fs::remove_file(&path).ok();
        pki::secret_file(&path, bytes);
    }

    /// The signer, unlocked with the secret in `credential`, attended.
    fn started(&self, credential: &str) -> Result<Server, String> {
        let signer = self.hand.start();
        let alive = self.hand.say(&["alive"], &[&self.desk.authority.operator]);
        alive.expect("it is taken");
        match self.run(&format!("unlock --credential {credential}")) {
            Ok(_) => Ok(signer),
            Err(code) => {
                assert!(signer.stop().success());
                Err(code)
            }
        }
    }

    /// Buys, `days` from today.
    fn buy(&self, signer: &Server, name: &str, days: u64) -> Result<(), String> {
        let intent = ask::later(ask::buy(&self.desk.book, name), days * 86_400);
        let answer = self.desk.order(&signer.address, &intent);
        answer.map(|_| ()).map_err(|denied| denied.code)
    }

    fn import_killed_anywhere(&self) {
        let (before, after) = self.killed_anywhere(IMPORT, |death| {
            let taken = self.desk.file("next.sealed").exists();
            assert!(!taken || self.opens("next.sealed", "next.key") == Some(2));
            if death.code != Some(0) {
                for name in ["next.sealed", "next.key"] {
                    fs::remove_file(self.desk.file(name)).ok();
                }
            }
            taken
        });
        assert!(before >= 4 && after >= 1, "import: {before}, {after}");
    }

    /// The old file, as it was.
    fn swap_killed_anywhere(&self) -> Vec<u8> {
        let [old_file, new_file] = ["wallet.sealed", "next.sealed"]
            .map(|name| fs::read(self.desk.file(name)).expect("it is there"));
        let (before, after) = self.killed_anywhere(SWAP, |death| {
            let in_use = ["old.key", "next.key"].map(|key| self.opens("wallet.sealed", key));
            let formers = self.formers();
            let kept = formers.first().map(|name| self.opens(name, "old.key"));
            let taken = match (in_use, kept) {
                ([Some(1), None], None | Some(Some(1))) => false,
                ([None, Some(2)], Some(Some(1))) => true,
                other => panic!("{death:?}: {other:?}"),
            };
            // Asked again, it comes to its end, from wherever it was.
            self.run(SWAP).expect("it goes on");
            assert_eq!(self.opens("wallet.sealed", "next.key"), Some(2));
            assert_eq!(self.formers().len(), 1);
            if death.code != Some(0) {
                fs::remove_file(self.desk.file(&self.formers()[0])).expect("ours");
                self.put("wallet.sealed", &old_file);
                self.put("next.sealed", &new_file);
            }
            taken
        });
        assert!(before >= 2 && after >= 1, "swap: {before}, {after}");
        old_file
    }

    fn delete_killed_anywhere(&self, old_file: &[u8]) {
        let former = self.formers().remove(0);
        let (before, after) = self.killed_anywhere(DELETE, |death| {
            let taken = self.formers().is_empty();
            assert_eq!(
                self.opens("wallet.sealed", "next.key"),
                Some(2),
                "{death:?}"
            );
            if death.code != Some(0) {
                self.put(&former, old_file);
            }
            taken
        });
        assert!(before >= 1 && after >= 1, "delete: {before}, {after}");
    }
}

/// M118, M117: authorise new, drain, swap, revoke old and delete, with a crash
/// between any two effects; at every moment there is one whole key in use.
#[test]
fn a_session_key_is_rotated_and_a_crash_anywhere_leaves_a_whole_one() {
    let (desk, new) = desk();
    let clock = Shifted::new(&desk.folder);
    let hand = Hand::new(&desk, Some(&clock));
    let two = Two { desk: &desk, hand };
    assert_eq!(
        two.run(IMPORT),
        Err("WRONG_WALLET".to_owned()),
        "not named yet"
    );
    assert!(!desk.file("next.sealed").exists() && !desk.file("next.key").exists());

    // The quorum names it: until its delay is over the old one goes on.
    let signer = two.started("old.key").expect("it opens");
    let address: order::Address = new.address.parse().expect("an address");
    let named = format!("signing_address={}", address.to_checksum(None));
    let renew = ["policy", "--renew", "policy.note", "--set", &named];
    let [one, other, _] = &desk.authority.quorum;
    two.hand.say(&renew, &[one, other]).expect("pending");
    two.buy(&signer, "drain", 0).expect("the old one signs");
    assert!(signer.stop().success());

    two.import_killed_anywhere();
    assert_eq!(
        two.run(SWAP),
        Err("WRONG_WALLET".to_owned()),
        "not in force yet"
    );
    assert_eq!(
        (two.opens("wallet.sealed", "old.key"), two.formers().len()),
        (Some(1), 0)
    );

    clock.pass(DAY_S);
    let refused = two.started("old.key").map(|_| ());
    assert_eq!(
        refused,
        Err("WRONG_WALLET".to_owned()),
        "the policy is the new one's"
    );
    let old_file = two.swap_killed_anywhere();

    // The journal holds who was named, and what was unlocked since.
    let signer = two.started("next.key").expect("it opens");
    assert_eq!(two.hand.status("key_generation").as_deref(), Some("2"));
    two.buy(&signer, "new", 1).expect("the new one signs");
    let log = two.run("log --journal journal.sqlite").expect("it is read");
    let leaves = [
        "note=policy version=2",
        " unlocked by=local",
        "key of another wallet",
    ];
    let counts = leaves.map(|leaf| log.matches(leaf).count());
    assert_eq!(counts, [1, 2, 1], "{log}");
    let told = two.run("rotate status").expect("both");
    assert!(told.contains("active_generation 2\n") && told.contains("former_generation 1\n"));

    assert_eq!(
        two.run("rotate delete --journal journal.sqlite"),
        Err("NOT_REVOKED".to_owned())
    );
    clock.pass(7 * DAY_S - 3_600);
    assert_eq!(two.run(DELETE), Err("OVERLAP".to_owned()));
    clock.pass(3_600);
    two.delete_killed_anywhere(&old_file);
    assert_eq!(two.run(DELETE), Err("FORMER".to_owned()), "there is none");
    assert!(signer.stop().success());
}
