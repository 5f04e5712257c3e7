//! A desk lives a day with secrets that are known here: keys, passphrases,
//! credentials. It imports, unlocks, trades, is refused, freezes, and is fed
//! files that are broken in the middle of a secret.
//!
//! Then everything that any program printed, wrote or was started with is
//! searched for them, however they may be spelt. What must be found is.

mod life;
mod search;

use std::fs;

use life::Life;
use search::{Search, Secret, spellings};

/// Where each secret was put by whoever set up the desk, and may stay.
const GIVEN: [(&str, &[&str]); 9] = [
    ("trading key", &["own.hex", "bent.hex"]),
    ("passphrase", &["passphrase"]),
    ("wrong passphrase", &["wrong"]),
    (
        "request key",
        &["request.key", "orchestrator-a.key", "short.key"],
    ),
    ("sealing key", &["sealing.key"]),
    ("API secret", &["clob.json", "venue.json", "torn.json"]),
    ("API passphrase", &["clob.json", "venue.json", "torn.json"]),
    ("signer's TLS key", &["signer.key"]),
    ("orchestrator's TLS key", &["orchestrator.key"]),
];

fn is_given(file: &str, what: &str) -> bool {
    let name = what.split_once(": ").expect("a secret's name").0;
    GIVEN
        .iter()
        .any(|(secret, files)| *secret == name && files.contains(&file))
}

/// M94: no command line, environment or output has a secret, however spelt.
#[test]
fn neither_secret_nor_signature_is_in_anything_that_a_day_leaves_behind() {
    let life = Life::lived();
    no_secret(&life);
    no_signature(&life);
}

fn no_secret(life: &Life) {
    let search = Search::new(&life.secrets);
    // Every folder of the desk: logs, journals and their write-ahead logs,
    // databases, alerts, the programs' temporary folder.
    let (findings, bytes) = search.in_files(&life.desk.folder, &is_given);
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    for (what, said) in &life.said {
        let found = search.found(said);
        assert!(found.is_empty(), "{what}: {found:?}");
    }
    let said: usize = life.said.iter().map(|(_, said)| said.len()).sum();
    println!(
        "{} secrets in {} spellings: not in {bytes} bytes of files, nor in {said} bytes of {} \
         outputs, command lines and environments",
        life.secrets.len(),
        search.len(),
        life.said.len()
    );
    // The same search finds each where it was put.
    let (given, _) = search.in_files(&life.desk.folder, &|_, _| false);
    for (secret, files) in GIVEN {
        for file in files {
            let is_it = |f: &String| f.contains(&format!("{file}: {secret}: "));
            assert!(given.iter().any(is_it), "{secret} was not found in {file}");
        }
    }
    let left = fs::read_dir(life.desk.file("tmp"))
        .expect("a folder")
        .count();
    assert_eq!(left, 0, "nothing is left in the temporary folder");
}

#[test]
fn every_spelling_of_every_secret_is_found_amid_other_bytes() {
    let secrets = [
        Secret {
            name: "key",
            bytes: (0..32).map(|n| n * 7 + 3).collect(),
        },
        Secret {
            name: "text",
            bytes: b"correct horse battery staple".to_vec(),
        },
    ];
    let search = Search::new(&secrets);
    let mut count = 0;
    for secret in &secrets {
        for (how, spelt) in spellings(&secret.bytes) {
            let hay = [b"2026 INFO noise ", spelt.as_slice(), b" noise"].concat();
            let what = format!("{}: {how}", secret.name);
            assert!(search.found(&hay).contains(what.as_str()), "{what}");
            count += 1;
        }
        let one_less = &secret.bytes[1..secret.bytes.len() / 2];
        assert!(search.found(one_less).is_empty(), "and nothing less");
    }
    println!("{count} spellings found");
    assert_eq!(count, search.len());
}

/// None but where it is sent from, and where it was sent.
fn no_signature(life: &Life) {
    let own = Secret {
        name: "signature",
        bytes: life.signature.clone(),
    };
    let mut secrets = vec![own];
    secrets.extend(life.posted().into_iter().map(|bytes| Secret {
        name: "posted",
        bytes,
    }));
    assert!(secrets.len() > 1, "the orchestrator posted an order");
    let search = Search::new(&secrets);
    // The outbox, and the exchange that they were sent to.
    let sends = |file: &str, what: &str| {
        what.starts_with("posted: ")
            && (file.starts_with("orchestrator.sqlite") || file == "journal.jsonl")
    };
    let (findings, bytes) = search.in_files(&life.desk.folder, &sends);
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    for (what, said) in &life.said {
        let found = search.found(said);
        assert!(found.is_empty(), "{what}: {found:?}");
    }
    let (all, _) = search.in_files(&life.desk.folder, &|_, _| false);
    assert!(!all.is_empty(), "they stand where they are sent from");
    println!(
        "{} signatures: not in {bytes} bytes but where they are sent from",
        secrets.len()
    );
}
