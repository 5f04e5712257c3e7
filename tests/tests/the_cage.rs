//! Somebody is inside: in the vault, in the door, in the supervisor, of the
//! real program, with all that it can do.
//!
//! Every way out is shut, the signer goes on as if nothing were, and where the
//! kernel cannot shut them a policy that demands it is refused.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use frame::local::Verb;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User};
use tests::ask;
use tests::bins::{self, Bins};
use tests::client;
use tests::control::value;
use tests::desk::{Desk, LEADER};
use tests::probe::Probe;
use tests::process::{Server, children, wait};
use tests::session;
use tests::without::Without;

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    /// It was done.
    Done,
    /// The kernel refused it, with this error.
    Refused(i32),
    /// The kernel ended the process for it.
    Ended,
}
use Came::{Done, Ended, Refused};

const SHUT: Came = Refused(libc::EACCES);

/// What is tried; what comes of it in vault, door and supervisor; and in a
/// program that has no cage.
const TRIED: [(&str, Came, Came, Came, Came); 10] = [
    ("open", SHUT, Ended, SHUT, Done),
    ("write", Ended, Ended, SHUT, Done),
    ("socket", Ended, Ended, Ended, Done),
    // It gets as far as to learn that its log is no socket.
    ("connect", Ended, Ended, Ended, Refused(libc::ENOTSOCK)),
    ("exec", Ended, Ended, SHUT, Refused(libc::ENOEXEC)),
    // A supervisor starts doors.
    ("fork", Ended, Ended, Done, Done),
    ("ptrace", Ended, Ended, Ended, Done),
    ("kill", Ended, Ended, Ended, Done),
    ("run", Ended, Ended, Ended, Done),
    ("map", Ended, Ended, Ended, Done),
];

/// A signer with somebody inside each of its processes.
struct Lost {
    child: Child,
    log: BufReader<std::process::ChildStderr>,
}

impl Lost {
    fn start(desk: &Desk, probe: &Probe, what: &str, path: &Path) -> Self {
        let command = desk.signer_command(&desk.bins.signer);
        let mut child = probe
            .within(command, what, path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it was built");
        let log = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut lost = Self { child, log };
        for name in ["vault", "door", "supervisor"] {
            let line = lost.line("CAGE ").expect("each says how it is caged");
            assert!(line.contains(" is closed"), "{name}: {line}");
        }
        lost
    }

    /// The next line of its log that has one of these words; none at its end.
    fn line(&mut self, word: &str) -> Option<String> {
        self.lines(&[word])
    }

    fn lines(&mut self, words: &[&str]) -> Option<String> {
        let lines = self.log.by_ref().lines();
        let mut lines = lines.map(|line| line.expect("text"));
        lines.find(|line| words.iter().any(|word| line.contains(word)))
    }

    fn pid(&self, name: &str) -> u32 {
        if name == "supervisor" {
            return self.child.id();
        }
        let is_it = |pid: &u32| {
            fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|c| c.trim() == name)
        };
        let mut all = children(self.child.id()).into_iter();
        all.find(is_it).expect("it runs")
    }

    /// Has the one inside `name` try, and hears what came of it.
    fn tries(&mut self, name: &str) -> Came {
        Probe::tries(self.pid(name));
        let line = self.lines(&["PROBE ", "SIGSYS", "wait_status(31)"]);
        match line {
            Some(line) if line.starts_with("PROBE ") => came(&line),
            Some(_) => Ended,
            None => {
                let signal = wait(&mut self.child).signal();
                assert_eq!((name, signal), ("supervisor", Some(libc::SIGSYS)));
                Ended
            }
        }
    }
}

impl Drop for Lost {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What a probe's line says.
fn came(line: &str) -> Came {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["PROBE", _, "done", _] => Done,
        ["PROBE", _, "stopped", code] => Refused(code.parse().expect("an error's number")),
        _ => panic!("{line}"),
    }
}

