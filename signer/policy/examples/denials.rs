//! Writes the catalogue of denials to standard output, as the document that
//! stands in the repository: `cargo run -p policy --example denials`.

#[path = "../tests/suite/catalogue.rs"]
mod catalogue;

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    io::stdout().write_all(catalogue::catalogue_markdown().as_bytes())
}
