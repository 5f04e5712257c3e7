//! The toll: what was killed at what, and how everything ended.

use std::collections::BTreeMap;

use super::{Played, Program};

/// Counts over many plays.
#[derive(Clone, Debug, Default)]
pub struct Toll {
    /// Plays whose books agreed.
    pub plays: usize,
    /// Signatures that the journals vouch for.
    pub approved: usize,
    kills: BTreeMap<(Program, String), usize>,
    ends: BTreeMap<(String, String), usize>,
}

impl Toll {
    /// Adds a play.
    pub fn add(&mut self, played: Played) {
        self.plays += 1;
        self.approved += played.approved;
        for (program, at) in played.deaths {
            *self.kills.entry((program, at)).or_default() += 1;
        }
        for end in played.ends {
            *self.ends.entry(end).or_default() += 1;
        }
    }

    /// How often anything was killed.
    pub fn kills(&self) -> usize {
        self.kills.values().sum()
    }

    /// The lines of a report.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} plays, {} kills, {} orders approved; in each play all books agreed",
            self.plays,
            self.kills(),
            self.approved
        )];
        for ((program, at), n) in &self.kills {
            lines.push(format!("  killed {:<13} {at:<34} {n:>6}", program.name()));
        }
        for ((intent, end), n) in &self.ends {
            lines.push(format!("  ended  {intent:<13} {end:<34} {n:>6}"));
        }
        lines
    }
}
