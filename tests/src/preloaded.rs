//! Libraries of ours in C that stand between a program and its system.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds `source` of this crate's `src` as `name` in `folder`, with more words
/// for the compiler.
pub(crate) fn build(folder: &Path, source: &str, name: &str, more: &[&str]) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src")
        .join(source);
    let library = folder.join(name);
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .args([&library, &source])
        .args(more)
        .status();
    let built = built.expect("a C compiler, as the build itself needs");
    assert!(built.success(), "{}", source.display());
    library
}
