//! Somebody's file of intents, read as far as admitting it needs.
//!
//! Never touches: what a line means. The orchestrator reads it for itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use order::Address;
use serde_json::{Value, json};
use tests::clock::now_ms;

/// One line.
pub(crate) struct Line {
    /// Counted from one.
    pub(crate) number: usize,
    /// As the orchestrator reads it.
    pub(crate) text: String,
    /// What it says, if it is JSON.
    pub(crate) value: Value,
}

impl Line {
    /// A field's text.
    pub(crate) fn text_of(&self, field: &str) -> Option<&str> {
        self.value[field].as_str()
    }

    /// The sender's own name for it.
    pub(crate) fn id(&self) -> Option<&str> {
        self.text_of("id").or_else(|| self.text_of("intent_id"))
    }

    /// The leader it names, if that is an address.
    fn leader(&self) -> Option<Address> {
        let text = self.text_of("leader");
        text.or_else(|| self.text_of("source_trader"))?.parse().ok()
    }
}

/// Reads it, or says in one sentence why there is nothing to play.
pub(crate) fn read(path: &Path) -> Result<Vec<Line>, String> {
    let bad = |problem: &str| {
        let path = path.display();
        format!("INTENTS {path}: {problem}; name a file with one JSON object a line")
    };
    let bytes = fs::read(path).map_err(|e| bad(&e.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_ignored| bad("not UTF-8 text"))?;
    let lines: Vec<Line> = text
        .split('\n')
        .enumerate()
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(nth, text)| Line {
            number: nth + 1,
            text: text.to_owned(),
            value: serde_json::from_str(text).unwrap_or_default(),
        })
        .collect();
    if lines.is_empty() {
        return Err(bad("no line in it"));
    }
    if !lines.iter().any(|line| line.value.is_object()) {
        return Err(bad(&format!(
            "none of its {} lines is a JSON object",
            lines.len()
        )));
    }
    Ok(lines)
}

/// Lets every leader trade now: an older trade is not copied, and a file is
/// older the day after.
pub(crate) fn redate(lines: &mut [Line]) {
    let now = now_ms();
    for line in lines {
        let Some(fields) = line.value.as_object_mut() else {
            continue;
        };
        if let Some(at) = fields.get_mut("leader_time_ms") {
            *at = json!(now);
        } else if let Some(at) = fields.get_mut("timestamp") {
            *at = json!(as_copytrader(now));
        } else {
            continue;
        }
        line.text = line.value.to_string();
    }
}

/// A moment as copytrader writes it, UTC.
pub(crate) fn as_copytrader(unix_ms: u64) -> String {
    let at = note::UtcSeconds::new(unix_ms / 1_000).expect("this century");
    at.to_string().trim_end_matches('Z').to_owned()
}

/// Every leader that a line names by address.
pub(crate) fn leaders(lines: &[Line]) -> BTreeSet<Address> {
    lines.iter().filter_map(Line::leader).collect()
}
