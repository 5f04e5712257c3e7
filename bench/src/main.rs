//! `make bench`: the release programs, driven as real processes over real
//! sockets, beside what they cannot be faster than.
//!
//! Everything that is compared was measured in the same run, in rounds, and a
//! figure is the median of the rounds; a target is a ratio.

mod clock;
mod disk;
mod door;
mod echo;
mod fixture;
mod floor;
mod hop;
mod host;
mod load;
mod report;
mod run;
mod stats;
mod targets;
mod trader;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: bench [--rounds N] [--orders N] [--report FILE] [--strict]";

/// What the command line says.
struct Args {
    rounds: usize,
    orders: usize,
    report: PathBuf,
    strict: bool,
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let ended = match words.next().as_deref() {
        Some("echo") => match (words.next(), words.next()) {
            (Some(certificate), Some(key)) => {
                let floor = words.next().map(PathBuf::from);
                echo::run(certificate.into(), key.into(), floor.as_deref()).map(|()| true)
            }
            _ => Err("bench echo CERTIFICATE KEY [FOLDER]".to_owned()),
        },
        Some("floor") => match words.next() {
            Some(folder) => floor::run(folder.as_ref()).map(|()| true),
            None => Err("bench floor FOLDER".to_owned()),
        },
        _ => arguments().and_then(|args| measure(&args)),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(problem) => {
            eprintln!("bench: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Measures, prints, writes the report. Whether that is a success.
fn measure(args: &Args) -> Result<bool, String> {
    let measured = tests::session::run(run::run(args.rounds, args.orders))?;
    let targets = targets::judge(&measured);
    print!("{}", report::table(&measured, &targets));
    let text = format!("{:#}\n", report::json(&measured, &targets));
    std::fs::write(&args.report, text).map_err(|e| format!("{}: {e}", args.report.display()))?;
    println!("\nAll of it: {}", args.report.display());
    Ok(!args.strict || targets.iter().all(|target| target.met != Some(false)))
}

fn arguments() -> Result<Args, String> {
    let mut args = Args {
        rounds: 5,
        orders: 100_000,
        report: tests::bins::workspace().join("target/bench/report.json"),
        strict: false,
    };
    let mut words = std::env::args().skip(1);
    let number = |word: Option<String>| {
        let number = word.and_then(|word| word.parse().ok());
        number.filter(|n| *n > 0).ok_or_else(|| USAGE.to_owned())
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--rounds" => args.rounds = number(words.next())?,
            "--orders" => args.orders = number(words.next())?,
            "--report" => args.report = words.next().ok_or(USAGE)?.into(),
            "--strict" => args.strict = true,
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(args)
}
