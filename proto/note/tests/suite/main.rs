//! Stories about notes: envelopes of others, texts in one spelling, and every
//! way to get a note admitted that should not be.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::format_collect,
    clippy::integer_division,
    clippy::string_slice,
    reason = "tests cut texts and count in the open; a panic here is a failed test"
)]

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod authority;
#[cfg(test)]
mod envelope;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod texts;
#[cfg(test)]
mod values;
