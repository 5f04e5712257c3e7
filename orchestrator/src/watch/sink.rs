//! Where lines go: nowhere, to the end of a file, or to somebody who answers.
//!
//! Invariant: a line is sent with the same bytes until it has arrived, and lines
//! arrive in the order in which they were taken down.
//! Invariant: the file is only ever appended to; a line that a crash tore is
//! ended, so that its reader skips it, and written again whole.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use reqwest::Url;
use zeroize::Zeroizing;

use super::config::Output;
use super::store::Pending;
use crate::clock;
use crate::egress::Egress;
use crate::files;

/// A way out for lines.
#[derive(Debug)]
pub enum Sink {
    /// They are only remembered.
    None,
    /// The end of a file.
    Jsonl(Jsonl),
    /// Somebody who answers.
    Http(Http),
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// So many of them arrived, and this was said.
    Arrived(usize, String),
    /// Not yet.
    Later(String),
}

/// The file that grows.
#[derive(Debug)]
pub struct Jsonl {
    path: PathBuf,
    bytes_max: u64,
    file: File,
    /// Lines that a crash left unmarked may already stand here.
    unsure: bool,
}

/// The other side.
#[derive(Debug)]
pub struct Http {
    egress: Egress,
    url: Url,
    bearer: Zeroizing<String>,
}

impl Sink {
    /// Opens the way out, and ends a line that a crash tore.
    ///
    /// # Errors
    ///
    /// A sentence that names the file, its problem and the fix.
    pub fn open(output: &Output, timeout_ms: u64) -> Result<Self, String> {
        match output {
            Output::None => Ok(Self::None),
            Output::Jsonl { path, bytes_max } => Jsonl::open(path, *bytes_max)
                .map(Self::Jsonl)
                .map_err(|e| unwritable(path, &e)),
            Output::Http { url, token } => {
                let host = url.host_str().unwrap_or_default().to_owned();
                let bytes = files::read_secret(token)?;
                let text = std::str::from_utf8(bytes.trim_ascii()).map_err(|_ignored| {
                    format!("FILE {}: not text; write the token", token.display())
                })?;
                Ok(Self::Http(Http {
                    egress: Egress::new(&[host], timeout_ms)?,
                    url: url.clone(),
                    bearer: Zeroizing::new(text.to_owned()),
                }))
            }
        }
    }

    /// Sends what waits, oldest first.
    pub(super) async fn deliver(&mut self, lines: &[Pending]) -> Delivery {
        match self {
            Self::None => Delivery::Arrived(lines.len(), "kept".to_owned()),
            Self::Jsonl(jsonl) => match jsonl.append(lines) {
                Ok(()) => Delivery::Arrived(lines.len(), "written".to_owned()),
                Err(e) => Delivery::Later(unwritable(&jsonl.path, &e)),
            },
            Self::Http(http) => match lines.first() {
                None => Delivery::Arrived(0, String::new()),
                Some(line) => http.post(&line.line).await,
            },
        }
    }
}

fn unwritable(path: &Path, e: &io::Error) -> String {
    format!(
        "FILE {}: {e}; make it a file that this user can append to",
        path.display()
    )
}

