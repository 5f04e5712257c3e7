//! Who imports whom, as cargo itself reads the manifests.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tests::bins::try_cargo;

use crate::nothing;
use crate::tree::Tree;

/// Every member: what it needs of ours, and what its tests need beside that.
/// An edge that is not here is a decision to be made, and so is one that is
/// here and no longer used.
const EDGES: &[(&str, &[&str], &[&str])] = &[
    ("wire", &[], &[]),
    ("order", &[], &[]),
    ("note", &["order"], &[]),
    ("frame", &["note", "order"], &[]),
    ("tlog", &["note"], &[]),
    ("policy", &["frame", "note", "order"], &[]),
    (
        "signer",
        &["cage", "child", "frame", "note", "order", "wire"],
        &[],
    ),
    (
        "vault",
        &[
            "cage", "child", "frame", "note", "order", "page", "policy", "tlog",
        ],
        &["disk", "hostile"],
    ),
    ("child", &["frame"], &[]),
    (
        "signerctl",
        &["frame", "note", "order", "page", "policy", "tlog"],
        &[],
    ),
    ("page", &[], &[]),
    ("cage", &[], &[]),
    ("plan", &["order"], &[]),
    (
        "orchestrator",
        &["frame", "note", "order", "plan", "tlog", "wire"],
        &["disk", "venue"],
    ),
    ("tests", &["frame", "hostile", "note", "order", "wire"], &[]),
    ("venue", &[], &[]),
    ("disk", &[], &[]),
    ("hostile", &["frame", "note", "order"], &[]),
    ("conformance", &["orchestrator", "order", "plan"], &[]),
    ("fuzz", &["frame", "note", "order", "policy", "wire"], &[]),
];

/// Who never needs whom, however many steps apart, with the reason.
const NEVER: &[(&str, &[&str], &str)] = &[
    (
        "orchestrator",
        &["policy", "signer", "vault", "signerctl"],
        "two readings of one limit drift",
    ),
    (
        "vault",
        &["wire", "signer", "plan", "orchestrator", "signerctl"],
        "what is trusted knows no trader, and no network",
    ),
    (
        "signer",
        &["vault", "policy", "page", "tlog", "plan", "orchestrator"],
        "what faces the network has no key, no journal and no policy",
    ),
    (
        "signerctl",
        &["signer", "vault", "orchestrator"],
        "it knows the vault by its file and socket",
    ),
    (
        "tests",
        &[
            "signer",
            "vault",
            "signerctl",
            "orchestrator",
            "policy",
            "plan",
        ],
        "users have no link either",
    ),
    (
        "venue",
        &["order", "note", "frame", "wire", "plan"],
        "it checks signatures with its own code",
    ),
    (
        "policy",
        &["wire", "plan"],
        "it decides on types, not on messages",
    ),
];

/// The only crates from outside that code which must stay pure builds on.
const PURE: &[(&str, &[&str])] = &[
    ("order", &["alloy-primitives", "alloy-sol-types", "k256"]),
    ("note", &["base64", "ed25519-dalek", "sha2", "zeroize"]),
    ("frame", &["hmac", "sha2", "zeroize"]),
    ("tlog", &["base64", "sha2"]),
    ("policy", &[]),
    ("plan", &[]),
];

/// Crates that few may import, and those few.
const GUARDED: &[(&str, &[&str])] = &[
    ("k256", &["conformance", "order", "signerctl", "vault"]),
    ("ecdsa", &["signerctl", "vault"]),
    ("ed25519-dalek", &["note"]),
    ("secp256k1", &["fuzz", "tests", "venue"]),
    ("argon2", &["signerctl"]),
    (
        "rusqlite",
        &["disk", "orchestrator", "signerctl", "tests", "vault"],
    ),
    ("reqwest", &["orchestrator", "tests"]),
    (
        "nix",
        &[
            "cage",
            "child",
            "fuzz",
            "orchestrator",
            "signer",
            "signerctl",
            "tests",
            "vault",
        ],
    ),
    ("rustix", &["child", "signer", "tests", "vault"]),
    ("tokio", &["orchestrator", "signer", "tests", "venue"]),
    (
        "rustls",
        &["fuzz", "orchestrator", "signer", "signerctl", "tests"],
    ),
    ("libc", &["cage", "page", "tests"]),
    ("seccompiler", &["cage"]),
    ("landlock", &["cage"]),
];

