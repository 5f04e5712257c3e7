//! The requirements' rows that the programs answer for, and the tests that
//! show each: a test carries its rows in the words right above it, as in
//! `/// M57: each intent has its record.`

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Where marked tests stand.
const FOLDERS: [&str; 4] = ["orchestrator", "proto", "signer", "tests"];

/// Every row, and what it asks for.
pub const ROWS: &[(&str, &str)] = &[
    ("M1", "a watcher without keys, on public data alone"),
    ("M2", "leaders' trades seen through the Data API"),
    ("M3", "no host is asked that was not named"),
    ("M4", "an intent is one line of JSON, and no other field"),
    ("M5", "the watcher cannot sign, post or store an order"),
    (
        "M7",
        "a firewall before the signer, and the signer's no stands",
    ),
    ("M8", "intents over HTTP, in the document's shape"),
    ("M9", "sizing is pure, and caps only reduce"),
    ("M10", "an order is decided on a fresh, whole book"),
    ("M11", "from intent to settlement through every fault"),
    ("M12", "what was bought is kept in lots"),
    ("M13", "`FOLLOW_TRADERS`"),
    ("M14", "`MARKET_ALLOWLIST`"),
    ("M15", "`MAX_INTENT_SIZE_USDC`, of our own order"),
    ("M16", "`MAX_INTENT_AGE_SECONDS`, since the leader traded"),
    ("M17", "`MAX_SLIPPAGE_PERCENT`"),
    ("M18", "`COPY_SIZING_STRATEGY`"),
    ("M19", "`COPY_SIZE`"),
    ("M20", "`TIERED_MULTIPLIERS`, without gaps"),
    ("M21", "`MONITORED_TRADERS`"),
    ("M22", "`OUTPUT_MODE`"),
    ("M23", "`OUTPUT_FILE`"),
    ("M24", "`INTENT_ENDPOINT`, formerly `PYTHON_ENDPOINT`"),
    ("M25", "`POLL_INTERVAL`, within the venue's limits"),
    ("M27", "the example configuration is one"),
    ("M29", "health, with an exit code"),
    ("M30", "run, in each of its modes"),
    ("M32", "FIXED copies the same each time"),
    ("M33", "PERCENTAGE of a leader's whole order"),
    ("M34", "TIERED: $5 becomes $10"),
    ("M35", "TIERED: $250 stays, or meets the cap"),
    ("M36", "TIERED: $750 becomes $375"),
    (
        "M37",
        "TIERED: $5000 becomes $500; each bound is one tier's",
    ),
    ("M38", "the orchestrator's host is the enemy's"),
    ("M39", "the signer derives what it signs itself"),
    ("M40", "allowlists in signer and orchestrator"),
    ("M41", "sums on disk before the signature"),
    ("M42", "what a taken orchestrator can lose is bounded"),
    ("M43", "forged intents are refused"),
    ("M44", "old intents played again are one order"),
    ("M45", "stale prices are not traded on"),
    ("M46", "an oversized order is refused"),
    ("M47", "illiquid and manipulated markets are left alone"),
    ("M48", "what is sold is what was bought"),
    ("M49", "two programs that share a wire and nothing else"),
    ("M50", "seen once, remembered for good"),
    ("M51", "retries are bounded, and send the same bytes"),
    ("M52", "exact lots by strategy and leader"),
    ("M53", "exits in proportion to the leader's shares before"),
    ("M54", "`myBoughtSize`"),
    ("M55", "one ledger, several keepers"),
    ("M56", "strategies side by side"),
    ("M57", "an audit of every intent that shows tampering"),
    ("M58", "the firewall's cases of the document's own suite"),
    ("M59", "a replay decides the same"),
    ("M60", "a replay counts what was rejected"),
    ("M61", "the document's mock line"),
    ("M62", "a followed file of intents"),
    ("M63", "all of an intent's fields, its token by id"),
    ("M64", "check: traders are listed"),
    ("M65", "check: sizes make sense"),
    ("M66", "check: storage works"),
    ("M67", "check: the venue answers"),
    ("M68", "check: the wallet can pay"),
    ("M69", "statistics of the firewall, by reason"),
    ("M70", "statistics by leader"),
    ("M71", "statistics of purchases"),
    ("M72", "words: Trader not in allowlist"),
    ("M73", "words: Intent is stale"),
    ("M74", "words: Slippage too high"),
    ("M75", "words: No tracked purchases found"),
    ("M76", "words: every other reason"),
    ("M77", "preflight: no key in reach of the watcher"),
    ("M78", "preflight: leaders are set"),
    ("M79", "preflight: the largest intent suits the balance"),
    ("M80", "preflight: slippage is bounded"),
    ("M81", "preflight: health passes"),
    ("M82", "preflight: the build was tested"),
    ("M83", "preflight: dependencies were audited"),
    ("M84", "preflight: nothing runs at install unread"),
    ("M85", "preflight: metrics can be read"),
    ("M86", "preflight: the wallet's funds are limited"),
    ("M88", "where trading is not allowed, none begins"),
    ("M91", "signed here, posted there"),
    ("M92", "a guided import"),
    ("M93", "the wallets that belong to a key"),
    ("M94", "secrets come by terminal or descriptor alone"),
    ("M95", "API credentials are validated at once"),
    ("M96", "a private key is validated at once"),
    ("M97", "a low balance is said at an import"),
    ("M98", "low gas is said where we pay it"),
    (
        "M99",
        "what is kept of credentials, with validation and time",
    ),
    ("M100", "the sealed key is AES-256-GCM, bound to its header"),
    ("M101", "no credential in the clear on disk"),
    ("M102", "what a key is sealed with is rotated"),
    ("M103", "TLS 1.3 and nothing older"),
    ("M104", "a peer is known by its public key"),
    ("M105", "the key is unsealed only to sign"),
    ("M106", "thirty seconds, counted from the unsealing"),
    ("M107", "what held the key is wiped"),
    ("M108", "export: two factors, anew"),
    ("M109", "export: the second factor is not optional"),
    ("M110", "export: a day by the slower clock"),
    ("M111", "export: not before the owner was told"),
    ("M112", "export: handed out once"),
    ("M113", "export: each step names who, from where and when"),
    ("M114", "export: thirty days between two"),
    ("M115", "export: on the operator's socket alone"),
    ("M116", "a reminder after 90 days"),
    ("M117", "a pause after 120 days"),
    ("M118", "rotation: validate, swap, overlap, revoke, delete"),
    ("M125", "what loosens waits"),
    ("M139", "the key is loaded when it is needed"),
    ("M140", "the order is written by the signer"),
    ("M141", "deterministic signatures that recover"),
    ("M155", "the wallet can pay"),
    ("M161", "the day's spending has a hard stop"),
    ("M162", "a cap that was reached is not raised that day"),
    ("M167", "a freeze holds at once"),
    ("M180", "an append-only log"),
    ("M181", "signed heads and daily roots"),
    ("M186", "market impact is size over depth"),
    ("M187", "too much impact is refused"),
    ("M188", "much impact is warned of"),
    ("M189", "an order says its expected and its worst price"),
    ("M190", "a price that moved too far is refused"),
    ("M195", "a rollout counts from the first live signature"),
    ("M196", "the first live month's cap"),
    ("M223", "a minimal interface, by role"),
    ("M224", "a key for a time"),
    ("M225", "only orders that pass the policy"),
    ("M228", "calls by mutual TLS and pin"),
    ("M229", "policy by signed notes"),
    ("M232", "a way out"),
];

