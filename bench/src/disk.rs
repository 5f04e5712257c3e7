//! What one write and its sync cost on the file system that the journal is on.
//!
//! A page is overwritten in a file that is long enough already: the cheapest
//! durable write there is, so that what is compared with it is not flattered.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use crate::clock;

const PAGE_BYTES: usize = 4096;
const PAGES: u64 = 256;

/// A file to write to.
pub(crate) struct Disk {
    file: File,
    page: u64,
}

impl Disk {
    /// A file of zeros in `folder`.
    pub(crate) fn new(folder: &Path) -> Result<Self, String> {
        let path = folder.join("synced");
        let make = || {
            let mut options = OpenOptions::new();
            let mut file = options.write(true).create_new(true).open(&path)?;
            for _ in 0..PAGES {
                file.write_all(&[0; PAGE_BYTES])?;
            }
            file.sync_all()?;
            Ok::<_, std::io::Error>(file)
        };
        let file = make().map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Self { file, page: 0 })
    }

    /// Writes a page and syncs it; how long that took.
    pub(crate) fn sync(&mut self) -> Result<u64, String> {
        self.page = (self.page + 1) % PAGES;
        let bytes = [u8::try_from(self.page % 251).unwrap_or(1); PAGE_BYTES];
        let at = self.page * u64::try_from(PAGE_BYTES).unwrap_or(u64::MAX);
        let began = clock::now();
        let mut write = || {
            self.file.seek(SeekFrom::Start(at))?;
            self.file.write_all(&bytes)?;
            self.file.sync_data()
        };
        write().map_err(|e| format!("fdatasync: {e}"))?;
        Ok(clock::ns_since(began))
    }
}
