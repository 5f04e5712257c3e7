//! What was accepted, one line each, on disk before it is answered.
//!
//! A line is a command with its time and its outcome. Starting again replays
//! the commands and compares the outcomes, so a changed configuration under an
//! old state is noticed instead of giving another history.
//!
//! Invariant: a last line without its newline was never answered, and is cut.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::core::operator::Settlement;
use crate::core::place::Treatment;
use crate::core::trades::TradeStatus;
use crate::leaders::Part;

/// Everything that changes the state, besides time.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Command {
    /// An order as it was posted.
    Order {
        api_key: String,
        payload: Value,
        treatment: Treatment,
    },
    /// Orders taken back.
    Cancel { api_key: String, ids: Vec<String> },
    /// A sign of life.
    Heartbeat {
        api_key: String,
        heartbeat_id: String,
    },
    /// Credentials for an address and nonce.
    CreateKey { address: String, nonce: String },
    /// A key is forgotten.
    ForgetKey { api_key: String },
    /// Recorded books, new or in place of old ones.
    Books { books: Value },
    /// Another tick.
    Tick { asset_id: String, tick_size: String },
    /// A trade moved by hand.
    Trade { id: String, status: TradeStatus },
    /// A fill that the operator settled by itself.
    Settle { settlement: Settlement },
    /// What an account may do.
    Account {
        api_key: String,
        banned: Option<bool>,
        closed_only: Option<bool>,
        deposit_collateral: Option<String>,
    },
    /// What another wallet did or holds.
    Leader { part: Part, row: Value },
    /// What the catalogue shows of a market instead of the truth.
    Market {
        condition_id: String,
        fields: Map<String, Value>,
    },
    /// The clock set ahead.
    Clock { advance_ms: u64 },
}

/// One line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) at_ms: u64,
    pub(crate) command: Command,
    pub(crate) outcome: Value,
}

/// The open file.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
}

impl Journal {
    /// Opens the journal in a directory, and reads what it holds.
    pub(crate) fn open(directory: &Path) -> io::Result<(Self, Vec<Entry>)> {
        std::fs::create_dir_all(directory)?;
        let path = directory.join("journal.jsonl");
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let whole = text.rfind('\n').map_or(0, |at| at.saturating_add(1));
        let kept = text.get(..whole).unwrap_or_default();
        file.set_len(u64::try_from(whole).map_err(io::Error::other)?)?;
        file.seek(SeekFrom::End(0))?;
        let entries = kept
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?;
        Ok((Self { file }, entries))
    }

    /// Writes one line and waits until it is on disk.
    pub(crate) fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(advance_ms: u64) -> Entry {
        Entry {
            at_ms: 1,
            command: Command::Clock { advance_ms },
            outcome: Value::Null,
        }
    }

    #[test]
    fn a_torn_line_is_cut_and_the_rest_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let (mut journal, entries) = Journal::open(directory.path()).unwrap();
        assert!(entries.is_empty());
        journal.append(&entry(1)).unwrap();
        journal.append(&entry(2)).unwrap();
        journal.file.write_all(br#"{"at_ms": 1, "comm"#).unwrap();
        drop(journal);
        let (mut journal, entries) = Journal::open(directory.path()).unwrap();
        assert_eq!(entries.len(), 2);
        journal.append(&entry(3)).unwrap();
        let (_, entries) = Journal::open(directory.path()).unwrap();
        assert_eq!(entries.len(), 3);
    }

    #[test]
    fn a_whole_line_that_does_not_read_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("journal.jsonl"), "nonsense\n").unwrap();
        assert!(Journal::open(directory.path()).is_err());
    }
}
