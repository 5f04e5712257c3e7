//! What an adversary can do to a signer and to an exchange, whichever they are.

use std::collections::BTreeMap;

use frame::intent::Intent;
use order::{Side, U256};

/// An order that was signed, as far as it matters to whoever holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The order's hash.
    pub hash: [u8; 32],
    /// Which way it trades.
    pub side: Side,
    /// The token that it says.
    pub token: U256,
    /// Base units that its maker gives.
    pub maker: u64,
    /// Base units that its maker takes for all of that.
    pub taker: u64,
    /// What the signer says it was charged.
    pub charge: u64,
    /// Whatever its world needs to settle it.
    pub posted: String,
}

/// What came of a question for an order.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It was signed.
    Signed(Signed),
    /// It would be, and was not asked for.
    Would,
    /// It was not.
    Denied {
        /// The code.
        code: String,
        /// When it passes by itself.
        retry_at_ms: Option<u64>,
    },
    /// There was no answer.
    Lost,
}

/// One fill by the exchange's operator, at the order's limit or better.
#[derive(Clone, Copy, Debug)]
pub struct Fill<'a> {
    /// The order.
    pub order: &'a Signed,
    /// Of its maker amount.
    pub making: u64,
    /// What it brings, if more than its part.
    pub taking: Option<u64>,
    /// Base units of collateral.
    pub fee: u64,
}

/// What a wallet holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wallet {
    /// Base units of collateral.
    pub cash: i128,
    /// Base units of shares, by token.
    pub held: BTreeMap<U256, u64>,
}

impl Wallet {
    /// Its worth to whoever held `before`: what it held then counts 1, and what
    /// was bought since counts nothing.
    pub fn worth(&self, before: &Self) -> i128 {
        let kept = |(token, held): (&U256, &u64)| {
            let had = before.held.get(token).copied().unwrap_or(0);
            i128::from(had.min(*held))
        };
        self.cash + self.held.iter().map(kept).sum::<i128>()
    }
}

/// Who is ended without warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kill {
    /// The process at the network; another one comes by itself.
    Door,
    /// The process that decides; all end, and a person starts and unlocks again.
    Vault,
    /// The process that watches, with the same end.
    Supervisor,
}

/// Whose signatures a note needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// As many of the quorum as it takes.
    Quorum,
    /// One operator.
    Operator,
}

/// A signer, an exchange, and the people around them.
pub trait World {
    /// The time that the signer reads, Unix milliseconds.
    fn now_ms(&mut self) -> u64;
    /// Lets time pass on every clock.
    fn pass(&mut self, seconds: u64);
    /// Asks for all of these at once; one answer each.
    fn ask(&mut self, intents: &[Intent]) -> Vec<Answer>;
    /// Asks what would become of one.
    fn explain(&mut self, intent: &Intent) -> Answer;
    /// Asks for all of these, and ends a process once `after` were answered.
    /// It is up again when this returns.
    fn kill(&mut self, whom: Kill, intents: &[Intent], after: usize) -> Vec<Answer>;
    /// The lines of `GetStatus`.
    fn status(&mut self) -> BTreeMap<String, String>;
    /// Freezes; the leaf that did.
    fn freeze(&mut self) -> u64;
    /// The journal's id, hex.
    fn journal(&self) -> String;
    /// Honest people sign this text.
    fn signed(&mut self, text: &str, by: By) -> Vec<u8>;
    /// Carries a note; on a refusal its code.
    ///
    /// # Errors
    ///
    /// The code.
    fn carry(&mut self, note: &[u8]) -> Result<(), String>;
    /// Has the exchange's operator settle a fill.
    ///
    /// # Errors
    ///
    /// The rule of the contract that it breaks.
    fn settle(&mut self, fill: Fill<'_>) -> Result<(), String>;
    /// What the wallet holds by the exchange's books.
    fn wallet(&mut self) -> Wallet;
}
