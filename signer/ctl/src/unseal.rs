//! What opens a sealed key: its passphrase, or the sealing key in a file.

use std::path::{Path, PathBuf};

use clap::Args;
use frame::{Header, SEALED_BYTES_MAX};

use crate::say::Refusal;
use crate::seal::{self, Inside};
use crate::{files, kdf, secret};

#[derive(Args)]
pub(crate) struct Opener {
    /// Where the passphrase is read from, without a terminal.
    #[arg(long, value_name = "N", conflicts_with = "credential")]
    passphrase_fd: Option<u32>,
    /// The sealing key, as import --credential-out wrote it.
    #[arg(long, value_name = "FILE")]
    credential: Option<PathBuf>,
}

impl Opener {
    /// Opens the key at `sealed`.
    pub(crate) fn open(&self, sealed: &Path, journal: &[u8; 16]) -> Result<Inside, Refusal> {
        let (file, header) = read(sealed)?;
        let sealing = if let Some(path) = &self.credential {
            files::read_secret_of(path, "a sealing key")?
        } else {
            let what = format!("passphrase of the key of {}", header.address);
            let passphrase = secret::read(&what, "--passphrase-fd", self.passphrase_fd)?;
            kdf::derive(&passphrase, &header.salt, header.kdf)?
        };
        seal::open(&file, journal, &sealing).ok_or_else(|| {
            let problem = format_args!(
                "this passphrase or credential does not open the key of {}",
                header.address
            );
            let fix = "try again; nothing was asked for";
            Refusal::new("KEY_CLOSED", sealed.display(), problem, fix)
        })
    }
}

/// A sealed file with its header.
pub(crate) fn read(sealed: &Path) -> Result<(Vec<u8>, Header), Refusal> {
    let file = files::read(sealed, SEALED_BYTES_MAX)?;
    let (header, _) = Header::split(&file).map_err(|e| {
        let fix = "name the file that signerctl import wrote";
        Refusal::new("SEALED", sealed.display(), e, fix)
    })?;
    Ok((file, header))
}
