//! The intents file, followed while it grows.
//!
//! For: whole lines, once each, from a file that others append to, truncate or
//! rotate.
//!
//! Never touches: what a line says; the store.
//!
//! Invariant: a line without its newline is still being written, and is left
//! alone until it is whole. What is read twice is harmless (names are durable);
//! what is skipped is a lost trade, so nothing is skipped but too long a line.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::intent::LINE_BYTES_MAX;

/// Read at once, in bytes.
const CHUNK: usize = 64 * 1024;

/// One line, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A line without its newline; never blank.
    Text(String),
    /// A line that is too long, or not UTF-8: its first characters.
    Bad(String),
}

/// A line and its number in its file, from 1.
pub type Numbered = (u64, Line);

/// Cuts bytes into lines as they come.
#[derive(Debug, Default)]
pub struct Splitter {
    /// Lines that ended, blank ones too.
    ended: u64,
    held: Vec<u8>,
    too_long: bool,
}

impl Splitter {
    /// The lines that `bytes` complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Numbered> {
        let mut lines = Vec::new();
        for part in bytes.split_inclusive(|b| *b == b'\n') {
            match part.strip_suffix(b"\n") {
                Some(rest) => {
                    self.hold(rest);
                    self.ended = self.ended.saturating_add(1);
                    let number = self.ended;
                    lines.extend(self.take().map(|line| (number, line)));
                }
                None => self.hold(part),
            }
        }
        lines
    }

    /// Forgets the line that is being written: its file is gone.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    fn hold(&mut self, bytes: &[u8]) {
        if self.held.len().saturating_add(bytes.len()) > LINE_BYTES_MAX {
            self.too_long = true;
        } else if !self.too_long {
            self.held.extend_from_slice(bytes);
        }
    }

    fn take(&mut self) -> Option<Line> {
        let held = std::mem::take(&mut self.held);
        if std::mem::take(&mut self.too_long) {
            return Some(Line::Bad(begin(&held)));
        }
        match String::from_utf8(held) {
            Ok(text) if text.trim().is_empty() => None,
            Ok(text) => Some(Line::Text(text)),
            Err(e) => Some(Line::Bad(begin(e.as_bytes()))),
        }
    }
}

fn begin(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(200).collect()
}

/// A file that is followed.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    open: Option<Open>,
    splitter: Splitter,
}

#[derive(Debug)]
struct Open {
    file: File,
    identity: (u64, u64),
    read: u64,
}

impl Tail {
    /// Follows the file at `path`, from its beginning.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            open: None,
            splitter: Splitter::default(),
        }
    }

    /// The lines that were completed since the last look. A file that is not
    /// there has none.
    ///
    /// # Errors
    ///
    /// When the file is there and cannot be read.
    pub fn look(&mut self) -> std::io::Result<Vec<Numbered>> {
        let mut lines = Vec::new();
        let now = match std::fs::metadata(&self.path) {
            Ok(meta) => Some(((meta.dev(), meta.ino()), meta.len())),
            Err(e) if e.kind() == ErrorKind::NotFound => None,
            Err(e) => return Err(e),
        };
        if let Some(open) = &mut self.open {
            // A rotated file is read to its end first.
            let shrunk = now.is_some_and(|(id, len)| id == open.identity && len < open.read);
            if !shrunk {
                read(open, &mut self.splitter, &mut lines)?;
            }
            if shrunk || now.is_none_or(|(id, _)| id != open.identity) {
                self.splitter.forget();
                self.open = None;
            }
        }
        if self.open.is_none() && now.is_some() {
            let file = File::open(&self.path)?;
            let meta = file.metadata()?;
            let mut open = Open {
                file,
                identity: (meta.dev(), meta.ino()),
                read: 0,
            };
            read(&mut open, &mut self.splitter, &mut lines)?;
            self.open = Some(open);
        }
        Ok(lines)
    }
}

fn read(
    open: &mut Open,
    splitter: &mut Splitter,
    lines: &mut Vec<Numbered>,
) -> std::io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let got = open.file.read(&mut chunk)?;
        if got == 0 {
            return Ok(());
        }
        open.read = open.read.saturating_add(u64::try_from(got).unwrap_or(0));
        lines.append(&mut splitter.feed(chunk.get(..got).unwrap_or_default()));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    fn text(number: u64, text: &str) -> Numbered {
        (number, Line::Text(text.to_owned()))
    }

    /// M62: a line is one when it is whole.
    #[test]
    fn lines_come_out_whole_wherever_the_bytes_are_cut() {
        let whole = "{\"a\":1}\n\n{\"b\":\"\u{e9}\"}\r\n  \n{\"torn\":";
        let expected = vec![text(1, "{\"a\":1}"), text(3, "{\"b\":\"\u{e9}\"}\r")];
        for cut in 0..=whole.len() {
            let mut splitter = Splitter::default();
            let mut found = splitter.feed(&whole.as_bytes()[..cut]);
            found.append(&mut splitter.feed(&whole.as_bytes()[cut..]));
            assert_eq!(found, expected, "cut at {cut}");
            assert_eq!(splitter.feed(b"2}\n"), [text(5, "{\"torn\":2}")]);
        }
    }

    #[test]
    fn a_line_is_read_up_to_its_longest_and_not_one_byte_more() {
        let mut splitter = Splitter::default();
        let longest = "x".repeat(LINE_BYTES_MAX);
        assert_eq!(
            splitter.feed(format!("{longest}\n").as_bytes()),
            [text(1, &longest)]
        );
        let found = splitter.feed(format!("{longest}x\nnext\n").as_bytes());
        assert!(
            matches!(found.as_slice(), [(2, Line::Bad(_)), (3, Line::Text(next))] if next == "next")
        );
        let found = splitter.feed(b"\xff\xfe\nnext\n");
        assert!(matches!(
            found.as_slice(),
            [(4, Line::Bad(_)), (5, Line::Text(_))]
        ));
    }

    /// M62: a file is followed from before it is there.
    #[test]
    fn the_file_may_be_late_grow_be_truncated_and_be_rotated() {
        let folder = std::env::temp_dir().join(format!("tail-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("intents.jsonl");
        let mut tail = Tail::new(&path);
        assert_eq!(tail.look().unwrap(), [], "it is not there yet");
        fs::write(&path, "one\ntw").unwrap();
        assert_eq!(tail.look().unwrap(), [text(1, "one")]);
        assert_eq!(tail.look().unwrap(), [], "the torn line is left");
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(b"o\n").unwrap();
        assert_eq!(tail.look().unwrap(), [text(2, "two")]);
        file.set_len(0).unwrap();
        assert_eq!(tail.look().unwrap(), []);
        file.write_all(b"new\n").unwrap();
        assert_eq!(tail.look().unwrap(), [text(1, "new")]);
        file.write_all(b"last\nlost").unwrap();
        fs::rename(&path, folder.join("old")).unwrap();
        fs::write(&path, "fresh\n").unwrap();
        assert_eq!(
            tail.look().unwrap(),
            [text(2, "last"), text(1, "fresh")],
            "the old file is read to its end"
        );
        fs::remove_file(&path).unwrap();
        assert_eq!(tail.look().unwrap(), []);
        fs::remove_dir_all(&folder).unwrap();
    }
}