/// What a manifest asks for.
#[derive(Default)]
struct Needs {
    ours: BTreeSet<String>,
    ours_in_tests: BTreeSet<String>,
    others: BTreeSet<String>,
}

type Graph = BTreeMap<String, Needs>;

/// Reads `cargo metadata`.
fn graph(metadata: &Value) -> Graph {
    let list = |value: &Value| value.as_array().expect("cargo lists them").clone();
    let mut graph = Graph::new();
    for package in list(&metadata["packages"]) {
        let mut needs = Needs::default();
        for dependency in list(&package["dependencies"]) {
            let name = dependency["name"]
                .as_str()
                .expect("all have a name")
                .to_owned();
            let in_tests = dependency["kind"] == "dev";
            match (dependency["path"].is_string(), in_tests) {
                (true, true) => needs.ours_in_tests.insert(name),
                (true, false) => needs.ours.insert(name),
                (false, true) => continue,
                (false, false) => needs.others.insert(name),
            };
        }
        let name = package["name"].as_str().expect("all have a name");
        graph.insert(name.to_owned(), needs);
    }
    graph
}

fn workspace() -> Graph {
    let out = try_cargo(&["metadata", "--locked", "--no-deps", "--format-version", "1"]);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    graph(&serde_json::from_slice(&out.stdout).expect("cargo speaks JSON"))
}

/// Edges that the table lacks, and rows that the manifests lack.
fn drifted(graph: &Graph, table: &[(&str, &[&str], &[&str])]) -> Vec<String> {
    let mut findings = Vec::new();
    let set = |names: &[&str]| {
        names
            .iter()
            .map(|n| (*n).to_owned())
            .collect::<BTreeSet<_>>()
    };
    for (name, needs) in graph {
        let Some((_, ours, in_tests)) = table.iter().find(|(row, ..)| row == name) else {
            findings.push(format!("{name}: a member without a row"));
            continue;
        };
        let kinds = [
            (&needs.ours, set(ours), ""),
            (&needs.ours_in_tests, set(in_tests), " in tests"),
        ];
        for (found, expected, when) in kinds {
            let new = found.difference(&expected);
            findings.extend(new.map(|n| format!("{name} imports {n}{when}")));
            let gone = expected.difference(found);
            findings.extend(gone.map(|n| format!("{name} no longer imports {n}{when}")));
        }
    }
    let gone = table.iter().filter(|(row, ..)| !graph.contains_key(*row));
    findings.extend(gone.map(|(row, ..)| format!("{row}: a row without a member")));
    findings
}

/// Who reaches whom they never may.
fn forbidden(graph: &Graph, never: &[(&str, &[&str], &str)]) -> Vec<String> {
    let mut findings = Vec::new();
    for (from, to, reason) in never {
        let mut reached = BTreeSet::new();
        let mut ahead = vec![(*from).to_owned()];
        while let Some(name) = ahead.pop() {
            if reached.insert(name.clone())
                && let Some(needs) = graph.get(&name)
            {
                ahead.extend(needs.ours.iter().cloned());
            }
        }
        let met = to.iter().filter(|name| reached.contains(**name));
        findings.extend(met.map(|name| format!("{from} reaches {name}: {reason}")));
    }
    findings
}

/// Which pure crate builds on more than its list.
fn impure(graph: &Graph, pure: &[(&str, &[&str])]) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, allowed) in pure {
        let others = graph.get(*name).map(|needs| needs.others.iter());
        let stray = others.into_iter().flatten();
        let stray = stray.filter(|other| !allowed.contains(&other.as_str()));
        findings.extend(stray.map(|other| format!("{name} is pure and imports {other}")));
    }
    findings
}

