//! Multipliers by the size of the leader's order:
//! `min-max:mult,min-max:mult,min+:mult`.
//!
//! Invariant: tiers are in order and touch; each is `[min, max)`, so that every
//! size from the first bound on has exactly one, or none above the last.

use alloc::vec::Vec;
use core::fmt;

use order::{CollateralUnits, DecimalError, parse_decimal};

use crate::number::Multiplier;
use crate::size::MULTIPLIER_MAX;

/// Digits after the point that a bound may have: those of collateral.
const DIGITS: u32 = 6;

/// Tiers that were understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiers(Vec<Tier>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tier {
    from_units: u64,
    /// None: without end.
    below_units: Option<u64>,
    multiplier: Multiplier,
}

/// What is wrong with the text of tiers, and at which byte it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierError {
    /// Bytes before it.
    pub at: usize,
    /// What it is.
    pub problem: Problem,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is nothing.
    Empty,
    /// No `:` and multiplier.
    NoMultiplier,
    /// Neither `min-max` nor `min+`.
    NoRange,
    /// Not a plain decimal number.
    Number(DecimalError),
    /// A multiplier of zero, or beyond any sense.
    Multiplier,
    /// The range holds nothing.
    Backwards,
    /// It begins above where the one before ends.
    Gap,
    /// It begins below where the one before ends.
    Overlap,
    /// Something follows the tier without end.
    AfterOpen,
}

impl fmt::Display for TierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: ", self.at)?;
        f.write_str(match self.problem {
            Problem::Empty => "no tier; write them as 1-100:2.0,100+:0.5",
            Problem::NoMultiplier => "a tier without a multiplier; end it with :0.5",
            Problem::NoRange => "no range; write it as 100-500 or 500+",
            Problem::Number(why) => return write!(f, "{why}"),
            Problem::Multiplier => {
                return write!(
                    f,
                    "a multiplier is above zero, and at most {}",
                    MULTIPLIER_MAX.0.div_euclid(1_000_000)
                );
            }
            Problem::Backwards => "the range holds nothing; its end must be above its start",
            Problem::Gap => "a gap; begin where the tier before ends",
            Problem::Overlap => "an overlap, or out of order; begin where the tier before ends",
            Problem::AfterOpen => "the tier before has no end; write it last",
        })
    }
}

impl core::error::Error for TierError {}

impl Tiers {
    /// Understands the whole text, or none of it. Spaces around parts are let be.
    ///
    /// # Errors
    ///
    /// The first problem, with the byte at which it begins.
    pub fn parse(text: &str) -> Result<Self, TierError> {
        let mut tiers: Vec<Tier> = Vec::new();
        let mut at = 0_usize;
        for part in text.split(',') {
            let tier = Span { at, text: part }.trim().tier()?;
            follows(tiers.last(), tier.0).map_err(|problem| TierError {
                at: tier.1,
                problem,
            })?;
            tiers.push(tier.0);
            at = at.saturating_add(part.len()).saturating_add(1);
        }
        Ok(Self(tiers))
    }

    /// The multiplier of a leader's order of `units` of collateral, if a tier
    /// holds it.
    #[must_use]
    pub fn multiplier(&self, units: u64) -> Option<Multiplier> {
        let holds = |tier: &&Tier| {
            units >= tier.from_units && tier.below_units.is_none_or(|below| units < below)
        };
        self.0.iter().find(holds).map(|tier| tier.multiplier)
    }
}

/// The grammar it is read by: what is written is read back as itself.
impl fmt::Display for Tiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, tier) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{}", CollateralUnits::new(tier.from_units))?;
            match tier.below_units {
                Some(below) => write!(f, "-{}", CollateralUnits::new(below))?,
                None => f.write_str("+")?,
            }
            write!(f, ":{}", CollateralUnits::new(tier.multiplier.0))?;
        }
        Ok(())
    }
}

/// Makes sure that `tier` begins where `before` ends.
fn follows(before: Option<&Tier>, tier: Tier) -> Result<(), Problem> {
    let Some(before) = before else {
        return Ok(());
    };
    let Some(end) = before.below_units else {
        return Err(Problem::AfterOpen);
    };
    match tier.from_units.cmp(&end) {
        core::cmp::Ordering::Equal => Ok(()),
        core::cmp::Ordering::Less => Err(Problem::Overlap),
        core::cmp::Ordering::Greater => Err(Problem::Gap),
    }
}

/// A part of the text that knows where it stands.
#[derive(Clone, Copy)]
struct Span<'a> {
    at: usize,
    text: &'a str,
}

impl Span<'_> {
    fn trim(self) -> Self {
        let text = self.text.trim_start();
        let at = self
            .at
            .saturating_add(self.text.len().saturating_sub(text.len()));
        Self {
            at,
            text: text.trim_end(),
        }
    }

    fn split(self, mark: char) -> Option<(Self, Self)> {
        let (left, right) = self.text.split_once(mark)?;
        let at = self
            .at
            .saturating_add(left.len())
            .saturating_add(mark.len_utf8());
        let left = Span {
            at: self.at,
            text: left,
        };
        Some((left.trim(), Span { at, text: right }.trim()))
    }

    /// One tier, and the byte at which it begins.
    fn tier(self) -> Result<(Tier, usize), TierError> {
        if self.text.is_empty() {
            return Err(self.error(Problem::Empty));
        }
        let (range, multiplier) = self
            .split(':')
            .ok_or_else(|| self.error(Problem::NoMultiplier))?;
        let (from_units, below_units) = range.range()?;
        let factor = Multiplier::parse(multiplier.text)
            .map_err(|why| multiplier.error(Problem::Number(why)))?;
        if factor.0 == 0 || factor > MULTIPLIER_MAX {
            return Err(multiplier.error(Problem::Multiplier));
        }
        let tier = Tier {
            from_units,
            below_units,
            multiplier: factor,
        };
        Ok((tier, self.at))
    }

    fn range(self) -> Result<(u64, Option<u64>), TierError> {
        if let Some((from, rest)) = self.split('+') {
            if !rest.text.is_empty() {
                return Err(rest.error(Problem::NoRange));
            }
            return Ok((from.number()?, None));
        }
        let (from, below) = self
            .split('-')
            .ok_or_else(|| self.error(Problem::NoRange))?;
        let (from_units, below_units) = (from.number()?, below.number()?);
        if from_units >= below_units {
            return Err(self.error(Problem::Backwards));
        }
        Ok((from_units, Some(below_units)))
    }

    fn number(self) -> Result<u64, TierError> {
        parse_decimal(self.text, DIGITS).map_err(|why| self.error(Problem::Number(why)))
    }

    const fn error(self, problem: Problem) -> TierError {
        TierError {
            at: self.at,
            problem,
        }
    }
}
