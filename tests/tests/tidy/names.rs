//! Which words may be said in which rooms.

use crate::tree::{Tree, is_below};
use crate::{nothing, rust};

/// Words that only some files of a program may say.
struct Confined {
    words: &'static [&'static str],
    /// Where the rule holds.
    within: &'static [&'static str],
    /// The files that say one, each of them, and what it needs it for.
    only: &'static [(&'static str, &'static str)],
}

const PROGRAMS: &[&str] = &["signer", "orchestrator", "proto"];

const CONFINED: &[Confined] = &[
    Confined {
        words: &["wire"],
        within: PROGRAMS,
        only: &[
            (
                "signer/src/door/convert.rs",
                "the signer's side of the wire",
            ),
            (
                "signer/src/door/health.rs",
                "the standard health question, which names nothing of ours",
            ),
            (
                "orchestrator/src/signer/convert.rs",
                "the orchestrator's side of the wire",
            ),
        ],
    },
    Confined {
        words: &[
            "SecretKey",
            "NonZeroScalar",
            "Scalar",
            "ScalarValue",
            "ecdsa_sign",
            "hazmat",
        ],
        within: PROGRAMS,
        only: &[
            (
                "signer/vault/src/key.rs",
                "the wallet's key: unsealed, used and wiped here",
            ),
            (
                "signer/ctl/src/seal.rs",
                "the address of a key that is being imported",
            ),
        ],
    },
    Confined {
        words: &["SigningKey"],
        within: PROGRAMS,
        only: &[
            (
                "proto/note/src/key.rs",
                "a note's signer (Ed25519): the public half of a seed",
            ),
            (
                "proto/note/src/signed.rs",
                "a note's signer (Ed25519): its signature line",
            ),
        ],
    },
    Confined {
        words: &["k256", "secp256k1"],
        within: PROGRAMS,
        only: &[
            ("signer/vault/src/key.rs", "signing"),
            (
                "signer/ctl/src/seal.rs",
                "the address of a key that is being imported",
            ),
            (
                "proto/order/src/raw/signature.rs",
                "recovery of a signature's address",
            ),
        ],
    },
    Confined {
        words: &["bare", "bare_mut", "key_mut"],
        within: PROGRAMS,
        only: &[
            ("signer/page/src/lib.rs", "what stands in a page"),
            ("signer/vault/src/key.rs", "both keys: unsealed, used"),
            ("signer/vault/src/callers.rs", "request keys: read, used"),
            ("signer/vault/src/unlock.rs", "a sealing key, from a file"),
            (
                "signer/vault/src/hand.rs",
                "a sealing key, from the operator",
            ),
            ("signer/ctl/src/hand.rs", "a sealing key, to the signer"),
        ],
    },
    Confined {
        words: &["clock_gettime", "SystemTime"],
        within: PROGRAMS,
        only: &[
            ("signer/vault/src/clock.rs", "the signer's clocks"),
            ("signer/ctl/src/clock.rs", "the operator's clock"),
            ("orchestrator/src/clock.rs", "the orchestrator's clock"),
        ],
    },
    Confined {
        words: &["Instant"],
        // The pure crates have no `std` to take one from, and one of their own.
        within: &["signer/src", "signer/vault", "signer/ctl", "orchestrator"],
        only: &[
            (
                "signer/src/clock.rs",
                "how long a question took, for the log",
            ),
            ("orchestrator/src/clock.rs", "time that never goes back"),
        ],
    },
];

/// Words that a room never says.
struct Absent {
    room: &'static str,
    words: &'static [&'static str],
}

/// What the supervisor only starts: it reads no secret and decides nothing.
#[rustfmt::skip]
const SUPERVISED: &[&str] = &[
    "tokio", "tonic", "rustls", "hyper", "wire", "policy", "rusqlite", "files", "accept",
    "RequestKey", "SecretBox", "secrecy", "k256", "ring",
];

/// One thread decides, and waits for nobody.
#[rustfmt::skip]
const ALONE: &[&str] = &[
    "tokio", "tonic", "rustls", "tokio_rustls", "hyper", "hyper_util", "wire", "async", "await",
    "Mutex", "RwLock", "Condvar",
];

/// What programs beside `run` have no word for.
#[rustfmt::skip]
const APART: &[&str] = &[
    "Credentials", "Clob", "SignerClient", "Pipeline", "HMAC_SHA256", "hmac", "tonic", "rustls",
    "wire", "f32", "f64",
];

