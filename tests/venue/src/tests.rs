//! The venue as clients meet it: over a socket, with a clock that stands still
//! until a test moves it.

mod bench;
mod cancels;
mod faults;
mod histories;
mod leaders;
mod logins;
mod market;
mod operator;
mod orders;
mod refusals;
mod restart;
mod settlement;
mod trader;
mod wallets;

pub(crate) use self::bench::rules;
