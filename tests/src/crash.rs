//! Crashes: a whole desk plays its intents while its programs are killed at
//! chosen effects and started again, and then its books are judged.
//!
//! A killed process leaves what the page cache has; disks that lose what was
//! not synced are simulated elsewhere, in process.

mod judge;
mod seeds;
mod stage;
mod toll;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use crate::bins::{self, Bins};
use crate::book::decimal;
use crate::clock::now_ms;
use crate::desk::{Desk, LEADER};
pub use seeds::Seeds;
use stage::Stage;
pub use toll::Toll;

/// The most that the scene's policy lets a day charge, collateral base units.
pub const DAY_UNITS: u64 = 25_000_000;

/// Orders that are approved when nobody dies: two intents and an exit.
pub const ORDERS: usize = 3;

/// One of the two programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// The signer, unlocked by credential at each start.
    Signer,
    /// `orchestrator run`.
    Orchestrator,
}

impl Program {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signer => "signer",
            Self::Orchestrator => "orchestrator",
        }
    }
}

/// At which effect each life of each program ends; a life without an entry
/// runs on.
#[derive(Clone, Debug, Default)]
pub struct Fuses(pub BTreeMap<Program, Vec<u64>>);

impl Fuses {
    /// One fuse, for the first life of one program.
    pub fn one(program: Program, at: u64) -> Self {
        Self([(program, vec![at])].into())
    }
}

/// What a play came to, whose books agreed.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Who was killed, and what it was about to do.
    pub deaths: Vec<(Program, String)>,
    /// How each intent ended: state and code.
    pub ends: Vec<(String, String)>,
    /// How many signatures the journal vouches for.
    pub approved: usize,
    /// The most effects that one life of each program had.
    pub effects: BTreeMap<Program, u64>,
}

/// A desk that is set up, and is copied for each play.
pub struct Scene {
    desk: Desk,
}

impl Scene {
    /// Sets it up: keys, notes, a journal, a credential.
    pub fn new(bins: &Bins) -> Self {
        let books = bins::workspace().join("tests/fixtures/books/standard.json");
        let day = decimal(DAY_UNITS, 6);
        // Room for the first two orders and not for the third.
        let bend = [("hour_usdc", day.as_str()), ("day_usdc", day.as_str())];
        let desk = Desk::with_policy(bins, &books, &bend);
        desk.unattended();
        Self { desk }
    }

    /// Plays in a copy of the folder, with the programs dying by `fuses`.
    /// `number` is the play's own: no two that run together share one.
    ///
    /// # Errors
    ///
    /// What does not hold, or did not end.
    pub fn play(&self, number: u16, fuses: &Fuses) -> Result<Played, String> {
        let kept = tempfile::tempdir().map_err(|e| e.to_string())?;
        copy(&self.desk.folder, kept.path()).map_err(|e| e.to_string())?;
        fs::write(kept.path().join("intents.jsonl"), self.intents()).map_err(|e| e.to_string())?;
        let mut stage = Stage::open(&self.desk, kept.path(), number, fuses)?;
        let judged = stage.play().and_then(|()| judge::at_rest(&stage));
        judged.map_err(|problem| format!("{problem}\n{}", stage.logs()))?;
        let (ends, approved) = judge::ends(&stage)?;
        Ok(Played {
            deaths: stage.deaths,
            ends,
            approved,
            effects: stage.effects,
        })
    }

    /// One that fills, one that the venue kills, one too large, and one that
    /// the day's budget has no room for.
    fn intents(&self) -> String {
        let book = &self.desk.book;
        let wanted = [
            ("filled", 4_100, "30"),
            ("killed", 4_000, "5"),
            ("large", 4_100, "61"),
            ("over", 4_100, "25"),
        ];
        let lines = wanted.map(|(id, price_e4, shares)| {
            json!({
                "v": 1, "id": id, "kind": "copy", "market": book.market, "token": book.token,
                "side": "BUY", "price": decimal(price_e4, 4), "shares": shares,
                "tick": decimal(book.tick_e4, 4), "order_type": "FOK", "neg_risk": book.neg_risk,
                "leader": LEADER, "leader_price": decimal(price_e4, 4),
                "leader_time_ms": now_ms(),
            })
            .to_string()
        });
        lines.join("\n") + "\n"
    }
}

/// Copies a folder of plain files, modes and all.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            fs::create_dir(&target)?;
            let mode = entry.metadata()?.permissions().mode();
            fs::set_permissions(&target, fs::Permissions::from_mode(mode))?;
            copy(&entry.path(), &target)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