const ABSENT: &[Absent] = &[
    Absent {
        room: "signer/vault/src",
        words: ALONE,
    },
    Absent {
        room: "signer/src/door",
        words: &[
            "rusqlite",
            "policy",
            "decide",
            "journal",
            "Journal",
            "Recorded",
            "Vaulted",
            "Sealed",
            "RequestKey",
            "page",
            "Page",
            "k256",
            "ecdsa",
        ],
    },
    Absent {
        room: "signer/src/supervisor",
        words: SUPERVISED,
    },
    Absent {
        room: "signer/policy/src",
        words: &[
            "std", "f32", "f64", "tokio", "rusqlite", "wire", "k256", "ring", "zeroize",
        ],
    },
    Absent {
        room: "proto/order/src",
        words: &["std", "f32", "f64", "note", "frame", "wire"],
    },
    Absent {
        room: "proto/note/src",
        words: &["std", "f32", "f64", "frame", "wire"],
    },
    Absent {
        room: "proto/frame/src",
        words: &["std", "f32", "f64", "wire", "prost", "tonic"],
    },
    Absent {
        room: "orchestrator/plan/src",
        words: &["std", "f32", "f64", "wire", "policy"],
    },
    // M1, M5: what watches can neither sign an order nor place one.
    Absent {
        room: "orchestrator/src/watch",
        words: APART,
    },
    // Nor what lists markets, which asks the same order API in public.
    Absent {
        room: "orchestrator/src/lister",
        words: APART,
    },
    Absent {
        // That it imports no `policy`, which is what notes call a version of
        // theirs, is held by the edges.
        room: "orchestrator/src",
        words: &["k256", "ecdsa", "secp256k1"],
    },
];

/// What of its own program a room may reach for, by the path's beginning.
struct Reach {
    room: &'static str,
    paths: &'static [&'static str],
}

/// Where such a program may reach: it can write lines and notes, and nothing else.
#[rustfmt::skip]
const BESIDE: &[&str] = &[
    "clock", "day", "egress", "files", "intent::attest", "notes", "settings", "spot",
];

const REACHES: &[Reach] = &[
    Reach {
        // Door and vault meet in the frames of `proto/frame`.
        room: "signer/src/door",
        paths: &["clock"],
    },
    Reach {
        room: "signer/src/supervisor",
        paths: &["clock", "config", "control", "tell"],
    },
    Reach {
        // No signer, order API or outbox.
        room: "orchestrator/src/watch",
        paths: BESIDE,
    },
    Reach {
        room: "orchestrator/src/lister",
        paths: BESIDE,
    },
    Reach {
        // Neither can what it signs notes with.
        room: "orchestrator/src/notes",
        paths: &["clock", "files", "http", "intent::attest"],
    },
    Reach {
        room: "orchestrator/src/intent/attest.rs",
        paths: &[],
    },
];

const WATCHER: Reach = Reach {
    room: "orchestrator/src/watch",
    paths: BESIDE,
};

/// Neither these name whoever signs, posts and remembers orders.
const WATCHES: [&str; 2] = ["orchestrator/src/watch", "orchestrator/src/verbs/watch.rs"];
#[rustfmt::skip]
const ORDERS: &[&str] = &[
    "signer", "clob", "pipeline", "reconcile", "ledger", "lots",
    "copy", "intake", "Intent", "Draft", "Credentials",
];

/// Who says a confined word elsewhere, and which exception nobody uses.
fn strayed(tree: &Tree, rule: &Confined) -> Vec<String> {
    let mut findings = Vec::new();
    let mut unused: Vec<&str> = rule.only.iter().map(|(path, _)| *path).collect();
    for file in tree.programs(rule.within) {
        for (line, word) in rust::words(file.program()) {
            if !rule.words.contains(&word) {
                continue;
            }
            if rule.only.iter().any(|(path, _)| *path == file.path) {
                unused.retain(|path| *path != file.path);
            } else {
                findings.push(format!("{}:{line}: `{word}` belongs elsewhere", file.path));
            }
        }
    }
    let unused = unused.into_iter();
    findings.extend(unused.map(|path| format!("{path}: needs no leave to say {:?}", rule.words)));
    findings
}

/// Who says a word that its room does without.
fn spoken(tree: &Tree, rule: &Absent) -> Vec<String> {
    let mut findings = Vec::new();
    let mut is_there = false;
    for file in tree.programs(&[rule.room]) {
        is_there = true;
        for (line, word) in rust::words(file.program()) {
            if rule.words.contains(&word) {
                findings.push(format!("{}:{line}: `{word}` is absent here", file.path));
            }
        }
    }
    if !is_there {
        findings.push(format!("{}: no such room", rule.room));
    }
    findings
}

