//! `conformance <dir>`: runs every suite, prints what it found, exits 1 unless
//! all of it agrees.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let usage = "usage: conformance <directory of vector files>";
    let (Some(directory), None) = (arguments.next(), arguments.next()) else {
        return say(io::stderr(), usage, false);
    };
    if directory == "--help" {
        return say(io::stdout(), usage, true);
    }
    let report = conformance::run(Path::new(&directory));
    say(io::stdout(), report.to_string().trim_end(), report.passed())
}

/// What cannot be printed has not passed.
fn say(mut to: impl Write, text: &str, passed: bool) -> ExitCode {
    match writeln!(to, "{text}") {
        Ok(()) if passed => ExitCode::SUCCESS,
        Ok(()) | Err(_) => ExitCode::FAILURE,
    }
}
