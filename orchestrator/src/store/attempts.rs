//! Attempts as they are read back, whole.

use order::{Address, B256, PriceE4, ShareUnits, Side, TickSize, U256};
use rusqlite::{OptionalExtension, Row, params};

use super::intents::Observed;
use super::{Store, StoreError, Turn};
use crate::intent::{Intent, Kind, OrderType};
use crate::notes::Attested;
use crate::state::State;

/// Which attempt of which intent.
pub type Key = (String, u16);

/// One attempt with its intent.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The intent's name, given at first sight.
    pub intent_id: String,
    /// Which try.
    pub attempt: u16,
    /// Where it stands.
    pub state: State,
    /// What is wanted.
    pub intent: Intent,
    /// Unix milliseconds after which it is neither signed nor sent.
    pub deadline_ms: u64,
    /// The venue's order id, once signed.
    pub order_hash: Option<String>,
    /// The exact bytes to send, once signed.
    pub body: Option<String>,
    /// When it was first seen, unix milliseconds.
    pub seen_ms: u64,
    /// When it came to where it stands, unix milliseconds.
    pub since_ms: u64,
    /// When it may first have been sent, unix milliseconds.
    pub posted_ms: Option<u64>,
    /// Set aside for it: collateral for a BUY, shares for a SELL.
    pub reserved_units: u64,
    /// What watchers signed of the trade that it copies.
    pub attestation: Option<String>,
}

impl Attempt {
    /// Names it.
    #[must_use]
    pub fn key(&self) -> Key {
        (self.intent_id.clone(), self.attempt)
    }
}

