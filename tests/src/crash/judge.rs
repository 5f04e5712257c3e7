//! The judge: what must hold when a program has just died, and when all is
//! at rest.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rusqlite::Connection;

use super::DAY_UNITS;
use super::stage::Stage;
use crate::audit;
use crate::desk::FEE_CEILING_BPS;

/// States that nothing follows.
const TERMINAL: [&str; 8] = [
    "REJECTED",
    "DENIED",
    "REFUSED",
    "ABSENT_PROVEN",
    "SETTLED",
    "REVERSED",
    "CANCELLED",
    "EXPIRED",
];

/// Whatever reached the venue has its row, with these very bytes.
pub(super) fn at_death(stage: &Stage<'_>) -> Result<(), String> {
    let path = stage.folder.join("orchestrator.sqlite");
    // Asked before the rows are read: no later one can hide an earlier lack.
    let posted = posted(stage)?;
    if !path.exists() {
        return if posted.is_empty() {
            Ok(())
        } else {
            Err("there were POSTs before there was an outbox".to_owned())
        };
    }
    // A copy: what a dead process left half done is mended by whoever opens it
    // first, and that must be its next life.
    let kept = tempfile::tempdir().map_err(|e| e.to_string())?;
    for end in ["", "-wal", "-journal"] {
        let name = format!("orchestrator.sqlite{end}");
        let from = stage.folder.join(&name);
        if from.exists() {
            fs::copy(from, kept.path().join(name)).map_err(|e| e.to_string())?;
        }
    }
    let rows = Connection::open(kept.path().join("orchestrator.sqlite"))
        .and_then(|db| announced(&db))
        .map_err(|e| e.to_string())?;
    no_post_without_a_row(&posted, &rows)
}

/// All of it, once nothing is open any more.
pub(super) fn at_rest(stage: &Stage<'_>) -> Result<(), String> {
    let (journal, outbox) = (
        stage.folder.join("journal.sqlite"),
        stage.folder.join("orchestrator.sqlite"),
    );
    let books = audit::read(&journal, &outbox, &stage.venue("state")?)?;
    let mut problems = books.disagreements(FEE_CEILING_BPS);
    let charged: u64 = books.journal.values().map(|a| a.charge_units).sum();
    if charged > DAY_UNITS {
        problems.push(format!("{charged} was charged of a day's {DAY_UNITS}"));
    }
    let error = |e: rusqlite::Error| e.to_string();
    let database = audit::open(&outbox);
    problems.extend(twice_approved(&audit::open(&journal)).map_err(error)?);
    problems.extend(after_the_end(&database).map_err(error)?);
    problems.extend(open_attempts(&database).map_err(error)?);
    problems.extend(twice_ordered(&database, &books).map_err(error)?);
    let rows = announced(&database).map_err(error)?;
    if let Err(problem) = no_post_without_a_row(&posted(stage)?, &rows) {
        problems.push(problem);
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\n"))
    }
}

/// How each intent ended, and how many orders were approved.
pub(super) fn ends(stage: &Stage<'_>) -> Result<(Vec<(String, String)>, usize), String> {
    let read = || -> rusqlite::Result<_> {
        let db = audit::open(&stage.folder.join("orchestrator.sqlite"));
        let mut query = db.prepare(
            "SELECT CASE i.kind WHEN 'exit' THEN 'exit' ELSE i.source_id END, \
             a.state || coalesce(' ' || a.code, '') \
             FROM attempt a JOIN intent i USING (intent_id) ORDER BY 1, 2",
        )?;
        let ends = query
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let journal = audit::open(&stage.folder.join("journal.sqlite"));
        let approved: u32 = journal.query_row(
            "SELECT count(*) FROM leaf WHERE entry = 'approved'",
            [],
            |r| r.get(0),
        )?;
        Ok((ends, approved))
    };
    let (ends, approved) = read().map_err(|e| e.to_string())?;
    Ok((ends, usize::try_from(approved).map_err(|e| e.to_string())?))
}

/// The bodies of all POSTs that the venue read, whatever it answered.
fn posted(stage: &Stage<'_>) -> Result<BTreeSet<String>, String> {
    let requests = stage.venue("requests")?;
    let rows = requests.as_array().ok_or("the requests are no list")?;
    rows.iter()
        .filter(|row| row["method"] == "POST" && row["path"] == "/order")
        .map(|row| row["body"].as_str().map(str::to_owned))
        .collect::<Option<_>>()
        .ok_or_else(|| "a POST without a body".to_owned())
}

/// The bodies that the outbox announced before they were sent.
fn announced(db: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let has: bool = db.query_row(
        "SELECT count(*) > 0 FROM sqlite_schema WHERE name = 'step'",
        [],
        |r| r.get(0),
    )?;
    if !has {
        return Ok(BTreeSet::new());
    }
    let mut query = db.prepare(
        "SELECT a.body FROM attempt a WHERE a.body IS NOT NULL AND EXISTS (SELECT 1 FROM step s \
         WHERE s.intent_id = a.intent_id AND s.attempt = a.attempt AND s.state = 'POSTING')",
    )?;
    query.query_map([], |r| r.get(0))?.collect()
}

fn no_post_without_a_row(
    posted: &BTreeSet<String>,
    announced: &BTreeSet<String>,
) -> Result<(), String> {
    match posted.difference(announced).next() {
        None => Ok(()),
        Some(body) => Err(format!("a POST without its row: {body}")),
    }
}

/// One attempt, one order: names that were approved more than once.
fn twice_approved(journal: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut query = journal.prepare(
        "SELECT intent_id || '/' || attempt || ' was approved ' || count(*) || ' times' \
         FROM leaf WHERE entry = 'approved' GROUP BY intent_id, attempt HAVING count(*) > 1",
    )?;
    query.query_map([], |r| r.get(0))?.collect()
}