/// The marked tests, by row, and what is wrong with marks.
#[derive(Debug, Default)]
pub struct Shown {
    tests: BTreeMap<String, Vec<String>>,
    /// Rows without a test, and marks that lead nowhere.
    pub findings: Vec<String>,
}

impl Shown {
    /// Reads the marks of `files`, paths and texts, for these rows.
    pub fn of(files: &[(String, String)], rows: &[(&str, &str)]) -> Self {
        let mut shown = Self::default();
        for (path, text) in files {
            shown.read(path, text, rows);
        }
        for (row, what) in rows {
            if !shown.tests.contains_key(*row) {
                let finding = format!("{row} ({what}): no test is marked with it");
                shown.findings.push(finding);
            }
        }
        shown
    }

    fn read(&mut self, path: &str, text: &str, rows: &[(&str, &str)]) {
        let (mut marks, mut is_test) = (Vec::new(), false);
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            if let Some(doc) = line.strip_prefix("///") {
                marks.extend(marked(doc).map(|row| (number, row.to_owned())));
                continue;
            }
            if line.starts_with("#[") {
                is_test |= line == "#[test]" || line.starts_with("#[tokio::test");
                continue;
            }
            let name = line.strip_prefix("async ").unwrap_or(line);
            let name = name.strip_prefix("fn ").and_then(|rest| {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
                is_test.then(|| &rest[..end])
            });
            for (number, row) in std::mem::take(&mut marks) {
                match name {
                    _ if rows.iter().all(|(known, _)| *known != row) => {
                        self.findings
                            .push(format!("{path}:{number}: {row} is no row"));
                    }
                    None => self
                        .findings
                        .push(format!("{path}:{number}: {row} stands above no test")),
                    Some(name) => {
                        let tests = self.tests.entry(row).or_default();
                        tests.push(format!("{path}::{name}"));
                        tests.dedup();
                    }
                }
            }
            is_test = false;
        }
    }

    /// The table that stands in the repository.
    pub fn markdown(&self, rows: &[(&str, &str)]) -> String {
        let mut text = "# The requirements' rows, and the tests that show them\n\n\
             Written by `make rows`; `make tidy` fails on a row without a test, and when this\n\
             table is not what the tests' own marks say.\n\n| row | what | tests |\n|---|---|---|\n"
            .to_owned();
        for (row, what) in rows {
            let tests = self.tests.get(*row).map_or(&[][..], Vec::as_slice);
            let tests: Vec<String> = tests.iter().map(|test| format!("`{test}`")).collect();
            writeln!(text, "| {row} | {what} | {} |", tests.join("<br>"))
                .expect("a text can be written to");
        }
        text
    }
}

/// The rows that a line of words is marked with: `M5,` or `M5:`.
fn marked(doc: &str) -> impl Iterator<Item = &str> {
    doc.split_whitespace().filter_map(|word| {
        let row = word.strip_suffix([',', ':'])?;
        let digits = row.strip_prefix('M')?;
        (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(row)
    })
}

/// Every source file in which a marked test may stand, in order.
pub fn sources(root: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        collect(&root.join(folder), folder, &mut files);
    }
    files.sort();
    files
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the workspace can be read") {
        let entry = entry.expect("the workspace can be read");
        let name = entry.file_name().into_string().expect("names are ASCII");
        let (path, is_rust) = (
            format!("{prefix}/{name}"),
            Path::new(&name).extension() == Some("rs".as_ref()),
        );
        if entry.file_type().expect("every entry has a type").is_dir() {
            collect(&entry.path(), &path, files);
        } else if is_rust {
            let text = fs::read_to_string(entry.path()).expect("sources are text");
            files.push((path, text));
        }
    }
}
