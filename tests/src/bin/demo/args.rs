//! What was asked for on the command line.

use std::ffi::OsString;
use std::path::PathBuf;

const USAGE: &str = "usage: demo [--books BOOK-FILE-OR-FOLDER] [--intents JSONL-FILE [--now] | --trades PAGE | --kills SEED]";

/// The paths, where given.
pub(crate) struct Args {
    pub(crate) books: Option<PathBuf>,
    pub(crate) intents: Option<PathBuf>,
    /// Programs of the session are killed by chance, from this seed.
    pub(crate) kills: Option<u64>,
    /// A recorded page of leaders' trades.
    pub(crate) trades: Option<PathBuf>,
    /// The leaders of the file trade now, whatever it says.
    pub(crate) now: bool,
}

impl Args {
    /// Reads them, or says how they are written.
    pub(crate) fn read(mut words: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut args = Self {
            books: None,
            intents: None,
            trades: None,
            kills: None,
            now: false,
        };
        while let Some(word) = words.next() {
            let place = match word.to_str() {
                Some("--books") => &mut args.books,
                Some("--intents") => &mut args.intents,
                Some("--trades") => &mut args.trades,
                Some("--kills") => {
                    let seed = words.next().and_then(|word| word.to_str()?.parse().ok());
                    args.kills = Some(seed.ok_or(USAGE)?);
                    continue;
                }
                Some("--now") => {
                    args.now = true;
                    continue;
                }
                _ => {
                    let word = word.display();
                    return Err(format!("{word} is not an option\n{USAGE}"));
                }
            };
            *place = Some(words.next().ok_or(USAGE)?.into());
        }
        Ok(args)
    }
}