/// A program without a cage, and somebody inside.
fn uncaged(probe: &Probe, what: &str, path: &Path) -> Came {
    let mut child = probe
        .within(Command::new("cat"), what, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("every host has it");
    // It runs once it answers.
    let mut stdin = child.stdin.take().expect("it is piped");
    let mut stdout = child.stdout.take().expect("it is piped");
    stdin.write_all(b"x").expect("it reads");
    stdout.read_exact(&mut [0]).expect("it answers");
    Probe::tries(child.id());
    let mut line = String::new();
    let stderr = child.stderr.take().expect("it is piped");
    BufReader::new(stderr).read_line(&mut line).expect("text");
    drop(stdin);
    wait(&mut child);
    came(line.trim_end())
}

/// A folder with what is tried, apart from the signer's and the probe's own.
fn outside() -> tempfile::TempDir {
    let outside = tempfile::tempdir().expect("a temporary folder");
    let read = outside.path().join("read");
    fs::write(&read, "no program").expect("it is ours");
    fs::set_permissions(&read, fs::Permissions::from_mode(0o755)).expect("it is ours");
    outside
}

fn at(outside: &tempfile::TempDir, what: &str) -> std::path::PathBuf {
    let name = if what == "write" { "written" } else { "read" };
    outside.path().join(name)
}

/// A lost process reaches no file, network or process beside its own.
#[test]
fn each_way_out_is_shut() {
    let (desk, outside) = (Desk::standard(), outside());
    let library = tempfile::tempdir().expect("a temporary folder");
    let probe = Probe::new(library.path());
    for (what, vault, door, supervisor, _) in TRIED {
        let path = at(&outside, what);
        let mut lost = Lost::start(&desk, &probe, what, &path);
        assert_eq!(lost.tries("door"), door, "{what} in the door");
        assert_eq!(lost.tries("vault"), vault, "{what} in the vault");
        drop(lost);
        let mut lost = Lost::start(&desk, &probe, what, &path);
        let came = lost.tries("supervisor");
        assert_eq!(came, supervisor, "{what} in the supervisor");
        assert!(!outside.path().join("written").exists());
    }
}

#[test]
fn each_way_out_is_open_to_a_program_without_a_cage() {
    let outside = outside();
    let library = tempfile::tempdir().expect("a temporary folder");
    let probe = Probe::new(library.path());
    for (what, _, _, _, free) in TRIED {
        assert_eq!(uncaged(&probe, what, &at(&outside, what)), free, "{what}");
    }
    assert!(outside.path().join("written").exists());
}

/// The value of a field in one of a process's own tables.
fn field(pid: u32, table: &str, name: &str) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/{table}")).expect("it runs");
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let words = line.expect("Linux has it").split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}

fn pids(signer: &Server) -> [(&'static str, u32); 3] {
    let child = |name| signer.child(name).expect("it runs");
    [
        ("supervisor", signer.pid()),
        ("vault", child("vault")),
        ("door", child("door")),
    ]
}

/// M107: no process of the signer leaves a core.
#[test]
fn each_process_says_what_it_gave_up_and_the_kernel_agrees() {
    let desk = Desk::standard();
    // As from a shell that left something open.
    let mut command = Command::new("sh");
    let line =
        "exec 9</etc/passwd; umask 000; ulimit -c unlimited; exec \"$0\" --config signer.toml";
    command
        .current_dir(&desk.folder)
        .args(["-c", line])
        .arg(&desk.bins.signer);
    let signer = Server::start(command, &desk.file("signer.log"));
    desk.unlock().expect("it unlocks");
    let bought = desk.order(&signer.address, &ask::buy(&desk.book, "a"));
    assert!(bought.is_ok(), "{bought:?}");
    for (name, pid) in pids(&signer) {
        for (table, field_name, value) in [
            ("status", "NoNewPrivs:", "1"),
            ("status", "Seccomp:", "2"),
            ("status", "Umask:", "0077"),
            ("limits", "Max core file size", "0 0 bytes"),
        ] {
            assert_eq!(field(pid, table, field_name), value, "{name} {field_name}");
        }
        for entry in fs::read_dir(format!("/proc/{pid}/fd")).expect("it runs") {
            let file = fs::read_link(entry.expect("it runs").path());
            let file = file.unwrap_or_default();
            assert_ne!(file, Path::new("/etc/passwd"), "{name}");
        }
    }
    let status = desk.ask(Verb::Status, &[]).expect("it answers");
    assert_eq!(value(&status, "cage_open"), Some("0"), "{status}");
}

#[test]
fn a_caged_signer_stops_and_goes_on() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    for (name, pid) in pids(&signer) {
        let pid = Pid::from_raw(pid.try_into().expect("a process id"));
        kill(pid, Signal::SIGSTOP).expect("a process of ours");
        kill(pid, Signal::SIGCONT).expect("a process of ours");
        let bought = desk.order(&signer.address, &ask::buy(&desk.book, name));
        assert!(bought.is_ok(), "{name}: {bought:?}");
    }
    assert!(signer.stop().success());
}

