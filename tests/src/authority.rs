//! Who may say what at a desk: keys made for one run, and the notes they sign.

use std::path::{Path, PathBuf};

use note::{Seed, VerifierKey};
use order::Address;

use crate::clock::now_ms;
use crate::desk::{CHAIN_ID, FEE_CEILING_BPS, ORDER_MAX_UNITS};

/// A note key with its name.
pub struct NoteKey {
    name: String,
    seed: Seed,
}

impl NoteKey {
    /// A fresh key called `name`.
    pub fn new(name: &str) -> Self {
        Self {
            name: format!("desk.example/{name}"),
            seed: Seed::new(crate::keys::random()),
        }
    }

    /// Its verifier key, as a note lists it.
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey::new(&self.name, note::PublicKey::of_seed(&self.seed)).expect("a legal name")
    }

    /// What it is called on signature lines.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its seed in a file of `folder`, as `signerctl note keygen` writes one.
    pub fn seed_file(&self, folder: &Path) -> PathBuf {
        let file = folder.join(format!("{}.seed", self.name.replace('/', "-")));
        if !file.exists() {
            crate::pki::secret_file(&file, self.seed.as_slice());
        }
        file
    }

    fn sign(&self, envelope: &mut note::Envelope) {
        envelope
            .sign(&self.name, &self.seed)
            .expect("a note's text");
    }
}

/// A desk's quorum (two of three) and its operator.
pub struct Authority {
    /// The quorum's keys.
    pub quorum: [NoteKey; 3],
    /// The operator's key.
    pub operator: NoteKey,
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    /// Fresh keys.
    pub fn new() -> Self {
        Self {
            quorum: ["quorum-1", "quorum-2", "quorum-3"].map(NoteKey::new),
            operator: NoteKey::new("operator-1"),
        }
    }

    /// `text`, signed by two of the quorum.
    pub fn by_quorum(&self, text: &str) -> Vec<u8> {
        signed(text, &[&self.quorum[0], &self.quorum[2]])
    }

    /// `text`, signed by the operator.
    pub fn by_operator(&self, text: &str) -> Vec<u8> {
        signed(text, &[&self.operator])
    }

    /// The first key set.
    pub fn keyset(&self, journal: &str) -> Vec<u8> {
        let mut keys: Vec<_> = self
            .quorum
            .iter()
            .map(|key| key.verifier().to_string())
            .collect();
        keys.sort();
        let keys = format!("key {}\n", keys.join("\nkey "));
        let (from, to) = window(7 * 24);
        self.by_quorum(&format!(
            "countersign/keyset/v1\njournal {journal}\nversion 1\nprevious 0x{}\n\
             not_before {from}\napply_before {to}\nthreshold 2\nkeys 3\n{keys}",
            "0".repeat(64)
        ))
    }

    /// The first policy's text for `wallet`, with `leaders`; `bend` may change
    /// any line of it.
    pub fn policy(
        &self,
        journal: &str,
        wallet: &str,
        leaders: &[&str],
        bend: &[(&str, &str)],
    ) -> Vec<u8> {
        self.by_quorum(&policy_text(
            journal,
            wallet,
            leaders,
            &self.operator.verifier(),
            bend,
        ))
    }

    /// The operator is here for the next `hours`.
    pub fn alive(&self, journal: &str, serial: u64, hours: u64) -> Vec<u8> {
        // It may not end before it can be applied, and not begin before a
        // restart that it is to speak of.
        let (_, to) = window(hours.min(24));
        let from = time(now_ms() / 1_000);
        self.by_operator(&format!(
            "countersign/alive/v1\njournal {journal}\npolicy 1\nserial {serial}\n\
             not_before {from}\napply_before {to}\nuntil {}\n",
            time(now_ms() / 1_000 + hours * 3_600)
        ))
    }

    /// The wallet holds nothing but what this journal bought.
    pub fn holds_nothing_else(&self, journal: &str) -> Vec<u8> {
        let (from, to) = window(24);
        self.by_quorum(&format!(
            "countersign/declare/v1\njournal {journal}\npolicy 1\nserial 1\n\
             not_before {from}\napply_before {to}\ncomplete yes\nholdings 0\n"
        ))
    }

    /// One exit below the floor.
    pub fn ticket(&self, journal: &str, token: &str, shares: &str, price: &str) -> Vec<u8> {
        let now = now_ms() / 1_000;
        let id = hex::encode(&crate::keys::random()[..16]);
        self.by_operator(&format!(
            "countersign/ticket/v1\njournal {journal}\npolicy 1\nid {id}\nnot_before {}\n\
             apply_before {}\ntoken {token}\nshares {shares}\nprice {price}\n",
            time(now - 1),
            time(now + 600)
        ))
    }

