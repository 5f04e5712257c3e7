//! The operator's hand on the signer: beside it over its local socket, and
//! offline on a laptop to make and sign notes.
//!
//! Never touches: the network. What is secret comes from a terminal, a
//! descriptor or a file whose mode is checked, never from the command line or
//! the environment.
//!
//! Exit codes: 0 done, 1 refused or failed, 2 asked wrongly.
#![forbid(unsafe_code)]

mod age;
mod ahead;
mod audit;
mod backup;
mod callers;
mod cli;
mod clob_auth;
mod clock;
mod export;
mod files;
mod hand;
mod import;
mod journal;
mod journal_id;
mod kdf;
mod keystore;
#[cfg(test)]
mod keystore_tests;
mod log;
mod log_copy;
mod notes;
mod pin;
mod policy_wallet;
mod random;
mod rewrap;
mod rotate;
mod say;
mod seal;
mod secret;
mod self_test;
mod socket;
mod status;
mod totp;
mod tty;
mod unseal;
mod values;
mod wallets;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};

fn main() -> ExitCode {
    // What passes through here must not be left in a core file, nor be read
    // by another process of this user.
    let hidden = prctl::set_dumpable(false).and(setrlimit(Resource::RLIMIT_CORE, 0, 0));
    if let Err(e) = hidden {
        tty::say(&format!("CORE_DUMPS process: cannot be forbidden: {e}\n"));
        return ExitCode::FAILURE;
    }
    match cli::run(&cli::Cli::parse()) {
        Err(refusal) => {
            tty::say(&format!("{refusal}\n"));
            ExitCode::FAILURE
        }
        Ok(said) => {
            let mut out = std::io::stdout();
            let written = out
                .write_all(said.out.as_bytes())
                .and_then(|()| out.flush());
            tty::say(&said.aside);
            match written {
                Ok(()) => ExitCode::from(said.status),
                // What was done is done, but nobody could read what it was.
                Err(_) => ExitCode::FAILURE,
            }
        }
    }
}
