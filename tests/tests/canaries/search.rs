//! Secrets in every spelling that a log or a file might give them, and the
//! search for them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Something that must not be seen.
pub(super) struct Secret {
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// One spelling of one secret.
struct Needle {
    what: String,
    bytes: Vec<u8>,
}

/// All needles, and which first two bytes any of them has.
pub(super) struct Search {
    needles: Vec<Needle>,
    begins: Vec<bool>,
}

/// What base64 makes of `bytes` whatever stands before and behind them.
fn within_base64(engine: &GeneralPurpose, bytes: &[u8], before: usize) -> Vec<u8> {
    let text = engine.encode([&vec![0; before], bytes].concat());
    let (first, last) = ((before * 8).div_ceil(6), (before + bytes.len()) * 8 / 6);
    text.as_bytes()[first..last].to_vec()
}

/// Every spelling, by name. Halves too: a key is often cut into words.
pub(super) fn spellings(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
    let half = bytes.len() / 2;
    let parts = [
        ("whole", bytes),
        ("reversed", &reversed),
        ("first half", &bytes[..half]),
        ("second half", &bytes[half..]),
    ];
    // Shorter ones turn up by chance.
    for (part, bytes) in parts.into_iter().filter(|(_, bytes)| bytes.len() >= 12) {
        let listed: Vec<String> = bytes.iter().map(u8::to_string).collect();
        let mut spelt = vec![
            ("raw".to_owned(), bytes.to_vec()),
            ("hex".to_owned(), hex::encode(bytes).into_bytes()),
            ("HEX".to_owned(), hex::encode_upper(bytes).into_bytes()),
            ("listed".to_owned(), listed.join(", ").into_bytes()),
            ("listed close".to_owned(), listed.join(",").into_bytes()),
        ];
        for before in 0..3 {
            for (name, engine) in [("base64", STANDARD), ("base64url", URL_SAFE)] {
                let text = within_base64(&engine, bytes, before);
                spelt.push((format!("{name} at {before}"), text));
            }
        }
        all.extend(
            spelt
                .into_iter()
                .map(|(how, bytes)| (format!("{part}, {how}"), bytes)),
        );
    }
    all
}

impl Search {
    pub(super) fn new(secrets: &[Secret]) -> Self {
        let mut needles = Vec::new();
        for secret in secrets {
            for (how, bytes) in spellings(&secret.bytes) {
                let what = format!("{}: {how}", secret.name);
                needles.push(Needle { what, bytes });
            }
        }
        let mut begins = vec![false; 1 << 16];
        for needle in &needles {
            begins[begin(&needle.bytes)] = true;
        }
        Self { needles, begins }
    }

    /// How many spellings are looked for.
    pub(super) fn len(&self) -> usize {
        self.needles.len()
    }

    /// What of it stands in `hay`.
    pub(super) fn found(&self, hay: &[u8]) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        for at in 0..hay.len().saturating_sub(1) {
            let rest = &hay[at..];
            if self.begins[begin(rest)] {
                let here = self.needles.iter().filter(|n| rest.starts_with(&n.bytes));
                found.extend(here.map(|needle| needle.what.as_str()));
            }
        }
        found
    }

    /// The same in every file under `folder`, but for what `belongs`: `name:
    /// what` for each, and the count of bytes that were read.
    pub(super) fn in_files(
        &self,
        folder: &Path,
        belongs: &dyn Fn(&str, &str) -> bool,
    ) -> (Vec<String>, usize) {
        let (mut findings, mut read) = (Vec::new(), 0);
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("a file").path();
            if path.is_dir() {
                let (more, bytes) = self.in_files(&path, belongs);
                findings.extend(more);
                read += bytes;
            } else if path.is_file() {
                let name = path
                    .file_name()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned();
                let hay = fs::read(&path).expect("ours to read");
                read += hay.len();
                let found = self.found(&hay);
                let stray = found.iter().filter(|what| !belongs(&name, what));
                findings.extend(stray.map(|what| format!("{}: {what}", path.display())));
            }
        }
        (findings, read)
    }
}

fn begin(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}
