//! The order: what both sides of the boundary must agree on, bit for bit.
//!
//! For: prices, amounts and venues as types; the eleven signed fields, their
//! one digest, and the forms a signature takes ([`raw`]); and the part of all
//! that which the signer is willing to make ([`strict`]).
//!
//! Never touches: a clock, a disk, a socket, randomness, a secret key.
//!
//! Invariant: money is an integer of base units (1e-6), a price is a whole
//! number of ten-thousandths, and every sum and product is checked.
//! Invariant: [`raw`] can hold anything that the exchange contract can;
//! [`strict`] only what a careful maker would sign. Nothing is signed from [`raw`].
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod decimal;
mod price;
pub mod raw;
pub mod strict;
#[cfg(test)]
mod test_kit;
mod units;
mod venue;

pub use alloy_primitives::{Address, B256, U256};
pub use decimal::{DecimalError, parse_decimal};
pub use price::{PriceE4, PriceError, TickSize};
pub use raw::{Side, SignatureType};
pub use units::{CollateralUnits, LOT_UNITS, ShareUnits};
pub use venue::{Chain, DOMAIN_NAME, Exchange, Venue};
