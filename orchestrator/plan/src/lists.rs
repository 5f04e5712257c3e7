//! Comma lists of traders and of markets, as settings write them.
//!
//! Invariant: a list is understood whole or not at all, and nothing stands in
//! one twice, in whatever case it was written.

use alloc::vec::Vec;
use core::fmt;

use order::{Address, B256, U256};

use crate::strategy::Markets;

/// What is wrong with a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListError {
    /// Which entry, from one.
    pub entry: usize,
    /// What it is.
    pub problem: ListProblem,
}

/// What is wrong with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListProblem {
    /// Nothing between two commas.
    Empty,
    /// Not `0x` and 40 hex digits.
    NotAnAddress,
    /// The zero address trades nothing.
    ZeroAddress,
    /// Neither a condition id nor a token id.
    NotAMarket,
    /// It stands there before.
    Twice,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.problem {
            ListProblem::Empty => "is empty; remove its comma",
            ListProblem::NotAnAddress => "is no address; write 0x and 40 hex digits",
            ListProblem::ZeroAddress => "is the zero address; write the trader's own",
            ListProblem::NotAMarket => {
                "is no market; write a condition id (0x and 64 hex digits) or a token id's digits"
            }
            ListProblem::Twice => "stands there before; list it once",
        };
        write!(f, "entry {} {what}", self.entry)
    }
}

impl core::error::Error for ListError {}

/// Reads traders' addresses; the case of their digits says nothing here. Empty
/// text is an empty list, which [`Strategy::check`](crate::Strategy::check)
/// refuses where there must be somebody.
///
/// # Errors
///
/// The first entry that is no address, or stands there twice.
pub fn traders(text: &str) -> Result<Vec<Address>, ListError> {
    let mut list = Vec::new();
    entries(text, |entry| {
        let digits = entry.strip_prefix("0x").filter(|d| d.len() == 40);
        let address: Address = digits
            .and_then(|d| d.parse().ok())
            .ok_or(ListProblem::NotAnAddress)?;
        if address.is_zero() {
            return Err(ListProblem::ZeroAddress);
        }
        once(&mut list, address)
    })?;
    Ok(list)
}

impl Markets {
    /// Reads condition ids and token ids; empty text means all markets.
    ///
    /// # Errors
    ///
    /// The first entry that is neither, or stands there twice.
    pub fn parse(text: &str) -> Result<Self, ListError> {
        let (mut conditions, mut tokens) = (Vec::new(), Vec::new());
        entries(text, |entry| {
            if let Some(digits) = entry.strip_prefix("0x") {
                let id: Option<B256> = digits.parse().ok().filter(|_| digits.len() == 64);
                return once(&mut conditions, id.ok_or(ListProblem::NotAMarket)?);
            }
            if !entry.bytes().all(|b| b.is_ascii_digit()) {
                return Err(ListProblem::NotAMarket);
            }
            let id = U256::from_str_radix(entry, 10).map_err(|_wide| ListProblem::NotAMarket)?;
            once(&mut tokens, id)
        })?;
        if conditions.is_empty() && tokens.is_empty() {
            return Ok(Self::All);
        }
        Ok(Self::Only { conditions, tokens })
    }
}

fn entries(
    text: &str,
    mut read: impl FnMut(&str) -> Result<(), ListProblem>,
) -> Result<(), ListError> {
    if text.trim().is_empty() {
        return Ok(());
    }
    for (before, entry) in text.split(',').map(str::trim).enumerate() {
        let result = if entry.is_empty() {
            Err(ListProblem::Empty)
        } else {
            read(entry)
        };
        result.map_err(|problem| ListError {
            entry: before.saturating_add(1),
            problem,
        })?;
    }
    Ok(())
}

fn once<T: PartialEq>(list: &mut Vec<T>, item: T) -> Result<(), ListProblem> {
    if list.contains(&item) {
        return Err(ListProblem::Twice);
    }
    list.push(item);
    Ok(())
}
