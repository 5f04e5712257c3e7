//! What stands around a vault that crashes: its keys, its notes, its intents,
//! and the disk that its journal was born on.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use disk::{Disk, Image, Rng};
use frame::intent::{Intent, Kind, Observed, Size};
use frame::intent_id::IntentId;
use frame::{Header, Kdf, Prover};
use k256::elliptic_curve::sec1::ToSec1Point;
use note::{Envelope, PublicKey, Seed, UtcSeconds, VerifierKey, WitnessKey};
use order::raw::wallet;
use order::{Address, B256, Exchange, PriceE4, ShareUnits, Side, TickSize, U256};
use policy::{Day, Label};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::signature::Ed25519KeyPair;
use rusqlite::{Connection, params};
use tlog::{Cosignature, Hash, Head};

use crate::callers::Callers;
use crate::config::VaultConfig;
use crate::journal::Journal;

/// When the journal is born, 2026-11-20T12:00:00Z.
pub(in crate::tests) const BORN_MS: u64 = 1_795_176_000_000;
pub(in crate::tests) const JOURNAL: &str = "journal.sqlite";
pub(in crate::tests) const CALLER: &str = "desk-1";
pub(in crate::tests) const SEALING: [u8; 32] = [0x5e; 32];
pub(in crate::tests) const JOURNAL_ID: [u8; 16] = [0x6f; 16];
const TRADING: [u8; 32] = [0x11; 32];
const REQUESTS: [u8; 32] = [0x77; 32];
const FEE_BPS: u64 = 1_000;

/// The policy's limits, as its text has them and in base units.
pub(super) const LIMITS: [(&str, u64); 7] = [
    ("minute_usdc", 20_000_000),
    ("hour_usdc", 45_000_000),
    ("day_usdc", 90_000_000),
    ("lifetime_usdc", 130_000_000),
    ("strategy_day_usdc", 60_000_000),
    ("market_day_usdc", 40_000_000),
    ("leader_day_usdc", 55_000_000),
];
pub(super) const ORDERS_PER_MINUTE: u64 = 6;
pub(super) const EXITS_PER_MINUTE: u64 = 4;
pub(super) const SELL_REUSE: u64 = 2;

/// What a BUY of this maker amount is charged.
pub(super) fn charge(maker: u64) -> u64 {
    (maker * (10_000 + FEE_BPS)).div_ceil(10_000)
}

/// The request key, which the caller and the vault both hold.
pub(in crate::tests) const fn request_key() -> Prover<'static> {
    Prover::new(&REQUESTS)
}

/// A disk with a journal as it was born, and the sealed key beside it.
pub(in crate::tests) fn disk(image: &Image) -> Disk {
    let disk = Disk::of(image);
    for (name, bytes) in [("wallet.sealed", sealed()), ("sealing", SEALING.to_vec())] {
        let path = disk.file(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    }
    disk
}

/// A journal without a leaf.
pub(in crate::tests) fn born() -> Image {
    let disk = Disk::new();
    let db = Connection::open(disk.file(JOURNAL)).unwrap();
    db.execute_batch(include_str!("../../schema.sql")).unwrap();
    db.execute(
        "INSERT INTO journal VALUES (1, 4, ?1, ?2, ?3, ?2)",
        params![JOURNAL_ID, [2_u8; 32], BORN_MS],
    )
    .unwrap();
    db.close().unwrap();
    disk.image()
}

/// The configuration over `disk`; unattended, the key comes by credential.
pub(in crate::tests) fn config(disk: &Disk, unattended: bool) -> VaultConfig {
    let mut callers = Callers::new().unwrap();
    let filled = callers.add(CALLER.to_owned(), frame::Role::Orchestrator, |at| {
        at.copy_from_slice(&REQUESTS);
        Ok::<_, ()>(())
    });
    filled.unwrap();
    VaultConfig {
        journal: disk.file(JOURNAL),
        sealed_key: disk.file("wallet.sealed"),
        credential: unattended.then(|| disk.file("sealing")),
        callers,
        questions_per_second: 1_000,
        reserve_bytes: 0,
    }
}

fn address() -> Address {
    let scalar = k256::NonZeroScalar::from_repr(TRADING.into()).unwrap();
    let public = k256::PublicKey::from_secret_scalar(&scalar);
    wallet::address_of(public.to_sec1_point(false).as_bytes()).unwrap()
}

fn sealed() -> Vec<u8> {
    let header = Header {
        address: address(),
        key_id: [1; 16],
        generation: 1,
        kdf: Kdf::TODAY,
        salt: [2; 16],
        nonce: [3; 12],
    };
    let mut file = header.to_bytes();
    let mut plain = TRADING.to_vec();
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &SEALING).unwrap())
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(header.nonce),
            Aad::from(header.associated_data(&JOURNAL_ID)),
            &mut plain,
        )
        .unwrap();
    file.extend_from_slice(&plain);
    file
}

