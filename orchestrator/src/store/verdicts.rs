//! How many intents were let through, left out and executed, and whose.
//!
//! Invariant: counted from rows alone, so that a restart forgets none.

use super::{Store, StoreError};

/// How many intents of one leader and strategy were executed, or were not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfLeader {
    /// The strategy; `unread` for lines that were no intent.
    pub strategy: String,
    /// The leader, where the intent said so.
    pub leader: Option<String>,
    /// Intents that bought or sold something.
    pub executions: u64,
    /// Intents that we, the signer or the venue left out.
    pub rejections: u64,
}

/// What became of all intents, in the document's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// Intents that something was set aside for.
    pub validated_count: u64,
    /// Intents that we left out ourselves.
    pub rejected_count: u64,
    /// Intents that were not decided on yet.
    pub pending_count: u64,
    /// Why we left them out: a code, and how many.
    pub rejected_by_reason: Vec<(String, u64)>,
    /// By strategy and leader.
    pub leaders: Vec<OfLeader>,
}

impl Verdicts {
    /// All executions and all rejections.
    #[must_use]
    pub fn sums(&self) -> (u64, u64) {
        let sum = |part: fn(&OfLeader) -> u64| self.leaders.iter().map(part).sum();
        (sum(|of| of.executions), sum(|of| of.rejections))
    }
}

/// The last attempt of each intent: P not decided, R left out by us, O said no
/// to by others, V let through. A copy that was left out has no leader of its own
/// yet: its line names him.
const JUDGED: &str = "WITH said AS (SELECT intent_id, strategy, leader, iif(strategy <> 'unread' \
      AND json_valid(line), json_extract(line, '$.source_trader'), NULL) AS source FROM intent), \
     judged AS (SELECT i.strategy, coalesce(i.leader, iif(length(i.source) = 42 AND \
      i.source LIKE '0x%' AND substr(i.source, 3) NOT GLOB '*[^0-9a-fA-F]*', i.source, NULL)) \
      AS leader, \
     coalesce(a.code, iif(a.state = 'EXPIRED', 'DEADLINE_PASSED', a.state)) AS code, \
     EXISTS (SELECT 1 FROM attempt b JOIN fill f USING (order_hash) \
      WHERE b.intent_id = i.intent_id AND f.status <> 'FAILED') AS executed, \
     CASE WHEN a.state IN ('OBSERVED', 'INTENT') THEN 'P' \
      WHEN a.state = 'REJECTED' OR a.state = 'EXPIRED' AND a.reserved_units = 0 THEN 'R' \
      WHEN a.state IN ('DENIED', 'REFUSED', 'EXPIRED') THEN 'O' ELSE 'V' END AS verdict \
     FROM said i JOIN attempt a USING (intent_id) WHERE a.attempt = \
     (SELECT max(attempt) FROM attempt l WHERE l.intent_id = i.intent_id)) ";

impl Store {
    /// What became of all intents.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn verdicts(&self) -> Result<Verdicts, StoreError> {
        let mut verdicts = self.db.query_row(
            &format!(
                "{JUDGED} SELECT coalesce(sum(verdict IN ('V', 'O')), 0), \
                 coalesce(sum(verdict = 'R'), 0), coalesce(sum(verdict = 'P'), 0) FROM judged"
            ),
            [],
            |r| {
                Ok(Verdicts {
                    validated_count: r.get(0)?,
                    rejected_count: r.get(1)?,
                    pending_count: r.get(2)?,
                    ..Verdicts::default()
                })
            },
        )?;
        let mut reasons = self.db.prepare(&format!(
            "{JUDGED} SELECT code, count(*) FROM judged WHERE verdict = 'R' GROUP BY 1 ORDER BY 1"
        ))?;
        let rows = reasons.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
        verdicts.rejected_by_reason = rows.collect::<Result<_, _>>()?;
        let mut leaders = self.db.prepare(&format!(
            "{JUDGED} SELECT strategy, min(leader), sum(executed), \
             sum(verdict IN ('R', 'O') AND NOT executed) FROM judged \
             GROUP BY strategy, lower(leader) ORDER BY 1, 2"
        ))?;
        let rows = leaders.query_map([], |r| {
            Ok(OfLeader {
                strategy: r.get(0)?,
                leader: r.get(1)?,
                executions: r.get(2)?,
                rejections: r.get(3)?,
            })
        })?;
        verdicts.leaders = rows.collect::<Result<_, _>>()?;
        Ok(verdicts)
    }
}
