//! The books to trade against: those that can be, in a folder of their own.
//!
//! Invariant: a path without a single book is refused before anything starts.

use std::fs;
use std::path::Path;

use order::raw::position_id;
use order::{B256, TickSize, U256};
use tempfile::TempDir;
use tests::book::{self, Book, decimal};

use crate::say::{say, shortened};

/// So many files that are no books are named.
const LEFT_OUT_SHOWN: usize = 3;

/// Books, and the folder of their files that the venue reads.
pub(crate) struct Staged {
    pub(crate) folder: TempDir,
    pub(crate) books: Vec<Book>,
    left_out: Vec<String>,
}

impl Staged {
    /// Those at `path`; or one sentence that names the problem and the fix.
    pub(crate) fn of(path: &Path) -> Result<Self, String> {
        let files = book::list(path)?;
        let folder = tempfile::tempdir().map_err(|e| format!("HOST no folder: {e}; free disk"))?;
        let mut staged = Self {
            folder,
            books: Vec::new(),
            left_out: Vec::new(),
        };
        for (nth, file) in files.iter().enumerate() {
            match book::load(file).and_then(|books| staged.fits(file, books)) {
                Err(problem) if files.len() == 1 => return Err(problem),
                Err(problem) => staged.left_out.push(problem),
                Ok(books) => {
                    let copy = staged.folder.path().join(format!("{nth:04}.json"));
                    fs::copy(file, copy)
                        .map_err(|e| format!("BOOKS {}: {e}; make it readable", file.display()))?;
                    staged.books.extend(books);
                }
            }
        }
        if staged.books.is_empty() {
            let first = staged.left_out.swap_remove(0);
            let (path, count) = (path.display(), files.len());
            return Err(format!(
                "BOOKS {path}: none of its {count} files is a book. The first: {first}"
            ));
        }
        Ok(staged)
    }

    /// Whether every book of a file can be traded beside those before it.
    fn fits(&self, file: &Path, books: Vec<Book>) -> Result<Vec<Book>, String> {
        let problem = books.iter().find_map(|book| {
            let again = self.books.iter().any(|other| other.token == book.token);
            if again {
                return Some("its token has a book already".to_owned());
            }
            why_not(book)
        });
        match problem {
            None => Ok(books),
            Some(problem) => Err(format!(
                "BOOKS {}: {problem}; name another book",
                file.display()
            )),
        }
    }

    /// Says what there is, and what there is not.
    pub(crate) fn introduce(&self) {
        for problem in self.left_out.iter().take(LEFT_OUT_SHOWN) {
            say(&format!("Left out: {problem}."));
        }
        let more = self.left_out.len().saturating_sub(LEFT_OUT_SHOWN);
        if more > 0 {
            say(&format!(
                "Left out: {more} more files that are no such books."
            ));
        }
        let level = |level: Option<&(u64, u64)>| {
            level.map_or("none".to_owned(), |(price, size)| {
                format!("{} x {}", decimal(*price, 4), decimal(*size, 6))
            })
        };
        for book in &self.books {
            say(&format!(
                "Book of token {}: best bid {}, best ask {}, tick {}, {} exchange.",
                shortened(&book.token),
                level(book.bids.first()),
                level(book.asks.first()),
                decimal(book.tick_e4, 4),
                if book.neg_risk {
                    "neg-risk"
                } else {
                    "standard"
                }
            ));
        }
    }
}

/// Why no order for this book can be asked for, if so.
fn why_not(book: &Book) -> Option<String> {
    if book.asks.is_empty() && book.bids.is_empty() {
        return Some("it is empty".to_owned());
    }
    if book.market.parse::<B256>().is_err() {
        return Some(format!("market {:?} is not a condition id", book.market));
    }
    let tick = u16::try_from(book.tick_e4).ok().and_then(TickSize::from_e4);
    if tick.is_none() {
        let tick = decimal(book.tick_e4, 4);
        return Some(format!("no order can be priced on the tick {tick}"));
    }
    let token = U256::from_str_radix(&book.token, 10).ok()?;
    let position = position_id::decode(token).is_ok();
    position.then(|| {
        "a position of protocol V2, and the demo's wallet trades on the other two exchanges"
            .to_owned()
    })
}
