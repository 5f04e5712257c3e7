//! Writes which test shows which row of the requirements to standard output, as
//! the document that stands in the repository: `make rows`.

use std::io::{self, Write as _};

use tests::bins::workspace;
use tests::rows::{ROWS, Shown, sources};

fn main() -> io::Result<()> {
    let shown = Shown::of(&sources(workspace()), ROWS);
    io::stdout().write_all(shown.markdown(ROWS).as_bytes())
}