/// Who imports a guarded crate without being on its list.
fn unguarded(graph: &Graph, guarded: &[(&str, &[&str])]) -> Vec<String> {
    let mut findings = Vec::new();
    for (other, allowed) in guarded {
        let users = graph
            .iter()
            .filter(|(_, needs)| needs.others.contains(*other));
        let users = users.filter(|(name, _)| !allowed.contains(&name.as_str()));
        findings.extend(users.map(|(name, _)| format!("{name} imports {other}")));
    }
    findings
}

/// Pure crates whose root does not say so.
fn unsworn(tree: &Tree, roots: &[&str]) -> Vec<String> {
    let mut findings = Vec::new();
    for root in roots {
        let text = tree.get(root).map_or("", |file| file.text.as_str());
        for oath in ["#![no_std]", "#![forbid(unsafe_code)]"] {
            if !text.lines().any(|line| line == oath) {
                findings.push(format!("{root}: {oath} is missing"));
            }
        }
    }
    findings
}

/// M49: signer and orchestrator share the wire, and neither needs the other.
#[test]
fn members_import_one_another_as_the_table_says() {
    let graph = workspace();
    nothing(&drifted(&graph, EDGES));
    nothing(&forbidden(&graph, NEVER));
    nothing(&impure(&graph, PURE));
    nothing(&unguarded(&graph, GUARDED));
}

#[test]
fn pure_crates_have_neither_std_nor_unsafe() {
    let roots = [
        "proto/order",
        "proto/note",
        "proto/frame",
        "proto/tlog",
        "signer/policy",
        "orchestrator/plan",
    ];
    let roots = roots.map(|folder| format!("{folder}/src/lib.rs"));
    let roots: Vec<&str> = roots.iter().map(String::as_str).collect();
    nothing(&unsworn(Tree::workspace(), &roots));
}

#[test]
fn an_import_that_the_table_lacks_is_found() {
    let dep = |name: &str, path: Value, kind: Value| serde_json::json!({ "name": name, "path": path, "kind": kind });
    let metadata = serde_json::json!({ "packages": [
        { "name": "a", "dependencies": [
            dep("b", "x/b".into(), Value::Null),
            dep("c", "x/c".into(), "dev".into()),
            dep("tokio", Value::Null, Value::Null),
            dep("proptest", Value::Null, "dev".into()),
        ] },
        { "name": "b", "dependencies": [dep("c", "x/c".into(), Value::Null)] },
        { "name": "c", "dependencies": [] },
    ] });
    let graph = graph(&metadata);
    assert!(
        drifted(
            &graph,
            &[("a", &["b"], &["c"]), ("b", &["c"], &[]), ("c", &[], &[])]
        )
        .is_empty()
    );
    let found = drifted(
        &graph,
        &[("a", &["c"], &[]), ("b", &["c"], &[]), ("d", &[], &[])],
    );
    assert_eq!(
        found,
        [
            "a imports b",
            "a no longer imports c",
            "a imports c in tests",
            "c: a member without a row",
            "d: a row without a member"
        ]
    );
    assert_eq!(
        forbidden(&graph, &[("a", &["c"], "no")]),
        ["a reaches c: no"]
    );
    assert!(forbidden(&graph, &[("c", &["a", "b"], "no")]).is_empty());
    assert_eq!(
        impure(&graph, &[("a", &["hex"])]),
        ["a is pure and imports tokio"]
    );
    assert!(impure(&graph, &[("a", &["tokio"])]).is_empty());
    assert_eq!(unguarded(&graph, &[("tokio", &["b"])]), ["a imports tokio"]);
    assert!(unguarded(&graph, &[("tokio", &["a"]), ("proptest", &[])]).is_empty());
}

#[test]
fn a_pure_crate_that_only_speaks_of_its_oath_is_found() {
    let tree = Tree::of(&[("a/src/lib.rs", "// #![no_std]\n#![forbid(unsafe_code)]\n")]);
    assert_eq!(
        unsworn(&tree, &["a/src/lib.rs"]),
        ["a/src/lib.rs: #![no_std] is missing"]
    );
    assert_eq!(unsworn(&tree, &["b/src/lib.rs"]).len(), 2);
}
