//! A vault with a quorum, an operator, a policy and a sealed key, and a caller
//! who proves what it asks.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::integer_division,
    clippy::too_many_lines,
    clippy::wildcard_enum_match_arm,
    reason = "tests count in the open, a panic here is a failed test"
)]

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use frame::{Header, Kdf, Prover};
use k256::elliptic_curve::sec1::ToSec1Point;
use note::{
    Alive, Body, Budgets, Declare, Exits, Holding, Host as Demands, JournalId, KeySet, Markets,
    MinuteOfDay, Mode, NoteHash, NoteId, OrderLimits, Policy, Presence, PublicKey, Scope, Seed,
    Strategy, Ticket, UtcSeconds, VerifierKey, Wallet, Watching, Window, Witnessing,
};
use order::{
    Address, B256, Chain, CollateralUnits, Exchange, PriceE4, ShareUnits, Side, SignatureType,
    TickSize, U256, Venue,
};
use policy::{Intent, IntentId, Kind, Label, Size};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::*;
use crate::clock;
use crate::config::VaultConfig;

pub(super) const JOURNAL: [u8; 16] = [1; 16];
pub(super) const TOKEN: U256 = U256::from_limbs([77, 0, 0, 1 << 63]);
const EPOCH: frame::Epoch = [9; 16];
const SEALING: [u8; 32] = [5; 32];
const CALLER: &str = "bot";
const REQUEST_KEY: [u8; 32] = [3; 32];

pub(super) struct Desk {
    pub(super) vault: Vault,
    pub(super) folder: TempDir,
    pub(super) policy: Policy,
    counter: u64,
}

fn price(e4: u16) -> PriceE4 {
    PriceE4::new(e4).unwrap()
}

const fn usdc(whole: u64) -> CollateralUnits {
    CollateralUnits::new(whole * 1_000_000)
}

const fn request_key() -> Prover<'static> {
    Prover::new(&REQUEST_KEY)
}

pub(super) fn verifier(seed: u8) -> VerifierKey {
    VerifierKey::new(
        "desk.example/key",
        PublicKey::of_seed(&Seed::new([seed; 32])),
    )
    .unwrap()
}

fn wallet(secret: u8) -> Address {
    let scalar = k256::NonZeroScalar::from_repr([secret; 32].into())
        .into_option()
        .unwrap();
    let public = k256::PublicKey::from_secret_scalar(&scalar);
    order::raw::wallet::address_of(public.to_sec1_point(false).as_bytes()).unwrap()
}

/// Seals the key of 32 times `secret`, always as the first generation.
pub(super) fn seal(folder: &Path, secret: u8) {
    seal_as(folder, secret, secret);
}

/// The same under a header that names the wallet of `named`.
pub(super) fn seal_as(folder: &Path, secret: u8, named: u8) {
    let path = folder.join("wallet.sealed");
    let header = Header {
        address: wallet(named),
        key_id: [1; 16],
        generation: 1,
        kdf: Kdf::TODAY,
        salt: [2; 16],
        nonce: [3; 12],
    };
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &SEALING).unwrap());
    let mut sealed = vec![secret; 32];
    let aad = Aad::from(header.associated_data(&JOURNAL));
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(header.nonce), aad, &mut sealed)
        .unwrap();
    std::fs::write(&path, [header.to_bytes(), sealed].concat()).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn after(seconds: u64) -> UtcSeconds {
    let now = clock::read().unwrap().wall_ms / 1_000;
    UtcSeconds::new(now + seconds).unwrap()
}

fn window() -> Window {
    Window {
        not_before: after(0),
        apply_before: after(3_600),
    }
}

