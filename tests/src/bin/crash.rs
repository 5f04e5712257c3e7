//! The crash table: each program is killed at its first effect, its second,
//! and so on, until a life has no effect left to be killed at.
//!
//! `crash`; the programs stand beside this one. Exit: 0 all books agreed after
//! every kill; 1 something did not hold.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Mutex;

use tests::bins::Bins;
use tests::crash::{Fuses, ORDERS, Program, Scene, Toll};

/// Polling makes lives differ: only so many survivors in a row say that there
/// is no later effect.
const SURVIVORS: u32 = 40;
/// No life has so many effects.
const EFFECTS_MAX: u64 = 5_000;
/// A death now and then costs an order, for want of an operator in time; more
/// than that says that little was played.
const FEW: usize = ORDERS - 1;
/// Plays at a time: they wait more than they work.
const PLAYERS: usize = 4;

fn main() -> ExitCode {
    if let Some(word) = std::env::args().nth(1) {
        let help = word == "--help" || word == "-h";
        if !help {
            say(&format!("{word} is not an option"));
        }
        say("usage: crash\nKills signer and orchestrator at each of their effects; takes minutes.");
        return ExitCode::from(if help { 0 } else { 2 });
    }
    let scene = Scene::new(&Bins::beside_me());
    match scene.play(0, &Fuses::default()) {
        // Books of which nothing was ever asked agree too.
        Ok(played) if played.approved != ORDERS => {
            let approved = played.approved;
            say(&format!(
                "FAILED with nobody killed: {approved} orders approved, {ORDERS} expected: {:?}",
                played.ends
            ));
            return ExitCode::FAILURE;
        }
        Ok(played) => {
            for (program, effects) in &played.effects {
                say(&format!(
                    "{}: {effects} effects in a life that nobody ends",
                    program.name()
                ));
            }
        }
        Err(problem) => {
            say(&format!("FAILED with nobody killed: {problem}"));
            return ExitCode::FAILURE;
        }
    }
    for program in [Program::Signer, Program::Orchestrator] {
        match each_effect(&scene, program) {
            Ok(toll) => {
                say(&format!("\n{}, killed at each effect:", program.name()));
                for line in toll.lines() {
                    say(&line);
                }
                if toll.approved < toll.plays * FEW {
                    let few = "too few orders approved for the plays to say anything";
                    say(&format!("FAILED {}: {few}", program.name()));
                    return ExitCode::FAILURE;
                }
            }
            Err(problem) => {
                say(&format!("FAILED {problem}"));
                return ExitCode::FAILURE;
            }
        }
    }
    say(
        "\nOK: no POST without its row, no attempt with two orders, no budget exceeded, every ledger equal to its venue.",
    );
    ExitCode::SUCCESS
}

/// What the players share.
#[derive(Default)]
struct Progress {
    next: u64,
    survivors: u32,
    toll: Toll,
    failed: Option<String>,
}

/// Kills `program` at its 1st, 2nd, 3rd effect, in plays of their own.
fn each_effect(scene: &Scene, program: Program) -> Result<Toll, String> {
    let progress = Mutex::new(Progress::default());
    std::thread::scope(|scope| {
        for _ in 0..PLAYERS {
            scope.spawn(|| while one(scene, program, &progress) {});
        }
    });
    let Progress { toll, failed, .. } = progress.into_inner().expect("no player panics");
    failed.map_or(Ok(toll), Err)
}

/// Plays once; whether there may be more to play.
fn one(scene: &Scene, program: Program, progress: &Mutex<Progress>) -> bool {
    let at = {
        let mut progress = progress.lock().expect("no player panics");
        if progress.failed.is_some() || progress.survivors >= SURVIVORS {
            return false;
        }
        progress.next += 1;
        if progress.next > EFFECTS_MAX {
            progress.failed = Some(format!("{} has no last effect", program.name()));
            return false;
        }
        progress.next
    };
    let number = u16::try_from(at).expect("it is bounded above");
    let played = scene.play(number, &Fuses::one(program, at));
    let mut progress = progress.lock().expect("no player panics");
    match played {
        Ok(played) if played.deaths.is_empty() => progress.survivors += 1,
        Ok(played) => {
            progress.survivors = 0;
            progress.toll.add(played);
            let kills = progress.toll.kills();
            if kills.is_multiple_of(50) {
                // To whoever waits; the table is for whoever reads it later.
                let line = format!("{}: {kills} kills so far", program.name());
                writeln!(std::io::stderr(), "{line}").ok();
            }
        }
        Err(problem) => {
            let name = program.name();
            progress.failed = Some(format!("{name}, killed at its effect {at}: {problem}"));
        }
    }
    true
}

/// Prints one line; a reader that went away is no reason to fail.
fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").ok();
}
