//! What came out, for a person and for an exit code.
//!
//! For: counting cases per file and layer, and keeping each one worth naming.
//!
//! Invariant: `cases = agree + mismatch + undecidable`; a case that strict
//! refuses and should refuse is counted as agreeing and named as well.

use std::fmt;

/// How a case came out when nothing differed.
pub(crate) enum Agreement {
    /// The same, and nothing to say.
    Same,
    /// The same, and strict refuses the case; the reason.
    Refused(String),
    /// Needs facts that only a chain has; which.
    Undecidable(String),
}

/// The counts of one layer of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The vector file.
    pub file: &'static str,
    /// What of it was compared.
    pub layer: &'static str,
    /// Cases seen.
    pub cases: usize,
    /// Cases that came out as the vectors say.
    pub agree: usize,
    /// Cases that did not.
    pub mismatch: usize,
    /// Cases among `agree` that strict refuses.
    pub refused: usize,
    /// Cases that need a chain to decide.
    pub undecidable: usize,
}

/// Everything that a run found.
#[derive(Debug, Default)]
pub struct Report {
    rows: Vec<Row>,
    mismatches: Vec<String>,
    refused: Vec<String>,
    undecidable: Vec<String>,
    faults: Vec<String>,
}

impl Report {
    /// The counts, in the order the suites ran.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Cases over all files and layers.
    #[must_use]
    pub fn cases(&self) -> usize {
        self.rows.iter().map(|row| row.cases).sum()
    }

    /// Each case that differed, with what differed.
    #[must_use]
    pub fn mismatches(&self) -> &[String] {
        &self.mismatches
    }

    /// Each case that strict refuses, with its reason.
    #[must_use]
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    /// Each case that needs a chain, with what it needs.
    #[must_use]
    pub fn undecidable(&self) -> &[String] {
        &self.undecidable
    }

    /// Files that are unknown, unreadable or empty.
    #[must_use]
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// Whether every case of every file came out as it should.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.mismatches.is_empty() && self.faults.is_empty() && self.cases() > 0
    }

    pub(crate) fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    /// Counts one case of one layer.
    pub(crate) fn record(
        &mut self,
        file: &'static str,
        layer: &'static str,
        id: &str,
        outcome: Result<Agreement, String>,
    ) {
        let name = format!("{file} {layer} {id}");
        let mut counts = Row {
            cases: 1,
            ..Row::empty(file, layer)
        };
        match outcome {
            Ok(Agreement::Same) => counts.agree = 1,
            Ok(Agreement::Refused(reason)) => {
                (counts.agree, counts.refused) = (1, 1);
                self.refused.push(format!("{name}: {reason}"));
            }
            Ok(Agreement::Undecidable(needs)) => {
                counts.undecidable = 1;
                self.undecidable.push(format!("{name}: {needs}"));
            }
            Err(difference) => {
                counts.mismatch = 1;
                self.mismatches.push(format!("{name}: {difference}"));
            }
        }
        match self
            .rows
            .iter_mut()
            .find(|row| row.file == file && row.layer == layer)
        {
            Some(row) => row.add(counts),
            None => self.rows.push(counts),
        }
    }
}

impl Row {
    const fn empty(file: &'static str, layer: &'static str) -> Self {
        Self {
            file,
            layer,
            cases: 0,
            agree: 0,
            mismatch: 0,
            refused: 0,
            undecidable: 0,
        }
    }

    fn add(&mut self, other: Self) {
        for (mine, more) in [
            (&mut self.cases, other.cases),
            (&mut self.agree, other.agree),
            (&mut self.mismatch, other.mismatch),
            (&mut self.refused, other.refused),
            (&mut self.undecidable, other.undecidable),
        ] {
            *mine = mine.saturating_add(more);
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<27} | {:<11} | {:>5} | {:>5} | {:>8} | {:>17} | {:>11}",
            "file", "layer", "cases", "agree", "mismatch", "refused by strict", "undecidable"
        )?;
        writeln!(
            f,
            "{:-<28}|{:-<13}|{:-<7}|{:-<7}|{:-<10}|{:-<19}|{:-<12}",
            "", "", "", "", "", "", ""
        )?;
        for row in &self.rows {
            writeln!(
                f,
                "{:<27} | {:<11} | {:>5} | {:>5} | {:>8} | {:>17} | {:>11}",
                row.file,
                row.layer,
                row.cases,
                row.agree,
                row.mismatch,
                row.refused,
                row.undecidable
            )?;
        }
        for (title, lines) in [
            ("refused by strict:", &self.refused),
            ("undecidable without a chain:", &self.undecidable),
            ("mismatches:", &self.mismatches),
            ("faults:", &self.faults),
        ] {
            if !lines.is_empty() {
                writeln!(f, "\n{title}")?;
                for line in lines {
                    writeln!(f, "  {line}")?;
                }
            }
        }
        write!(
            f,
            "\nconformance: {} cases, {} mismatches",
            self.cases(),
            self.mismatches.len()
        )?;
        if !self.faults.is_empty() {
            write!(f, ", {} faults", self.faults.len())?;
        }
        writeln!(f)
    }
}