/// For the wallet of `secret`, which alone is its maker.
fn policy(secret: u8) -> Policy {
    Policy {
        journal: JournalId(JOURNAL),
        version: 1,
        previous: NoteHash::ZERO,
        window: window(),
        expires: after(90 * 86_400),
        delay_hours: 1,
        wallet: Wallet {
            mode: Mode::Paper,
            venues: BTreeSet::from([Venue {
                chain: Chain::Amoy,
                exchange: Exchange::V2Standard,
            }]),
            signing_address: wallet(secret),
            maker: wallet(secret),
            signature_type: SignatureType::Eoa,
            session_expires: None,
            builder: B256::ZERO,
            builder_fee_bps: 0,
        },
        scope: Scope {
            ticks: BTreeSet::from([TickSize::Cent]),
            leaders: BTreeSet::new(),
            markets: Markets::All,
        },
        order: OrderLimits {
            order_usdc_min: usdc(1),
            order_usdc_max: usdc(25),
            order_shares_max: ShareUnits::new(500_000_000),
            buy_price_min: price(500),
            buy_price_max: price(9_500),
            sell_price_min: price(1),
            sell_price_max: price(9_999),
            leader_distance_bps: 500,
            leader_distance_ticks: 2,
            leader_age_ms_max: 60_000,
            leader_skew_ms_max: 2_000,
            fee_ceiling_bps: 1_000,
        },
        budgets: Budgets {
            minute_usdc: None,
            hour_usdc: None,
            day_usdc: usdc(1_500),
            lifetime_usdc: None,
            strategy_day_usdc: None,
            market_day_usdc: None,
            leader_day_usdc: None,
            orders_per_minute: 30,
        },
        exits: Exits {
            exits_per_minute: 30,
            sell_floor: price(500),
            sell_reuse: 10,
            sell_grace_days: 7,
        },
        strategy: Strategy::Off,
        watching: Watching::Off,
        rollout: BTreeSet::new(),
        presence: Presence {
            dead_man_reduce_hours: 72,
            dead_man_lock_hours: 168,
            lease_hours: 72,
            lease_end_utc: MinuteOfDay::new(600).unwrap(),
        },
        witnessing: Witnessing {
            witness_threshold: 0,
            witnesses: BTreeSet::new(),
            witness_late_seconds: 900,
            advance_usdc: usdc(0),
        },
        host: Demands {
            require_memfd_secret: false,
            require_cage: false,
        },
        wallet_usdc_max: usdc(5_000),
        operators: BTreeSet::from([verifier(2)]),
        extras: note::Extras::default(),
    }
}

impl Desk {
    /// A vault that is unlocked, holds 100 shares, and keeps `reserve_bytes`.
    pub(super) fn open(reserve_bytes: u64) -> Self {
        Self::open_with(reserve_bytes, |_| {})
    }

    /// The same with a policy that was changed.
    pub(super) fn open_with(reserve_bytes: u64, change: impl FnOnce(&mut Policy)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        journal(folder.path(), clock::read().unwrap().wall_ms);
        seal(folder.path(), 7);
        let vault = Self::start(folder.path(), reserve_bytes);
        let mut desk = Self {
            vault,
            folder,
            policy: policy(7),
            counter: 0,
        };
        change(&mut desk.policy);
        let keyset = Body::KeySet(KeySet {
            journal: JournalId(JOURNAL),
            version: 1,
            previous: NoteHash::ZERO,
            window: window(),
            threshold: 1,
            keys: BTreeSet::from([verifier(1)]),
        });
        local(&mut desk.vault, Local::Found(envelope(&keyset, 1))).unwrap();
        desk.note(&Body::Policy(Box::new(desk.policy.clone())), 1);
        desk.note(
            &Body::Alive(Alive {
                journal: JournalId(JOURNAL),
                policy: 1,
                serial: 1,
                window: window(),
                until: after(24 * 3_600),
            }),
            2,
        );
        desk.note(
            &Body::Declare(Declare {
                journal: JournalId(JOURNAL),
                policy: 1,
                serial: 1,
                window: window(),
                complete: true,
                holdings: BTreeSet::from([Holding {
                    token: TOKEN,
                    shares: ShareUnits::new(100_000_000),
                }]),
            }),
            1,
        );
        local(&mut desk.vault, Self::unlock()).unwrap();
        desk
    }

    /// The next process on the same journal.
    pub(super) fn again(folder: TempDir, policy: Policy) -> Self {
        Self {
            vault: Self::start(folder.path(), 0),
            folder,
            policy,
            counter: 0,
        }
    }

    fn start(folder: &Path, reserve_bytes: u64) -> Vault {
        let mut callers = Callers::new().unwrap();
        let role = frame::Role::Orchestrator;
        let filled = callers.add(CALLER.to_owned(), role, |at| {
            at.copy_from_slice(&REQUEST_KEY);
            Ok::<_, ()>(())
        });
        filled.unwrap();
        let mac = request_key().hello(CALLER, &[4; 32]);
        callers.hello(CALLER, &[4; 32], &mac, EPOCH).unwrap();
        Vault::read(
            VaultConfig {
                journal: folder.join("journal.sqlite"),
                sealed_key: folder.join("wallet.sealed"),
                credential: None,
                callers,
                questions_per_second: 50,
                reserve_bytes,
            },
            clock::read().unwrap(),
        )
        .and_then(Unbegun::begin)
        .unwrap()
    }

