//! Whether what trading needs is there, in the document's own words.
//!
//! For: the five checks of `health` and the lines of `preflight`, each told
//! with what was found and what mends it.
//!
//! Never touches: an arrow, an order. What it writes it takes away again.
//!
//! Invariant: what could not be asked is never well.

pub mod chain;
pub mod feed;
pub mod fills;
pub mod gas;
pub mod geoblock;
pub mod keys;
pub mod preflight;
pub mod witnesses;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use order::{Chain, CollateralUnits, Exchange, Venue};
use plan::Bps;

use crate::clob::Wallet;
use crate::store::{Store, StoreError};

pub use geoblock::Standing;

/// A disk with less room than this fills up on a busy day.
const FREE_BYTES_MIN: u64 = 256 * 1024 * 1024;
/// The venue takes no market buy below this.
const BUY_UNITS_MIN: u64 = plan::size::MARKET_BUY_UNITS_MIN;

/// The five checks, as the document names them.
pub const ALLOWLIST: &str = "Trader allowlist configured";
/// The second.
pub const SIZES: &str = "Size limits sensible";
/// The third.
pub const STORAGE: &str = "Storage backend working";
/// The fourth.
pub const CONNECTIVITY: &str = "Polymarket API connectivity";
/// The fifth.
pub const WALLET: &str = "Wallet balance sufficient";

/// That a session key is old; told where somebody is reminded of it.
pub const SESSION_KEY: &str = "session key";
/// The same of an owner key, for which nothing stops.
pub const OWNER_KEY: &str = "owner key";

/// How one thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing is wrong.
    Well,
    /// Nobody asked, because where to ask is not configured: no trouble, and no
    /// pass.
    Unset,
    /// Somebody should look.
    Warns,
    /// Nothing, or no buy, is done.
    Fails,
}

impl Level {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Well => "ok",
            Self::Unset => "unset",
            Self::Warns => "warn",
            Self::Fails => "fail",
        }
    }

    /// The exit code that says so.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Well | Self::Unset => 0,
            Self::Warns => 1,
            Self::Fails => 2,
        }
    }
}

/// One thing, how it is, and the words.
pub type Check = (&'static str, Level, String);

/// What the checks need to know of a strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrategySummary {
    /// Its name.
    pub name: String,
    /// As many leaders it follows.
    pub leaders: usize,
    /// Its least buy.
    pub usdc_min: CollateralUnits,
    /// Its largest buy.
    pub usdc_max: CollateralUnits,
    /// The slippage it accepts.
    pub slippage_max: Bps,
}

/// Whether every strategy follows somebody.
#[must_use]
pub fn allowlist(strategies: &[StrategySummary]) -> Check {
    if let Some(empty) = strategies.iter().find(|strategy| strategy.leaders == 0) {
        let words = format!(
            "strategy {} follows nobody; name its leaders (FOLLOW_TRADERS)",
            empty.name
        );
        return (ALLOWLIST, Level::Fails, words);
    }
    let words = match strategies.len() {
        0 => "no strategy, so nothing is copied".to_owned(),
        count => {
            let leaders: usize = strategies.iter().map(|strategy| strategy.leaders).sum();
            format!("{leaders} leaders of {count} strategies")
        }
    };
    (ALLOWLIST, Level::Well, words)
}

/// Whether every strategy's largest buy is at least its least, and that one
/// such as the venue takes.
#[must_use]
pub fn sizes(strategies: &[StrategySummary]) -> Check {
    for strategy in strategies {
        let (name, least, most) = (&strategy.name, strategy.usdc_min, strategy.usdc_max);
        let problem = if most < least {
            format!("at most {most} USDC and at least {least}; raise MAX_INTENT_SIZE_USDC")
        } else if most.get() < BUY_UNITS_MIN {
            format!("at most {most} USDC, and the venue takes none below 1; raise it")
        } else {
            continue;
        };
        let words = format!("strategy {name}: {problem}");
        return (SIZES, Level::Fails, words);
    }
    let largest = strategies.iter().map(|strategy| strategy.usdc_max).max();
    let words = largest.map_or_else(
        || "no strategy has one".to_owned(),
        |most| format!("an intent is at most {most} USDC"),
    );
    (SIZES, Level::Well, words)
}

/// Whether the database is whole, and its folder can be written, read and has
/// room.
#[must_use]
pub fn storage(database: &Path) -> Check {
    let fails = |words: String| (STORAGE, Level::Fails, words);
    let name = database.display();
    match whole(database) {
        Ok(true) => {}
        Ok(false) => return fails(format!("{name}: its pages are damaged; restore a copy")),
        Err(e) => return fails(e.to_string()),
    }
    let folder = match database.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    if let Err(e) = write_and_read(folder) {
        let fix = "make it writable for this user, and look at its disk";
        return fails(format!("{}: {e}; {fix}", folder.display()));
    }
    match free_bytes(folder) {
        Ok(free) => room(free),
        Err(e) => fails(format!("{}: {e}; look at its disk", folder.display())),
    }
}

