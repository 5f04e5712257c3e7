//! How much code is trusted with the key, by how near it stands.

use std::fmt::Write as _;

use crate::tree::{File, Tree, is_below};
use crate::{nothing, rust};

/// What must be right for the key to be safe, from the inside out.
struct Ring {
    name: &'static str,
    trust: &'static str,
    /// What it may grow to without a decision that it should.
    lines_max: usize,
    rooms: &'static [&'static str],
}

const RINGS: &[Ring] = &[
    Ring {
        name: "ring 0",
        trust: "the vault's process: decides, records, signs",
        // All that shares a process with the key. With the door in it, it was 13,000; since then the
        // journal's tree, the pages for secrets, and notes of every kind; and the steps of an export, whose
        // encryption is signerctl's, the venue's login and a session key's end, 480 lines; the witnesses with their
        // proofs; the vault's cage; and what a disk keeps for exits, notes and freezes.
        lines_max: 16_150,
        rooms: &[
            "signer/policy/src",
            "signer/vault/src",
            "signer/page/src",
            "signer/cage/src/lib.rs",
            "signer/cage/src/filter.rs",
            "signer/cage/src/paths.rs",
            "signer/cage/src/calls/mod.rs",
            "signer/cage/src/calls/vault.rs",
            "signer/child/src",
            "proto/order/src",
            "proto/note/src",
            "proto/frame/src",
            "proto/tlog/src/checkpoint.rs",
            "proto/tlog/src/cosignature.rs",
            "proto/tlog/src/frontier.rs",
            "proto/tlog/src/hash.rs",
            "proto/tlog/src/lib.rs",
            "proto/tlog/src/proof.rs",
            "proto/tlog/src/record.rs",
            "proto/tlog/src/verify.rs",
        ],
    },
    Ring {
        name: "ring 1",
        trust: "the supervisor's: has no key, and starts whoever has",
        lines_max: 1_000,
        rooms: &[
            "signer/src/supervisor",
            "signer/cage/src/calls/supervisor.rs",
            "signer/src/main.rs",
            "signer/src/clock.rs",
            "signer/src/config.rs",
            "signer/src/control.rs",
        ],
    },
    Ring {
        name: "ring 2",
        trust: "the operator's hand: sees a key once, at its import",
        // 3,600, re-wrapping, policies tried on a journal, and the audits with their proofs, which no signer makes;
        // and exports: the second factor, age's format, and the verbs, so that the vault needs none of them;
        // and a session key's two slots, of which the vault knows one.
        lines_max: 6_250,
        rooms: &["signer/ctl/src", "proto/tlog/src/add.rs"],
    },
    Ring {
        name: "ring 3",
        trust: "the door's process: may be lost, and then reads, drops and delays",
        lines_max: 2_000,
        rooms: &[
            "signer/src/door",
            "signer/cage/src/calls/door.rs",
            "proto/wire/src",
        ],
    },
];

/// Where whatever is trusted with the key stands; no file there is uncounted.
const TRUSTED: &[&str] = &["signer", "proto"];

/// Files that no ring counts, or more than one.
fn uncounted(tree: &Tree, trusted: &[&str], rings: &[Ring]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in tree.programs(trusted) {
        let rooms = rings.iter().flat_map(|ring| ring.rooms.iter());
        let homes = rooms.filter(|room| is_below(&file.path, room)).count();
        if homes != 1 {
            findings.push(format!("{}: in {homes} rooms", file.path));
        }
    }
    findings
}

/// Lines of code in a room, and its files.
fn size(tree: &Tree, rooms: &[&str]) -> (usize, usize) {
    let sizes = tree
        .programs(rooms)
        .map(|file: &File| rust::lines(file.program()));
    sizes.fold((0, 0), |(lines, files), found| (lines + found, files + 1))
}

/// Rings that hold more code than they may.
fn overgrown(tree: &Tree, rings: &[Ring]) -> Vec<String> {
    let mut findings = Vec::new();
    for ring in rings {
        let (lines, _) = size(tree, ring.rooms);
        if lines > ring.lines_max {
            let max = ring.lines_max;
            findings.push(format!(
                "{}: {lines} lines, and {max} are the most",
                ring.name
            ));
        }
    }
    findings
}

/// What `make tidy` prints.
fn table(tree: &Tree, rings: &[Ring]) -> String {
    let mut out = String::from("lines of code trusted with the key, without comments and tests\n");
    let mut sum = 0;
    for ring in rings {
        let Ring {
            name,
            trust,
            lines_max,
            rooms,
        } = ring;
        let (lines, files) = size(tree, rooms);
        sum += lines;
        writeln!(
            out,
            "{lines:>7}  {name}: {trust} ({files} files; at most {lines_max})"
        )
        .expect("text grows");
        for room in *rooms {
            let (lines, _) = size(tree, &[room]);
            writeln!(out, "{lines:>15}  {room}").expect("text grows");
        }
    }
    writeln!(out, "{sum:>7}  in all").expect("text grows");
    out
}

#[test]
fn every_file_that_is_trusted_with_the_key_is_counted_once() {
    let tree = Tree::workspace();
    nothing(&uncounted(tree, TRUSTED, RINGS));
    let rooms = RINGS.iter().flat_map(|ring| ring.rooms.iter());
    let empty = rooms.filter(|room| size(tree, &[room]).0 == 0);
    let empty: Vec<String> = empty
        .map(|room| format!("{room}: nothing to count"))
        .collect();
    nothing(&empty);
    nothing(&overgrown(tree, RINGS));
    println!("{}", table(tree, RINGS));
}

#[test]
fn a_file_in_no_ring_or_in_two_and_a_ring_that_grew_are_found() {
    let ring = |rooms| Ring {
        name: "ring",
        trust: "all",
        lines_max: 2,
        rooms,
    };
    let tree = Tree::of(&[
        ("a/src/b/c.rs", "f();"),
        ("a/src/d.rs", "// no\n\ng();\nh();\n"),
    ]);
    assert!(uncounted(&tree, &["a"], &[ring(&["a/src/b", "a/src/d.rs"])]).is_empty());
    assert_eq!(
        uncounted(&tree, &["a"], &[ring(&["a/src/b"])]),
        ["a/src/d.rs: in 0 rooms"]
    );
    let twice = [ring(&["a/src"]), ring(&["a/src/b"])];
    assert_eq!(
        uncounted(&tree, &["a"], &twice),
        ["a/src/b/c.rs: in 2 rooms"]
    );
    assert_eq!(size(&tree, &["a/src"]), (3, 2));
    assert!(overgrown(&tree, &[ring(&["a/src/d.rs"])]).is_empty());
    let grown = overgrown(&tree, &[ring(&["a/src"])]);
    assert_eq!(grown, ["ring: 3 lines, and 2 are the most"]);
    assert!(table(&tree, &twice).contains("      4  in all"));
}
