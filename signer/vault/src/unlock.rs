//! Locking and unlocking, by a person or by credential.
//!
//! Invariant: a lease ends at the policy's hour and never later than its
//! longest; without a policy there is no hour, and no lease.

use std::path::Path;

use page::{Kind, Missing, Page};

use super::MYSELF;
use super::Vault;
use super::batch::{Batch, Then};
use super::entry::What;
use super::fault::Fault;
use child::files;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

impl Vault {
    /// Unlocks with a sealing key that a person brought.
    pub(super) fn unlock(&mut self, batch: &mut Batch, sealing: Page) -> Result<Then, Fault> {
        let done = self.lease(batch, "local", sealing)?;
        Ok(Then::Text(done))
    }

    /// Unlocks with the sealing key in a file, at an unattended start. If it
    /// cannot, the signer starts locked and says why.
    pub(super) fn unlock_by_credential(
        &mut self,
        batch: &mut Batch,
        path: &Path,
    ) -> Result<(), Fault> {
        let done = match sealing_key_in(path) {
            Ok(sealing) => self.lease(batch, MYSELF, sealing)?,
            Err(problem) => Err(problem),
        };
        match done {
            Ok(_) => {
                tracing::warn!(
                    "RESTARTED unattended: REDUCE_ONLY, exits continue. signerctl note new alive"
                );
            }
            Err(problem) => tracing::error!(
                "LOCKED, the start's credential opens nothing: {problem}. signerctl unlock"
            ),
        }
        Ok(())
    }

    fn lease(
        &mut self,
        batch: &mut Batch,
        by: &str,
        sealing: Page,
    ) -> Result<Result<String, String>, Fault> {
        let Some(policy) = self.force.authority.policy() else {
            let refusal = "NO_POLICY a lease ends at the policy's hour, and there is no policy; apply one first";
            return Ok(Err(refusal.to_owned()));
        };
        let missing = match sealing.kind() {
            Kind::Locked(missing) => Some(missing),
            Kind::Secret => self.key.missing(),
        };
        if let (true, Some(missing)) = (policy.body.host.require_memfd_secret, missing) {
            return Ok(Err(no_secret_memory(missing)));
        }
        if policy.body.host.require_cage && !self.uncaged.is_empty() {
            return Ok(Err(no_cage(&self.uncaged)));
        }
        let wallet = policy.body.wallet.signing_address;
        let presence = &policy.body.presence;
        let (hours, minute) = (presence.lease_hours, presence.lease_end_utc.get());
        let now_ms = batch.at.fast_ms;
        let ends_ms = lease_ends(now_ms, hours, minute);
        let unlocked = match self.key.unlock(sealing, now_ms, ends_ms) {
            Ok(unlocked) => unlocked,
            Err(e) => return Ok(Err(e.to_string())),
        };
        if unlocked.address != wallet {
            self.key.lock();
            // Orders of this batch come after, and must find it locked.
            self.look_at_host();
            self.push(batch, by, What::Locked("the key of another wallet"), None)?;
            let found = unlocked.address;
            return Ok(Err(format!(
                "WRONG_WALLET it is the key of {found}, and the policy's wallet is {wallet}; import the other key, or apply the other policy"
            )));
        }
        let generation = unlocked.generation;
        tracing::info!(by, generation, lease_ends_ms = ends_ms, "unlocked");
        self.push(batch, by, What::Unlocked { generation }, None)?;
        self.look_at_host();
        Ok(Ok(format!(
            "state unlocked\ngeneration {generation}\nlease_ends_unix_ms {ends_ms}"
        )))
    }

    /// Wipes both keys.
    pub(super) fn lock(&mut self, batch: &mut Batch) -> Result<Then, Fault> {
        if self.key.open().is_none() {
            return Ok(Then::Text(Ok("state LOCKED".to_owned())));
        }
        self.key.lock();
        self.look_at_host();
        self.push(batch, "local", What::Locked("asked"), None)?;
        Ok(Then::Text(Ok("state LOCKED".to_owned())))
    }
}

/// Reads a credential straight into a page.
fn sealing_key_in(path: &Path) -> Result<Page, String> {
    let mut sealing = Page::new().map_err(|e| format!("MEMORY no page for a secret: {e}"))?;
    files::read_exactly(path, sealing.key_mut()).map_err(|e| e.to_string())?;
    Ok(sealing)
}

/// What is missing where a policy demands secret memory.
pub(super) fn no_secret_memory(missing: &Missing) -> String {
    format!(
        "NO_SECRET_MEMORY the policy demands memfd_secret, and this host gives none: {missing}; \
         give the signer a host that does, or apply a policy with require_memfd_secret no"
    )
}

/// What is missing where a policy demands the cage.
pub(super) fn no_cage(missing: &str) -> String {
    format!(
        "NO_CAGE the policy demands the cage, and this host does not close it: {missing}; \
         give the signer a host that does, or apply a policy with require_cage no"
    )
}

/// The last `minute` of a day within `hours` from now; where there is none,
/// `hours` from now.
fn lease_ends(now_ms: u64, hours: u16, minute: u16) -> u64 {
    let longest = now_ms.saturating_add(u64::from(hours).saturating_mul(HOUR_MS));
    let of_day = u64::from(minute).saturating_mul(60_000);
    let days = longest
        .saturating_sub(of_day)
        .checked_div(DAY_MS)
        .unwrap_or(0);
    let ends = days.saturating_mul(DAY_MS).saturating_add(of_day);
    if ends > now_ms { ends } else { longest }
}

#[cfg(test)]
mod tests {
    use super::{DAY_MS, HOUR_MS, lease_ends};

    /// M224: a lease ends at its hour.
    #[test]
    fn a_lease_ends_at_its_hour_and_never_later_than_its_longest() {
        let day = 20_000 * DAY_MS;
        let ten = 600;
        for (now, hours, ends) in [
            (day + 9 * HOUR_MS, 72, day + 2 * DAY_MS + 10 * HOUR_MS),
            (day + 10 * HOUR_MS, 72, day + 3 * DAY_MS + 10 * HOUR_MS),
            (day + 11 * HOUR_MS, 72, day + 3 * DAY_MS + 10 * HOUR_MS),
            (day + 9 * HOUR_MS, 2, day + 10 * HOUR_MS),
            (day + 11 * HOUR_MS, 2, day + 13 * HOUR_MS),
            (day + 10 * HOUR_MS, 24, day + DAY_MS + 10 * HOUR_MS),
        ] {
            assert_eq!(lease_ends(now, hours, ten), ends, "{now} {hours}");
        }
    }
}
