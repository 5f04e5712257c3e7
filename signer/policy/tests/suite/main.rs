//! Stories about the policy room: each limit from both sides, what no sequence
//! of requests can do, and figures held against a greedy adversary.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::integer_division,
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "tests count in the open, a panic here is a failed test; tables are long and flat"
)]

#[cfg(test)]
mod adversary;
#[cfg(test)]
mod ahead;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod attested;
#[cfg(test)]
mod budgets;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod churn;
#[cfg(test)]
mod clones;
#[cfg(test)]
mod facts;
#[cfg(test)]
mod figures;
#[cfg(test)]
mod fills;
#[cfg(test)]
mod frames;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod leaders;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod listings;
#[cfg(test)]
mod names;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod scope;
#[cfg(test)]
mod sells;
#[cfg(test)]
mod sessions;
mod standings;
#[cfg(test)]
mod world;
