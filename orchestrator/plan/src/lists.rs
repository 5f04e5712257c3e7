//! Lists of traders and of markets, as settings write them.
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
    /// Not `0x` and 40 hex digits.
    NotAnAddress,
    /// Written in both cases, and not as its checksum demands.
    Checksum,
    /// The zero address trades nothing.
    ZeroAddress,
    /// Neither a condition id nor a token id.
    NotAMarket,
    /// It stands there before.
    Twice,
}

impl ListProblem {
    /// What to do about it.
    #[must_use]
    pub const fn fix(self) -> &'static str {
        match self {
            Self::NotAnAddress => "write 0x and 40 hex digits, as the wallet shows them",
            Self::Checksum => "copy it again, or write it in lower case",
            Self::ZeroAddress => "write the trader's own",
            Self::NotAMarket => "write 0x and 64 hex digits for a market, or a token id's digits",
            Self::Twice => "list it once",
        }
    }
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.problem {
            ListProblem::NotAnAddress => "is not an address",
            ListProblem::Checksum => "has a wrong digit: its checksum fails",
            ListProblem::ZeroAddress => "is zero, which is nobody's address",
            ListProblem::NotAMarket => "is neither a market nor a token",
            ListProblem::Twice => "is there twice",
        };
        write!(f, "entry {} {what}", self.entry)
    }
}

impl core::error::Error for ListError {}

/// Reads traders' addresses: in one case, or as their checksum writes them. An
/// empty list is one, which [`Strategy::check`](crate::Strategy::check) refuses
/// where there must be somebody.
///
/// # Errors
///
/// The first entry that is no address, or stands there twice.
pub fn traders<T: AsRef<str>>(texts: &[T]) -> Result<Vec<Address>, ListError> {
    let mut list = Vec::new();
    each(texts, |text| {
        let digits = text.strip_prefix("0x").filter(|d| d.len() == 40);
        let digits = digits.ok_or(ListProblem::NotAnAddress)?;
        let parsed: Result<Address, _> = digits.parse();
        let address = parsed.map_err(|_hex| ListProblem::NotAnAddress)?;
        if address.is_zero() {
            return Err(ListProblem::ZeroAddress);
        }
        let has = |case: fn(&u8) -> bool| digits.bytes().any(|b| case(&b));
        let mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
        if mixed && address.to_checksum(None) != text {
            return Err(ListProblem::Checksum);
        }
        once(&mut list, address)
    })?;
    Ok(list)
}

impl Markets {
    /// Reads condition ids and token ids. An empty list names none: that all are
    /// meant is said otherwise.
    ///
    /// # Errors
    ///
    /// The first entry that is neither, or stands there twice.
    pub fn listed<T: AsRef<str>>(texts: &[T]) -> Result<Self, ListError> {
        let (mut conditions, mut tokens) = (Vec::new(), Vec::new());
        each(texts, |text| {
            if let Some(digits) = text.strip_prefix("0x") {
                let id: Option<B256> = digits.parse().ok().filter(|_| digits.len() == 64);
                return once(&mut conditions, id.ok_or(ListProblem::NotAMarket)?);
            }
            if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
                return Err(ListProblem::NotAMarket);
            }
            let id = U256::from_str_radix(text, 10).map_err(|_wide| ListProblem::NotAMarket)?;
            once(&mut tokens, id)
        })?;
        Ok(Self::Only { conditions, tokens })
    }
}

fn each<T: AsRef<str>>(
    texts: &[T],
    mut read: impl FnMut(&str) -> Result<(), ListProblem>,
) -> Result<(), ListError> {
    for (before, text) in texts.iter().enumerate() {
        read(text.as_ref()).map_err(|problem| ListError {
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