/// Paths from the crate's root that a room may not take.
fn overreached(tree: &Tree, rule: &Reach) -> Vec<String> {
    let is_within = |path: &str, root: &str| {
        let rest = path.strip_prefix(root);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    let mut findings = Vec::new();
    for file in tree.programs(&[rule.room]) {
        for (number, line) in (1..).zip(file.program().lines()) {
            for rest in line.split("crate::").skip(1) {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
                let path = rest[..end.unwrap_or(rest.len())].trim_end_matches("::");
                if !rule.paths.iter().any(|root| is_within(path, root)) {
                    findings.push(format!("{}:{number}: reaches for {path}", file.path));
                }
            }
        }
    }
    findings
}

#[test]
fn words_of_the_wire_the_key_and_the_clock_stay_in_their_files() {
    let tree = Tree::workspace();
    let findings: Vec<String> = CONFINED
        .iter()
        .flat_map(|rule| strayed(tree, rule))
        .collect();
    nothing(&findings);
}

#[test]
fn each_room_does_without_what_the_map_says_it_does() {
    let tree = Tree::workspace();
    let findings: Vec<String> = ABSENT.iter().flat_map(|rule| spoken(tree, rule)).collect();
    nothing(&findings);
}

#[test]
fn door_vault_and_supervisor_meet_at_their_frames_alone() {
    let tree = Tree::workspace();
    let findings = REACHES.iter().flat_map(|rule| overreached(tree, rule));
    nothing(&findings.collect::<Vec<_>>());
}

/// M1, M5: it writes lines, and reaches nothing that signs, posts or keeps an order.
#[test]
fn the_watcher_reaches_neither_signer_nor_order_api_nor_outbox() {
    let tree = Tree::workspace();
    let mut findings = overreached(tree, &WATCHER);
    let says = |tree: &Tree, room| {
        spoken(
            tree,
            &Absent {
                room,
                words: ORDERS,
            },
        )
    };
    findings.extend(WATCHES.iter().flat_map(|room| says(tree, room)));
    nothing(&findings);
    let over = Tree::of(&[("orchestrator/src/watch/mod.rs", "use crate::store::Store;")]);
    assert_eq!(overreached(&over, &WATCHER).len(), 1);
    let roundabout = "f(super::super::clob::post());";
    let over = Tree::of(&[("orchestrator/src/watch/poll.rs", roundabout)]);
    assert_eq!(says(&over, WATCHES[0]).len(), 1);
}

#[test]
fn a_word_of_the_wire_in_a_second_file_is_found() {
    let rule = Confined {
        words: &["wire"],
        within: &["a"],
        only: &[("a/src/one.rs", "the one")],
    };
    let one = ("a/src/one.rs", "use wire::X;");
    assert!(strayed(&Tree::of(&[one, ("b/src/x.rs", "use wire::X;")]), &rule).is_empty());
    let second = Tree::of(&[one, ("a/src/two.rs", "// wire\nfn f(x: wire::Auth) {}")]);
    assert_eq!(
        strayed(&second, &rule),
        ["a/src/two.rs:2: `wire` belongs elsewhere"]
    );
    let moved = Tree::of(&[("a/src/one.rs", "// wire")]);
    assert_eq!(
        strayed(&moved, &rule),
        ["a/src/one.rs: needs no leave to say [\"wire\"]"]
    );
}

#[test]
fn a_word_in_a_test_or_a_text_is_not_a_word_of_the_program() {
    let rule = Absent {
        room: "a/src",
        words: &["tokio"],
    };
    let quiet = Tree::of(&[
        ("a/src/lib.rs", "#[cfg(test)]\nmod tests;"),
        (
            "a/src/one.rs",
            "f(\"tokio\");\n#[cfg(test)]\nmod tests { use tokio::X; }",
        ),
        ("a/src/tests.rs", "use tokio::X;"),
        ("a/tests/it.rs", "use tokio::X;"),
    ]);
    assert!(spoken(&quiet, &rule).is_empty());
    let loud = Tree::of(&[("a/src/one.rs", "\nuse tokio::X;")]);
    assert_eq!(
        spoken(&loud, &rule),
        ["a/src/one.rs:2: `tokio` is absent here"]
    );
    assert_eq!(spoken(&Tree::of(&[]), &rule), ["a/src: no such room"]);
}

#[test]
fn a_room_that_reaches_past_the_seam_is_found() {
    let rule = Reach {
        room: "a/src/door",
        paths: &["clock", "vault::seam"],
    };
    let found = |text: &str| overreached(&Tree::of(&[("a/src/door/mod.rs", text)]), &rule);
    assert!(found("use crate::clock;\nuse crate::vault::seam::{Call, Reply};").is_empty());
    assert!(found("// crate::vault::key\nuse super::tls;").is_empty());
    let past = "a/src/door/mod.rs:2: reaches for vault::key::Vaulted";
    assert_eq!(found("\nf(crate::vault::key::Vaulted);"), [past]);
    assert_eq!(found("use crate::vault::{key, seam};").len(), 1);
    assert_eq!(found("use crate::vault::seams;").len(), 1);
    assert_eq!(found("use crate::{clock, vault};").len(), 1);
}

#[test]
fn a_room_of_one_file_is_not_a_room_of_its_namesakes() {
    assert!(is_below("signer/src/files.rs", "signer/src/files.rs"));
    assert!(is_below("signer/src/door/pin.rs", "signer/src/door"));
    assert!(!is_below("signer/src/doors.rs", "signer/src/door"));
}
