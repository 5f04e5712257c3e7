//! Writes the catalogue of denials to standard output, as the document that
//! stands in the repository: `cargo run -p policy --example denials`.

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    io::stdout().write_all(policy::catalogue_markdown().as_bytes())
}
