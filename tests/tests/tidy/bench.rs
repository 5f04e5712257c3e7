//! What is measured is what is released: the bench builds as the programs do,
//! from the same crates, and its one build that differs can never be shipped.

use std::collections::BTreeSet;

use crate::nothing;
use crate::tree::{Tree, is_below};

const OURS: &str = "Cargo.toml";
const THEIRS: &str = "bench/Cargo.toml";
/// The file that refuses to be built both for release and for measuring.
const GUARD: &str = "signer/vault/src/journal.rs";
/// What a build must have that the guard lets through, and no release has.
const UNRELEASED: &str = "not(debug_assertions)";
const PROGRAMS: [&str; 3] = ["signer", "orchestrator", "proto"];

fn text<'a>(tree: &'a Tree, path: &str) -> &'a str {
    tree.get(path).map_or("", |file| file.text.as_str())
}

/// A manifest's settings of a release, without what is said of them.
fn release(manifest: &str) -> Vec<&str> {
    manifest
        .lines()
        .skip_while(|line| *line != "[profile.release]")
        .take_while(|line| !line.is_empty())
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .collect()
}

/// Every package of a lock file: name and version.
fn packages(lock: &str) -> BTreeSet<(&str, &str)> {
    lock.split("[[package]]")
        .filter_map(|block| Some((value(block, "name")?, value(block, "version")?)))
        .collect()
}

fn value<'a>(block: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = block.split_once(&format!("\n{name} = \""))?;
    rest.split('"').next()
}

/// Crates of the programs that the bench has in other versions alone.
fn drifted(ours: &str, theirs: &str) -> Vec<String> {
    let theirs = packages(theirs);
    packages(ours)
        .into_iter()
        .filter(|(name, _)| theirs.iter().any(|(other, _)| other == name))
        .filter(|package| !theirs.contains(package))
        .map(|(name, version)| format!("bench/Cargo.lock: {name} is not {version}"))
        .collect()
}

/// Builds that differ from the released one, and that the guard lets through.
fn unguarded(tree: &Tree) -> Vec<String> {
    let cfgs = |text: &str| {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let ours = words.filter(|word| word.starts_with("countersign_"));
        ours.map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let code = tree.get(GUARD).map_or("", |file| file.code());
    // The attribute right above the refusal.
    let above = code.split("compile_error!").next().unwrap_or_default();
    let guard = above.rfind("#[cfg(").map_or("", |at| &above[at..]);
    let plain: String = guard.split_whitespace().collect();
    let mut findings = Vec::new();
    if !plain.starts_with("#[cfg(all(any(") || !plain.ends_with(&format!("),{UNRELEASED}))]")) {
        findings.push(format!("{GUARD}: the guard is another: {plain}"));
    }
    let refused = cfgs(guard);
    for file in tree.rust() {
        if PROGRAMS.iter().any(|room| is_below(&file.path, room)) {
            let strange = cfgs(file.code()).into_iter();
            let strange = strange.filter(|cfg| !refused.contains(cfg));
            findings.extend(strange.map(|cfg| format!("{}: {cfg} could be released", file.path)));
        }
    }
    for path in [OURS, ".cargo/config.toml"] {
        if text(tree, path).contains("debug-assertions") {
            findings.push(format!("{path}: a release with debug assertions"));
        }
    }
    findings
}

#[test]
fn the_bench_is_built_as_a_release_is() {
    let tree = Tree::workspace();
    let ours = release(text(tree, OURS));
    assert!(ours.len() > 3, "{ours:?}");
    assert_eq!(ours, release(text(tree, THEIRS)));
    nothing(&drifted(
        text(tree, "Cargo.lock"),
        text(tree, "bench/Cargo.lock"),
    ));
}

#[test]
fn what_is_built_to_be_measured_can_not_be_released() {
    nothing(&unguarded(Tree::workspace()));
}

#[test]
fn a_crate_of_another_version_is_found() {
    let lock = |version: &str| {
        format!(
            "[[package]]\nname = \"a\"\nversion = \"{version}\"\n\n[[package]]\nname = \"b\"\nversion = \"1\"\n"
        )
    };
    assert!(drifted(&lock("1"), &lock("1")).is_empty());
    assert_eq!(
        drifted(&lock("1"), &lock("2")),
        ["bench/Cargo.lock: a is not 1"]
    );
    assert!(drifted(&lock("1"), "").is_empty());
}

#[test]
fn a_build_that_the_guard_lets_through_is_found() {
    let guard = "#[cfg(all(\n    any(countersign_x),\n    not(debug_assertions)\n))]\ncompile_error!(\"no\");";
    let with = |code: &str, manifest: &str| {
        let journal = format!("{guard}\n");
        unguarded(&Tree::of(&[
            (GUARD, &journal),
            ("signer/src/a.rs", code),
            (OURS, manifest),
        ]))
    };
    assert!(with("#[cfg(countersign_x)]\nf();", "").is_empty());
    assert_eq!(
        with("#[cfg(countersign_y)]\nf();", ""),
        ["signer/src/a.rs: countersign_y could be released"]
    );
    assert_eq!(with("", "debug-assertions = true").len(), 1);
    assert_eq!(unguarded(&Tree::of(&[(GUARD, "")])).len(), 1);
}
