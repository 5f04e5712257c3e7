//! The Ed25519 key of a watcher or a lister: made, and shown as policies name it.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use orchestrator::intent::attest::WatcherKey;
use orchestrator::notes::Notary;
use serde_json::json;

use super::{Answer, Failure};

#[derive(Subcommand)]
pub(crate) enum Identity {
    /// Makes a key, mode 0400, and prints its public half.
    New {
        /// A file that is not there yet.
        file: PathBuf,
    },
    /// Prints the key as a policy names it among its watchers or listers.
    Show {
        /// The name that it signs notes under, such as desk.example/watcher-1.
        #[arg(long)]
        name: String,
        /// The key's file.
        file: PathBuf,
    },
}

/// Does what is asked for the key of a `whose`.
pub(crate) fn run(whose: &str, what: &Identity) -> Result<Answer, Failure> {
    match what {
        Identity::New { file } => make(whose, file),
        Identity::Show { name, file } => show(name, file),
    }
}

fn make(whose: &str, path: &Path) -> Result<Answer, Failure> {
    let bytes = WatcherKey::generate().map_err(Failure::trouble)?;
    let key = WatcherKey::read(&bytes).map_err(Failure::trouble)?;
    super::write_new_key(path, &bytes)?;
    let public = key.public();
    Ok(Answer::done(public.to_owned(), json!({whose: public})))
}

fn show(name: &str, path: &Path) -> Result<Answer, Failure> {
    let bytes = orchestrator::files::read_secret(path).map_err(Failure::trouble)?;
    let key = WatcherKey::read(&bytes).map_err(Failure::trouble)?;
    let notary = Notary::new(key, name).map_err(Failure::trouble)?;
    let key = notary.verifier().to_string();
    Ok(Answer::done(key.clone(), json!({"key": key})))
}
