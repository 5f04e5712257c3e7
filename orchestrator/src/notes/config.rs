//! The section `[notes]` of those who sign what they see on chain.

use std::path::{Path, PathBuf};

use note::JournalId;
use order::{Address, Chain};
use serde::Deserialize;

/// What a watcher needs to sign notes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attesting {
    /// The node of the chain that it believes.
    pub rpc: String,
    /// Which chain.
    pub chain: Chain,
    /// Where notes are left.
    pub folder: PathBuf,
    /// The key that they are signed with.
    pub identity: PathBuf,
    /// The name that the policy knows the key by.
    pub name: String,
    /// The signer's journal.
    pub journal: JournalId,
    /// The policy in force.
    pub policy: u64,
    /// Our own wallet, whose fills are told.
    pub wallet: Option<Address>,
    /// How often the chain is looked at.
    pub every_ms: u64,
    /// How long an answer may take.
    pub timeout_ms: u64,
}

/// The section as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotesSection {
    /// The node's address, which may hold a token of its provider's.
    pub rpc: String,
    folder: PathBuf,
    name: String,
    journal: String,
    policy: u64,
    wallet: Option<String>,
    /// How often the chain is looked at.
    pub every_ms: Option<u64>,
}

/// The usual pause between two looks: a block's time.
const EVERY_MS: u64 = 2_000;
const EVERY_MS_MIN: u64 = 50;

impl NotesSection {
    /// Reads the section of a file in `base`; a field's problem and fix if it
    /// is not to be read.
    ///
    /// # Errors
    ///
    /// Field, problem and fix.
    pub fn read(
        self,
        base: &Path,
        identity: Option<&PathBuf>,
        (chain, timeout_ms): (Chain, u64),
    ) -> Result<Attesting, [&'static str; 3]> {
        let identity = identity.ok_or([
            "identity",
            "missing, and [notes] signs with it",
            "name the key that `orchestrator watch identity new` made",
        ])?;
        let mut journal = [0; 16];
        hex::decode_to_slice(&self.journal, &mut journal).map_err(|_ignored| {
            [
                "notes.journal",
                "not 32 hex digits",
                "write journal_id as `signerctl status` prints it",
            ]
        })?;
        let wallet = self.wallet.as_deref().map(str::parse).transpose();
        let wallet = wallet.map_err(|_ignored| {
            [
                "notes.wallet",
                "not an address",
                "write the policy's maker, whose fills are told",
            ]
        })?;
        Ok(Attesting {
            rpc: self.rpc,
            chain,
            folder: base.join(self.folder),
            identity: base.join(identity),
            name: self.name,
            journal: JournalId(journal),
            policy: self.policy,
            wallet,
            every_ms: self.every_ms.unwrap_or(EVERY_MS).max(EVERY_MS_MIN),
            timeout_ms,
        })
    }
}
