//! What no sequence of requests, times and crashes can do.

use std::collections::BTreeMap;

use note::{Alive, Body, JournalId, Unfreeze};
use order::{Address, B256, Exchange, Side, U256};
use policy::{Approval, Entry, FreezeReason, Intent, Key, Kind, Label, Size, State, Time};
use proptest::prelude::*;

use crate::kit::{
    DAY, Desk, HOUR, MINUTE, NOON, ONE, OWNER, buy_of, declare, exit, named, observed, position,
    price, seconds, shares, tags, usdc, window,
};

const OTHER_LEADER: Address = Address::repeat_byte(0x33);

/// Three tokens: one alone, and both outcomes of a V3 market.
fn token(choice: u8) -> (U256, Exchange, B256) {
    match choice % 3 {
        0 => (
            crate::kit::TOKEN,
            Exchange::V2Standard,
            B256::repeat_byte(0xaa),
        ),
        outcome => (
            position(1, 7, outcome - 1),
            Exchange::V3,
            B256::from(position(1, 7, 0)),
        ),
    }
}

/// One thing that happens at the desk.
#[derive(Clone, Debug)]
enum Event {
    Wait {
        wall: u64,
        slow: u64,
    },
    Buy {
        cents: u64,
        token: u8,
        of: u8,
    },
    Sell {
        lots: u64,
        token: u8,
        copied: bool,
        e4: u16,
    },
    Ticket {
        lots: u64,
        token: u8,
    },
    Declare {
        lots: u64,
        token: u8,
        complete: bool,
    },
    WriteOff {
        number: prop::sample::Index,
    },
    /// Watchers tell that part of an order was filled, at any price.
    Tell {
        number: prop::sample::Index,
        percent: u64,
        units: u64,
    },
    /// The day's cap was reached.
    Reached {
        cents: u64,
    },
    Freeze,
    Unfreeze,
    Alive,
    Crash,
}

fn event() -> impl Strategy<Value = Event> {
    let length = prop_oneof![
        0..2_u64,
        1_000..2_000_u64,
        Just(MINUTE - 1),
        Just(MINUTE),
        Just(HOUR),
        0..DAY,
    ];
    prop_oneof![
        3 => (length, 0..=100_u64).prop_map(|(wall, percent)| Event::Wait {
            wall,
            slow: (wall * percent).div_euclid(100),
        }),
        8 => (90..3_000_u64, any::<u8>(), any::<u8>())
            .prop_map(|(cents, token, of)| Event::Buy { cents, token, of }),
        6 => (1..6_000_u64, any::<u8>(), any::<bool>(), 3..90_u16)
            .prop_map(|(lots, token, copied, cents)| Event::Sell {
                lots, token, copied, e4: cents * 100,
            }),
        1 => (1..6_000_u64, any::<u8>()).prop_map(|(lots, token)| Event::Ticket { lots, token }),
        1 => (0..3_000_u64, any::<u8>(), any::<bool>())
            .prop_map(|(lots, token, complete)| Event::Declare { lots, token, complete }),
        1 => any::<prop::sample::Index>().prop_map(|number| Event::WriteOff { number }),
        2 => (any::<prop::sample::Index>(), 0..=110_u64, any::<u64>())
            .prop_map(|(number, percent, units)| Event::Tell { number, percent, units }),
        1 => (0..20_000_u64).prop_map(|cents| Event::Reached { cents }),
        1 => Just(Event::Freeze),
        2 => Just(Event::Unfreeze),
        1 => Just(Event::Alive),
        2 => Just(Event::Crash),
    ]
}

/// Limits so low that random requests meet all of them.
pub(crate) fn tight() -> Desk {
    let mut desk = Desk::new();
    let forever = NOON + 3_000 * DAY;
    desk.alive_until = Some(seconds(forever));
    desk.policy.expires = seconds(forever);
    desk.host.key = Key::Open {
        generation: 1,
        signing_address: OWNER,
        lease_ends_ms: forever,
    };
    let budgets = &mut desk.policy.budgets;
    budgets.minute_usdc = Some(usdc(40 * ONE));
    budgets.hour_usdc = Some(usdc(70 * ONE));
    budgets.day_usdc = usdc(120 * ONE);
    budgets.lifetime_usdc = Some(usdc(700 * ONE));
    budgets.market_day_usdc = Some(usdc(75 * ONE));
    budgets.strategy_day_usdc = Some(usdc(90 * ONE));
    budgets.leader_day_usdc = Some(usdc(85 * ONE));
    budgets.orders_per_minute = 5;
    desk.policy.exits.exits_per_minute = 3;
    desk.policy.exits.sell_reuse = 2;
    desk.policy.scope.leaders.insert(OTHER_LEADER);
    desk
}