    /// The freeze of `leaf` is over, and so much was charged in all.
    pub fn recovery(&self, journal: &str, leaf: u64, lifetime: &str) -> Vec<u8> {
        let (from, to) = window(24);
        self.by_quorum(&format!(
            "countersign/recovery/v1\njournal {journal}\nleaf {leaf}\nnot_before {from}\n\
             apply_before {to}\nlifetime_usdc {lifetime}\n"
        ))
    }

    /// The freeze of `leaf` is over.
    pub fn unfreeze(&self, journal: &str, leaf: u64) -> Vec<u8> {
        let (from, to) = window(24);
        self.by_quorum(&format!(
            "countersign/unfreeze/v1\njournal {journal}\nleaf {leaf}\nnot_before {from}\napply_before {to}\n"
        ))
    }
}

fn policy_text(
    journal: &str,
    wallet: &str,
    leaders: &[&str],
    operator: &VerifierKey,
    bend: &[(&str, &str)],
) -> String {
    let wallet = checksummed(wallet);
    let mut leaders: Vec<_> = leaders.iter().map(|leader| checksummed(leader)).collect();
    leaders.sort_by_key(|leader| leader.to_lowercase());
    let (from, to) = window(7 * 24);
    let expires = time(now_ms() / 1_000 + 90 * 86_400);
    let zeros = format!("0x{}", "0".repeat(64));
    let order_max = crate::book::decimal(ORDER_MAX_UNITS, 6);
    let leader_lines: Vec<_> = leaders.iter().map(|l| format!("leader {l}")).collect();
    let lines = [
        "countersign/policy/v1".to_owned(),
        format!("journal {journal}"),
        "version 1".to_owned(),
        format!("previous {zeros}"),
        format!("not_before {from}"),
        format!("apply_before {to}"),
        format!("expires {expires}"),
        "delay_hours 24\nmode paper\nvenues 2".to_owned(),
        format!("venue v2 chain {CHAIN_ID} domain_version 2"),
        format!("venue v2-neg-risk chain {CHAIN_ID} domain_version 2"),
        format!("signing_address {wallet}\nmaker {wallet}"),
        format!("signature_type 0\nsession_expires none\nbuilder {zeros}\nbuilder_fee_bps 0"),
        "ticks 6\ntick 0.0001\ntick 0.001\ntick 0.0025\ntick 0.005\ntick 0.01\ntick 0.1".to_owned(),
        format!("leaders {}", leaders.len()),
        leader_lines.join("\n"),
        format!("markets all\norder_usdc_min 1\norder_usdc_max {order_max}\norder_shares_max 500"),
        "buy_price_min 0.05\nbuy_price_max 0.95\nsell_price_min 0.0001\nsell_price_max 0.9999"
            .to_owned(),
        "leader_distance_bps 500\nleader_distance_ticks 2\nleader_age_ms_max 60000".to_owned(),
        format!("leader_skew_ms_max 2000\nfee_ceiling_bps {FEE_CEILING_BPS}"),
        "minute_usdc none\nhour_usdc 300\nday_usdc 1500\nlifetime_usdc none".to_owned(),
        "strategy_day_usdc none\nmarket_day_usdc none\nleader_day_usdc none".to_owned(),
        "orders_per_minute 600\nexits_per_minute 30\nsell_floor 0.05\nsell_reuse 10".to_owned(),
        "sell_grace_days 7\nstrategy off\nwatching off\nrollout 0\ndead_man_reduce_hours 72"
            .to_owned(),
        "dead_man_lock_hours 168\nlease_hours 72\nlease_end_utc 10:00".to_owned(),
        "witness_threshold 0\nwitnesses 0\nwitness_late_seconds 900\nadvance_usdc 150".to_owned(),
        "require_memfd_secret no\nrequire_cage no\nwallet_usdc_max 5000\noperators 1".to_owned(),
        format!("key {operator}"),
    ];
    let text = lines.join("\n");
    let lines = text.lines().filter(|line| !line.is_empty()).map(|line| {
        let named = |field: &str| {
            line.strip_prefix(field)
                .is_some_and(|to| to.starts_with(' '))
        };
        match bend.iter().find(|(field, _)| named(field)) {
            Some((field, value)) => format!("{field} {value}"),
            None => line.to_owned(),
        }
    });
    let mut all: Vec<String> = lines.collect();
    all.push(String::new());
    all.join("\n")
}

fn signed(text: &str, keys: &[&NoteKey]) -> Vec<u8> {
    let mut envelope = note::Envelope::new(text).expect("a note's text");
    for key in keys {
        key.sign(&mut envelope);
    }
    envelope.to_string().into_bytes()
}

/// From a minute ago, for `hours`.
fn window(hours: u64) -> (String, String) {
    let now = now_ms() / 1_000;
    (time(now - 60), time(now + hours * 3_600 - 120))
}

fn time(unix_s: u64) -> String {
    note::UtcSeconds::new(unix_s)
        .expect("this century")
        .to_string()
}

fn checksummed(address: &str) -> String {
    address
        .parse::<Address>()
        .expect("an address")
        .to_checksum(None)
}
