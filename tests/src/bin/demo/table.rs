//! The table: one row an intent, from what the orchestrator wrote down.

use rusqlite::{Connection, OptionalExtension, params};
use tests::audit::Filled;
use tests::book::decimal;

use crate::say::{fitted, say, shortened};

/// How an intent must end.
#[derive(Clone, Copy)]
pub(crate) struct Must {
    state: &'static str,
    code: Option<&'static str>,
    fills_units: Option<u64>,
}

impl Must {
    /// Everything asked for is filled, and final.
    pub(crate) const fn fill(shares_units: u64) -> Self {
        Self {
            state: "SETTLED",
            code: None,
            fills_units: Some(shares_units),
        }
    }

    /// It ends for this reason.
    pub(crate) const fn end(state: &'static str, code: &'static str) -> Self {
        Self {
            state,
            code: Some(code),
            fills_units: None,
        }
    }

    fn text(&self) -> String {
        format!("{} {}", self.state, self.code.unwrap_or_default())
            .trim_end()
            .to_owned()
    }
}

/// What names an intent to the orchestrator.
pub(crate) enum Key {
    /// Its sender's name for it.
    Source(String),
    /// The orchestrator's own name for it.
    Intent(String),
    /// The line, which was not understood.
    Line(String),
}

/// One row to print.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) asked: String,
    pub(crate) key: Key,
    pub(crate) must: Must,
}

/// What became of an intent.
pub(crate) struct Found {
    intent_id: String,
    /// The line that it came with; of one not understood, the beginning.
    pub(crate) line: String,
    state: String,
    pub(crate) hash: Option<String>,
    code: Option<String>,
    detail: Option<String>,
}

impl Found {
    /// Looks it up; nothing if the orchestrator never saw it.
    pub(crate) fn look(db: &Connection, key: &Key) -> rusqlite::Result<Option<Self>> {
        let (column, value) = match key {
            Key::Source(name) => ("source_id", name),
            Key::Intent(name) => ("intent_id", name),
            Key::Line(text) => ("line", text),
        };
        let query = format!(
            "SELECT a.intent_id, i.line, a.state, a.order_hash, a.code, a.detail FROM attempt a \
             JOIN intent i USING (intent_id) WHERE i.{column} = ?1"
        );
        let mut query = db.prepare(&query)?;
        query
            .query_row([value], |r| {
                Ok(Self {
                    intent_id: r.get(0)?,
                    line: r.get(1)?,
                    state: r.get(2)?,
                    hash: r.get(3)?,
                    code: r.get(4)?,
                    detail: r.get(5)?,
                })
            })
            .optional()
    }

    /// Whether its code says why it ended.
    fn is_refusal(&self) -> bool {
        ["DENIED", "REFUSED", "REJECTED", "EXPIRED"].contains(&self.state.as_str())
    }

    /// State and code, if the code says why.
    pub(crate) fn ended(&self) -> String {
        match &self.code {
            Some(code) if self.is_refusal() => format!("{} {code}", self.state),
            _ => self.state.clone(),
        }
    }

    /// Who said no, and what; nothing if nobody did.
    pub(crate) fn said(&self) -> Option<String> {
        let who = match (self.state.as_str(), self.code.as_deref()) {
            // Denied without asking: the signer would not even read it.
            (_, Some("NOT_ASKABLE")) => "orchestrator",
            ("DENIED", _) => "signer",
            ("REFUSED", _) => "exchange",
            _ => "orchestrator",
        };
        let detail = self.detail.as_deref().filter(|_| self.is_refusal())?;
        Some(format!("{who}: {detail}"))
    }
}

/// Prints what stands above the rows.
pub(crate) fn head() {
    let rooms = ["intake", "sign", "outbox", "post", "settle"].map(str::to_owned);
    say(&format!(
        "\n{:<13} {:<19} {:<26} {:<3} {:<14} {:<27} {}",
        "intent",
        "asked",
        "must end",
        "ok?",
        "order hash",
        "filled",
        spaced(&rooms)
    ));
    say(&format!("{:>143}", "(microseconds in each room)"));
}

