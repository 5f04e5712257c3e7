//! The witness's own configuration file, parsed whole before anything opens.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tlog::VerifierKey;

/// Everything the witness needs to know before it starts.
#[derive(Debug)]
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Its name, as its key's.
    pub name: String,
    /// The file with its key.
    pub key: PathBuf,
    /// What it remembers.
    pub database: PathBuf,
    /// The logs it cosigns, each by its own key.
    pub logs: Vec<VerifierKey>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: SocketAddr,
    name: String,
    key: PathBuf,
    database: PathBuf,
    logs: Vec<String>,
}

fn bad(field: &str, problem: &str, fix: &str) -> String {
    format!("CONFIG {field}: {problem}; {fix}")
}

impl Config {
    /// Reads and parses `path`; relative paths in it are taken from its folder.
    ///
    /// # Errors
    ///
    /// A sentence that names the field, its problem and the fix.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|e| {
            let problem = format!("cannot read {}: {e}", path.display());
            bad("file", &problem, "name a readable file")
        })?;
        Self::parse(&text, path.parent().unwrap_or(Path::new(".")))
    }

    /// Parses the text of such a file.
    ///
    /// # Errors
    ///
    /// A sentence that names the field, its problem and the fix.
    pub fn parse(text: &str, base: &Path) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|e| {
            let fix = "write it as deploy/witness.example.toml does";
            bad("file", e.message(), fix)
        })?;
        if !note_name(&file.name) {
            let fix = "write it as example.com/witness-1";
            return Err(bad("name", "has spaces or plus signs, or is nothing", fix));
        }
        let mut logs: Vec<VerifierKey> = Vec::new();
        for text in &file.logs {
            let fix = "copy it from the signer's status, log_key";
            let Some(log) = VerifierKey::parse(text) else {
                return Err(bad("logs", &format!("{text:?} is no verifier key"), fix));
            };
            if logs.iter().any(|known| known.name() == log.name()) {
                let problem = format!("{} is there twice", log.name());
                return Err(bad("logs", &problem, "a log has one key; write it once"));
            }
            logs.push(log);
        }
        Ok(Self {
            listen: file.listen,
            name: file.name,
            key: base.join(file.key),
            database: base.join(file.database),
            logs,
        })
    }
}

fn note_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}
