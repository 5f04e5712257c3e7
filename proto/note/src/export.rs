//! Export: the trading key may leave its box, once, for one recipient.
//!
//! Invariant: what the quorum permits and what the notifier told the owner are
//! the same words, so neither signature is good for another request or recipient.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::kind::Window;
use crate::spelling::{JournalId, spelled};
use crate::text::{Spelling, record};
use crate::text_refusal::TextRefusal;

record! {
    /// Which request, and who gets the key.
    pub struct Export {
        /// The one journal it is for.
        pub journal: JournalId,
        /// The leaf of the request, compared by the journal's owner.
        pub leaf: u64,
        /// When it may be applied.
        pub window: Window,
        /// Who gets it.
        pub recipient: Recipient,
    }
}

/// A public key of age (`age1…`) that it is encrypted to, or the word `terminal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient(String);

impl Recipient {
    /// Its text, if it is spelled like one; whether it is a key, who encrypts sees.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text)
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

spelled! {
    Recipient, "an age public key, age1 and 58 characters, or the word terminal",
        |text| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            let key = text.strip_prefix("age1").is_some_and(|key| key.len() == 58);
            ((key && text.chars().all(plain)) || text == "terminal").then(|| Self(text.to_owned()))
        },
        |recipient| recipient.0.clone();
}

impl Export {
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "every body is asked; this one has nothing that could be wrong"
    )]
    pub(crate) const fn check(&self) -> Result<(), TextRefusal> {
        Ok(())
    }
}