/// What was signed, told again in the plainest way.
#[derive(Default)]
struct Told {
    signed: Vec<(u64, Approval)>,
    declared: BTreeMap<U256, u64>,
}

impl Told {
    fn sum(&self, now: u64, window: u64, which: impl Fn(&Approval) -> Option<u64>) -> u64 {
        let recent = self.signed.iter().filter(|(at, _)| now - at < window);
        recent.filter_map(|(_, approval)| which(approval)).sum()
    }

    fn held(&self, token: U256) -> u64 {
        let buys = self
            .signed
            .iter()
            .filter(|(_, a)| a.side == Side::Buy && a.token_id == token);
        let bought: u64 = buys.map(|(_, a)| a.taker_amount * 5 / 4).sum();
        bought + self.declared.get(&token).copied().unwrap_or(0)
    }

    fn check(&self, now: u64) {
        let charge = |a: &Approval| a.charge.units().get();
        let all = |a: &Approval| Some(charge(a));
        let (_, last) = self.signed.last().unwrap();
        assert!(self.sum(now, MINUTE, all) <= 40 * ONE);
        assert!(self.sum(now, HOUR, all) <= 70 * ONE);
        assert!(self.sum(now, DAY, all) <= 120 * ONE);
        assert!(self.sum(now, u64::MAX, all) <= 700 * ONE);
        let market = |a: &Approval| {
            let v3 = a.exchange == Exchange::V3;
            (v3 == (last.exchange == Exchange::V3)).then(|| charge(a))
        };
        assert!(self.sum(now, DAY, market) <= 75 * ONE);
        let strategy = |a: &Approval| (a.strategy == last.strategy).then(|| charge(a));
        assert!(self.sum(now, DAY, strategy) <= 90 * ONE);
        let leader = |a: &Approval| (a.leader == last.leader).then(|| charge(a));
        assert!(last.leader.is_none() || self.sum(now, DAY, leader) <= 85 * ONE);
        let counted =
            |exit| move |a: &Approval| (a.exit == exit && a.ticket.is_none()).then_some(1);
        assert!(self.sum(now, MINUTE, counted(false)) <= 5);
        assert!(self.sum(now, MINUTE, counted(true)) <= 3);
        if last.side == Side::Sell && last.ticket.is_none() {
            let sold = self.sum(now, DAY, |a| {
                let same = a.token_id == last.token_id && a.ticket.is_none();
                (a.side == Side::Sell && same).then_some(a.maker_amount)
            });
            let held = self.held(last.token_id);
            assert!(last.maker_amount <= held);
            assert!(sold <= 2 * held);
        }
    }
}

fn intent_of(event: &Event, number: u64, now: u64) -> Option<Intent> {
    let (kind, token_choice, intent) = match event {
        Event::Buy { cents, token, of } => {
            let mut observed = observed(now, 5_000);
            if of % 2 == 1 {
                observed.leader = OTHER_LEADER;
            }
            let strategy = Label::parse(if of % 4 > 1 { "main" } else { "other" });
            let intent = Intent {
                strategy: strategy.unwrap(),
                ..buy_of(number, cents * 10_000, now)
            };
            (Kind::Copy(observed), token, intent)
        }
        Event::Sell {
            lots,
            token,
            copied,
            e4,
        } => {
            let kind = if *copied {
                Kind::Copy(observed(now, *e4))
            } else {
                Kind::Exit
            };
            let intent = Intent {
                size: Size::Shares(shares(lots * 10_000)),
                limit_price: price(*e4),
                ..named(exit(number), number, now)
            };
            (kind, token, intent)
        }
        Event::Wait { .. }
        | Event::Ticket { .. }
        | Event::Declare { .. }
        | Event::WriteOff { .. }
        | Event::Tell { .. }
        | Event::Reached { .. }
        | Event::Freeze
        | Event::Unfreeze
        | Event::Alive
        | Event::Crash => return None,
    };
    let (token_id, exchange, market) = token(*token_choice);
    Some(Intent {
        kind,
        token_id,
        exchange,
        market,
        ..intent
    })
}

