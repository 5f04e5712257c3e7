//! Sending the lines that wait, in their order, until they have arrived.

use super::poll::{PAUSE_MS_MAX, Shared, locked};
use super::rest;
use super::sink::{Delivery, Sink};
use super::store::{Pending, StoreError};

/// Lines that are sent together.
const BATCH: u64 = 100;

impl Shared {
    /// Sends whatever waits; ends only when the database fails.
    pub(super) async fn send(&self, sink: &mut Sink) -> StoreError {
        let mut failures = 0_u32;
        loop {
            match self.send_some(sink).await {
                Ok(Ok(true)) => failures = 0,
                Ok(Ok(false)) => self.to_send.notified().await,
                Ok(Err(reason)) => {
                    failures = failures.saturating_add(1);
                    let doubled = 250_u64.checked_shl(failures.min(7)).unwrap_or(PAUSE_MS_MAX);
                    tracing::warn!(reason, "NOT SENT, and tried again");
                    rest(doubled.min(PAUSE_MS_MAX)).await;
                }
                Err(e) => return e,
            }
        }
    }

    /// Sends a batch; whether there was one, or why it did not arrive.
    pub(super) async fn send_some(
        &self,
        sink: &mut Sink,
    ) -> Result<Result<bool, String>, StoreError> {
        let lines: Vec<Pending> = locked(&self.store).pending(BATCH)?;
        if lines.is_empty() {
            return Ok(Ok(false));
        }
        match sink.deliver(&lines).await {
            Delivery::Later(reason) => Ok(Err(reason)),
            Delivery::Arrived(count, said) => {
                let arrived = lines.get(..count).unwrap_or(&lines);
                locked(&self.store).sent(arrived, &said)?;
                Ok(Ok(true))
            }
        }
    }
}