/// One intent, one order at the venue: here nothing is ever tried twice.
fn twice_ordered(db: &Connection, books: &audit::Books) -> rusqlite::Result<Vec<String>> {
    let mut query = db.prepare("SELECT intent_id, lower(order_hash) FROM attempt")?;
    let rows = query.query_map([], |r| {
        Ok((r.get::<_, String>(0)?, r.get::<_, Option<String>>(1)?))
    })?;
    let mut orders: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let (intent_id, hash) = row?;
        if hash.is_some_and(|hash| books.venue_orders.contains_key(&hash)) {
            *orders.entry(intent_id).or_default() += 1;
        }
    }
    let twice = orders.into_iter().filter(|(_, n)| *n > 1);
    Ok(twice
        .map(|(id, n)| format!("{id} has {n} orders at the venue"))
        .collect())
}

/// Attempts that went on after their end.
fn after_the_end(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut query = db.prepare("SELECT intent_id, attempt, state FROM step ORDER BY seq")?;
    let rows = query.query_map([], |r| {
        Ok((
            r.get::<_, String>(0)?,
            r.get::<_, u16>(1)?,
            r.get::<_, String>(2)?,
        ))
    })?;
    let mut ended: BTreeMap<(String, u16), String> = BTreeMap::new();
    let mut found = Vec::new();
    for row in rows {
        let (intent_id, attempt, state) = row?;
        let key = (intent_id, attempt);
        match ended.get(&key) {
            // A remark beside the state it was made in.
            Some(end) if *end == state => {}
            Some(end) => found.push(format!("{key:?} went from {end} to {state}")),
            None if TERMINAL.contains(&state.as_str()) => {
                ended.insert(key, state);
            }
            None => {}
        }
    }
    Ok(found)
}

fn open_attempts(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut query = db.prepare("SELECT intent_id, state FROM attempt")?;
    let rows = query.query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?)))?;
    let rows: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
    Ok(rows
        .into_iter()
        .filter(|(_, state)| !TERMINAL.contains(&state.as_str()))
        .map(|(id, state)| format!("{id} is still {state}"))
        .collect())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use rusqlite::Connection;

    use super::{
        after_the_end, audit, no_post_without_a_row, open_attempts, twice_approved, twice_ordered,
    };

    fn database(rows: &str) -> Connection {
        let db = Connection::open_in_memory().expect("memory is there");
        db.execute_batch(
            "CREATE TABLE attempt (intent_id TEXT, attempt INTEGER, state TEXT, order_hash TEXT);
             CREATE TABLE step (seq INTEGER PRIMARY KEY, intent_id TEXT, attempt INTEGER, state TEXT);
             CREATE TABLE leaf (entry TEXT, intent_id TEXT, attempt INTEGER);",
        )
        .expect("tables");
        db.execute_batch(rows).expect("rows");
        db
    }

    #[test]
    fn a_post_that_no_row_announced_is_found() {
        let set = |bodies: &[&str]| {
            bodies
                .iter()
                .map(|&b| b.to_owned())
                .collect::<BTreeSet<_>>()
        };
        assert!(no_post_without_a_row(&set(&["a"]), &set(&["a", "b"])).is_ok());
        assert!(no_post_without_a_row(&set(&["a", "c"]), &set(&["a", "b"])).is_err());
    }

    #[test]
    fn an_attempt_approved_twice_is_found() {
        let once = "INSERT INTO leaf VALUES ('approved', 'x', 0), ('approved', 'x', 1), ('denied', 'x', 0);";
        assert!(twice_approved(&database(once)).expect("rows").is_empty());
        let twice = format!("{once} INSERT INTO leaf VALUES ('approved', 'x', 1);");
        assert_eq!(twice_approved(&database(&twice)).expect("rows").len(), 1);
    }

    #[test]
    fn a_terminal_state_that_was_left_is_found() {
        let rows = |last: &str| {
            format!(
                "INSERT INTO step (intent_id, attempt, state) VALUES \
                 ('x', 0, 'POSTING'), ('x', 0, 'SETTLED'), ('x', 0, '{last}');"
            )
        };
        let found = |last| after_the_end(&database(&rows(last))).expect("rows");
        assert!(found("SETTLED").is_empty());
        assert_eq!(found("MATCHED").len(), 1);
    }

    #[test]
    fn an_attempt_that_is_still_open_is_found() {
        let row = |state| format!("INSERT INTO attempt VALUES ('x', 0, '{state}', NULL);");
        let found = |state| open_attempts(&database(&row(state))).expect("rows");
        assert!(found("SETTLED").is_empty());
        assert_eq!(found("UNKNOWN").len(), 1);
    }

    #[test]
    fn an_intent_with_two_orders_at_the_venue_is_found() {
        let db = database(
            "INSERT INTO attempt VALUES ('x', 0, 'SETTLED', '0xA'), ('x', 1, 'SETTLED', '0xB');",
        );
        let books = |hashes: &[&str]| audit::Books {
            journal: BTreeMap::new(),
            outbox: BTreeMap::new(),
            ledger: BTreeMap::new(),
            venue_orders: hashes.iter().map(|&h| (h.to_owned(), (1, 1))).collect(),
            venue_fills: BTreeMap::new(),
        };
        assert!(
            twice_ordered(&db, &books(&["0xa"]))
                .expect("rows")
                .is_empty()
        );
        assert_eq!(
            twice_ordered(&db, &books(&["0xa", "0xb"]))
                .expect("rows")
                .len(),
            1
        );
    }
}
