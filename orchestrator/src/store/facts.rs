//! What the others were seen to be: the signer's journal, the venue's balances.
//!
//! Invariant: the signer's journal is the one last seen, and never shorter.
//! Invariant: shares that nobody can explain are EXTERNAL; shares that are
//! missing are never explained away here.

use rusqlite::{OptionalExtension, Row, params};

use super::{Store, StoreError, Turn};
use crate::alerts::exports::Seen;
use crate::ledger::{Adjustment, Direction, LedgerStore};
use crate::lots::Owner;
use crate::signer::Status;
use crate::signer::age::KeyAge;

/// How far the signer's journal was, and what it said of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerSeen {
    /// The journal's id, hex.
    pub journal_id: String,
    /// Leaves.
    pub journal_size: u64,
    /// `ACTIVE`, `REDUCE_ONLY`, `FROZEN` or `LOCKED`.
    pub state: String,
    /// Why, and what changes it; empty while there is nothing to say.
    pub why: String,
    /// How old its key is, where a policy names one.
    pub key: Option<KeyAge>,
}

impl SignerSeen {
    /// What `status` says, with whatever else a person must know of the key.
    #[must_use]
    pub fn of(status: &Status) -> Self {
        let line = |name| status.line(name).unwrap_or_default().to_owned();
        let why = [Some(line("why")), Seen::of(status).words()];
        let why = why.into_iter().flatten().filter(|why| !why.is_empty());
        Self {
            journal_id: status.journal_id.clone(),
            journal_size: status.journal_size,
            state: line("state"),
            why: why.collect::<Vec<_>>().join("; "),
            key: KeyAge::of(status),
        }
    }
}

/// What is kept of the signer, in the order that [`seen_of`] reads.
const SEEN: &str = "SELECT journal_id, journal_size, state, why, since_ms, session, at_ms \
                    FROM signer_seen LEFT JOIN signer_key USING (one) WHERE one = 1";

/// Reads a row of [`SEEN`].
fn seen_of(r: &Row<'_>) -> rusqlite::Result<SignerSeen> {
    Ok(SignerSeen {
        journal_id: r.get(0)?,
        journal_size: r.get(1)?,
        state: r.get(2)?,
        why: r.get(3)?,
        key: match r.get(4)? {
            None => None,
            Some(since_ms) => Some(KeyAge {
                since_ms,
                is_session: r.get(5)?,
            }),
        },
    })
}

impl Store {
    /// The signer as `run` last saw it whole, and when, unix milliseconds.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn signer_last(&self) -> Result<Option<(SignerSeen, u64)>, StoreError> {
        let row = |r: &Row<'_>| Ok((seen_of(r)?, r.get(6)?));
        Ok(self.db.query_row(SEEN, [], row).optional()?)
    }
}

/// What a balance says of the lots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// They agree, or are about to move.
    Agree,
    /// The venue has more: adopted as EXTERNAL.
    Adopted(u64),
    /// The venue has less than what others brought and we did not sell: they
    /// took it back.
    Returned(u64),
    /// The venue has less than our own settled lots.
    Missing(u64),
}

