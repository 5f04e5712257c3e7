//! A start: the journal is taken, read whole, and begun with a leaf.
//!
//! Invariant: no leaf is written before all was read, and none of a start that
//! is refused.

use std::path::PathBuf;

use policy::Entry as RowEntry;

use super::ahead::Witnesses;
use super::batch::Batch;
use super::bucket::Buckets;
use super::config::VaultConfig;
use super::entry::What;
use super::fault::Fault;
use super::force::Force;
use super::journal::Locked;
use super::key::Vaulted;
use super::replayed::{Replayed, ReplayedWhat};
use super::reserve::Reserve;
use super::time::{Account, Began, Mark, Reading, Up};
use super::{MYSELF, Vault, host};

/// A vault whose journal is its own and was not read yet.
pub(crate) struct Taken {
    journal: Locked,
    key: Vaulted,
    reserve: Reserve,
    config: VaultConfig,
    reading: Reading,
}

/// A vault whose journal was read, and which has not begun.
pub(crate) struct Unbegun {
    vault: Vault,
    credential: Option<PathBuf>,
    reading: Reading,
}

impl Taken {
    /// Reads the journal and rebuilds what is in force, or says why not. No
    /// leaf is written yet.
    pub(crate) fn read(self) -> Result<Unbegun, String> {
        let Self {
            journal,
            key,
            reserve,
            config,
            reading,
        } = self;
        let mut force = None;
        let mut mark = Mark::default();
        let mut began = None;
        let journal = journal
            .read(|replayed| match (replayed, &mut force) {
                (
                    Replayed::Born {
                        id,
                        created_ms,
                        tags,
                    },
                    _,
                ) => {
                    force = Some(Force::born(id, tags));
                    mark = Mark {
                        wall_ms: created_ms,
                        slow_ms: created_ms,
                        fast_ms: created_ms,
                    };
                    Ok(())
                }
                (Replayed::Leaf(leaf), Some(force)) => {
                    mark = leaf.at;
                    if let ReplayedWhat::Started { up, .. } = leaf.what {
                        began = up.map(|up| Began { at: mark, up });
                    }
                    force.replay(leaf)
                }
                (Replayed::Leaf(_), None) => Err(Fault::Corrupt("a leaf before its birth")),
            })
            .map_err(|e| e.to_string())?;
        let force = force.ok_or("JOURNAL it has no birth; restore a copy that verifies")?;
        let apart = force.state.clock_jumped().is_some();
        let account = Account::open(mark, began, apart, reading);
        let buckets = Buckets::new(config.questions_per_second, account.mark().fast_ms);
        let witnesses = Witnesses::read(&journal).map_err(|e| e.to_string())?;
        let vault = Vault {
            journal,
            force,
            account,
            callers: config.callers,
            buckets,
            key,
            reserve,
            witnesses,
            uncaged: "nobody closed it".to_owned(),
        };
        Ok(Unbegun {
            vault,
            credential: config.credential,
            reading,
        })
    }
}

impl Unbegun {
    /// Takes down what the kernel lacked when the cage was closed.
    pub(crate) fn caged(mut self, missing: String) -> Self {
        self.vault.uncaged = missing;
        self
    }

    /// Writes the start's leaf, which is the first effect of a start.
    pub(crate) fn begin(mut self) -> Result<Vault, String> {
        self.vault
            .begin(self.credential.as_deref(), self.reading)
            .map_err(|e| e.to_string())?;
        Ok(self.vault)
    }
}

impl Vault {
    /// Takes the journal, which is this process's own from here on, and
    /// whatever else a configuration can name in vain.
    pub(crate) fn take(config: VaultConfig, reading: Reading) -> Result<Taken, String> {
        let journal = Locked::take(&config.journal).map_err(|e| e.to_string())?;
        let key = Vaulted::new(config.sealed_key.clone(), journal.id())?;
        if let Some(missing) = key.missing() {
            tracing::error!("MEMORY keys stand in locked memory, which root can read: {missing}");
        }
        let reserve = Reserve::new(&config.journal, config.reserve_bytes)
            .map_err(|e| format!("JOURNAL its space: {e}; give the signer's user its files"))?;
        Ok(Taken {
            journal,
            key,
            reserve,
            config,
            reading,
        })
    }

    /// Takes and reads in one.
    #[cfg(test)]
    pub(crate) fn read(config: VaultConfig, reading: Reading) -> Result<Unbegun, String> {
        Self::take(config, reading)?.read()
    }

    /// Writes the start's leaf, and unlocks by credential where one is named.
    fn begin(
        &mut self,
        credential: Option<&std::path::Path>,
        reading: Reading,
    ) -> Result<(), Fault> {
        let attended = credential.is_none();
        let mut batch = Batch::new(self.account.mark());
        let entry = RowEntry::Started { attended };
        let up = Up {
            raw_ms: reading.raw_ms,
            boot_ms: reading.boot_ms,
        };
        let nonce = host::random()?;
        let what = What::Started {
            attended,
            up,
            nonce,
        };
        self.push(&mut batch, MYSELF, what, Some(entry))?;
        if self.account.jumped_ms().is_some() && self.force.state.clock_jumped().is_none() {
            self.push(
                &mut batch,
                MYSELF,
                What::ClockJumped,
                Some(RowEntry::ClockJumped),
            )?;
        }
        self.force.settle(batch.at)?;
        if let Some(path) = credential {
            self.unlock_by_credential(&mut batch, path)?;
        }
        let restored = self.journal.is_restored()?;
        if restored {
            self.roll_back(&mut batch)?;
        }
        self.finish(batch)?;
        if restored {
            tracing::error!(
                "ROLLED_BACK it is a backup: nothing is signed but tickets. \
                 signerctl note new recovery"
            );
        }
        // From here on the database says that a vault runs on it.
        self.journal.copy_log(false)
    }
}
