//! How far the venue's trades were read.

use super::{StoreError, Turn};

impl Turn<'_> {
    /// From when trades must be read so that nothing is missed: the cursor,
    /// the oldest fill that is not final, and the oldest attempt that the venue
    /// may have, each with `overlap_s` before it. None before the first sweep.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn trades_needed_since(&self, overlap_s: u64) -> Result<Option<u64>, StoreError> {
        let oldest: Option<u64> = self.tx.query_row(
            "SELECT min(s) FROM (SELECT trade_s s FROM cursor \
             UNION ALL SELECT min(match_s) FROM fill WHERE status NOT IN ('CONFIRMED', 'FAILED') \
             UNION ALL SELECT min(posted_ms) / 1000 FROM attempt WHERE state IN ('POSTING', \
             'UNKNOWN', 'ACKED', 'WORKING', 'PARTIAL', 'CANCEL_REQUESTED', 'MATCHED'))",
            [],
            |r| r.get(0),
        )?;
        Ok(oldest.map(|s| s.saturating_sub(overlap_s)))
    }

    /// Trades were read up to `trade_s`. It only grows.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn trades_read_to(&mut self, trade_s: u64) -> Result<(), StoreError> {
        self.tx.execute(
            "INSERT INTO cursor (one, trade_s) VALUES (1, ?1) \
             ON CONFLICT (one) DO UPDATE SET trade_s = max(trade_s, excluded.trade_s)",
            [trade_s],
        )?;
        Ok(())
    }
}
