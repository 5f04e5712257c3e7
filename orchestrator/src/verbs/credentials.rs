//! `credentials import`: the venue's API credentials, into a file of mode 0400,
//! sealed where the configuration names a sealing key.

use std::fs::File;

use orchestrator::clob::Credentials;
use orchestrator::config::Config;
use orchestrator::files::{Draft, read_secret_from};
use serde_json::json;

use super::{Answer, Failure};

/// Handles the venue's API credentials. They post and cancel; they cannot
/// sign an order.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    orchestrator credentials import --verify < answer-of-the-venue.json\n  \
    orchestrator credentials import --fd 3 3< answer.json")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Reads {"apiKey", "secret", "passphrase"} from standard input, checks it,
    /// and writes it to clob.credentials, mode 0400, and sealed if the
    /// configuration names a sealing key. Never from the command line.
    ///
    /// Exit: 0 written; 1 not, and nothing changed.
    Import {
        /// Read from this descriptor instead.
        #[arg(long, value_name = "N")]
        fd: Option<u32>,
        /// Replace credentials that are there.
        #[arg(long)]
        replace: bool,
        /// Ask the venue with them once before they are written.
        #[arg(long)]
        verify: bool,
    },
}

pub(crate) fn run(config: Config, args: &Args) -> Result<Answer, Failure> {
    let What::Import {
        fd,
        replace,
        verify,
    } = &args.what;
    let place = config.clob.credentials.clone();
    if place.exists() && !replace {
        return Err(Failure::trouble(format!(
            "FILE {}: there are credentials already; add --replace",
            place.display()
        )));
    }
    let bytes = match fd {
        None => read_secret_from(std::io::stdin()),
        Some(fd) => match File::open(format!("/dev/fd/{fd}")) {
            Ok(file) => read_secret_from(file),
            Err(e) => Err(format!("INPUT descriptor {fd}: {e}; open it in the shell")),
        },
    };
    let bytes = bytes.map_err(Failure::trouble)?;
    if let Err(problem) = Credentials::parse(&bytes) {
        return Err(Failure::trouble(format!("INPUT {problem}")));
    }
    let address = config.signer.signing_address;
    let bytes = Credentials::at_rest(&config.clob, &address, &bytes).map_err(Failure::trouble)?;
    let sealed = config.clob.sealing_key.is_some();
    let draft = Draft::write(&place, &bytes).map_err(Failure::trouble)?;
    if *verify {
        try_them(config, &draft)?;
    }
    draft.keep().map_err(Failure::trouble)?;
    let text = format!(
        "{} to {}{}",
        if sealed { "sealed" } else { "written" },
        place.display(),
        if *verify {
            ", and the venue knows them"
        } else {
            ""
        }
    );
    Ok(Answer::done(
        text,
        json!({"written": place.display().to_string(), "verified": verify, "sealed": sealed}),
    ))
}

/// One question that only the key's owner is answered.
fn try_them(mut config: Config, draft: &Draft) -> Result<(), Failure> {
    draft.path().clone_into(&mut config.clob.credentials);
    let clob = super::clob(&config).map_err(Failure::trouble)?;
    super::runtime()?
        .block_on(clob.closed_only())
        .map(|_closed_only| ())
        .map_err(|e| {
            Failure::trouble(format!(
                "VENUE {e}; they must be those of signer.signing_address, and nothing was written"
            ))
        })
}
