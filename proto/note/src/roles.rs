//! Who holds a role of the policy in force, and how many of them must sign.

use alloc::collections::BTreeSet;

use crate::authority::Authority;
use crate::key::VerifierKey;
use crate::market::Markets;
use crate::refusal::NoteRefusal;
use crate::watching::Watching;

impl Authority {
    /// Those who list markets.
    pub(crate) fn listers(&self) -> Result<(&BTreeSet<VerifierKey>, u8), NoteRefusal> {
        match &self.in_force()?.scope.markets {
            Markets::Listers(role) => Ok((&role.listers, role.list_threshold)),
            Markets::All | Markets::Listed(_) => Err(NoteRefusal::NoRole { role: "listers" }),
        }
    }

    /// Whoever tells the owner.
    pub(crate) fn notifier(&self) -> Result<&VerifierKey, NoteRefusal> {
        let no_role = NoteRefusal::NoRole { role: "notifier" };
        self.in_force()?.extras.notifier.as_ref().ok_or(no_role)
    }

    /// Those who tell what happened on chain.
    pub(crate) fn watchers(&self) -> Result<(&BTreeSet<VerifierKey>, u8), NoteRefusal> {
        match &self.in_force()?.watching {
            Watching::On(role) => Ok((&role.watchers, role.watch_threshold)),
            Watching::Off => Err(NoteRefusal::NoRole { role: "watchers" }),
        }
    }
}