    /// Announces a policy for the wallet of another key, and seals that key.
    pub(super) fn change_wallet(&mut self, secret: u8) {
        let text = Body::Policy(Box::new(self.policy.clone())).print();
        let next = Policy {
            version: 2,
            previous: NoteHash::of(&text),
            ..policy(secret)
        };
        self.note(&Body::Policy(Box::new(next)), 1);
        seal(self.folder.path(), secret);
    }

    /// Unlocks with the sealing key that opens whatever is sealed.
    pub(super) fn unlock() -> Local {
        Local::Unlock(sealing(SEALING))
    }

    fn note(&mut self, body: &Body, by: u8) {
        local(&mut self.vault, Local::Note(envelope(body, by))).unwrap();
    }

    /// A question that its caller proved, not yet asked.
    pub(super) fn question(&mut self, question: Question) -> (Call, Receiver<Answer>) {
        self.counter += 1;
        let (mac, _) = question.framed(|ask| request_key().ask(CALLER, &EPOCH, self.counter, ask));
        let proof = frame::hop::Proof {
            epoch: EPOCH,
            counter: self.counter,
            mac,
        };
        let request = Request::Proven {
            caller: CALLER.to_owned(),
            proof,
            question,
        };
        call(request, true)
    }
}

pub(super) fn sealing(bytes: [u8; 32]) -> page::Page {
    let mut page = page::Page::new().unwrap();
    page.bare_mut()[..32].copy_from_slice(&bytes);
    page
}

pub(super) fn envelope(body: &Body, seed: u8) -> Vec<u8> {
    note::sign(&body.print(), "desk.example/key", &Seed::new([seed; 32]))
        .unwrap()
        .into_bytes()
}

/// Lets 10 shares go at `e4`, for a quarter of an hour from `now_ms`.
pub(super) fn ticket(now_ms: u64, e4: u16) -> Local {
    ticket_of(now_ms, 1, e4)
}

/// The same under a number of its own.
pub(super) fn ticket_of(now_ms: u64, id: u8, e4: u16) -> Local {
    let now = UtcSeconds::new(now_ms / 1_000).unwrap();
    let body = Body::Ticket(Ticket {
        journal: JournalId(JOURNAL),
        policy: 1,
        id: NoteId([id; 16]),
        window: Window {
            not_before: now,
            apply_before: now.plus(900).unwrap(),
        },
        token: TOKEN,
        shares: ShareUnits::new(10_000_000),
        price: price(e4),
    });
    Local::Note(envelope(&body, 2))
}

/// Sells 10 shares at `e4`, now.
pub(super) fn exit(number: u64, e4: u16) -> Question {
    exit_at(clock::read().unwrap().wall_ms, number, e4)
}

/// The same at `now_ms`.
pub(super) fn exit_at(now_ms: u64, number: u64, e4: u16) -> Question {
    let day = policy::Day::of_ms(now_ms).to_string().replace('-', "");
    let intent = Intent {
        kind: Kind::Exit,
        id: IntentId::parse(&format!("{day}-{number}")).unwrap(),
        attempt: 0,
        market: B256::repeat_byte(0xaa),
        token_id: TOKEN,
        exchange: Exchange::V2Standard,
        side: Side::Sell,
        limit_price: price(e4),
        size: Size::Shares(ShareUnits::new(10_000_000)),
        tick_size: TickSize::Cent,
        deadline_ms: now_ms + 86_400_000,
        strategy: Label::parse("main").unwrap(),
    };
    Question::Sign(Box::new(intent), Vec::new())
}

/// What a caller was answered, in a word: a denial's code, or `YES`.
pub(super) fn word(told: &Receiver<Answer>) -> String {
    match told.recv().unwrap() {
        Answer::Proven { answer, .. } => match *answer {
            frame::Answer::Approved(_) => "YES".to_owned(),
            frame::Answer::Denied { code, .. } => code,
            _ => panic!("an order is approved or denied"),
        },
        Answer::Failed => "FAILED".to_owned(),
        _ => panic!("a proven question has a proven answer"),
    }
}