const QUORUM: [(&str, u8); 3] = [
    ("desk.example/q1", 1),
    ("desk.example/q2", 2),
    ("desk.example/q3", 3),
];
const OPERATOR: (&str, u8) = ("desk.example/op1", 9);

fn verifier((name, seed): (&str, u8)) -> VerifierKey {
    VerifierKey::new(name, PublicKey::of_seed(&Seed::new([seed; 32]))).unwrap()
}

fn signed(text: &str, keys: &[(&str, u8)]) -> Vec<u8> {
    let mut envelope = Envelope::new(text).unwrap();
    for (name, seed) in keys {
        envelope.sign(name, &Seed::new([*seed; 32])).unwrap();
    }
    envelope.to_string().into_bytes()
}

fn time(ms: u64) -> String {
    UtcSeconds::new(ms.div_euclid(1_000)).unwrap().to_string()
}

fn head(kind: &str, lines: &str, now_ms: u64) -> String {
    let (from, to) = (time(now_ms - 8 * 3_600_000), time(now_ms + 12 * 3_600_000));
    let journal = hex::encode(JOURNAL_ID);
    format!(
        "countersign/{kind}/v1\njournal {journal}\n{lines}not_before {from}\napply_before {to}\n"
    )
}

pub(in crate::tests) fn keyset() -> Vec<u8> {
    let mut keys: Vec<_> = QUORUM.map(|key| verifier(key).to_string()).into();
    keys.sort();
    let zeros = "0".repeat(64);
    let text = head(
        "keyset",
        &format!("version 1\nprevious 0x{zeros}\n"),
        BORN_MS,
    );
    let keys = keys.join("\nkey ");
    signed(
        &format!("{text}threshold 2\nkeys 3\nkey {keys}\n"),
        &QUORUM[..2],
    )
}

/// The seed of the one witness, where there is one.
const WITNESS: [u8; 32] = [0x44; 32];

fn witness() -> WitnessKey {
    let public = PublicKey::of_seed(&Seed::new(WITNESS));
    WitnessKey::new("desk.example/w1", public).unwrap()
}

/// A head of the journal, as it is, with the witness's word at `now_ms`.
pub(super) fn cosigned(journal: &Journal, now_ms: u64) -> Vec<u8> {
    let signed = journal.checkpoint();
    let head = Head {
        origin: tlog::origin(&JOURNAL_ID),
        size: journal.size(),
        root: Hash::from_base64(&signed.root).unwrap(),
    };
    let (text, at_s) = (head.text(), now_ms.div_euclid(1_000));
    let pair = Ed25519KeyPair::from_seed_unchecked(&WITNESS).unwrap();
    let signature = pair.sign(tlog::cosigned_message(at_s, &text).as_bytes());
    let signature = signature.as_ref().try_into().unwrap();
    let word = Cosignature::line(&witness(), at_s, signature);
    format!("{text}\n{}\n{word}", signed.line).into_bytes()
}

/// The policy, which may name a witness.
pub(super) fn policy(witnessed: bool) -> Vec<u8> {
    by_quorum(&policy_text(witnessed))
}

/// The one without, some of its lines bent, by their first words.
pub(in crate::tests) fn policy_bent(bend: &[(&str, &str)]) -> Vec<u8> {
    let text = policy_text(false);
    let line = |line: &str| {
        let name = line.split(' ').next().unwrap_or_default();
        let found = bend.iter().find(|(field, _)| *field == name);
        found.map_or_else(
            || format!("{line}\n"),
            |(field, value)| format!("{field} {value}\n"),
        )
    };
    by_quorum(&text.lines().map(line).collect::<String>())
}

/// What two of the quorum sign.
pub(in crate::tests) fn by_quorum(text: &str) -> Vec<u8> {
    signed(text, &QUORUM[1..])
}

/// What the operator signs.
pub(in crate::tests) fn by_operator(text: &str) -> Vec<u8> {
    signed(text, &[OPERATOR])
}

