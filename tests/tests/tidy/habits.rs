//! Habits that no compiler keeps: length, waiting, unsafe, lints, places.

use crate::places::{HOSTS, INDEX, ONE_MACHINE, is_for_examples};
use crate::tree::{File, Tree};
use crate::{nothing, rust};

/// Lines of a source file, and of a file of tests.
const SOURCE_LINES_MAX: usize = 400;
const TEST_LINES_MAX: usize = 450;

/// Words at which a file is not finished, spelled so that this one is.
const UNFINISHED: [&str; 4] = [
    concat!("FIX", "ME"),
    concat!("TO", "DO"),
    concat!("#[ig", "nore"),
    concat!("should_", "panic"),
];

/// Every place that waits for time to pass and not for an event.
const SLEEPS: &[(&str, usize, &str)] = &[
    (
        "tests/tests/witnessed/kit.rs",
        1,
        "other programs tell nobody when they are done",
    ),
    (
        "tests/src/bin/residue/scene.rs",
        1,
        "the key's window closes with time alone",
    ),
    (
        "bench/src/clock.rs",
        1,
        "what is compared must have rested as long, and a rate meter empties with time alone",
    ),
    (
        "orchestrator/src/clob/mod.rs",
        1,
        "the rate budget says how long until it holds a token again",
    ),
    (
        "orchestrator/src/intake.rs",
        1,
        "a file tells nobody that it grew",
    ),
    (
        "orchestrator/src/pipeline.rs",
        1,
        "the timer of the next due look, one branch of a select",
    ),
    (
        "tests/src/bin/demo/session/wait.rs",
        1,
        "other processes' databases tell nobody, bounded",
    ),
    (
        "tests/tests/orchestrator_stories/kit.rs",
        1,
        "another process's database tells nobody, bounded",
    ),
    (
        "orchestrator/src/watch/mod.rs",
        1,
        "a leader's next look, a budget and a reader that is away come back with time alone",
    ),
    (
        "tests/src/bin/residue/scene.rs",
        1,
        "a key's window closes with time alone",
    ),
    (
        "tests/tests/watching/kit.rs",
        1,
        "another process's file tells nobody, bounded",
    ),
    (
        "tests/venue/src/http/gate.rs",
        1,
        "the latency that a test's script asked for",
    ),
];

/// Every file with code that the compiler does not check for memory safety.
const UNSAFE: &[(&str, &str)] = &[
    (
        "signer/page/src/map.rs",
        "memory that the kernel keeps from everyone else, and a slice over it",
    ),
    (
        "signer/page/src/burn.rs",
        "writes that no compiler leaves out, and registers by name",
    ),
    (
        "signer/page/src/tests.rs",
        "registers filled and read, to see that they were cleared",
    ),
    (
        "tests/src/ptrace.rs",
        "ptrace between fork and exec, and a union that the kernel fills",
    ),
    (
        "tests/disk/src/vfs.rs",
        "a file system for SQLite, in C's terms",
    ),
    ("tests/disk/src/vfs/file.rs", "its files, in C's terms"),
];

/// Members with lints of their own.
const OWN_LINTS: &[(&str, &str)] = &[
    (
        "bench/Cargo.toml",
        "a workspace of its own; it divides, and stops with a sentence",
    ),
    ("bench/curve/Cargo.toml", "the same, and it prints"),
    ("bench/peers/Cargo.toml", "the same"),
    (
        "tests/interop/notes/Cargo.toml",
        "a workspace of its own, and tests alone",
    ),
    (
        "tests/Cargo.toml",
        "test code that other test code calls: it panics with a sentence",
    ),
    (
        "tests/hostile/Cargo.toml",
        "the same: an adversary that other tests set loose",
    ),
    (
        "tests/disk/Cargo.toml",
        "the same, and the C interface of SQLite",
    ),
    (
        "tests/fuzz/Cargo.toml",
        "the same, with the programs' own files among its modules",
    ),
    (
        "tests/fuzz/drive/Cargo.toml",
        "a workspace of its own; libFuzzer's command line",
    ),
];

fn too_long(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        let lines = file.text.lines().count();
        // Nothing in `tests` ever leaves the house.
        let max = if file.is_test || file.path.starts_with("tests/") {
            TEST_LINES_MAX
        } else {
            SOURCE_LINES_MAX
        };
        if lines > max {
            findings.push(format!(
                "{}: {lines} lines, and {max} are the most",
                file.path
            ));
        }
    }
    findings
}

fn unfinished(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for file in &tree.0 {
        for (line, number) in file.text.lines().zip(1..) {
            if let Some(word) = UNFINISHED.iter().find(|word| line.contains(**word)) {
                findings.push(format!("{}:{number}: {word}", file.path));
            }
        }
    }
    findings
}

