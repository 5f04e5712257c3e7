//! What the configuration files of the programs beside `run` have in common.
//!
//! Invariant: a file that others may write is not read: whoever writes it says
//! what is signed.

use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// A refusal: the field, its problem and the fix.
pub(crate) fn bad(field: &str, problem: &str, fix: &str) -> String {
    format!("CONFIG {field}: {problem}; {fix}")
}

/// A number of a field, `usual` where it is not written.
pub(crate) fn within(
    field: &str,
    value: Option<u64>,
    usual: u64,
    range: (u64, u64),
) -> Result<u64, String> {
    let value = value.unwrap_or(usual);
    let (least, most) = range;
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    let problem = format!("{value} is outside {least} to {most}");
    Err(bad(field, &problem, &format!("{usual} is usual")))
}

/// The text of the file at `path`, which nobody else may write.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    let unreadable = |e: std::io::Error| {
        let problem = format!("cannot read {}: {e}", path.display());
        bad("file", &problem, "name a readable file")
    };
    let mut file = std::fs::File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.mode();
    if mode & 0o022 != 0 {
        let problem = format!(
            "mode {:04o} lets others write {}",
            mode & 0o7777,
            path.display()
        );
        let fix = "take write from group and others (chmod go-w), and read what it says";
        return Err(bad("file", &problem, fix));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}
