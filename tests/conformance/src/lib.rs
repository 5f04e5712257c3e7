//! Holds our code against vectors made by others.
//!
//! For: running every suite over a directory of vector files: orders, amounts,
//! exchange verdicts, wallets and ids, session keys, authentication, fees.
//!
//! Never touches: a network, a chain, a client; and the code under test only
//! through its public doors.
//!
//! Invariant: a file that is not known, cannot be read, or holds no case is a
//! failure, and so is one case that differs. Nothing is skipped in silence.

mod amounts;
mod auth;
mod contract;
mod fees;
mod grid;
mod key;
mod orders;
mod report;
mod sessions;
mod text;
mod wallets;

pub use report::{Report, Row};

use std::fs;
use std::path::Path;

type Suite = fn(&str, &mut Report) -> Result<(), String>;

/// Every file name that has a meaning, and who reads it.
const SUITES: [(&str, Suite); 7] = [
    (orders::FILE, orders::run),
    (amounts::FILE, amounts::run),
    (contract::FILE, contract::run),
    (wallets::FILE, wallets::run),
    (sessions::FILE, sessions::run),
    (auth::FILE, auth::run),
    (fees::FILE, fees::run),
];

/// Runs every suite that `directory` has a file for.
#[must_use]
pub fn run(directory: &Path) -> Report {
    let mut report = Report::default();
    let names = match names_in(directory) {
        Ok(names) => names,
        Err(error) => {
            report.fault(format!("{}: {error}", directory.display()));
            return report;
        }
    };
    for name in &names {
        if !SUITES.iter().any(|(file, _)| file == name) {
            report.fault(format!("{name}: no suite knows this file"));
        }
    }
    for (file, suite) in SUITES {
        if names.iter().any(|name| name == file) {
            let text = fs::read_to_string(directory.join(file)).map_err(|e| e.to_string());
            if let Err(error) = text.and_then(|text| suite(&text, &mut report)) {
                report.fault(format!("{file}: {error}"));
            }
        }
    }
    if names.is_empty() {
        report.fault(format!("{}: holds no vectors", directory.display()));
    }
    report
}

fn names_in(directory: &Path) -> Result<Vec<String>, std::io::Error> {
    let mut names = fs::read_dir(directory)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>, std::io::Error>>()?;
    names.sort();
    Ok(names)
}
