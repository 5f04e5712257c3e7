//! The venue's login (`ClobAuth`): fixed words, a time and a number, signed for
//! the operator alone, and only where the policy permits it.
//!
//! Invariant: the text is the venue's own constant; what varies is our address,
//! our clock and a nonce, so that no order's digest can be had here.

use order::raw::clob_auth;
use order::{Address, B256, Chain};
use policy::{Standing, standing};

use super::Vault;
use super::batch::{Batch, Then};
use super::entry::What;
use super::fault::Fault;
use super::force::time;
use super::journal::Leaf;
use super::seam::Answer;

/// What is signed, before it is.
#[derive(Clone, Copy)]
pub(crate) struct Login {
    pub(crate) chain: Chain,
    pub(crate) address: Address,
    pub(crate) timestamp_s: u64,
    pub(crate) nonce: u64,
}

impl Login {
    pub(super) fn digest(&self) -> B256 {
        clob_auth::digest(self.chain, self.address, self.timestamp_s, self.nonce)
    }
}

impl Vault {
    /// Records a login that may be signed.
    pub(super) fn login(&mut self, batch: &mut Batch, nonce: u64) -> Result<Then, Fault> {
        let refused = |line: &str| Ok(Then::Text(Err(line.to_owned())));
        let Some(facts) = self.force.facts() else {
            return refused("NO_POLICY there is none. signerctl note apply POLICY.note");
        };
        if facts.policy().extras.clob_auth.is_none() {
            return refused(
                "CLOB_AUTH_OFF the policy does not permit it. signerctl note new policy --clob-auth yes",
            );
        }
        let causes = standing(facts, &self.force.state, time(batch.at));
        let Some((unlocked, _)) = self.key.open() else {
            return refused("LOCKED there is no key. signerctl unlock");
        };
        if unlocked.address != facts.policy().wallet.signing_address {
            return refused("WRONG_WALLET the key is not the policy's. signerctl import its key");
        }
        if causes.standing() >= Standing::Frozen {
            let why = causes.standing().word();
            return refused(&format!("{why} no login is signed. signerctl status"));
        }
        let login = Login {
            chain: facts.policy().wallet.mode.chain(),
            address: unlocked.address,
            timestamp_s: batch.at.wall_ms.div_euclid(1_000),
            nonce,
        };
        tracing::warn!(nonce, "login");
        let place = self.push(batch, "local", What::Login(login), None)?;
        Ok(Then::Login(place))
    }

    /// The headers that the venue asks for.
    pub(super) fn logged_in(&mut self, leaf: Option<Leaf>, fast_ms: u64) -> Result<Answer, Fault> {
        let Some(Leaf::Login(ticket)) = leaf else {
            return Err(Fault::Corrupt("a login without its leaf"));
        };
        let signature = hex::encode(self.key.log_in(&ticket, fast_ms)?);
        let login = ticket.login();
        Ok(Answer::Local(Ok(format!(
            "POLY_ADDRESS {}\nPOLY_SIGNATURE 0x{signature}\nPOLY_TIMESTAMP {}\nPOLY_NONCE {}",
            login.address, login.timestamp_s, login.nonce
        ))))
    }
}
