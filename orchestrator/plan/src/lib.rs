//! Pure room.
#![no_std]
#![forbid(unsafe_code)]

pub mod fee;