/// Sleeps that no row allows, and rows for more than there are.
fn asleep(tree: &Tree, allowed: &[(&str, usize, &str)]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        let is_sleep = |word: &str| word == "sleep" || word == "sleep_until" || word == "sleep_ms";
        let found = rust::words(file.code())
            .filter(|(_, word)| is_sleep(word))
            .count();
        let row = allowed.iter().find(|(path, ..)| *path == file.path);
        let expected = row.map_or(0, |(_, count, _)| *count);
        if found != expected {
            findings.push(format!(
                "{}: {found} sleeps, {expected} with a reason",
                file.path
            ));
        }
    }
    let gone = allowed.iter().filter(|(path, ..)| tree.get(path).is_none());
    findings.extend(gone.map(|(path, ..)| format!("{path}: no such file")));
    findings
}

/// Unsafe code outside its files, and unsafe acts without their argument just
/// above. (A signature acts on nothing; its body's blocks do.)
fn unsound(tree: &Tree, allowed: &[(&str, &str)]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        let code = file.code();
        let lines: Vec<&str> = file.text.lines().collect();
        let is_allowed = allowed.iter().any(|(path, _)| *path == file.path);
        for at in rust::places(code, "unsafe") {
            let number = code[..at].matches('\n').count() + 1;
            if !is_allowed {
                findings.push(format!("{}:{number}: unsafe code", file.path));
            }
            let then = code[at + "unsafe".len()..].trim_start();
            let above = lines[..number - 1].iter().rev();
            let mut comment = above.take_while(|line| line.trim_start().starts_with("//"));
            let is_act = then.starts_with('{') || then.starts_with("impl");
            if is_act && !comment.any(|line| line.contains("SAFETY:")) {
                findings.push(format!("{}:{number}: unsafe without SAFETY:", file.path));
            }
        }
    }
    for (path, _) in allowed {
        let says = |file: &File| !rust::places(file.code(), "unsafe").is_empty();
        if !tree.get(path).is_some_and(says) {
            findings.push(format!("{path}: needs no leave to be unsafe"));
        }
    }
    findings
}

/// Manifests without the workspace's lints.
fn lax(tree: &Tree, allowed: &[(&str, &str)]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in &tree.0 {
        if !file.is("/Cargo.toml") {
            continue;
        }
        let mut lines = file
            .text
            .lines()
            .skip_while(|line| *line != "[lints]")
            .skip(1);
        let is_strict = lines.next() == Some("workspace = true");
        if is_strict == allowed.iter().any(|(path, _)| *path == file.path) {
            findings.push(format!("{}: lints of its own: {}", file.path, !is_strict));
        }
    }
    findings
}

/// Paths of one machine, hosts of one network, packages from elsewhere.
fn local(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for file in &tree.0 {
        for (line, number) in file.text.lines().zip(1..) {
            for folder in ONE_MACHINE {
                let path = format!("/{folder}/");
                // A path begins where no name, dot or slash stands before it.
                let begins = |at: usize| {
                    let before = line[..at].chars().next_back();
                    before.is_none_or(|c| !c.is_alphanumeric() && !"._-/}>)]*:".contains(c))
                };
                if line.match_indices(&path).any(|(at, _)| begins(at)) {
                    findings.push(format!("{}:{number}: a path on one machine", file.path));
                }
            }
            for (at, scheme) in line.match_indices("://") {
                let host = line[at + scheme.len()..]
                    .split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-')
                    .next()
                    .unwrap_or_default();
                // `{}` and `<host>` name none.
                let is_known = HOSTS.iter().any(|(known, _)| *known == host);
                if !host.is_empty() && !is_known && !is_for_examples(host) {
                    findings.push(format!("{}:{number}: host {host}", file.path));
                }
            }
            if file.is("Cargo.lock") && line.starts_with("source") && line != INDEX {
                findings.push(format!("{}:{number}: a package from elsewhere", file.path));
            }
        }
    }
    findings
}

#[test]
fn files_are_short_enough_to_have_one_subject() {
    nothing(&too_long(Tree::workspace()));
}

#[test]
fn nothing_is_left_unfinished_or_skipped() {
    nothing(&unfinished(Tree::workspace()));
}

#[test]
fn only_what_has_a_reason_waits_for_time_to_pass() {
    nothing(&asleep(Tree::workspace(), SLEEPS));
}

#[test]
fn unsafe_code_stands_in_known_files_and_argues_for_itself() {
    nothing(&unsound(Tree::workspace(), UNSAFE));
}

#[test]
fn every_member_takes_the_lints_of_the_workspace() {
    nothing(&lax(Tree::workspace(), OWN_LINTS));
}

#[test]
fn no_file_names_one_persons_machine_or_network() {
    nothing(&local(Tree::workspace()));
}

