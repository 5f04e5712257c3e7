//! A book and an account, as text and back.

use order::{PriceE4, ShareUnits};
use plan::{Account, Book};
use serde::{Deserialize, Serialize};

use super::{Unread, price};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BookText {
    /// Price in ten-thousandths, shares in base units.
    bids: Vec<(u16, u64)>,
    asks: Vec<(u16, u64)>,
    taken_ms: u64,
}

impl BookText {
    pub(super) fn of(book: &Book) -> Self {
        let side = |levels: &[(PriceE4, ShareUnits)]| {
            let levels = levels.iter();
            levels
                .map(|(at, shares)| (at.get(), shares.get()))
                .collect()
        };
        Self {
            bids: side(&book.bids),
            asks: side(&book.asks),
            taken_ms: book.taken_ms,
        }
    }

    pub(super) fn read(self) -> Result<Book, Unread> {
        let side = |levels: Vec<(u16, u64)>| -> Result<Vec<_>, Unread> {
            let levels = levels.into_iter();
            levels
                .map(|(e4, shares)| Ok((price("book", e4)?, ShareUnits::new(shares))))
                .collect()
        };
        Ok(Book {
            bids: side(self.bids)?,
            asks: side(self.asks)?,
            taken_ms: self.taken_ms,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountText {
    cash_units: u64,
    held_units: u64,
    spent_day_units: u64,
    carried_units: u64,
    all_held_units: u64,
}

impl AccountText {
    pub(super) const fn of(account: &Account) -> Self {
        Self {
            cash_units: account.cash_units,
            held_units: account.held_units,
            spent_day_units: account.spent_day_units,
            carried_units: account.carried_units,
            all_held_units: account.all_held_units,
        }
    }

    pub(super) const fn read(self) -> Account {
        Account {
            cash_units: self.cash_units,
            held_units: self.held_units,
            spent_day_units: self.spent_day_units,
            carried_units: self.carried_units,
            all_held_units: self.all_held_units,
        }
    }
}