fn policy_text(witnessed: bool) -> String {
    let witnessing = if witnessed {
        format!(
            "1\nwitnesses 1\nkey {}\nwitness_late_seconds 900\nadvance_usdc 24",
            witness()
        )
    } else {
        "0\nwitnesses 0\nwitness_late_seconds 900\nadvance_usdc 150".to_owned()
    };
    let zeros = "0".repeat(64);
    let text = head(
        "policy",
        &format!("version 1\nprevious 0x{zeros}\n"),
        BORN_MS,
    );
    let expires = time(BORN_MS + 90 * 86_400_000);
    let wallet = address().to_checksum(None);
    let leaders = leaders()
        .map(|leader| leader.to_checksum(None))
        .join("\nleader ");
    let limits = LIMITS
        .map(|(name, units)| format!("{name} {}\n", units.div_euclid(1_000_000)))
        .concat();
    let operator = verifier(OPERATOR);
    format!(
        "{text}expires {expires}\ndelay_hours 24\nmode paper\nvenues 1\n\
             venue v2 chain 80002 domain_version 2\nsigning_address {wallet}\nmaker {wallet}\n\
             signature_type 0\nsession_expires none\nbuilder 0x{zeros}\nbuilder_fee_bps 0\n\
             ticks 1\ntick 0.01\nleaders 2\nleader {leaders}\nmarkets all\norder_usdc_min 1\n\
             order_usdc_max 12\norder_shares_max 500\nbuy_price_min 0.05\nbuy_price_max 0.95\n\
             sell_price_min 0.0001\nsell_price_max 0.9999\nleader_distance_bps 500\n\
             leader_distance_ticks 2\nleader_age_ms_max 60000\nleader_skew_ms_max 2000\n\
             fee_ceiling_bps {FEE_BPS}\n{limits}orders_per_minute {ORDERS_PER_MINUTE}\n\
             exits_per_minute {EXITS_PER_MINUTE}\nsell_floor 0.05\nsell_reuse {SELL_REUSE}\n\
             sell_grace_days 7\nstrategy off\nwatching off\nrollout 0\ndead_man_reduce_hours 72\n\
             dead_man_lock_hours 168\nlease_hours 72\nlease_end_utc 10:00\nwitness_threshold \
             {witnessing}\nrequire_memfd_secret no\n\
             require_cage no\nwallet_usdc_max 5000\noperators 1\nkey {operator}\n"
    )
}

pub(super) fn alive(serial: u64, now_ms: u64) -> Vec<u8> {
    alive_for(serial, now_ms, 60)
}

pub(in crate::tests) fn alive_for(serial: u64, now_ms: u64, hours: u64) -> Vec<u8> {
    let text = head("alive", &format!("policy 1\nserial {serial}\n"), now_ms);
    let until = time(now_ms + hours * 3_600_000);
    signed(&format!("{text}until {until}\n"), &[OPERATOR])
}

/// Today's hour, in whole USDC.
pub(super) fn dial(serial: u64, now_ms: u64, hour_usdc: u64) -> Vec<u8> {
    let text = head("dial", &format!("policy 1\nserial {serial}\n"), now_ms);
    let text = format!("{text}figures 1\nhour_usdc {hour_usdc}\ntoken_floors 0\n");
    signed(&text, &[OPERATOR])
}

pub(super) fn unfreeze(leaf: u64, now_ms: u64) -> Vec<u8> {
    signed(
        &head("unfreeze", &format!("leaf {leaf}\n"), now_ms),
        &QUORUM[..2],
    )
}

pub(in crate::tests) fn leaders() -> [Address; 2] {
    [0x21, 0x22].map(Address::repeat_byte)
}

fn token(nth: u64) -> U256 {
    U256::from(1_000_000_007_u64) * U256::from(nth + 1)
}

/// An intent that nobody named before, or a later attempt of one.
pub(super) fn intent(name: &str, attempt: u16, now_ms: u64, rng: &mut Rng) -> Intent {
    let day = Day::of_ms(now_ms).to_string().replace('-', "");
    let cents = u16::try_from(30 + rng.below(40)).unwrap();
    let price = PriceE4::new(cents * 100).unwrap();
    let lots = if rng.chance(80) {
        4 + rng.below(12)
    } else {
        1 + rng.below(40)
    };
    let shares = ShareUnits::new(lots * 1_000_000);
    let nth = rng.below(3);
    let (kind, side) = match rng.below(10) {
        0..7 => (copy(price, shares, now_ms, rng), Side::Buy),
        7 => (copy(price, shares, now_ms, rng), Side::Sell),
        _ => (Kind::Exit, Side::Sell),
    };
    Intent {
        kind,
        id: IntentId::parse(&format!("{day}-{name}")).unwrap(),
        attempt,
        market: B256::repeat_byte(u8::try_from(0x40 + nth).unwrap()),
        token_id: token(nth),
        exchange: Exchange::V2Standard,
        side,
        limit_price: price,
        size: Size::Shares(shares),
        tick_size: TickSize::from_e4(100).unwrap(),
        deadline_ms: now_ms + 30_000 + rng.below(1_200_000),
        strategy: Label::parse(if rng.chance(50) { "one" } else { "two" }).unwrap(),
    }
}

/// The same attempt with something else in it.
pub(super) fn bent(intent: &Intent, rng: &mut Rng) -> Intent {
    let mut bent = intent.clone();
    match rng.below(4) {
        0 => bent.deadline_ms += 1,
        1 => bent.token_id = token(rng.below(3) + 3),
        2 => {
            let e4 = intent.limit_price.get();
            bent.limit_price = PriceE4::new(e4 - 100).unwrap();
        }
        _ => bent.size = Size::Shares(ShareUnits::new(77_000_000)),
    }
    bent
}

fn copy(price: PriceE4, size: ShareUnits, now_ms: u64, rng: &mut Rng) -> Kind {
    Kind::Copy(Observed {
        leader: *rng.pick(&leaders()),
        fill: B256::repeat_byte(7),
        price,
        size,
        traded_ms: now_ms,
        observed_ms: now_ms,
    })
}
