//! Watching: who tells the signer what happened on chain, and what it is for.
//!
//! Watchers hold no other key. Fewer than the threshold say nothing at all.

use alloc::collections::BTreeSet;

use crate::key::VerifierKey;
use crate::policy::Switch;
use crate::text::{Field, Reader, Spelling as _, Writer, record};
use crate::text_refusal::TextRefusal;

record! {
    /// Who watches, and what may be done on their word.
    pub struct Watchers {
        /// How many of them must sign what was seen.
        pub watch_threshold: u8,
        /// Their keys.
        pub watchers: BTreeSet<VerifierKey>,
        /// Whether a buy that copies a leader needs its trade attested.
        pub attested_buys_only: bool,
        /// Most shares of a copy, basis points of the attested trade's.
        pub copy_ratio_bps: u32,
    }
}

/// Whether what happens on chain is told at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watching {
    /// It is not: leader, price and age are the caller's word.
    Off,
    /// These tell it.
    On(Watchers),
}

impl Watching {
    /// Who watches, if anyone does.
    #[must_use]
    pub const fn watchers(&self) -> Option<&Watchers> {
        match self {
            Self::Off => None,
            Self::On(watchers) => Some(watchers),
        }
    }
}

impl Field for Watching {
    fn read(name: &'static str, reader: &mut Reader<'_>) -> Result<Self, TextRefusal> {
        let Switch(on) = reader.value(name)?;
        if on {
            Field::read(name, reader).map(Self::On)
        } else {
            Ok(Self::Off)
        }
    }

    fn write(&self, name: &'static str, writer: &mut Writer) {
        writer.line(name, &Switch(self.watchers().is_some()).spell());
        if let Some(watchers) = self.watchers() {
            watchers.write(name, writer);
        }
    }
}
