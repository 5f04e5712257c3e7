//! `attack`: adversaries against the released programs, each printing figures.
//!
//! Its first word says which: `make attack` plays them all. Each is seeded, and
//! prints what is needed to play one of its campaigns again.
//!
//! Invariant: an attack that proves nothing fails as one that succeeds does.

mod campaigns;
mod posted;
mod stage;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: attack campaigns [--seed N] [--campaigns N] [--first N] [--workers N]\n\
    \x20      attack fees [--seed N] [--campaigns N]\n\
    \x20      attack control --forgets SIGNER [--seed N] [--campaigns N]\n\
    Exit: 0 every figure held and the controls were caught; 1 otherwise; 2 wrong use.";

/// What the words after the first say.
pub(crate) struct Args {
    pub(crate) seed: u64,
    pub(crate) campaigns: u64,
    pub(crate) first: u64,
    pub(crate) workers: u64,
    pub(crate) forgets: Option<PathBuf>,
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let verb = words.next().unwrap_or_default();
    let played = arguments(words).map(|args| match verb.as_str() {
        "campaigns" => Ok(campaigns::play(&args)),
        "fees" => Ok(campaigns::fees(&args)),
        "control" => campaigns::control(&args),
        _ => Err(format!("{verb:?} is no attack")),
    });
    match played.and_then(|played| played) {
        Err(problem) => {
            say(&format!("{problem}\n{USAGE}"));
            ExitCode::from(2)
        }
        Ok(problems) if problems.is_empty() => ExitCode::SUCCESS,
        Ok(problems) => {
            say(&format!("FAILED, {} problems:", problems.len()));
            for problem in &problems {
                say(problem);
            }
            ExitCode::FAILURE
        }
    }
}

fn arguments(mut words: impl Iterator<Item = String>) -> Result<Args, String> {
    let mut args = Args {
        seed: 1,
        campaigns: 10,
        first: 0,
        workers: 2,
        forgets: None,
    };
    while let Some(word) = words.next() {
        let value = words.next().ok_or(format!("{word} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|e| format!("{word}: {e}"));
        match word.as_str() {
            "--seed" => args.seed = number()?,
            "--campaigns" => args.campaigns = number()?,
            "--first" => args.first = number()?,
            "--workers" => args.workers = number()?.max(1),
            "--forgets" => {
                let path = PathBuf::from(&value).canonicalize();
                args.forgets = Some(path.map_err(|e| format!("{value}: {e}"))?);
            }
            _ => return Err(format!("{word} is not an option")),
        }
    }
    Ok(args)
}

pub(crate) fn say(text: &str) {
    // A reader that went away is no reason to stop.
    writeln!(std::io::stdout(), "{text}").ok();
}
