//! Texts that honest people sign, and that the adversary carries when it likes.

use note::{Envelope, PublicKey, Seed, UtcSeconds, VerifierKey};
use order::{CollateralUnits, PriceE4, ShareUnits, U256};

const HOUR_S: u64 = 3_600;

fn time(seconds: u64) -> String {
    UtcSeconds::new(seconds).expect("this century").to_string()
}

fn head(kind: &str, journal: &str, lines: &str, now_s: u64, hours: u64) -> String {
    let (from, to) = (time(now_s.saturating_sub(1)), time(now_s + hours * HOUR_S));
    format!(
        "countersign/{kind}/v1\njournal {journal}\n{lines}not_before {from}\napply_before {to}\n"
    )
}

/// Today's day cap.
pub(crate) fn dial(journal: &str, serial: u64, now_s: u64, day_usdc: u64) -> String {
    let lines = format!("policy 1\nserial {serial}\n");
    let begin = head("dial", journal, &lines, now_s, 24);
    format!("{begin}figures 1\nday_usdc {day_usdc}\ntoken_floors 0\n")
}

/// What the wallet holds, and nothing else.
pub(crate) fn declare(journal: &str, now_s: u64, held: &[(U256, u64)]) -> String {
    let begin = head("declare", journal, "policy 1\nserial 1\n", now_s, 24);
    let mut rows = held.to_vec();
    rows.sort_unstable();
    let line = |(token, shares): &(U256, u64)| format!("holding {token} shares {shares}");
    let rows: Vec<String> = rows.iter().map(line).collect();
    format!(
        "{begin}complete yes\nholdings {}\n{}",
        rows.len(),
        lined(&rows)
    )
}

/// Each on a line that ends.
fn lined(rows: &[String]) -> String {
    let mut text = rows.join("\n");
    if !rows.is_empty() {
        text.push('\n');
    }
    text
}

/// One exit below the floor.
pub(crate) fn ticket(
    journal: &str,
    (now_s, id): (u64, u64),
    token: U256,
    (shares, price): (u64, PriceE4),
) -> String {
    let lines = format!("policy 1\nid {id:032x}\n");
    let (from, to) = (time(now_s.saturating_sub(1)), time(now_s + 600));
    format!(
        "countersign/ticket/v1\njournal {journal}\n{lines}not_before {from}\napply_before {to}\n\
         token {token}\nshares {shares}\nprice {price}\n"
    )
}

/// The freeze of `leaf` is over.
pub(crate) fn unfreeze(journal: &str, leaf: u64, now_s: u64) -> String {
    // Half a day back: the signer's slow time may lag behind the wall's.
    let from_s = now_s.saturating_sub(12 * HOUR_S);
    head("unfreeze", journal, &format!("leaf {leaf}\n"), from_s, 24)
}

/// The watchers of every desk, both of whom it takes.
const WATCHERS: [(&str, [u8; 32]); 2] = [
    ("desk.example/watcher-1", [0x31; 32]),
    ("desk.example/watcher-2", [0x32; 32]),
];

/// The policy's lines of them, after its word for the first.
pub(crate) fn watching() -> String {
    let key = |(name, seed): (&str, [u8; 32])| {
        let public = PublicKey::of_seed(&Seed::new(seed));
        VerifierKey::new(name, public).expect("a legal name")
    };
    let [one, two] = WATCHERS.map(key);
    format!(
        "on\nwatch_threshold 2\nwatchers 2\nkey {one}\nkey {two}\nattested_buys_only no\n\
         copy_ratio_bps 10000"
    )
}

/// An order as watchers see it: its hash and token, and the collateral and the
/// shares that changed hands.
pub(crate) type Seen = ([u8; 32], U256, u64, u64);

/// What watchers say of our orders, truly.
pub(crate) fn fills(journal: &str, (now_s, id): (u64, u64), seen: &[Seen]) -> Vec<u8> {
    let lines = format!("policy 1\nid {id:032x}\n");
    let begin = head("fill", journal, &lines, now_s, 24);
    let mut rows = seen.to_vec();
    rows.sort_unstable();
    let line = |(hash, token, collateral, shares): &Seen| {
        let hash = hex::encode(hash);
        let collateral = CollateralUnits::new(*collateral);
        let shares = ShareUnits::new(*shares);
        format!("filled 0x{hash} token {token} collateral {collateral} shares {shares}")
    };
    let rows: Vec<String> = rows.iter().map(line).collect();
    let text = format!("{begin}fills {}\n{}", rows.len(), lined(&rows));
    let mut envelope = Envelope::new(&text).expect("a note's text");
    for (name, seed) in WATCHERS {
        envelope
            .sign(name, &Seed::new(seed))
            .expect("a note's text");
    }
    envelope.to_string().into_bytes()
}
