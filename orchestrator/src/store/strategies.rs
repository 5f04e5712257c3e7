//! What belongs to one strategy: its shares, its spending, and its signals
//! that are too small to be an order of their own.

use order::Side;
use rusqlite::params;

use super::{StoreError, Turn};
use crate::intent::{Intent, Parsed};

/// What a strategy may still sell of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeldOf {
    /// Shares of its lots, final or not, that no open SELL has set aside.
    pub shares_units: u64,
    /// The part of its lots that is final, set aside or not.
    pub settled_units: u64,
}

/// Signals that may become one order together.
#[derive(Clone, Copy, Debug)]
pub struct Pile<'a> {
    /// On whose behalf.
    pub strategy: &'a str,
    /// Whose trades are copied.
    pub leader: Option<&'a str>,
    /// The token, decimal.
    pub token_id: &'a str,
    /// Which way.
    pub side: Side,
}

/// Lots, what of them is final, and what open SELLs have set aside: of the
/// token, of strategy ?2, of its leader ?3.
const HELD: &str = "WITH mine AS (SELECT left_units, settled, strategy = ?2 AS its, \
     strategy = ?2 AND (?3 IS NULL OR leader IS ?3) AS near FROM lot \
     WHERE token_id = ?1 AND source = 'OWN'), \
     leaving AS (SELECT i.strategy = ?2 AS its, \
     i.strategy = ?2 AND (?3 IS NULL OR i.leader IS ?3) AS near, \
     max(0, i.shares_units - (SELECT coalesce(sum(f.shares_units), 0) FROM fill f \
      WHERE f.order_hash = a.order_hash AND f.status <> 'FAILED')) AS units \
     FROM attempt a JOIN intent i USING (intent_id) \
     WHERE i.token_id = ?1 AND i.side = 'SELL' AND a.state NOT IN ('OBSERVED', 'REJECTED', \
     'DENIED', 'REFUSED', 'ABSENT_PROVEN', 'SETTLED', 'REVERSED', 'CANCELLED', 'EXPIRED')) \
     SELECT (SELECT coalesce(sum(left_units), 0) FROM mine WHERE near), \
     (SELECT coalesce(sum(left_units), 0) FROM mine WHERE its), \
     (SELECT coalesce(sum(left_units), 0) FROM mine), \
     (SELECT coalesce(sum(units), 0) FROM leaving WHERE near), \
     (SELECT coalesce(sum(units), 0) FROM leaving WHERE its), \
     (SELECT coalesce(sum(units), 0) FROM leaving), \
     (SELECT coalesce(sum(left_units), 0) FROM mine WHERE near AND settled)";

