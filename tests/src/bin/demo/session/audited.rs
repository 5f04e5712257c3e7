//! The audit after a session: it holds together, and decides again as it did.

use std::fs;

use tests::desk::Desk;

use crate::say::say;

/// The audit holds together, and its decisions are decided again.
pub(crate) fn audited(desk: &Desk) -> Option<String> {
    let verified = desk.orchestrator(&["audit", "verify"]);
    let export = desk.orchestrator(&["audit", "export"]);
    let path = desk.file("audit.jsonl");
    if let Err(e) = fs::write(&path, &export.stdout) {
        return Some(e.to_string());
    }
    let replayed = desk.orchestrator(&["replay", "audit.jsonl"]);
    for (name, ran) in [
        ("audit verify", &verified),
        ("audit export", &export),
        ("replay", &replayed),
    ] {
        if ran.code() != 0 {
            return Some(format!(
                "orchestrator {name} ended with {}: {}",
                ran.code(),
                ran.stderr
            ));
        }
    }
    let last = |text: &str| text.lines().last().unwrap_or_default().to_owned();
    say(&format!("audit verify: {}", last(&verified.stdout)));
    say(&format!("replay: {}", last(&replayed.stdout)));
    None
}