impl Turn<'_> {
    /// Compares the signer's status with what was last seen, and remembers it.
    ///
    /// # Errors
    ///
    /// When it could not be recorded. The inner error is a sentence: the signer
    /// is not what it was.
    pub fn see_signer(
        &mut self,
        seen: &SignerSeen,
        now_ms: u64,
    ) -> Result<Result<(), String>, StoreError> {
        if let Some(last) = self.signer_seen()? {
            if last.journal_id != seen.journal_id {
                return Ok(Err(format!(
                    "the signer's journal is {}, and was {}",
                    seen.journal_id, last.journal_id
                )));
            }
            if seen.journal_size < last.journal_size {
                return Ok(Err(format!(
                    "the signer's journal has {} leaves, and had {}",
                    seen.journal_size, last.journal_size
                )));
            }
        }
        self.tx.execute(
            "INSERT INTO signer_seen (one, journal_id, journal_size, state, why, at_ms) \
             VALUES (1, ?1, ?2, ?3, ?4, ?5) ON CONFLICT (one) DO UPDATE SET \
             journal_size = excluded.journal_size, state = excluded.state, \
             why = excluded.why, at_ms = excluded.at_ms",
            params![
                seen.journal_id,
                seen.journal_size,
                seen.state,
                seen.why,
                now_ms
            ],
        )?;
        self.tx.execute("DELETE FROM signer_key", [])?;
        if let Some(key) = seen.key {
            self.tx.execute(
                "INSERT INTO signer_key (one, since_ms, session) VALUES (1, ?1, ?2)",
                params![key.since_ms, key.is_session],
            )?;
        }
        Ok(Ok(()))
    }

    fn signer_seen(&self) -> Result<Option<SignerSeen>, StoreError> {
        Ok(self.tx.query_row(SEEN, [], seen_of).optional()?)
    }

    /// What is set aside in attempts that are not over: collateral for BUYs, or
    /// shares of `token_id` for SELLs.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn reserved_units(&self, token_id: Option<&str>) -> Result<u64, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT coalesce(sum(a.reserved_units), 0) FROM attempt a JOIN intent i \
             USING (intent_id) WHERE a.state IN ('RESERVED', 'SIGN_REQUESTED', 'SIGN_UNKNOWN', \
             'SIGNED', 'POSTING', 'UNKNOWN', 'ACKED', 'WORKING', 'PARTIAL', 'CANCEL_REQUESTED', \
             'MATCHED') AND iif(?1 IS NULL, i.side = 'BUY', i.side = 'SELL' AND i.token_id = ?1)",
        )?;
        Ok(query.query_one([token_id], |r| r.get(0))?)
    }

    /// Whether an attempt of this token is on its way, other than `except`; a
    /// sell that itself waits brings nothing.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn is_moving(&self, token_id: &str, except: Option<&str>) -> Result<bool, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM attempt a JOIN intent i USING (intent_id) \
             WHERE i.token_id = ?1 AND i.intent_id IS NOT ?2 AND a.state NOT IN ('REJECTED', \
             'DENIED', 'REFUSED', 'ABSENT_PROVEN', 'SETTLED', 'REVERSED', 'CANCELLED', 'EXPIRED') \
             AND NOT (i.side = 'SELL' AND a.state = 'INTENT')) \
             OR EXISTS (SELECT 1 FROM fill WHERE token_id = ?1 \
             AND status NOT IN ('CONFIRMED', 'FAILED'))",
        )?;
        Ok(query.query_one(params![token_id, except], |r| r.get(0))?)
    }

    /// The last balance of `token_id` ('' is collateral), and when it was read.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn balance(&self, token_id: &str) -> Result<Option<(u64, u64)>, StoreError> {
        let found = self.tx.query_row(
            "SELECT units, at_ms FROM balance WHERE token_id = ?1",
            [token_id],
            |r| Ok((r.get(0)?, r.get(1)?)),
        );
        Ok(found.optional()?)
    }

    /// Remembers a balance.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn set_balance(
        &mut self,
        token_id: &str,
        units: u64,
        at_ms: u64,
    ) -> Result<(), StoreError> {
        self.tx.execute(
            "INSERT INTO balance (token_id, units, at_ms) VALUES (?1, ?2, ?3) \
             ON CONFLICT (token_id) DO UPDATE SET units = excluded.units, at_ms = excluded.at_ms",
            params![token_id, units, at_ms],
        )?;
        Ok(())
    }

    /// Tokens whose balance matters: those of open lots, and of sells not over.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn tokens_to_compare(&self) -> Result<Vec<String>, StoreError> {
        let mut query = self.tx.prepare_cached(
            "SELECT DISTINCT token_id FROM lot WHERE left_units > 0 UNION \
             SELECT i.token_id FROM attempt a JOIN intent i USING (intent_id) \
             WHERE i.side = 'SELL' AND a.state = 'INTENT' ORDER BY 1",
        )?;
        let rows = query.query_map([], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Compares a token's settled lots with the venue's balance, and adopts
    /// what is extra. `dust_units` of difference are none.
    ///
    /// # Errors
    ///
    /// When it could not be read or recorded.
    pub fn compare(
        &mut self,
        token_id: &str,
        balance_units: u64,
        dust_units: u64,
        now_ms: u64,
    ) -> Result<Compared, StoreError> {
        // While something moves, either side may be ahead of the other. An
        // intent that only waits for this very comparison moves nothing.
        let moving: bool = self.tx.query_row(
            "SELECT EXISTS (SELECT 1 FROM attempt a JOIN intent i USING (intent_id) \
             WHERE i.token_id = ?1 AND a.state IN ('POSTING', 'UNKNOWN', 'ACKED', 'WORKING', \
             'PARTIAL', 'CANCEL_REQUESTED', 'MATCHED')) OR EXISTS (SELECT 1 FROM fill \
             WHERE token_id = ?1 AND status NOT IN ('CONFIRMED', 'FAILED'))",
            [token_id],
            |r| r.get(0),
        )?;
        if moving {
            return Ok(Compared::Agree);
        }
        let (own, external) = self.held_units(token_id)?;
        let held = own
            .checked_add(external)
            .ok_or(StoreError::Corrupt("a position overflows"))?;
        if balance_units.abs_diff(held) <= dust_units {
            return Ok(Compared::Agree);
        }
        if let Some(extra) = balance_units.checked_sub(held) {
            let found = (Direction::In, Owner::external(), "ADOPTED");
            self.adjust(&without_fill(token_id, extra, now_ms, found))?;
            return Ok(Compared::Adopted(extra));
        }
        let missing = held.saturating_sub(balance_units);
        if missing <= external {
            let found = (Direction::Out, Owner::external(), "RETURNED");
            self.adjust(&without_fill(token_id, missing, now_ms, found))?;
            return Ok(Compared::Returned(missing));
        }
        Ok(Compared::Missing(missing))
    }

    /// Writes off shares of ours that are not there: a person said so.
    ///
    /// # Errors
    ///
    /// When it could not be recorded.
    pub fn write_off(
        &mut self,
        token_id: &str,
        shares_units: u64,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let said = (Direction::Out, Owner::own("", None), "WRITTEN_OFF");
        self.adjust(&without_fill(token_id, shares_units, now_ms, said))
    }
}

fn without_fill(
    token_id: &str,
    shares_units: u64,
    at_ms: u64,
    (direction, owner, why): (Direction, Owner, &'static str),
) -> Adjustment {
    Adjustment {
        token_id: token_id.to_owned(),
        at_ms,
        direction,
        owner,
        shares_units,
        cost_units: 0,
        why,
    }
}
