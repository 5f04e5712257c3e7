//! Writes the catalogue of reasons to standard output, as the document that
//! stands in the repository: `cargo run -p plan --example reasons`.

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    io::stdout().write_all(plan::reason::catalogue_markdown().as_bytes())
}
