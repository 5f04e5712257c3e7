//! `residue`: what of its secrets the released signer leaves in memory.
//!
//! It runs the real program as root under load, and looks through all that
//! root can read, registers and stacks included: while the trading key's window is open, after it,
//! after a lock, and as a dump by root would have it; and no core is left. Then the same with a build that leaks on
//! purpose, which must be caught.
//!
//! Invariant: nothing is a pass but a search that found the control.

mod load;
mod look;
mod needles;
mod scene;

use std::fmt::Write as _;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::ExitCode;

use tests::bins::Bins;
use tests::keys;

use crate::needles::Class;
use crate::scene::{Life, Row, Scene};

const USAGE: &str = "usage: residue --leaky SIGNER [--seed N] [--looks N]\n\
    Runs as root. Exit: 0 nothing was left and the control was found; 1 otherwise.";
/// Looks under load.
const LOOKS: usize = 6;
/// Pages of a signer that is unlocked: request keys, sealing key, trading key.
const PAGES: usize = 3;

struct Args {
    leaky: PathBuf,
    seed: u64,
    looks: usize,
}

fn main() -> ExitCode {
    let args = match arguments() {
        Ok(args) => args,
        Err(problem) => {
            say(&format!("{problem}\n{USAGE}"));
            return ExitCode::from(2);
        }
    };
    let uid = std::fs::metadata("/proc/self").map_or(1, |me| me.uid());
    if uid != 0 {
        say("FAILED: only root may look at everything; run it as root");
        return ExitCode::FAILURE;
    }
    say(&format!("seed {}", args.seed));
    keys::seed(args.seed);
    let problems = measure(&args);
    if problems.is_empty() {
        say("nothing was left in memory that root can read, and the control was found");
        return ExitCode::SUCCESS;
    }
    say(&format!("FAILED, {} problems:", problems.len()));
    for problem in &problems {
        say(problem);
    }
    ExitCode::FAILURE
}

/// What is wrong.
fn measure(args: &Args) -> Vec<String> {
    let mut problems = Vec::new();
    let Life {
        rows,
        signed,
        mine,
        aborted,
    } = Scene::new(&Bins::beside_me()).release(args.looks);
    say(&format!(
        "{signed} orders signed; a row is one look, a number is hits"
    ));
    head();
    for row in &rows {
        line("release", row);
        let wrong = wrong_with(row);
        for problem in &wrong {
            say(&format!("         {problem}"));
        }
        problems.extend(wrong);
    }
    if aborted.is_cored {
        problems.push("the vault aborted, and the kernel wrote a core of it".to_owned());
    } else if aborted.is_lifted {
        say("the vault aborted with its limit lifted, and left no core");
    } else {
        say("the vault aborted and left no core; nor may root lift its limit here");
    }
    for class in Class::ALL {
        if mine.of(class) == 0 {
            let name = class.name();
            problems.push(format!("the search does not find {name} in its own memory"));
        }
    }
    let control = Scene::new(&Bins::beside_me()).control(&args.leaky);
    for row in &control {
        line("control", row);
    }
    for class in [Class::Trading, Class::Sealing, Class::Request, Class::Nonce] {
        if control.iter().all(|(_, seen)| seen.of(class) == 0) {
            let name = class.name();
            problems.push(format!("the control leaks its {name} and was not caught"));
        }
    }
    problems
}

/// What is wrong with a look at the release.
fn wrong_with((name, seen): &Row) -> Vec<String> {
    let mut problems = Vec::new();
    for (place, hits) in &seen.places {
        problems.push(format!("{name}: {hits} of {place}"));
    }
    for region in &seen.unreadable {
        problems.push(format!("{name}: could not read {region}"));
    }
    let is_signer = !name.starts_with("signerctl");
    let fewest = if name == "after lock" {
        PAGES - 1
    } else {
        PAGES
    };
    if is_signer && seen.secret_pages < fewest {
        let pages = seen.secret_pages;
        problems.push(format!(
            "{name}: {pages} secret pages, and {fewest} are needed"
        ));
    }
    if seen.bytes < 1 << 20 {
        problems.push(format!(
            "{name}: only {} bytes were there to read",
            seen.bytes
        ));
    }
    problems
}

fn head() {
    let mut text = format!("{:8} {:24}", "build", "moment");
    for class in Class::ALL {
        write!(text, " {:>10}", class.name()).expect("a string takes all");
    }
    say(&format!(
        "{text} {:>8} {:>6} {:>7}",
        "KiB", "pages", "threads"
    ));
}

fn line(build: &str, (name, seen): &Row) {
    let mut text = format!("{build:8} {name:24}");
    for class in Class::ALL {
        write!(text, " {:>10}", seen.of(class)).expect("a string takes all");
    }
    let (kib, pages, threads) = (seen.bytes >> 10, seen.secret_pages, seen.threads);
    say(&format!("{text} {kib:>8} {pages:>6} {threads:>7}"));
}

fn arguments() -> Result<Args, String> {
    let (mut leaky, mut seed, mut looks) = (None, 1, LOOKS);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or(format!("{word} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|e| format!("{word}: {e}"));
        match word.as_str() {
            "--leaky" => leaky = PathBuf::from(&value).canonicalize().ok(),
            "--seed" => seed = number()?,
            "--looks" => looks = usize::try_from(number()?).map_err(|e| e.to_string())?,
            _ => return Err(format!("{word} is not an option")),
        }
    }
    Ok(Args {
        leaky: leaky.ok_or("--leaky names no signer; `make residue` builds it")?,
        seed,
        looks,
    })
}

fn say(text: &str) {
    // A reader that went away is no reason to stop.
    writeln!(std::io::stdout(), "{text}").ok();
}
