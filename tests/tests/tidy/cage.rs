//! What a cage lets pass: each system call beside a test that needs it.

use crate::nothing;
use crate::tree::{Tree, is_below};

/// Where the tables are.
const TABLES: &str = "signer/cage/src/calls";

/// What stands between the braces of a file's tables, without what is said
/// about it.
fn tables(text: &str) -> String {
    let blocks = text.split("calls! {\n").skip(1);
    let blocks = blocks.filter_map(|rest| rest.split_once("\n};"));
    let lines = blocks.flat_map(|(block, _)| block.lines());
    let lines = lines.map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join(" ")
}

/// Whether `path.rs::test` is one.
fn is_test(tree: &Tree, named: &str) -> bool {
    let Some((path, test)) = named.split_once("::") else {
        return false;
    };
    let source = tree.get(path).map_or("", |file| file.text.as_str());
    let mut lines = source.lines();
    let head = format!("fn {test}(");
    let mut is_marked = false;
    lines.any(|line| {
        let found = is_marked && line.trim_start().starts_with(&head);
        is_marked = line.trim() == "#[test]";
        found
    })
}

/// Calls that name no test, or none that is there; and calls in no table.
fn unneeded(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|file| is_below(&file.path, TABLES)) {
        let tables = tables(&file.text);
        for row in tables
            .split(';')
            .map(str::trim)
            .filter(|row| !row.is_empty())
        {
            let named = row.strip_prefix('"').and_then(|row| row.split_once("\":"));
            match named {
                Some((test, calls)) if is_test(tree, test) && calls.contains("SYS_") => {}
                Some((test, _)) => findings.push(format!("{}: no test {test}", file.path)),
                None => findings.push(format!("{}: for whom is {row}", file.path)),
            }
        }
        // One in the macro that makes all others.
        let made = file.code().matches("Call {").count();
        let expected = usize::from(file.is("/mod.rs"));
        if made > expected + usize::from(file.code().contains("struct Call {")) {
            findings.push(format!("{}: a call in no table", file.path));
        }
    }
    findings
}

#[test]
fn each_allowed_call_names_a_test_that_needs_it() {
    let tree = Tree::workspace();
    nothing(&unneeded(tree));
    let rows: usize = tree
        .rust()
        .filter(|file| is_below(&file.path, TABLES))
        .map(|file| tables(&file.text).matches("SYS_").count())
        .sum();
    assert!(rows > 50, "only {rows} calls were found");
}

#[test]
fn a_call_that_names_no_test_is_found() {
    let test = ("a/x.rs", "#[test]\nfn y() {}\nfn z() {}\n");
    let found = |row: &str| {
        let table = format!("calls! {{\n    // For it.\n    {row}\n}};\n");
        unneeded(&Tree::of(&[test, ("signer/cage/src/calls/v.rs", &table)]))
    };
    assert!(found("\"a/x.rs::y\":\n        SYS_read, SYS_write [is(1, 2)];").is_empty());
    let path = "signer/cage/src/calls/v.rs";
    for (row, finding) in [
        ("SYS_read;", "for whom is SYS_read"),
        ("\"\": SYS_read;", "no test "),
        (
            "\"a/x.rs::y\": SYS_read; SYS_write;",
            "for whom is SYS_write",
        ),
        ("\"a/x.rs::no\": SYS_read;", "no test a/x.rs::no"),
        ("\"a/x.rs::z\": SYS_read;", "no test a/x.rs::z"),
        ("\"b.rs::y\": SYS_read;", "no test b.rs::y"),
    ] {
        assert_eq!(found(row), [format!("{path}: {finding}")], "{row}");
    }
    let loose = unneeded(&Tree::of(&[(
        path,
        "const C: &[Call] = &[Call { number: 1 }];",
    )]));
    assert_eq!(loose, [format!("{path}: a call in no table")]);
}
