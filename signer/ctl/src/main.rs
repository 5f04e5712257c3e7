//! The operator's hand on the signer.

mod journal;
mod pin;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The operator's hand on the signer.
#[derive(Parser)]
#[command(name = "signerctl", version, about)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Makes the journal, once. Refuses if the file is there already.
    Init {
        /// Where the journal will live; its folder must exist.
        #[arg(long, value_name = "FILE")]
        journal: PathBuf,
        /// Whose journal it is: the address whose key will sign.
        #[arg(long, value_name = "0x...")]
        address: String,
        /// The chain it signs for: 137, or 80002 for the simulator.
        #[arg(long, value_name = "ID")]
        chain_id: u64,
    },
    /// Prints the pin of a PEM certificate, as configurations name it.
    Pin {
        /// The certificate.
        #[arg(value_name = "CERTIFICATE")]
        certificate: PathBuf,
    },
}

fn main() -> ExitCode {
    let answer = match Cli::parse().verb {
        Verb::Init {
            journal,
            address,
            chain_id,
        } => journal::init(&journal, &address, chain_id),
        Verb::Pin { certificate } => pin::of_file(&certificate),
    };
    let (mut out, text, code): (Box<dyn Write>, _, _) = match answer {
        Ok(text) => (Box::new(std::io::stdout()), text, ExitCode::SUCCESS),
        Err(text) => (Box::new(std::io::stderr()), text, ExitCode::FAILURE),
    };
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => code,
        // What was done is done, but nobody could read what it was.
        Err(_) => ExitCode::FAILURE,
    }
}