#[test]
fn vault_and_door_are_whom_the_configuration_names() {
    let desk = Desk::standard();
    let user = |name| {
        User::from_name(name)
            .expect("users are listed")
            .expect("every host has it")
    };
    let (vault, door) = (user("daemon"), user("nobody"));
    let text = fs::read_to_string(desk.file("signer.toml")).expect("it is ours");
    let section = "[process]\nvault_user = \"daemon\"\ndoor_user = \"nobody\"\n";
    fs::write(desk.file("signer.toml"), text + section).expect("it is ours");
    let owned = |name: &str, user: &User| {
        chown(desk.file(name), Some(user.uid.as_raw()), None).expect("only root can");
    };
    fs::set_permissions(&desk.folder, fs::Permissions::from_mode(0o711)).expect("it is ours");
    let request = format!("callers/{}.key", tests::desk::CALLER);
    for name in ["", "journal.sqlite", "wallet.sealed", &request] {
        owned(name, &vault);
    }
    owned("signer.key", &door);
    let signer = desk.start_signer();
    let of = |pid: u32| {
        fs::metadata(format!("/proc/{pid}/environ"))
            .expect("it runs")
            .uid()
    };
    for (name, pid) in pids(&signer) {
        let uid = match name {
            "vault" => vault.uid,
            "door" => door.uid,
            _ => nix::unistd::geteuid(),
        };
        assert_eq!(
            field(pid, "status", "Uid:"),
            format!("{uid} {uid} {uid} {uid}"),
            "{name}"
        );
        // What cannot be dumped is root's, whoever runs it.
        assert_eq!(of(pid), 0, "{name}");
    }
    let pid = signer.child("door").expect("it runs");
    kill(
        Pid::from_raw(pid.try_into().expect("a process id")),
        Signal::SIGKILL,
    )
    .expect("ours");
    // Whoever asks next is let in by the next door.
    let bought = desk.order(&signer.address, &ask::buy(&desk.book, "a"));
    assert!(bought.is_ok(), "{bought:?}");
    let next = signer.child("door").expect("it runs");
    let groups = field(next, "status", "Groups:");
    assert_eq!(
        (
            field(next, "status", "Uid:").starts_with(&door.uid.to_string()),
            groups.as_str()
        ),
        (true, "")
    );
}

#[test]
fn a_demand_that_this_kernel_cannot_keep_is_refused_with_what_is_missing() {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    for (call, missing) in [
        ("SYS_seccomp", "CONFIG_SECCOMP_FILTER"),
        ("SYS_landlock_create_ruleset", "CONFIG_SECURITY_LANDLOCK"),
    ] {
        let desk = Desk::unfounded(Bins::debug(), &books);
        let without = Without::call(&desk.folder, call);
        let start = || {
            let command = without.on(desk.signer_command(&desk.bins.signer));
            Server::start(command, &desk.file("signer.log"))
        };
        let signer = start();
        let status = desk.ask(Verb::Status, &[]).expect("it answers");
        assert_eq!(value(&status, "cage_open"), Some("1"), "{status}");
        // A door that answers has said what it stands in.
        let door = client::connect(&signer.address, &desk.orchestrator_pair);
        drop(session::run(door).expect("its door answers"));
        let log = fs::read_to_string(&signer.log).expect("its log");
        for name in ["supervisor", "vault", "door"] {
            let said = log.lines().any(|line| {
                let open = format!("CAGE the {name}'s stands open: ");
                line.contains("ERROR") && line.contains(&open) && line.contains(missing)
            });
            assert!(said, "{name}: {log}");
        }
        let (journal, wallet) = (&desk.journal_id, &desk.key.address);
        desk.ask(Verb::Found, &desk.authority.keyset(journal))
            .expect("a key set");
        let demanded = &[("require_cage", "yes")];
        let policy = desk.authority.policy(journal, wallet, &[LEADER], demanded);
        let refusal = desk
            .ask(Verb::Note, &policy)
            .expect_err("it cannot be kept");
        for word in ["NO_CAGE ", missing, "require_cage no"] {
            assert!(refusal.contains(word), "{word}: {refusal}");
        }
        assert!(signer.stop().success());
        // A kernel that keeps it takes it, and it then opens nothing without.
        let signer = desk.start_locked();
        desk.ask(Verb::Note, &policy).expect("it is kept");
        assert!(signer.stop().success());
        let _signer = start();
        let refusal = desk.unlock().expect_err("the demand stands");
        assert!(refusal.starts_with("NO_CAGE "), "{refusal}");
    }
}
