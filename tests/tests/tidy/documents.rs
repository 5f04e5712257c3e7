//! Documents that say where things are, held against where they are.

use std::collections::BTreeSet;

use crate::nothing;
use crate::tree::{File, Tree};

/// The heading below which a document speaks of what is yet to come.
const NOT_YET: &str = "## Not there yet";

/// Names of files, and what they end with when they are ours.
const ENDINGS: [&str; 6] = [".rs", ".md", ".proto", ".sh", ".service", ".example.toml"];

/// A document's lines, numbered, without what is yet to come.
fn present(file: &File) -> impl Iterator<Item = (usize, &str)> {
    let mut is_ahead = false;
    (1..).zip(file.text.lines()).filter(move |(_, line)| {
        if line.starts_with("## ") {
            is_ahead = *line == NOT_YET;
        }
        !is_ahead
    })
}

/// What stands between backticks on a line.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Where links lead to.
fn linked(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(to, _)| to)
}

/// Whether a quoted word can only be a path in this repository.
fn is_path(word: &str) -> bool {
    let plain = word
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    let has_shape = word.contains('/') || ENDINGS.iter().any(|end| word.ends_with(end));
    plain && has_shape && !word.starts_with('/') && !word.starts_with("./")
}

/// Paths and links that lead nowhere.
fn lost(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for file in tree.0.iter().filter(|file| file.is(".md")) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let beside = |path: &str| {
            format!("{folder}/{path}")
                .trim_start_matches('/')
                .to_owned()
        };
        for (number, line) in present(file) {
            for path in quoted(line).filter(|word| is_path(word)) {
                if !tree.holds(path) && !tree.holds(&beside(path)) {
                    findings.push(format!("{}:{number}: {path}", file.path));
                }
            }
            for to in linked(line) {
                let path = to.split('#').next().unwrap_or_default();
                if !path.is_empty() && !to.contains("://") && !tree.holds(&beside(path)) {
                    findings.push(format!("{}:{number}: a link to {path}", file.path));
                }
            }
        }
    }
    findings
}

/// Tests that a document names, as `path::function`, and that are not there.
fn untold(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for file in tree.0.iter().filter(|file| file.is(".md")) {
        for (number, line) in present(file) {
            let named = quoted(line).filter_map(|word| word.split_once(".rs::"));
            for (place, test) in named {
                let place = format!("{place}.rs");
                let head = format!("fn {test}(");
                let code = tree.get(&place).map_or("", |file| file.text.as_str());
                let mut lines = code.lines().map(str::trim_start);
                if !lines.any(|line| line.trim_start_matches("async ").starts_with(&head)) {
                    findings.push(format!("{}:{number}: {place}::{test}", file.path));
                }
            }
        }
    }
    findings
}

/// Commands that `make` does not know.
fn unmade(tree: &Tree) -> Vec<String> {
    let makefile = tree.get("Makefile").map_or("", |file| file.text.as_str());
    let targets: BTreeSet<&str> = makefile
        .lines()
        .filter(|line| !line.starts_with(['\t', '.', '#', ' ']))
        .filter_map(|line| line.split_once(':'))
        .map(|(target, _)| target)
        .collect();
    let mut findings = Vec::new();
    let ci = tree.get(".ci/run").map_or("", |file| file.text.as_str());
    let steps = ci
        .lines()
        .filter_map(|line| line.strip_prefix("step make "));
    let unknown = steps.filter(|target| !targets.contains(target));
    findings.extend(unknown.map(|target| format!(".ci/run: make {target}")));
    for file in tree.0.iter().filter(|file| file.is(".md")) {
        for (number, line) in present(file) {
            let commands = quoted(line).chain(line.strip_prefix("make ").map(|_| line));
            let commands = commands.filter_map(|command| command.strip_prefix("make "));
            for target in commands.filter_map(|rest| rest.split_whitespace().next()) {
                if !targets.contains(target) {
                    findings.push(format!("{}:{number}: make {target}", file.path));
                }
            }
        }
    }
    findings
}

/// Source files that do not open with what they are for.
fn uncarded(tree: &Tree) -> Vec<String> {
    let silent = tree.rust().filter(|file| !file.text.starts_with("//! "));
    let silent = silent.map(|file| format!("{}: what is it for?", file.path));
    silent.collect()
}