impl Turn<'_> {
    /// What `strategy` may still sell of `token_id`: of all its lots, or of
    /// those it bought after `leader`. Never more than all our lots less all
    /// open SELLs: an exit by a person takes of everybody's.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn held_of(
        &self,
        strategy: &str,
        leader: Option<&str>,
        token_id: &str,
    ) -> Result<HeldOf, StoreError> {
        let mut query = self.tx.prepare_cached(HELD)?;
        Ok(query.query_one(params![token_id, strategy, leader], |r| {
            let units = |at: usize| r.get::<_, u64>(at);
            let near = units(0)?.saturating_sub(units(3)?);
            let its = units(1)?.saturating_sub(units(4)?);
            let all = units(2)?.saturating_sub(units(5)?);
            Ok(HeldOf {
                shares_units: near.min(its).min(all),
                settled_units: units(6)?,
            })
        })?)
    }

    /// What strategies that are not in `configured` bought by leaders' trades and
    /// still hold: strategy, token and shares. Lines that name their strategy
    /// themselves need no block of it.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn orphans(&self, configured: &[&str]) -> Result<Vec<(String, String, u64)>, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT strategy, token_id, sum(left_units) FROM lot WHERE source = 'OWN' \
             AND left_units > 0 AND EXISTS (SELECT 1 FROM intent i WHERE \
             i.strategy = lot.strategy AND i.side = 'BUY' AND instr(i.line, '\"intent_id\"') > 0) \
             GROUP BY 1, 2 HAVING sum(left_units) >= ?1 ORDER BY 1, 2",
        )?;
        let rows = query.query_map([order::LOT_UNITS], |r| {
            Ok((r.get::<_, String>(0)?, r.get(1)?, r.get(2)?))
        })?;
        let held = rows.collect::<Result<Vec<_>, _>>()?;
        let orphaned = |(name, _, _): &(String, String, u64)| !configured.contains(&name.as_str());
        Ok(held.into_iter().filter(orphaned).collect())
    }

    /// Final shares of `token_id` that `strategy` bought after `leader`, less what
    /// its SELLs after that leader have set aside.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn free_of(&self, strategy: &str, leader: &str, token_id: &str) -> Result<u64, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT (SELECT coalesce(sum(left_units), 0) FROM lot WHERE token_id = ?1 AND settled \
             AND source = 'OWN' AND strategy = ?2 AND leader = ?3), \
             (SELECT coalesce(sum(a.reserved_units), 0) FROM attempt a JOIN intent i \
             USING (intent_id) WHERE i.token_id = ?1 AND i.side = 'SELL' AND i.strategy = ?2 \
             AND i.leader = ?3 AND a.state IN ('RESERVED', 'SIGN_REQUESTED', 'SIGN_UNKNOWN', \
             'SIGNED', 'POSTING', 'UNKNOWN', 'ACKED', 'WORKING', 'PARTIAL', 'CANCEL_REQUESTED', \
             'MATCHED'))",
        )?;
        Ok(query.query_one([token_id, strategy, leader], |r| {
            Ok(r.get::<_, u64>(0)?.saturating_sub(r.get(1)?))
        })?)
    }

    /// What `strategy`'s BUYs took since `since_ms`, with room for their fees:
    /// of every attempt that was signed, may have been, or may yet be. What was
    /// signed counts, whatever came of it.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn spent_since(&self, strategy: &str, since_ms: u64) -> Result<u64, StoreError> {
        self.spent(Some(strategy), since_ms)
    }

    /// The same of every strategy and every other sender.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn spent_by_all_since(&self, since_ms: u64) -> Result<u64, StoreError> {
        self.spent(None, since_ms)
    }

    fn spent(&self, strategy: Option<&str>, since_ms: u64) -> Result<u64, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT coalesce(sum(a.reserved_units), 0) FROM attempt a JOIN intent i \
             USING (intent_id) WHERE (?1 IS NULL OR i.strategy = ?1) AND i.side = 'BUY' AND \
             (a.state IN ('RESERVED', 'SIGN_REQUESTED', 'SIGN_UNKNOWN', 'SIGNED', 'POSTING', \
              'UNKNOWN', 'ACKED', 'WORKING', 'PARTIAL', 'CANCEL_REQUESTED', 'MATCHED') \
             OR a.since_ms >= ?2 AND (a.state IN ('SETTLED', 'REVERSED', 'REFUSED', \
              'CANCELLED', 'ABSENT_PROVEN') OR a.state = 'EXPIRED' AND EXISTS (SELECT 1 \
              FROM step s WHERE s.intent_id = a.intent_id AND s.attempt = a.attempt \
              AND s.state = 'SIGN_REQUESTED') OR a.state = 'DENIED' AND EXISTS (SELECT 1 \
              FROM step s WHERE s.intent_id = a.intent_id AND s.attempt = a.attempt \
              AND s.state = 'SIGN_UNKNOWN')))",
        )?;
        Ok(query.query_one(params![strategy, since_ms], |r| r.get(0))?)
    }

    /// An intent that is being decided is not signed or sent after `ms`, if that
    /// is sooner than so far.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn not_after(&mut self, intent_id: &str, ms: u64) -> Result<(), StoreError> {
        self.tx.execute(
            "UPDATE intent SET deadline_ms = min(deadline_ms, ?2) WHERE intent_id = ?1",
            params![intent_id, ms],
        )?;
        Ok(())
    }

    /// What was asked for since `since_ms` by lines whose token only an outcome's
    /// name told: all that was signed, may have been, or may yet be.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn unattested_since(&self, since_ms: u64) -> Result<Vec<Intent>, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT a.intent_id, a.attempt, i.line FROM attempt a JOIN intent i USING (intent_id) \
             WHERE i.token_id IS NOT NULL AND instr(i.line, '\"intent_id\"') > 0 AND \
             (a.state IN ('INTENT', 'RESERVED', 'SIGN_REQUESTED', 'SIGN_UNKNOWN', 'SIGNED', \
              'POSTING', 'UNKNOWN', 'ACKED', 'WORKING', 'PARTIAL', 'CANCEL_REQUESTED', 'MATCHED') \
             OR a.since_ms >= ?1 AND (a.state IN ('SETTLED', 'REVERSED', 'REFUSED', \
              'CANCELLED', 'ABSENT_PROVEN') OR a.state = 'EXPIRED' AND EXISTS (SELECT 1 \
              FROM step s WHERE s.intent_id = a.intent_id AND s.attempt = a.attempt \
              AND s.state = 'SIGN_REQUESTED') OR a.state = 'DENIED' AND EXISTS (SELECT 1 \
              FROM step s WHERE s.intent_id = a.intent_id AND s.attempt = a.attempt \
              AND s.state = 'SIGN_UNKNOWN')))",
        )?;
        let rows = query.query_map([since_ms], |r| {
            Ok(((r.get(0)?, r.get(1)?), r.get::<_, String>(2)?))
        })?;
        let mut all = Vec::new();
        for row in rows {
            let (key, line) = row?;
            if let Ok(Parsed::Draft(draft)) = Parsed::read(&line)
                && draft.is_unattested()
            {
                all.push(self.attempt(&key)?.intent);
            }
        }
        Ok(all)
    }

    /// Puts a signal of `units` on its pile; false where it lies there already.
    /// BUYs are counted in collateral, SELLs in shares.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn carry_add(
        &mut self,
        pile: &Pile<'_>,
        intent_id: &str,
        units: u64,
        at_ms: u64,
    ) -> Result<bool, StoreError> {
        let changed = self.tx.execute(
            "INSERT INTO carry (intent_id, strategy, leader, token_id, side, units, at_ms) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (intent_id) DO NOTHING",
            params![
                intent_id,
                pile.strategy,
                pile.leader,
                pile.token_id,
                pile.side.as_str(),
                units,
                at_ms,
            ],
        )?;
        Ok(changed == 1)
    }

    /// What lies on a pile unused since `since_ms`.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn carry_total(&self, pile: &Pile<'_>, since_ms: u64) -> Result<u64, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT coalesce(sum(units), 0) FROM carry WHERE strategy = ?1 AND leader IS ?2 \
             AND token_id = ?3 AND side = ?4 AND at_ms >= ?5 AND used_by IS NULL",
        )?;
        Ok(query.query_one(
            params![
                pile.strategy,
                pile.leader,
                pile.token_id,
                pile.side.as_str(),
                since_ms
            ],
            |r| r.get(0),
        )?)
    }

    /// Takes a pile along in the intent `used_by`: returns what
    /// [`Turn::carry_total`] said, and nothing of it is ever taken again.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn carry_use(
        &mut self,
        pile: &Pile<'_>,
        since_ms: u64,
        used_by: &str,
    ) -> Result<u64, StoreError> {
        let units = self.carry_total(pile, since_ms)?;
        self.tx.execute(
            "UPDATE carry SET used_by = ?6 WHERE strategy = ?1 AND leader IS ?2 \
             AND token_id = ?3 AND side = ?4 AND at_ms >= ?5 AND used_by IS NULL",
            params![
                pile.strategy,
                pile.leader,
                pile.token_id,
                pile.side.as_str(),
                since_ms,
                used_by
            ],
        )?;
        Ok(units)
    }
}
