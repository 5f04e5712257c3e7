//! A desk to ask at: starter values, one wallet on the simulator's chain, noon.

use std::collections::BTreeSet;
use std::sync::Arc;

use note::{
    Body, Budgets, Declare, Dialed, Evidence, Exits, Fill, Filled, Holding, Host as Demands,
    JournalId, Listings, Markets, MinuteOfDay, Mode, NoteHash, NoteId, OrderLimits, Policy,
    Presence, Scope, Strategy, Ticket, UtcSeconds, Wallet, Watching, Window, Witnessing, WriteOff,
    WrittenOff,
};
use order::{
    Address, B256, Chain, CollateralUnits, Exchange, PriceE4, ShareUnits, Side, SignatureType,
    TickSize, U256, Venue,
};
use policy::{
    Approval, Approved, Denial, Disk, Entry, Facts, Held, Host, Intent, IntentId, Key, Kind, Label,
    Moment, Observed, Row, Size, State, TagKey, Time, decide,
};

/// 2026-11-20T12:00:00Z.
pub(crate) const NOON: u64 = 1_795_176_000_000;
pub(crate) const MINUTE: u64 = 60_000;
pub(crate) const HOUR: u64 = 3_600_000;
pub(crate) const DAY: u64 = 86_400_000;
/// One USDC, or one share.
pub(crate) const ONE: u64 = 1_000_000;

pub(crate) const OWNER: Address = Address::repeat_byte(0x11);
pub(crate) const LEADER: Address = Address::repeat_byte(0x22);
pub(crate) const TOKEN: U256 = U256::from_limbs([77, 0, 0, 1 << 63]);

pub(crate) fn usdc(units: u64) -> CollateralUnits {
    CollateralUnits::new(units)
}

pub(crate) fn shares(units: u64) -> ShareUnits {
    ShareUnits::new(units)
}

pub(crate) fn price(e4: u16) -> PriceE4 {
    PriceE4::new(e4).unwrap()
}

pub(crate) fn seconds(ms: u64) -> UtcSeconds {
    UtcSeconds::new(ms.div_euclid(1_000)).unwrap()
}

pub(crate) fn venue(exchange: Exchange) -> Venue {
    Venue {
        chain: Chain::Amoy,
        exchange,
    }
}

/// A position id of exchange V3.
pub(crate) fn position(module: u8, market: u8, outcome: u8) -> U256 {
    let mut bytes = [0; 32];
    bytes[0] = module;
    bytes[5] = market;
    bytes[31] = outcome;
    U256::from_be_bytes(bytes)
}