impl Jsonl {
    fn open(path: &Path, bytes_max: u64) -> io::Result<Self> {
        let mut file = File::options()
            .read(true)
            .append(true)
            .create(true)
            .open(path)?;
        let length = file.metadata()?.len();
        if length > 0 {
            let mut last = [0];
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
                tracing::warn!("ended a torn line of {}", path.display());
            }
        }
        file.sync_all()?;
        sync_folder(path)?;
        Ok(Self {
            path: path.to_owned(),
            bytes_max,
            file,
            unsure: true,
        })
    }

    fn append(&mut self, lines: &[Pending]) -> io::Result<()> {
        // What was written just before a crash was not marked; never twice.
        let there = if std::mem::take(&mut self.unsure) && !lines.is_empty() {
            self.standing(lines)?
        } else {
            BTreeSet::new()
        };
        let mut text = String::new();
        for line in lines.iter().filter(|line| !there.contains(&line.intent_id)) {
            text.push_str(&line.line);
            text.push('\n');
        }
        if text.is_empty() {
            return Ok(());
        }
        if self.is_full(text.len())? {
            self.rotate()?;
        }
        let wrote = self
            .file
            .write_all(text.as_bytes())
            .and_then(|()| self.file.sync_data());
        if wrote.is_err() {
            // Some of it may stand there, and its last line may be torn.
            *self = Self::open(&self.path, self.bytes_max)?;
        }
        wrote
    }

    /// Which of `lines` stand in the file already, whole.
    fn standing(&self, lines: &[Pending]) -> io::Result<BTreeSet<String>> {
        let mut there = BTreeSet::new();
        for text in BufReader::new(File::open(&self.path)?).split(b'\n') {
            let text = text?;
            let found = lines.iter().find(|line| line.line.as_bytes() == text);
            there.extend(found.map(|line| line.intent_id.clone()));
        }
        Ok(there)
    }

    fn is_full(&self, more: usize) -> io::Result<bool> {
        let length = self.file.metadata()?.len();
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        Ok(length > 0 && length.saturating_add(more) > self.bytes_max)
    }

    /// Sets the file aside under the moment's name and begins a new one.
    fn rotate(&mut self) -> io::Result<()> {
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{}", clock::now_us()));
        fs::rename(&self.path, &name)?;
        self.file = File::options()
            .read(true)
            .append(true)
            .create_new(true)
            .open(&self.path)?;
        sync_folder(&self.path)
    }
}

/// A name is on disk when its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

impl Http {
    async fn post(&self, line: &str) -> Delivery {
        match self.egress.post(&self.url, &self.bearer, line).await {
            Err(reason) => Delivery::Later(reason),
            Ok(said) => match said.status {
                200..=299 => Delivery::Arrived(1, format!("{}", said.status)),
                // Said of this very line, which no second time would change.
                400 | 409 | 413 | 422 => {
                    let told: String = said.text.chars().take(200).collect();
                    tracing::warn!(status = said.status, told, "REFUSED");
                    Delivery::Arrived(1, format!("{} {told}", said.status))
                }
                status => Delivery::Later(format!("status {status}")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(seq: i64) -> Pending {
        Pending {
            seq,
            intent_id: format!("dl-{seq}"),
            line: format!(
                "{{\"intent_id\":\"dl-{seq}\",\"x\":\"{}\"}}",
                "y".repeat(40)
            ),
        }
    }

    fn text(lines: &[Pending]) -> String {
        let lines: Vec<&str> = lines.iter().map(|line| line.line.as_str()).collect();
        lines.join(
            "
",
        ) + "
"
    }

    /// M23: a line torn anywhere is ended and written again; whole ones are not.
    #[test]
    fn a_crash_after_any_byte_leaves_every_line_once_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("intents.jsonl");
        let lines: Vec<Pending> = (0..3).map(pending).collect();
        let whole = text(&lines);
        for cut in 0..=whole.len() {
            fs::write(&path, whole.get(..cut).unwrap()).unwrap();
            let mut jsonl = Jsonl::open(&path, 1 << 20).unwrap();
            jsonl.append(&lines).unwrap();
            let found = fs::read_to_string(&path).unwrap();
            let parsed = |l: &&str| serde_json::from_str::<serde_json::Value>(l).is_ok();
            let good: Vec<&str> = found.lines().filter(parsed).collect();
            let expected: Vec<&str> = whole.lines().collect();
            assert_eq!(good, expected, "cut at {cut}");
            assert!(found.ends_with('\n'));
        }
    }

    /// M23: a file that is full is set aside whole.
    #[test]
    fn a_full_file_is_set_aside_and_nothing_of_it_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("intents.jsonl");
        let mut jsonl = Jsonl::open(&path, 200).unwrap();
        for seq in 0..7 {
            jsonl.append(&[pending(seq)]).unwrap();
        }
        let mut names: Vec<PathBuf> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        names.sort();
        assert!(names.len() > 2, "{names:?}");
        // The one without a moment is the youngest.
        names.rotate_left(1);
        let all: String = names
            .iter()
            .map(|name| fs::read_to_string(name).unwrap())
            .collect();
        assert_eq!(all, text(&(0..7).map(pending).collect::<Vec<_>>()));
        let sizes = names.iter().map(|name| fs::metadata(name).unwrap().len());
        assert!(
            sizes.clone().all(|size| size <= 200),
            "{:?}",
            sizes.collect::<Vec<_>>()
        );
    }
}