/// Prints a row; returns what is wrong with it.
pub(crate) fn row(db: &Connection, row: &Row) -> rusqlite::Result<Vec<String>> {
    let Some(found) = Found::look(db, &row.key)? else {
        return Ok(vec![format!(
            "{} was never seen by the orchestrator",
            row.name
        )]);
    };
    let mut problems = Vec::new();
    let (ended, must) = (found.ended(), row.must.text());
    if ended != must {
        let said = found.said().unwrap_or_default();
        problems.push(format!(
            "{} ended {ended}, and must end {must}: {said}",
            row.name
        ));
    }
    let filled = self::filled(db, found.hash.as_deref())?;
    if row
        .must
        .fills_units
        .is_some_and(|asked| filled.shares_units < asked)
    {
        problems.push(format!("{} did not fill what was asked", row.name));
    }
    say(&format!(
        "{:<13} {:<19} {:<26} {:<3} {:<14} {:<27} {}",
        row.name,
        row.asked,
        must,
        if problems.is_empty() { "yes" } else { "NO" },
        found.hash.as_deref().map_or("-".to_owned(), shortened),
        filled_text(filled),
        spaced(&rooms(db, &found.intent_id)?),
    ));
    if let Some(said) = found.said() {
        say(&format!("{:14}{}", "", fitted(&said, 14)));
    }
    Ok(problems)
}

fn spaced(rooms: &[String; 5]) -> String {
    let [intake, sign, outbox, post, settle] = rooms;
    format!("{intake:>6} {sign:>6} {outbox:>6} {post:>6} {settle:>7}")
}

/// What an order's fills add up to; those that failed are left out.
pub(crate) fn filled(db: &Connection, hash: Option<&str>) -> rusqlite::Result<Filled> {
    db.query_row(
        "SELECT coalesce(sum(shares_units), 0), coalesce(sum(collateral_units), 0), \
         coalesce(sum(fee_units), 0) FROM fill WHERE order_hash = ?1 AND status <> 'FAILED'",
        [hash.unwrap_or("")],
        |r| {
            Ok(Filled {
                shares_units: r.get(0)?,
                collateral_units: r.get(1)?,
                fee_units: r.get(2)?,
            })
        },
    )
}

/// The same in words.
pub(crate) fn filled_text(filled: Filled) -> String {
    if filled.shares_units == 0 {
        return "-".to_owned();
    }
    let units = [
        filled.shares_units,
        filled.collateral_units,
        filled.fee_units,
    ];
    let [shares, collateral, fee] = units.map(|units| decimal(units, 6));
    format!("{shares} for {collateral} fee {fee}")
}

/// How many attempts and approvals stand behind one sender's name.
pub(crate) fn attempts_of(db: &Connection, source: &str) -> rusqlite::Result<u64> {
    db.query_row(
        "SELECT count(*) FROM attempt JOIN intent USING (intent_id) WHERE source_id = ?1",
        [source],
        |r| r.get(0),
    )
}

/// Microseconds from each state to the next: intake, sign, outbox, post, settle.
fn rooms(db: &Connection, intent_id: &str) -> rusqlite::Result<[String; 5]> {
    let mut query =
        db.prepare("SELECT state, at_us FROM step WHERE intent_id = ?1 ORDER BY seq")?;
    let steps: Vec<(String, u64)> = query
        .query_map(params![intent_id], |r| Ok((r.get(0)?, r.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let after = |states: &[&str]| {
        let at = steps
            .iter()
            .position(|(state, _)| states.contains(&state.as_str()))?;
        let before = at.checked_sub(1)?;
        Some(steps[at].1.saturating_sub(steps[before].1))
    };
    let posted = steps.iter().find(|(s, _)| s == "ACKED").map(|s| s.1);
    let settled = steps.iter().find(|(s, _)| s == "SETTLED").map(|s| s.1);
    let settle = posted.zip(settled).map(|(a, b)| b.saturating_sub(a));
    let text = |us: Option<u64>| us.map_or("-".to_owned(), |us| us.to_string());
    Ok([
        text(after(&["SIGN_REQUESTED"])),
        text(after(&["SIGNED", "DENIED"])),
        text(after(&["POSTING"])),
        text(after(&["ACKED", "REFUSED", "UNKNOWN"])),
        text(settle),
    ])
}