/// The starter values, any market, and one leader.
pub(crate) fn policy() -> Policy {
    Policy {
        journal: JournalId([1; 16]),
        version: 1,
        previous: NoteHash::ZERO,
        window: window(NOON - DAY, NOON + DAY),
        expires: seconds(NOON + 90 * DAY),
        delay_hours: 24,
        wallet: Wallet {
            mode: Mode::Paper,
            venues: [Exchange::V2Standard, Exchange::V2NegRisk, Exchange::V3]
                .map(venue)
                .into(),
            signing_address: OWNER,
            maker: OWNER,
            signature_type: SignatureType::Eoa,
            session_expires: None,
            builder: B256::ZERO,
            builder_fee_bps: 0,
        },
        scope: Scope {
            ticks: BTreeSet::from([TickSize::Cent]),
            leaders: BTreeSet::from([LEADER]),
            markets: Markets::All,
        },
        order: OrderLimits {
            order_usdc_min: usdc(ONE),
            order_usdc_max: usdc(25 * ONE),
            order_shares_max: shares(500 * ONE),
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
            day_usdc: usdc(1_500 * ONE),
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
        wallet_usdc_max: usdc(5_000 * ONE),
        operators: BTreeSet::new(),
        extras: note::Extras::default(),
    }
}

pub(crate) fn window(from_ms: u64, before_ms: u64) -> Window {
    Window {
        not_before: seconds(from_ms),
        apply_before: seconds(before_ms),
    }
}

/// The key of the tags of every journal here.
pub(crate) fn tags() -> TagKey {
    TagKey::of_journal(&[2; 32], &[1; 16])
}

/// What an intent is judged by, and the rows it came from.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) policy: Policy,
    pub(crate) dialed: Dialed,
    pub(crate) pending: Option<Policy>,
    pub(crate) alive_until: Option<UtcSeconds>,
    pub(crate) listings: Arc<Listings>,
    pub(crate) host: Host,
    pub(crate) state: State,
    pub(crate) rows: Vec<Row>,
    pub(crate) time: Time,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            policy: policy(),
            dialed: Dialed::NONE,
            pending: None,
            alive_until: Some(seconds(NOON + 72 * HOUR)),
            listings: Arc::default(),
            host: Host {
                key: Key::Open {
                    generation: 1,
                    signing_address: OWNER,
                    lease_ends_ms: NOON + 72 * HOUR,
                },
                disk: Disk::Ample,
                held: Held::default(),
            },
            state: State::new(tags()),
            rows: Vec::new(),
            time: Time::agreed(NOON),
        }
    }

    pub(crate) fn facts(&self) -> Facts {
        let facts = Facts::new(
            self.policy.clone(),
            &self.dialed,
            self.alive_until,
            self.host,
        )
        .list(Arc::clone(&self.listings));
        match &self.pending {
            Some(policy) => facts.announce(policy.clone(), seconds(self.time.slow_ms)),
            None => facts,
        }
    }

    /// Lets all clocks reach `ms`.
    pub(crate) fn at(&mut self, ms: u64) -> &mut Self {
        self.time = Time::agreed(ms);
        self
    }

    pub(crate) fn judge(&self, intent: Intent) -> Result<Approved, Denial> {
        self.judge_by(&self.facts(), intent)
    }

    pub(crate) fn judge_by(&self, facts: &Facts, intent: Intent) -> Result<Approved, Denial> {
        let salt = u64::try_from(self.rows.len()).unwrap();
        let time = self.time;
        decide(intent, facts, &self.state, Moment { time, salt })
    }

    /// The code of the answer; `YES` if it is approved.
    pub(crate) fn code(&self, intent: Intent) -> &'static str {
        match self.judge(intent) {
            Ok(_) => "YES",
            Err(denial) => denial.code(),
        }
    }

    /// Decides and records.
    pub(crate) fn sign(&mut self, intent: Intent) -> Result<Approval, Denial> {
        let approved = self.judge(intent)?;
        Ok(self.record(&approved))
    }

    pub(crate) fn record(&mut self, approved: &Approved) -> Approval {
        let approval = approved.approval(print(approved.intent()));
        self.push(Entry::Approved(Box::new(approval)));
        approval
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        let leaf = u64::try_from(self.rows.len()).unwrap();
        let row = Row {
            leaf,
            at: self.time,
            entry,
        };
        self.state.apply(&row).expect("a row of this journal");
        self.rows.push(row);
    }

    pub(crate) fn note(&mut self, body: Body) {
        self.push(Entry::Note(Box::new(body)));
    }

    /// Declares holdings, complete.
    pub(crate) fn declare(&mut self, held: &[(U256, u64)]) {
        self.note(declare(true, held));
    }

    pub(crate) fn ticket(&mut self, id: u8, token: U256, units: u64, lowest: u16) {
        self.note(Body::Ticket(Ticket {
            journal: JournalId([1; 16]),
            policy: 1,
            id: NoteId([id; 16]),
            window: window(self.time.wall_ms, self.time.wall_ms + 15 * MINUTE),
            token,
            shares: shares(units),
            price: price(lowest),
        }));
    }

    /// Lets watchers tell how far an order was filled in all.
    pub(crate) fn filled(&mut self, order: B256, token: U256, collateral: u64, units: u64) {
        let filled = Filled {
            order,
            token,
            collateral: usdc(collateral),
            shares: shares(units),
        };
        self.note(Body::Fill(Fill {
            journal: JournalId([1; 16]),
            policy: 1,
            id: NoteId([8; 16]),
            window: window(self.time.wall_ms, self.time.wall_ms + DAY),
            fills: [filled].into(),
        }));
    }

    pub(crate) fn write_off(&mut self, orders: &[B256]) {
        let orders = orders.iter().map(|order| WrittenOff {
            order: *order,
            evidence: Evidence::Filled,
        });
        self.note(Body::WriteOff(WriteOff {
            journal: JournalId([1; 16]),
            id: NoteId([9; 16]),
            window: window(self.time.wall_ms, self.time.wall_ms + DAY),
            orders: orders.collect(),
        }));
    }
}