/// Targets that no line of `make help` names.
fn unhelped(tree: &Tree) -> Vec<String> {
    let makefile = tree.get("Makefile").map_or("", |file| file.text.as_str());
    let phony = makefile
        .lines()
        .find_map(|line| line.strip_prefix(".PHONY:"));
    let targets = phony.unwrap_or_default().split_whitespace();
    let unnamed = targets.filter(|target| {
        let named = format!("\"make {target} ");
        *target != "help" && !makefile.contains(&named)
    });
    unnamed
        .map(|target| format!("make help does not name {target}"))
        .collect()
}

#[test]
fn every_path_and_link_in_a_document_leads_somewhere() {
    nothing(&lost(Tree::workspace()));
}

#[test]
fn every_test_that_a_document_names_is_there() {
    nothing(&untold(Tree::workspace()));
}

#[test]
fn every_command_in_a_document_is_one_that_make_knows() {
    let tree = Tree::workspace();
    nothing(&unmade(tree));
    nothing(&unhelped(tree));
}

#[test]
fn every_source_file_opens_with_what_it_is_for() {
    nothing(&uncarded(Tree::workspace()));
}

#[test]
fn a_file_that_does_not_say_what_it_is_for_is_found() {
    let tree = Tree::of(&[("a.rs", "//! The room.\n"), ("b.rs", "use x;\n//! Late.\n")]);
    assert_eq!(uncarded(&tree), ["b.rs: what is it for?"]);
}

#[test]
fn a_document_whose_code_moved_away_is_found() {
    let code = ("a/src/x.rs", "");
    let said = |text| {
        lost(&Tree::of(&[
            code,
            ("deploy/README.md", text),
            ("deploy/B.md", ""),
        ]))
    };
    assert!(
        said("`a/src/x.rs`, `a/src`, `a/`, `B.md`, [b](B.md#c), [d](http://127.0.0.1/f)")
            .is_empty()
    );
    assert!(said("`POST /order`, `/etc/x`, `x.toml`, `<file>/y`, `std`, a/src/y.rs").is_empty());
    assert_eq!(
        said("\nsee `a/src/y.rs`"),
        ["deploy/README.md:2: a/src/y.rs"]
    );
    assert_eq!(said("`a/x`, [c](C.md)").len(), 2);
    assert_eq!(said("`x.rs`").len(), 1);
    assert!(said("## Not there yet\n\n`a/src/y.rs`").is_empty());
    assert_eq!(
        said("## Not there yet\n\n## But here\n`a/src/y.rs`").len(),
        1
    );
}

#[test]
fn a_test_that_was_renamed_since_is_found() {
    let code = (
        "a/x.rs",
        "    fn it_is_so() {}\n// fn it_was_so() {}\nasync fn so() {}\n",
    );
    let said = |text| untold(&Tree::of(&[code, ("b.md", text)]));
    assert!(
        said("`a/x.rs::it_is_so`, `a/x.rs::so`, `a/x.rs`, `policy::decide`, a/x.rs::no").is_empty()
    );
    assert_eq!(said("`a/x.rs::it_was_so`"), ["b.md:1: a/x.rs::it_was_so"]);
    assert_eq!(said("`a/x.rs::it_is`").len(), 1);
    assert_eq!(said("`a/y.rs::it_is_so`").len(), 1);
}

#[test]
fn a_command_that_make_does_not_know_is_found() {
    let made = (
        "Makefile",
        ".PHONY: help a b\n\nhelp:\n\t@echo \"make a   does\"\na:\n\tb: x\n",
    );
    let tree = |text| Tree::of(&[made, ("x.md", text)]);
    assert!(unmade(&tree("`make a`, `make a X=1`, `a`\nmake a   # does\n")).is_empty());
    assert_eq!(unmade(&tree("`make b`")), ["x.md:1: make b"]);
    assert_eq!(unmade(&tree("```sh\nmake b\n")), ["x.md:2: make b"]);
    let ci = Tree::of(&[made, (".ci/run", "step make a\nstep make b\n")]);
    assert_eq!(unmade(&ci), [".ci/run: make b"]);
    assert_eq!(unhelped(&tree("")), ["make help does not name b"]);
}
