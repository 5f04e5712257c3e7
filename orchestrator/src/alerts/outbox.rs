//! Alerts on disk: a row each, from before it is sent until after it is
//! acknowledged.
//!
//! Invariant: an id stands in it once; how often it is sent is bounded.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use crate::store::StoreError;

/// An alert that was sent so often is given up, and told as unacknowledged.
const TRIES_MAX: u64 = 100;
/// The longest pause between two tries.
const PAUSE_MS_MAX: u64 = 300_000;
/// As many go out at one look.
const AT_ONCE: i64 = 16;

/// Why alerts cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    /// Their own file failed.
    #[error("the file of alerts failed: {0}; look at its disk")]
    Database(#[from] rusqlite::Error),
    /// What there is to tell could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Its own name; whoever hears it twice knows by this.
    pub id: String,
    /// When it was written down, unix milliseconds.
    pub at_ms: u64,
    /// A stable code.
    pub code: String,
}

/// How calling does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The last test: when it was sent, and whether it was acknowledged.
    pub test: Option<(u64, bool)>,
    /// Alerts, other than tests, that nobody acknowledged yet.
    pub open: u64,
}

/// The file of alerts.
#[derive(Debug)]
pub struct Outbox(Connection);

impl Outbox {
    /// Opens or makes the file at `path`.
    ///
    /// # Errors
    ///
    /// When it cannot be.
    pub fn open(path: &Path) -> Result<Self, AlertError> {
        let db = Connection::open(path)?;
        db.busy_timeout(Duration::from_secs(5))?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.execute_batch(
            "CREATE TABLE IF NOT EXISTS alert (
                 id              TEXT PRIMARY KEY,
                 at_ms           INTEGER NOT NULL,
                 code            TEXT NOT NULL,
                 tries           INTEGER NOT NULL DEFAULT 0,
                 next_ms         INTEGER NOT NULL,
                 why             TEXT,
                 acknowledged_ms INTEGER
             ) STRICT",
        )?;
        Ok(Self(db))
    }

    /// Writes `alert` down, unless its id is known.
    ///
    /// # Errors
    ///
    /// When it could not be written.
    pub fn add(&mut self, alert: &Alert) -> Result<(), AlertError> {
        self.0.execute(
            "INSERT OR IGNORE INTO alert (id, at_ms, code, next_ms) VALUES (?1, ?2, ?3, ?2)",
            params![alert.id, alert.at_ms, alert.code],
        )?;
        Ok(())
    }

    /// What is to be sent at `now_ms`, oldest first. A test is sent by who asked
    /// for it, once.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn due(&self, now_ms: u64) -> Result<Vec<Alert>, AlertError> {
        let mut query = self.0.prepare(
            "SELECT id, at_ms, code FROM alert WHERE acknowledged_ms IS NULL AND next_ms <= ?1 \
             AND tries < ?2 AND code <> 'TEST' ORDER BY at_ms, id LIMIT ?3",
        )?;
        let rows = query.query_map(params![now_ms, TRIES_MAX, AT_ONCE], |r| {
            Ok(Alert {
                id: r.get(0)?,
                at_ms: r.get(1)?,
                code: r.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The alerts of `code` of which no one of `ended`, named like them, says
    /// that they are over.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub fn open_of(&self, code: &str, ended: &str) -> Result<Vec<String>, AlertError> {
        let mut query = self.0.prepare(
            "SELECT id FROM alert WHERE code = ?1 AND id || '-ended' NOT IN \
             (SELECT id FROM alert WHERE code = ?2) ORDER BY at_ms, id",
        )?;
        let rows = query.query_map([code, ended], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Writes down how a try ended: acknowledged, or `why` not and when next.
    ///
    /// # Errors
    ///
    /// When it could not be written.
    pub fn sent(
        &mut self,
        id: &str,
        why: Option<&str>,
        now_ms: u64,
        retry_ms: u64,
    ) -> Result<(), AlertError> {
        let tries: u64 = self
            .0
            .query_row("SELECT tries FROM alert WHERE id = ?1", [id], |r| r.get(0))?;
        let next_ms = now_ms.saturating_add(pause_ms(tries, retry_ms));
        let acknowledged_ms = why.is_none().then_some(now_ms);
        self.0.execute(
            "UPDATE alert SET tries = tries + 1, why = ?2, next_ms = ?3, acknowledged_ms = ?4 \
             WHERE id = ?1 AND acknowledged_ms IS NULL",
            params![id, why, next_ms, acknowledged_ms],
        )?;
        Ok(())
    }

    /// How calling does, as the file at `path` says; nothing where there is none.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub fn heard(path: &Path) -> Result<Heard, AlertError> {
        if !path.exists() {
            return Ok(Heard::default());
        }
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        db.busy_timeout(Duration::from_secs(5))?;
        let test = db
            .query_row(
                "SELECT at_ms, acknowledged_ms IS NOT NULL FROM alert WHERE code = 'TEST' \
                 ORDER BY at_ms DESC LIMIT 1",
                [],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .optional()?;
        let open = db.query_row(
            "SELECT count(*) FROM alert WHERE code <> 'TEST' AND acknowledged_ms IS NULL",
            [],
            |r| r.get(0),
        )?;
        Ok(Heard { test, open })
    }
}

/// The pause after so many tries: twice as long each time, to a bound.
fn pause_ms(tries: u64, retry_ms: u64) -> u64 {
    let doubled = u32::try_from(tries)
        .ok()
        .and_then(|tries| 1_u64.checked_shl(tries));
    retry_ms
        .saturating_mul(doubled.unwrap_or(u64::MAX))
        .min(PAUSE_MS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(id: &str, code: &str) -> Alert {
        Alert {
            id: id.to_owned(),
            at_ms: 1_000,
            code: code.to_owned(),
        }
    }

    /// M85: an alert is written once, sent again after longer and longer pauses,
    /// and never again once it is acknowledged, nor for ever.
    #[test]
    fn an_alert_is_due_until_it_is_acknowledged_or_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db.alerts");
        let mut outbox = Outbox::open(&path).unwrap();
        for _ in 0..2 {
            outbox.add(&alert("incident-1", "OVERSPENT")).unwrap();
        }
        outbox.add(&alert("test-1", "TEST")).unwrap();
        let due = |outbox: &Outbox, now_ms| outbox.due(now_ms).unwrap().len();
        assert_eq!(due(&outbox, 999), 0);
        assert_eq!(due(&outbox, 1_000), 1, "once, and no test");
        outbox
            .sent("incident-1", Some("it answered 503"), 1_000, 100)
            .unwrap();
        assert_eq!([1_099, 1_100].map(|now_ms| due(&outbox, now_ms)), [0, 1]);
        outbox
            .sent("incident-1", Some("it answered 503"), 1_100, 100)
            .unwrap();
        assert_eq!([1_299, 1_300].map(|now_ms| due(&outbox, now_ms)), [0, 1]);
        drop(outbox);
        let mut outbox = Outbox::open(&path).unwrap();
        assert_eq!(
            Outbox::heard(&path).unwrap().open,
            1,
            "a restart forgets none"
        );
        outbox.sent("incident-1", None, 1_300, 100).unwrap();
        outbox.add(&alert("incident-1", "OVERSPENT")).unwrap();
        assert_eq!(due(&outbox, u64::MAX >> 1), 0);
        outbox.sent("test-1", Some("no answer"), 1_300, 0).unwrap();
        let heard = Outbox::heard(&path).unwrap();
        assert_eq!((heard.open, heard.test), (0, Some((1_000, false))));

        outbox.add(&alert("incident-2", "OVERSPENT")).unwrap();
        for _ in 0..TRIES_MAX {
            assert_eq!(due(&outbox, u64::MAX >> 1), 1);
            outbox
                .sent("incident-2", Some("no answer"), 1_000, 100)
                .unwrap();
        }
        assert_eq!(due(&outbox, u64::MAX >> 1), 0, "given up");
        assert_eq!(Outbox::heard(&path).unwrap().open, 1, "and told");
        assert_eq!(pause_ms(63, 100), PAUSE_MS_MAX);
        assert_eq!(pause_ms(99, 100), PAUSE_MS_MAX);
    }
}
