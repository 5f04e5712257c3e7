//! Stories about frames: what one side writes, the other reads, and what nobody
//! wrote is nothing.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "tests count in the open; a panic here is a failed test"
)]

#[cfg(test)]
mod processes;
