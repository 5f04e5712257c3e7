//! Story: the house has edges, and people forget them.
//! So they are read from the files themselves: who imports whom, who names the
//! key, how long a file may be, and whether a document still tells the truth.

mod bench;
mod cage;
mod documents;
mod edges;
mod habits;
mod names;
mod places;
mod reviewed;
mod rings;
mod rows;
mod rust;
mod tree;

/// Stops the test with every finding, a line each.
#[track_caller]
fn nothing(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}
