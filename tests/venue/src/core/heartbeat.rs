//! The promise to stay in touch: who breaks it loses its resting orders.

use super::agenda::Due;
use super::exchange::{Exchange, uuid};

/// The last sign of life of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Beat {
    /// What the next one must carry.
    pub(crate) id: String,
    deadline_ms: u64,
}

impl Exchange {
    /// Takes a heartbeat and names the next, or says which was expected.
    pub(crate) fn beat(&mut self, now_ms: u64, key: &str, id: &str) -> Result<String, String> {
        self.advance(now_ms);
        let expected = self
            .beats
            .get(key)
            .map(|beat| beat.id.clone())
            .unwrap_or_default();
        if id != expected {
            return Err(expected);
        }
        let next = uuid(self.mint("heartbeat"));
        let deadline_ms = self.now_ms.saturating_add(self.rules.heartbeat_timeout_ms);
        self.beats.insert(
            key.to_owned(),
            Beat {
                id: next.clone(),
                deadline_ms,
            },
        );
        self.agenda.add(deadline_ms, Due::Silence(key.to_owned()));
        Ok(next)
    }

    /// A deadline has come; if it is still the current one, everything goes.
    pub(super) fn silence(&mut self, key: &str, at_ms: u64) {
        if self
            .beats
            .get(key)
            .is_some_and(|beat| beat.deadline_ms == at_ms)
        {
            self.beats.remove(key);
            let ids = self.live(key, None, None);
            self.cancel(at_ms, key, &ids);
        }
    }
}
