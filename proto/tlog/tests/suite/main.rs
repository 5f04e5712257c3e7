//! Stories about a log: its tree against one hashed naively, vectors of other
//! implementations, and every way to get a proof or cosignature believed that
//! should not be.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "tests count in the open; a panic here is a failed test"
)]

#[cfg(test)]
mod formats;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod trees;