#[test]
fn a_file_one_line_too_long_is_found() {
    let (source, test) = ("\n".repeat(SOURCE_LINES_MAX), "\n".repeat(TEST_LINES_MAX));
    assert!(
        too_long(&Tree::of(&[
            ("a/src/x.rs", &source),
            ("a/tests/x.rs", &test)
        ]))
        .is_empty()
    );
    let (source, test) = (source + "\n", test + "\n");
    let long = too_long(&Tree::of(&[
        ("a/src/x.rs", &source),
        ("a/tests/x.rs", &test),
    ]));
    assert_eq!(long.len(), 2, "{long:?}");
}

#[test]
fn each_word_of_unfinished_work_is_found() {
    for word in UNFINISHED {
        let text = format!("a\n// {word}\n");
        let found = unfinished(&Tree::of(&[("a.rs", &text), ("b.md", "done")]));
        assert_eq!(found, [format!("a.rs:2: {word}")]);
    }
}

#[test]
fn a_sleep_without_a_row_is_found_and_so_is_a_row_without_a_sleep() {
    let one = ("a/tests/x.rs", "// sleep\nstd::thread::sleep(d);");
    assert_eq!(
        asleep(&Tree::of(&[one]), &[]),
        ["a/tests/x.rs: 1 sleeps, 0 with a reason"]
    );
    assert!(asleep(&Tree::of(&[one]), &[("a/tests/x.rs", 1, "because")]).is_empty());
    let rows = [("a/tests/x.rs", 2, "because"), ("a/src/y.rs", 1, "because")];
    assert_eq!(asleep(&Tree::of(&[one]), &rows).len(), 2);
}

#[test]
fn unsafe_code_without_leave_or_argument_is_found() {
    let argued = (
        "a/src/x.rs",
        "// SAFETY: it is one system call.\nunsafe { f() }",
    );
    assert!(unsound(&Tree::of(&[argued]), &[("a/src/x.rs", "why")]).is_empty());
    assert_eq!(
        unsound(&Tree::of(&[argued]), &[]),
        ["a/src/x.rs:2: unsafe code"]
    );
    let bare = (
        "a/src/x.rs",
        "// SAFETY: not about this.\nf();\nunsafe { f() }",
    );
    let found = unsound(&Tree::of(&[bare]), &[("a/src/x.rs", "why")]);
    assert_eq!(found, ["a/src/x.rs:3: unsafe without SAFETY:"]);
    let signature = (
        "a/src/x.rs",
        "unsafe extern fn f() {}\nunsafe impl Sync for X {}",
    );
    let found = unsound(&Tree::of(&[signature]), &[("a/src/x.rs", "why")]);
    assert_eq!(found, ["a/src/x.rs:2: unsafe without SAFETY:"]);
    let none = Tree::of(&[("a/src/x.rs", "// unsafe\n\"unsafe\";")]);
    assert_eq!(
        unsound(&none, &[("a/src/x.rs", "why")]),
        ["a/src/x.rs: needs no leave to be unsafe"]
    );
}

#[test]
fn a_member_with_lints_of_its_own_is_found() {
    let strict = ("a/Cargo.toml", "[package]\n\n[lints]\nworkspace = true\n");
    assert!(lax(&Tree::of(&[strict]), &[]).is_empty());
    let own = ("b/Cargo.toml", "[lints.rust]\nworkspace = true\n");
    assert_eq!(lax(&Tree::of(&[strict, own]), &[]).len(), 1);
    assert!(lax(&Tree::of(&[own]), &[("b/Cargo.toml", "why")]).is_empty());
    assert_eq!(
        lax(&Tree::of(&[strict]), &[("a/Cargo.toml", "why")]).len(),
        1
    );
}

#[test]
fn a_path_a_host_and_a_source_of_one_place_are_found() {
    let found = |path: &str, text: &str| local(&Tree::of(&[(path, text)])).len();
    let (root, work) = (format!("\"/{}/x\"", "root"), format!("cd /{}/x", "work"));
    assert_eq!((found("a.md", &root), found("a.sh", &work)), (1, 1));
    assert_eq!(
        found(
            "a.md",
            "../home/x and orchestrator/src/home/x and /etc/signer"
        ),
        0
    );
    let url = |host: &str| format!("see https{}{host}/x", "://");
    assert_eq!(found("a.md", &url("mirror.example.net")), 1);
    assert_eq!(found("a.md", &url("127.0.0.1:8080")), 0);
    assert_eq!(found("a.md", &url("{address}")), 0);
    assert_eq!(found("Cargo.lock", INDEX), 0);
    assert_eq!(found("Cargo.lock", "source = \"git+file:x\""), 1);
    assert_eq!(
        found("Cargo.lock", &INDEX.replace("crates.io-index", "other")),
        1
    );
}
