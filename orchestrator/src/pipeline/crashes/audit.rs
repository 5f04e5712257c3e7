//! What was promised, and whether the store still says so.
//!
//! Invariant: a promise is what left the process (bytes to the venue, a word to
//! a sender), or what a committed turn said.

use std::collections::BTreeMap;

use disk::{Disk, Image};
use rusqlite::Connection;

use crate::state::State;
use crate::store::{Fill, Key, Store};

use super::life::DATABASE;
use super::tally::Tally;
use super::venue::Venue;

/// Everything that was promised about one outbox.
#[derive(Default)]
pub(super) struct Audit {
    /// Attempts that are known, with what was last committed of them.
    known: BTreeMap<Key, State>,
    /// The bytes that went out, and their order's hash.
    posted: BTreeMap<Key, (String, String)>,
}

type Checked = Result<(), String>;

impl Audit {
    /// A sender was told that its intent is taken.
    pub(super) fn told(&mut self, intent_id: &str, state: State) {
        self.known.entry((intent_id.to_owned(), 0)).or_insert(state);
    }

    /// A POST begins. Its row must be committed, with these bytes.
    pub(super) fn posting(
        &mut self,
        store: &mut Store,
        key: &Key,
        body: &str,
        hash: &str,
        tally: &mut Tally,
    ) -> Checked {
        tally.posts += 1;
        let bytes = (body.to_owned(), hash.to_owned());
        match self.posted.insert(key.clone(), bytes.clone()) {
            None => {}
            Some(before) if before == bytes => tally.posts_again += 1,
            Some(_) => return Err(format!("{key:?} is posted with two contents")),
        }
        self.known.insert(key.clone(), State::Posting);
        self.has_row(store, key)
    }

    /// A turn was committed: what it says of what is known is a promise too.
    pub(super) fn committed(&mut self, store: &mut Store) -> Checked {
        let turn = store.turn().map_err(|e| e.to_string())?;
        for (key, last) in &mut self.known {
            if !last.is_terminal() {
                let row = turn.attempt(key).map_err(|e| format!("{key:?}: {e}"))?;
                *last = row.state;
            }
        }
        Ok(())
    }

    /// The store was opened again: whatever was promised is there.
    pub(super) fn opened(&mut self, store: &mut Store, tally: &mut Tally) -> Checked {
        for (key, promised) in &self.known {
            let turn = store.turn().map_err(|e| e.to_string())?;
            let row = turn
                .attempt(key)
                .map_err(|e| format!("{key:?} was {promised:?} and is forgotten: {e}"))?;
            *tally.found.entry(row.state.name()).or_default() += 1;
            if promised.is_terminal() && row.state != *promised {
                return Err(format!("{key:?} ended {promised:?} and is {:?}", row.state));
            }
            if promised.is_at_venue() && !may_have_been_sent(row.state) {
                return Err(format!("{key:?} was {promised:?} and is {:?}", row.state));
            }
        }
        for key in self.posted.keys() {
            self.has_row(store, key)?;
        }
        Ok(())
    }

    fn has_row(&self, store: &mut Store, key: &Key) -> Checked {
        let (body, hash) = &self.posted[key];
        let turn = store.turn().map_err(|e| e.to_string())?;
        let row = turn
            .attempt(key)
            .map_err(|e| format!("{key:?} was posted and has no row: {e}"))?;
        if row.body.as_ref() != Some(body) || row.order_hash.as_ref() != Some(hash) {
            return Err(format!(
                "{key:?} was posted with other bytes than its row has"
            ));
        }
        if may_have_been_sent(row.state) {
            Ok(())
        } else {
            Err(format!("{key:?} was posted and is {:?}", row.state))
        }
    }

    /// Nothing moves any more: the ledger is the venue's, to the unit.
    pub(super) fn rested(
        &self,
        (store, image): (&mut Store, &Image),
        venue: &Venue,
        funds: u64,
        tally: &mut Tally,
    ) -> Checked {
        let ours = fills(image);
        let theirs = venue.books();
        if ours != theirs {
            return Err(format!("the ledger says {ours:?}, the venue {theirs:?}"));
        }
        tally.fills += u64::try_from(ours.len()).unwrap();
        let money = |side: &str, units: fn(&Fill) -> u64| {
            let money = |f: &&Fill| f.side == side && f.status == "CONFIRMED";
            ours.iter().filter(money).map(units).sum::<u64>()
        };
        let came = money("SELL", |f| f.collateral_units - f.fee_units);
        let went = money("BUY", |f| f.collateral_units + f.fee_units);
        let collateral = funds + came - went;
        if collateral != venue.collateral {
            return Err(format!(
                "we have {collateral}, the venue {}",
                venue.collateral
            ));
        }
        let turn = store.turn().map_err(|e| e.to_string())?;
        for (token, shares) in &venue.shares {
            let held = turn.held_units(token).map_err(|e| e.to_string())?;
            if held != (*shares, 0) {
                return Err(format!("lots of {token} hold {held:?}, the venue {shares}"));
            }
        }
        for key in self.known.keys() {
            let row = turn.attempt(key).map_err(|e| e.to_string())?;
            *tally.ended.entry(row.state.name()).or_default() += 1;
            let hash = row.order_hash.as_deref().unwrap_or_default();
            let expected = outcome(theirs.iter().filter(|f| f.order_hash == hash));
            if !expected.contains(&row.state) {
                return Err(format!("{key:?} ended {:?}, not {expected:?}", row.state));
            }
        }
        tally.rests += 1;
        Ok(())
    }
}

/// Every fill in the ledger that `image` holds, ours or not.
fn fills(image: &Image) -> Vec<Fill> {
    let disk = Disk::of(image);
    let db = Connection::open(disk.file(DATABASE)).unwrap();
    let mut query = db
        .prepare(
            "SELECT trade_id, order_hash, market, token_id, side, shares_units, collateral_units, \
             fee_units, match_s, status FROM fill ORDER BY trade_id",
        )
        .unwrap();
    let rows = query.query_map([], |r| {
        Ok(Fill {
            trade_id: r.get(0)?,
            order_hash: r.get(1)?,
            market: r.get(2)?,
            token_id: r.get(3)?,
            side: r.get(4)?,
            shares_units: r.get(5)?,
            collateral_units: r.get(6)?,
            fee_units: r.get(7)?,
            match_s: r.get(8)?,
            status: r.get(9)?,
        })
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

/// Where an attempt may end whose order has these fills.
fn outcome<'a>(fills: impl Iterator<Item = &'a Fill>) -> &'static [State] {
    let statuses: Vec<&str> = fills.map(|f| f.status.as_str()).collect();
    if statuses.contains(&"CONFIRMED") {
        &[State::Settled]
    } else if statuses.contains(&"FAILED") {
        &[State::Reversed]
    } else {
        &[
            State::Rejected,
            State::Denied,
            State::Refused,
            State::AbsentProven,
            State::Cancelled,
            State::Expired,
        ]
    }
}

/// States that do not deny that bytes went out.
const fn may_have_been_sent(state: State) -> bool {
    state.is_at_venue()
        || matches!(
            state,
            State::Refused
                | State::AbsentProven
                | State::Settled
                | State::Reversed
                | State::Cancelled
        )
}
