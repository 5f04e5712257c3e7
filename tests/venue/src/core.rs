//! The exchange itself: books, orders, trades, balances. Pure.
//!
//! Nothing here reads a clock, a disk or a socket, and nothing is random: ids
//! come from the configured seed and a counter. The same commands at the same
//! times give the same state, which is what the journal relies on.

pub(crate) mod accounts;
pub(crate) mod admit;
pub(crate) mod agenda;
pub(crate) mod cancel;
pub(crate) mod checks;
pub(crate) mod exchange;
pub(crate) mod fees;
pub(crate) mod heartbeat;
pub(crate) mod ledger;
pub(crate) mod market;
pub(crate) mod matching;
pub(crate) mod operator;
pub(crate) mod orders;
pub(crate) mod payload;
pub(crate) mod place;
pub(crate) mod refusal;
pub(crate) mod rules;
pub(crate) mod settle;
pub(crate) mod trades;
