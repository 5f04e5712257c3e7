//! The venue's own clients against the simulator, then against ours.
//!
//! `interop --npm NODE_MODULES --pypi PYTHON`: the folder that the npm client is
//! installed in, and the interpreter that finds the `PyPI` client; the programs
//! stand beside this one. Both clients run unchanged. First they do what a
//! trader does, step by step; then the requests of all three for the same
//! orders and reads are compared; then every order read off the wire is hashed
//! and signed again by our own crate.
//!
//! Exit: 0 everything is as it must be; 1 something is not; 2 wrong usage.

mod client;
mod compare;
mod orders;
mod ours;
mod reads;
mod resign;
mod run;
mod stage;
mod wallets;
mod wire;

use std::path::PathBuf;
use std::process::ExitCode;

use client::Client;
use run::Run;
use stage::Stage;
use wire::Log;

const USAGE: &str = "usage: interop --npm FOLDER --pypi PYTHON; `make interop` installs both";

/// Whose orders ours are compared with the clients'. Our signer makes none for a
/// deposit wallet on this chain, which has no published factory of them.
const WALLETS: [(u8, &str); 2] = [(0, "the key's own address"), (2, "its Safe")];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [a, npm, b, pypi] = words.as_slice() else {
        return refused();
    };
    if (a.as_str(), b.as_str()) != ("--npm", "--pypi") {
        return refused();
    }
    let mut clients = [
        Client::npm(&PathBuf::from(npm)),
        Client::pypi(&PathBuf::from(pypi)),
    ];
    let mut problems = Vec::new();
    for (kind, wallet) in WALLETS {
        say(&format!("\nWallet: {wallet}, signature type {kind}"));
        problems.extend(play(kind, &mut clients));
    }
    for problem in &problems {
        say(&format!("FAILED {problem}"));
    }
    if problems.is_empty() {
        say("\nEverything is as it must be.");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Plays with one kind of wallet; returns what is not as it must be.
fn play(kind: u8, clients: &mut [Client; 2]) -> Vec<String> {
    let stage = Stage::new(kind);
    let mut problems = Vec::new();
    run::head();
    let [npm, pypi] = clients.each_mut().map(|client| {
        let venue = stage.venue(client.name);
        let mut run = Run::new(&stage, client, &venue.address);
        steps(kind, &mut run);
        let log = run.end(&mut problems);
        assert!(venue.stop().success(), "the venue stops when asked to");
        log
    });
    let ours = match ours::play(&stage) {
        Ok(ours) => ours,
        Err(problem) => {
            problems.push(problem);
            return problems;
        }
    };
    let all: [(&str, &Log); 3] = [("npm", &npm), ("PyPI", &pypi), ("ours", &ours)];
    problems.extend(compare::orders(&all));
    problems.extend(compare::reads(&all));
    problems.extend(resign::all(&stage, &all));
    problems
}

/// Everything that a trader does; again with another wallet, only what our
/// programs do too.
fn steps(kind: u8, run: &mut Run<'_>) {
    if kind == 0 {
        reads::login(run);
        reads::public(run);
        reads::account(run);
        orders::each_type(run);
        orders::refused(run);
        orders::cancelled(run);
        wallets::each_kind(run);
    } else {
        reads::of_a_trader(run);
    }
    compare::same_orders(run);
    reads::alive(run);
}

fn refused() -> ExitCode {
    say(USAGE);
    ExitCode::from(2)
}

/// Prints one line; a reader that went away is no reason to fail.
pub(crate) fn say(line: &str) {
    use std::io::Write;
    writeln!(std::io::stdout(), "{line}").ok();
}
