//! The attestation of the trade that a copy is of, found in the folder.

use note::{Attestation, Body, Envelope};
use order::{Address, B256, Side, U256};

use super::folder::{Folder, attestation_name};

/// Where attestations are looked for.
#[derive(Clone, Debug)]
pub struct Attestations {
    /// Where watchers leave them.
    pub folder: Folder,
    /// How many must have signed one: the policy's `watch_threshold`.
    pub signatures: usize,
    /// How long a trade waits for its own; then it is asked for without.
    pub wait_ms: u64,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Trade {
    /// Its transaction.
    pub transaction: B256,
    /// Who traded.
    pub leader: Address,
    /// What.
    pub token: U256,
    /// Which way.
    pub side: Side,
}

/// A trade's attestation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// The name that it gives the fill.
    pub fill: B256,
    /// The note, with every signature.
    pub note: String,
}

impl Attestations {
    /// The attestation of `trade`: of several fills in one transaction the
    /// largest, since an order copies one.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn of(&self, trade: &Trade) -> Result<Option<Attested>, String> {
        let found = self
            .folder
            .find(&attestation_name(trade.transaction, None))?;
        let signed = found
            .into_iter()
            .filter(|one| one.signatures >= self.signatures);
        let theirs = signed.filter_map(|one| {
            let seen = seen(&one.envelope)?;
            let is_it = seen.transaction == trade.transaction
                && seen.leader == trade.leader
                && seen.token == trade.token
                && seen.side == trade.side;
            is_it.then_some((seen, one.envelope))
        });
        let largest = theirs.max_by_key(|(seen, _)| (seen.size.get(), seen.log_index));
        Ok(largest.map(|(seen, note)| Attested {
            fill: seen.fill(),
            note,
        }))
    }
}

/// What an attestation says. Its signatures are the signer's to check.
#[must_use]
pub fn seen(note: &str) -> Option<Attestation> {
    let envelope = Envelope::parse(note.as_bytes()).ok()?;
    let Body::Attestation(seen) = Body::parse(envelope.unverified_text()).ok()? else {
        return None;
    };
    Some(seen)
}
