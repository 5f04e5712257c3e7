//! Stories about the planning room: every limit from both sides, the worked
//! examples of the copytrader document, and what holds at every tick.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::integer_division,
    reason = "tests count in the open, and a panic here is a failed test"
)]

#[cfg(test)]
mod caps;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod exits;
#[cfg(test)]
mod firewall;
#[cfg(test)]
mod impact;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod market;
#[cfg(test)]
mod prices;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod sizing;