/// Whether `free` bytes are enough.
fn room(free: u64) -> Check {
    let mib = free.div_euclid(1024 * 1024);
    let level = if free < FREE_BYTES_MIN {
        Level::Fails
    } else {
        Level::Well
    };
    let words = match level {
        Level::Well | Level::Unset | Level::Warns => {
            format!("written, read and whole; {mib} MiB free")
        }
        Level::Fails => format!("{mib} MiB free; make room on its disk"),
    };
    (STORAGE, level, words)
}

fn whole(database: &Path) -> Result<bool, StoreError> {
    let mut store = Store::beside(database)?;
    // A writer's lock, taken and given back: nothing changes.
    drop(store.turn()?);
    store.is_whole()
}

/// A file is written, synced, read back and taken away.
fn write_and_read(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".health-{}", std::process::id()));
    let sent = b"written by a health check";
    let outcome = (|| {
        let mut file = File::create_new(&path)?;
        file.write_all(sent)?;
        file.sync_all()?;
        let mut found = Vec::new();
        File::open(&path)?.read_to_end(&mut found)?;
        if found == sent {
            Ok(())
        } else {
            Err(std::io::Error::other("what was written is read otherwise"))
        }
    })();
    let gone = fs::remove_file(&path);
    outcome.and(gone)
}

fn free_bytes(folder: &Path) -> std::io::Result<u64> {
    let found = nix::sys::statvfs::statvfs(folder)?;
    Ok(found
        .blocks_available()
        .saturating_mul(found.fragment_size()))
}

/// Whether the wallet has `least` and lets each exchange take it.
#[must_use]
pub fn wallet(found: &Result<Wallet, String>, chain: Chain, least: CollateralUnits) -> Check {
    let fails = |words: String| (WALLET, Level::Fails, words);
    let wallet = match found {
        Ok(wallet) => wallet,
        Err(e) => return fails(format!("not known: {e}")),
    };
    let has = CollateralUnits::new(wallet.balance_units);
    if has < least {
        return fails(format!("{has} pUSD of {least} needed; fund the wallet"));
    }
    for exchange in [Exchange::V2Standard, Exchange::V2NegRisk, Exchange::V3] {
        let contract = Venue { chain, exchange }.verifying_contract();
        let word = crate::config::exchange_word(exchange);
        let mut told = wallet.allowances.iter();
        let Some((_, limit)) = told.find(|(told, _)| *told == contract) else {
            let words = format!("what {word} ({contract}) may take is not told; approve it");
            return fails(words);
        };
        if *limit < least.get() {
            let limit = CollateralUnits::new(*limit);
            let words = format!("{word} ({contract}) may take {limit} of it; approve it");
            return fails(words);
        }
    }
    let words = format!("{has} pUSD, and each exchange may take {least} and more");
    (WALLET, Level::Well, words)
}

/// What the venue answered to the questions of a check.
#[derive(Clone, Debug)]
pub struct Answers {
    /// `/ok`.
    pub up: Result<(), String>,
    /// How far off its clock is, milliseconds.
    pub skew_ms: Result<u64, String>,
    /// `/version`.
    pub version: Result<u64, String>,
    /// Where we stand; none where it is not configured to be asked.
    pub standing: Option<Standing>,
}

/// Whether the venue answers, keeps our time, speaks our version and lets this
/// host trade.
#[must_use]
pub fn connectivity(answers: &Answers, skew_ms_max: u64) -> Check {
    let fails = |words: String| (CONNECTIVITY, Level::Fails, words);
    if let Err(e) = &answers.up {
        return fails(format!("{e}; check clob.url and the network"));
    }
    let skew_ms = match &answers.skew_ms {
        Err(e) => return fails(format!("its time is not known: {e}")),
        Ok(ms) if *ms > skew_ms_max => {
            return fails(format!("{ms} ms off its clock; sync this host's time"));
        }
        Ok(ms) => ms,
    };
    match &answers.version {
        Err(e) => return fails(format!("its version is not known: {e}")),
        Ok(2) => {}
        Ok(version) => return fails(format!("it speaks version {version}, we 2: upgrade")),
    }
    let place = match &answers.standing {
        None => "where we are is not asked (checks.geoblock)".to_owned(),
        Some(Standing::Allowed) => "this host may trade".to_owned(),
        Some(Standing::CloseOnly) => {
            let words = "positions may only be closed from here; copy no buys";
            return (CONNECTIVITY, Level::Warns, words.to_owned());
        }
        Some(other) => return fails(other.words()),
    };
    let words = format!("it answers, {skew_ms} ms off, version 2; {place}");
    (CONNECTIVITY, Level::Well, words)
}

#[cfg(test)]
#[path = "checks/tests.rs"]
mod tests;
