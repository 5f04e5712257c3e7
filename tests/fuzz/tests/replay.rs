//! All bytes that were ever worth keeping, played again.
//! A file that `make fuzz` found to break its target stands in the target's
//! folder from then on, under the name of what was wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fuzz::{TARGETS, seeds, target};

/// The most files of a target, and the most bytes of one.
const FILES_MAX: usize = 64;
const BYTES_MAX: usize = 16 * 1024;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// The kept bytes of a target, with their names.
fn kept(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = corpus().join(name);
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_seed_is_taken_by_its_parser() {
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, seed, bytes) in seeds() {
        let target = target(name).unwrap();
        assert!(target(&bytes), "{name}/{seed}");
        *taken.entry(name).or_default() += 1;
    }
    for (name, _) in TARGETS {
        assert!(taken[name] >= 10, "{name} has {}", taken[name]);
    }
}

#[test]
fn all_that_fuzzing_kept_still_holds() {
    for (name, target) in TARGETS {
        let files = kept(name);
        for (file, bytes) in files {
            println!("{name}/{file}");
            target(&bytes);
            // One byte more, less or other, at each of many places.
            for place in (0..bytes.len()).step_by(bytes.len() / 50 + 1) {
                let mut bent = bytes.clone();
                bent[place] ^= 1;
                target(&bent);
                target(&bytes[..place]);
            }
        }
    }
}

#[test]
fn a_corpus_is_small_and_every_folder_is_a_targets() {
    let folders: BTreeSet<String> = fs::read_dir(corpus())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let names: BTreeSet<String> = TARGETS.map(|(name, _)| name.to_owned()).into();
    assert_eq!(folders, names);
    for name in names {
        assert!(target(&name).is_some());
        let files = kept(&name);
        assert!(files.len() <= FILES_MAX, "{name} has {}", files.len());
        for (file, bytes) in files {
            assert!(bytes.len() <= BYTES_MAX, "{name}/{file}");
        }
    }
}
