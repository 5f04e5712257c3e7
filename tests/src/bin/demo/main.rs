//! The demonstration: real programs play intents, a hostile client does its
//! worst, and the books of three rooms are compared to the unit.
//!
//! `demo [--books PATH] [--intents FILE [--now] | --trades PAGE | --kills SEED]`; the programs stand beside this one.
//! Exit: 0 everything ended as it must; 1 something did not; 2 an argument
//! that cannot be played, and then nothing was started.

mod args;
mod file;
mod hostile;
mod ladder;
mod lines;
mod plan;
mod play;
mod say;
mod session;
mod stage;
mod table;
mod tricks;
mod verdict;

use std::process::ExitCode;

use args::Args;
use say::say;
use tests::bins::workspace;

fn main() -> ExitCode {
    let args = match Args::read(std::env::args_os().skip(1)) {
        Ok(args) => args,
        Err(problem) => return refused(&problem),
    };
    let books = args.books.clone();
    let books = books.unwrap_or_else(|| workspace().join("tests/fixtures/books"));
    let staged = match stage::Staged::of(&books) {
        Ok(staged) => staged,
        Err(problem) => return refused(&problem),
    };
    let page = match args.trades.as_deref().map(session::page::read).transpose() {
        Ok(page) => page,
        Err(problem) => return refused(&problem),
    };
    let ended = match &args.intents {
        None if page.is_some() => session::recorded(&staged, &page.unwrap_or_default()),
        None if args.kills.is_some() => session::play(&staged, args.kills),
        None => both(play::play(&staged), || session::play(&staged, None)),
        Some(path) => match lines::read(path) {
            Err(problem) => return refused(&problem),
            Ok(mut lines) => {
                if args.now {
                    lines::redate(&mut lines);
                }
                file::play(&staged, path, &lines)
            }
        },
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            for problem in problems {
                say(&format!("FAILED {problem}"));
            }
            ExitCode::FAILURE
        }
    }
}

/// One part after the other; what is wrong with either.
fn both(
    first: Result<(), Vec<String>>,
    second: impl FnOnce() -> Result<(), Vec<String>>,
) -> Result<(), Vec<String>> {
    let mut problems = first.err().unwrap_or_default();
    problems.extend(second().err().unwrap_or_default());
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn refused(problem: &str) -> ExitCode {
    say(problem);
    ExitCode::from(2)
}