impl Turn<'_> {
    /// The attempt of this name as it stands now.
    ///
    /// # Errors
    ///
    /// When there is none, or it could not be read.
    pub fn attempt(&self, key: &Key) -> Result<Attempt, StoreError> {
        let sql = format!("{SELECT} WHERE a.intent_id = ?1 AND a.attempt = ?2");
        let mut query = self.tx.prepare_cached(&sql)?;
        query.query_one(params![key.0, key.1], |r| Ok(read_attempt(r)))?
    }

    /// The attempt whose order has this hash, if any.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn attempt_of(&self, order_hash: &str) -> Result<Option<Attempt>, StoreError> {
        let sql = format!("{SELECT} WHERE a.order_hash = ?1");
        let mut query = self.tx.prepare_cached(&sql)?;
        let found = query.query_row([order_hash], |r| Ok(read_attempt(r)));
        found.optional()?.transpose()
    }

    /// What watchers signed of the trade that `intent_id` copies. A trade is one
    /// intent's: where another has it already, this one goes without.
    ///
    /// # Errors
    ///
    /// When it could not be written.
    pub fn attest(&mut self, intent_id: &str, attested: &Attested) -> Result<(), StoreError> {
        let sql = "INSERT OR IGNORE INTO attested (intent_id, fill, note) VALUES (?1, ?2, ?3)";
        let fill = attested.fill.to_string();
        self.tx
            .prepare_cached(sql)?
            .execute(params![intent_id, fill, attested.note])?;
        Ok(())
    }

    /// Every attempt that is understood and not terminal, oldest first.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn open_attempts(&self) -> Result<Vec<Attempt>, StoreError> {
        let open: Vec<String> = State::ALL
            .into_iter()
            .filter(|s| !s.is_terminal() && *s != State::Observed)
            .map(|s| format!("'{}'", s.name()))
            .collect();
        let sql = format!(
            "{SELECT} WHERE a.state IN ({}) ORDER BY i.seen_ms, i.rowid, a.attempt",
            open.join(", ")
        );
        let mut query = self.tx.prepare_cached(&sql)?;
        let rows = query.query_and_then([], read_attempt)?;
        rows.collect()
    }

    /// Every intent whose market must still be asked, oldest first.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn observed(&self) -> Result<Vec<Observed>, StoreError> {
        self.observed_where("ORDER BY i.seen_ms, i.rowid", [])
    }

    /// Those of `strategy`, oldest first.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn observed_by(&self, strategy: &str) -> Result<Vec<Observed>, StoreError> {
        self.observed_where(
            "AND i.strategy = ?1 ORDER BY i.seen_ms, i.rowid",
            [strategy],
        )
    }

    /// The one of this name, if its market must still be asked.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn observed_as(&self, intent_id: &str) -> Result<Option<Observed>, StoreError> {
        let found = self.observed_where("AND a.intent_id = ?1", [intent_id])?;
        Ok(found.into_iter().next())
    }

    fn observed_where(
        &self,
        which: &str,
        of: impl rusqlite::Params,
    ) -> Result<Vec<Observed>, StoreError> {
        let mut query = self.tx.prepare_cached(&format!(
            "SELECT i.intent_id, i.strategy, i.line, i.seen_ms, i.deadline_ms, i.source_id \
             FROM attempt a JOIN intent i USING (intent_id) WHERE a.state = 'OBSERVED' {which}"
        ))?;
        let rows = query.query_map(of, |r| {
            Ok(Observed {
                intent_id: r.get(0)?,
                strategy: r.get(1)?,
                line: r.get(2)?,
                seen_ms: r.get(3)?,
                deadline_ms: r.get(4)?,
                source_id: r.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Store {
    /// How many attempts are not terminal.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn open_count(&mut self) -> Result<usize, StoreError> {
        let turn = self.turn()?;
        Ok(turn
            .open_attempts()?
            .len()
            .saturating_add(turn.observed()?.len()))
    }

    /// How many of them signer or venue may have been asked about.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn begun_count(&mut self) -> Result<usize, StoreError> {
        let open = self.turn()?.open_attempts()?;
        Ok(open.iter().filter(|row| row.state != State::Intent).count())
    }
}

const SELECT: &str = "SELECT a.intent_id, a.attempt, a.state, a.order_hash, a.body, i.source_id, \
     i.kind, i.market, i.token_id, i.side, i.limit_price_e4, i.shares_units, i.tick_size_e4, \
     i.order_type, i.deadline_ms, i.strategy, i.neg_risk, i.leader, i.leader_price_e4, \
     i.leader_time_ms, i.seen_ms, a.since_ms, a.posted_ms, a.reserved_units, \
     (SELECT note FROM attested t WHERE t.intent_id = a.intent_id) FROM attempt a JOIN intent i USING (intent_id)";

fn read_attempt(r: &Row<'_>) -> Result<Attempt, StoreError> {
    let state: String = r.get(2)?;
    Ok(Attempt {
        intent_id: r.get(0)?,
        attempt: r.get(1)?,
        state: State::of(&state).ok_or(StoreError::Corrupt("a state"))?,
        intent: read_intent(r)?,
        deadline_ms: r.get(14)?,
        order_hash: r.get(3)?,
        body: r.get(4)?,
        seen_ms: r.get(20)?,
        since_ms: r.get(21)?,
        posted_ms: r.get(22)?,
        reserved_units: r.get(23)?,
        attestation: r.get(24)?,
    })
}

fn read_intent(r: &Row<'_>) -> Result<Intent, StoreError> {
    let text = |at: usize| r.get::<_, String>(at);
    let leader: Option<String> = r.get(17)?;
    let leader_price: Option<u16> = r.get(18)?;
    let corrupt = StoreError::Corrupt;
    Ok(Intent {
        strategy: text(15)?,
        source_id: text(5)?,
        kind: Kind::of(&text(6)?).ok_or(corrupt("a kind"))?,
        market: text(7)?
            .parse::<B256>()
            .map_err(|_ignored| corrupt("a market"))?,
        token_id: U256::from_str_radix(&text(8)?, 10).map_err(|_ignored| corrupt("a token id"))?,
        side: Side::parse(&text(9)?).ok_or(corrupt("a side"))?,
        limit_price: PriceE4::new(r.get(10)?).ok_or(corrupt("a price"))?,
        shares: ShareUnits::new(r.get(11)?),
        tick_size: TickSize::from_e4(r.get(12)?).ok_or(corrupt("a tick size"))?,
        order_type: OrderType::of(&text(13)?).ok_or(corrupt("an order type"))?,
        neg_risk: r.get(16)?,
        leader: leader
            .map(|leader| leader.parse::<Address>())
            .transpose()
            .map_err(|_ignored| corrupt("a leader"))?,
        leader_price: leader_price
            .map(|e4| PriceE4::new(e4).ok_or(corrupt("a leader's price")))
            .transpose()?,
        leader_time_ms: r.get(19)?,
    })
}