pub(crate) fn declare(complete: bool, held: &[(U256, u64)]) -> Body {
    let holdings = held.iter().map(|(token, units)| Holding {
        token: *token,
        shares: shares(*units),
    });
    Body::Declare(Declare {
        journal: JournalId([1; 16]),
        policy: 1,
        serial: 1,
        window: window(NOON - DAY, NOON + DAY),
        complete,
        holdings: holdings.collect(),
    })
}

/// Stands for SHA-256: the frame itself tells contents apart in these tests.
pub(crate) fn print(intent: &Intent) -> [u8; 32] {
    let mut print = [0_u8; 32];
    for (lane, words) in (1_u64..).zip(print.chunks_exact_mut(8)) {
        // FNV-1a: every byte reaches every part, as a hash's do.
        let mixed = intent.frame().into_iter().fold(lane, |mixed, byte| {
            (mixed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        words.copy_from_slice(&mixed.to_be_bytes());
    }
    print
}

pub(crate) fn id(number: u64) -> IntentId {
    IntentId::parse(&format!("20261120-{number}")).unwrap()
}

/// A leader's trade of just now.
pub(crate) fn observed(now_ms: u64, at_price: u16) -> Observed {
    Observed {
        leader: LEADER,
        fill: B256::repeat_byte(5),
        price: price(at_price),
        size: shares(100 * ONE),
        traded_ms: now_ms - 2_000,
        observed_ms: now_ms - 1_000,
    }
}

/// Copies a leader's BUY: 10 USDC at 0.50, the leader's own price.
pub(crate) fn buy(number: u64) -> Intent {
    Intent {
        kind: Kind::Copy(observed(NOON, 5_000)),
        id: id(number),
        attempt: 0,
        market: B256::repeat_byte(0xaa),
        token_id: TOKEN,
        exchange: Exchange::V2Standard,
        side: Side::Buy,
        limit_price: price(5_000),
        size: Size::Collateral(usdc(10 * ONE)),
        tick_size: TickSize::Cent,
        deadline_ms: NOON + 400 * DAY,
        strategy: Label::parse("main").unwrap(),
    }
}

/// The same of `units` of collateral at `now_ms`.
pub(crate) fn buy_of(number: u64, units: u64, now_ms: u64) -> Intent {
    Intent {
        kind: Kind::Copy(observed(now_ms, 5_000)),
        size: Size::Collateral(usdc(units)),
        ..named(buy(number), number, now_ms)
    }
}

/// Sells 10 shares at 0.50.
pub(crate) fn exit(number: u64) -> Intent {
    Intent {
        kind: Kind::Exit,
        side: Side::Sell,
        size: Size::Shares(shares(10 * ONE)),
        ..buy(number)
    }
}

/// Copies a leader's SELL of 10 shares at 0.50.
pub(crate) fn copied_sell(number: u64) -> Intent {
    Intent {
        kind: Kind::Copy(observed(NOON, 5_000)),
        ..exit(number)
    }
}

/// Names an intent by the day of `now_ms`.
pub(crate) fn named(mut intent: Intent, number: u64, now_ms: u64) -> Intent {
    let day = policy::Day::of_ms(now_ms).to_string().replace('-', "");
    intent.id = IntentId::parse(&format!("{day}-{number}")).unwrap();
    intent
}

/// One row of an edge table: what is special about it, and the answer.
pub(crate) type Edge = (&'static str, fn(&mut Desk, &mut Intent), &'static str);

/// Asks at a fresh desk for each row.
pub(crate) fn check(base: fn() -> (Desk, Intent), edges: &[Edge]) {
    for (name, bend, answer) in edges {
        let (mut desk, mut intent) = base();
        bend(&mut desk, &mut intent);
        assert_eq!(desk.code(intent), *answer, "{name}");
    }
}

pub(crate) fn a_buy() -> (Desk, Intent) {
    (Desk::new(), buy(1))
}

pub(crate) fn a_copied_sell() -> (Desk, Intent) {
    let mut desk = Desk::new();
    desk.declare(&[(TOKEN, 1_000 * ONE)]);
    (desk, copied_sell(1))
}

pub(crate) fn watch(intent: &mut Intent, change: impl FnOnce(&mut Observed)) {
    if let Kind::Copy(observed) = &mut intent.kind {
        change(observed);
    }
}

/// A label that is one.
pub(crate) fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}