/// Lets one event happen, and checks what may not be.
fn step(desk: &mut Desk, told: &mut Told, number: u64, event: &Event) {
    let before = desk.state.charged(desk.time);
    match event {
        Event::Wait { wall, slow } => {
            let time = desk.time;
            desk.time = Time {
                wall_ms: time.wall_ms + wall,
                slow_ms: time.slow_ms + slow,
                fast_ms: time.fast_ms + wall,
            };
            return;
        }
        Event::Crash => {
            let mut state = State::new(tags());
            for row in &desk.rows {
                state.apply(row).unwrap();
            }
            assert_eq!(state, desk.state, "the rows build the state again");
        }
        Event::Buy { .. } | Event::Sell { .. } => {
            let intent = intent_of(event, number, desk.time.wall_ms).unwrap();
            if let Ok(approval) = desk.sign(intent) {
                told.signed.push((desk.time.slow_ms, approval));
                told.check(desk.time.slow_ms);
            }
        }
        Event::Ticket {
            lots,
            token: choice,
        } => {
            let id = u8::try_from(number % 250).unwrap();
            desk.ticket(id, token(*choice).0, lots * 10_000, 100);
        }
        Event::Declare {
            lots,
            token: choice,
            complete,
        } => {
            let held = (token(*choice).0, lots * 10_000);
            told.declared = BTreeMap::from([held]);
            desk.note(declare(*complete, &[held]));
        }
        Event::WriteOff { number } => {
            if !told.signed.is_empty() {
                let (_, approval) = &told.signed[number.index(told.signed.len())];
                desk.write_off(&[approval.order_hash]);
            }
        }
        Event::Tell {
            number,
            percent,
            units,
        } => {
            if !told.signed.is_empty() {
                let (_, order) = &told.signed[number.index(told.signed.len())];
                let part = |units: u64| units * percent / 100;
                // What a SELL brings and a BUY gives is collateral.
                let (collateral, made) = match order.side {
                    Side::Buy => (part(order.maker_amount), *units),
                    Side::Sell => (*units, part(order.maker_amount)),
                };
                desk.filled(order.order_hash, order.token_id, collateral, made);
            }
        }
        Event::Reached { cents } => {
            let limit = usdc(cents * 10_000);
            desk.push(Entry::DayReached { limit });
            let held = policy::day_limit(&desk.facts(), &desk.state, desk.time);
            assert!(held <= limit);
        }
        Event::Freeze => desk.push(Entry::Froze {
            by: Label::parse("operator-1").unwrap(),
            reason: FreezeReason::Asked,
        }),
        Event::Unfreeze => {
            if let Some(freeze) = desk.state.frozen() {
                desk.note(Body::Unfreeze(Unfreeze {
                    journal: JournalId([1; 16]),
                    leaf: freeze.leaf,
                    window: window(NOON, NOON + DAY),
                }));
            }
        }
        Event::Alive => desk.note(Body::Alive(Alive {
            journal: JournalId([1; 16]),
            policy: 1,
            serial: number,
            window: window(NOON, NOON + DAY),
            until: seconds(NOON + DAY),
        })),
    }
    let after = desk.state.charged(desk.time);
    assert!(after.minute_units >= before.minute_units);
    assert!(after.hour_units >= before.hour_units);
    assert!(after.day_units >= before.day_units);
    assert!(after.lifetime_units >= before.lifetime_units);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// M41: no order of questions gets past a sum.
    #[test]
    fn no_sequence_of_requests_exceeds_a_meter(events in prop::collection::vec(event(), 1..160)) {
        let mut desk = tight();
        let mut told = Told::default();
        for (number, event) in (1..).zip(&events) {
            step(&mut desk, &mut told, number, event);
        }
        step(&mut desk, &mut told, 0, &Event::Crash);
    }
}
