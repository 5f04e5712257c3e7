//! What notes may not undo: a cap that was reached today, and what a journal
//! that went back has forgotten. Both hold through a restart.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::integer_division,
    reason = "tests count in the open, a panic here is a failed test"
)]

use note::{
    Attestation, Body, Dial, Dialed, JournalId, Listers, Listing, Market, Markets, Recovery,
    Unfreeze, UtcSeconds, Watchers, Watching, Window,
};
use order::{
    Address, B256, Chain, CollateralUnits, Exchange, PriceE4, ShareUnits, Side, U256, Venue,
};
use policy::{Intent, IntentId, Kind, Observed, Size};

use super::desk::{self, Desk, JOURNAL, envelope, word};
use super::*;

const LEADER: Address = Address::repeat_byte(0x22);

fn usdc(whole: u64) -> CollateralUnits {
    CollateralUnits::new(whole * 1_000_000)
}

fn window() -> Window {
    let not_before = UtcSeconds::new(clock::read().unwrap().wall_ms / 1_000).unwrap();
    Window {
        not_before,
        apply_before: not_before.plus(900).unwrap(),
    }
}

/// Asks to copy 20 shares at 0.50: 11 USDC charged.
fn buy(desk: &mut Desk, number: u64) -> String {
    let now_ms = clock::read().unwrap().wall_ms;
    copy(desk, number, now_ms, B256::repeat_byte(5))
}

/// The same of one fill, matched at `traded_ms`.
fn copy(desk: &mut Desk, number: u64, traded_ms: u64, fill: B256) -> String {
    let intent = copied(number, traded_ms, fill);
    ask(desk, intent, Vec::new())
}

fn ask(desk: &mut Desk, intent: Intent, attestation: Vec<u8>) -> String {
    let (call, told) = desk.question(Question::Sign(Box::new(intent), attestation));
    desk.vault
        .serve(vec![call], clock::read().unwrap())
        .unwrap();
    word(&told)
}

fn copied(number: u64, traded_ms: u64, fill: B256) -> Intent {
    let now_ms = clock::read().unwrap().wall_ms;
    let Question::Sign(exit, _) = desk::exit_at(now_ms, number, 5_000) else {
        panic!("an exit is asked to be signed")
    };
    Intent {
        kind: Kind::Copy(Observed {
            leader: LEADER,
            fill,
            price: PriceE4::new(5_000).unwrap(),
            size: ShareUnits::new(100_000_000),
            traded_ms,
            observed_ms: now_ms,
        }),
        id: IntentId::parse(&format!("{}-buy", exit.id.as_str())).unwrap(),
        side: Side::Buy,
        size: Size::Shares(ShareUnits::new(20_000_000)),
        ..*exit
    }
}

fn dial(desk: &mut Desk, serial: u64, day: u64) -> Result<String, String> {
    let body = Body::Dial(Dial {
        journal: JournalId(JOURNAL),
        policy: 1,
        serial,
        window: window(),
        dialed: Dialed {
            day_usdc: Some(usdc(day)),
            ..Dialed::default()
        },
    });
    local(&mut desk.vault, Local::Note(envelope(&body, 2)))
}

/// M162: a cap that was reached today is not raised before the UTC day is over.
#[test]
fn a_cap_that_was_reached_stays_through_a_restart_and_no_dial_raises_it() {
    let mut desk = Desk::open_with(0, |policy| {
        policy.scope.leaders.insert(LEADER);
    });
    dial(&mut desk, 1, 15).unwrap();
    assert_eq!(buy(&mut desk, 1), "YES");
    // Not reached yet, so it goes both ways.
    dial(&mut desk, 2, 40).unwrap();
    dial(&mut desk, 3, 15).unwrap();
    assert_eq!(buy(&mut desk, 2), "BUDGET_DAY");
    let refused = dial(&mut desk, 4, 40).unwrap_err();
    assert!(refused.starts_with("DAY_REACHED"), "{refused}");
    assert!(
        refused.contains("today's cap of 15 was reached"),
        "{refused}"
    );
    dial(&mut desk, 4, 12).unwrap();
    dial(&mut desk, 5, 15).unwrap();

    let state = desk.vault.force.state.clone();
    drop(desk.vault);
    let again = open(desk.folder.path());
    let slow_ms = clock::read().unwrap().wall_ms;
    assert_eq!(again.force.state.day_reached(slow_ms), Some(usdc(15)));
    assert_eq!(again.force.state.frozen(), state.frozen());
    let facts = again.force.facts().unwrap();
    let time = policy::Time::agreed(slow_ms);
    assert_eq!(policy::day_limit(facts, &again.force.state, time), usdc(15));
}

#[test]
fn a_journal_that_went_back_needs_what_it_forgot_and_not_an_unfreezing() {
    let mut desk = Desk::open(0);
    let leaf = desk.vault.journal.size();
    // As a start writes it that finds leaves missing.
    let mut batch = Batch::new(desk.vault.account.mark());
    let froze = What::Froze {
        reason: policy::FreezeReason::RolledBack,
        words: "173 leaves are missing".to_owned(),
    };
    desk.vault.push(&mut batch, MYSELF, froze, None).unwrap();
    desk.vault.finish(batch).unwrap();
    let folder = desk.folder;
    drop(desk.vault);
    let mut vault = open(folder.path());
    let unfreeze = Body::Unfreeze(Unfreeze {
        journal: JournalId(JOURNAL),
        leaf,
        window: window(),
    });
    let recovery = |leaf| {
        Body::Recovery(Recovery {
            journal: JournalId(JOURNAL),
            leaf,
            window: window(),
            lifetime_usdc: usdc(300),
        })
    };
    let note = |vault: &mut Vault, body: &Body| local(vault, Local::Note(envelope(body, 1)));
    let refused = note(&mut vault, &unfreeze).unwrap_err();
    assert!(refused.starts_with("NEEDS_RECOVERY"), "{refused}");
    let refused = note(&mut vault, &recovery(leaf + 1)).unwrap_err();
    assert!(refused.starts_with("UNFREEZE_LEAF"), "{refused}");
    note(&mut vault, &recovery(leaf)).unwrap();
    assert_eq!(vault.force.state.frozen(), None);
    let status = local(&mut vault, Local::Status).unwrap();
    assert!(status.contains("\ncharged_lifetime_usdc 300"), "{status}");
    assert!(
        status.contains("\nholdings_declared_complete no"),
        "{status}"
    );

    // A freeze that someone asked for forgot nothing.
    local(&mut vault, Local::Freeze("test".to_owned())).unwrap();
    let asked = vault.force.state.frozen().unwrap().leaf;
    let refused = note(&mut vault, &recovery(asked)).unwrap_err();
    assert!(refused.starts_with("NOT_ROLLED_BACK"), "{refused}");
    drop(vault);
    let again = open(folder.path());
    assert_eq!(again.force.state.frozen().unwrap().leaf, asked);
    let time = policy::Time::agreed(clock::read().unwrap().wall_ms);
    let charged = again.force.state.charged(time);
    assert_eq!(charged.lifetime_units, u128::from(usdc(300).get()));
}

fn listing() -> Body {
    Body::Listing(Listing {
        journal: JournalId(JOURNAL),
        policy: 1,
        window: window(),
        market: Market {
            condition: B256::repeat_byte(0xaa),
            yes: desk::TOKEN,
            no: U256::ONE,
            neg_risk: false,
            tick: None,
            end: window().apply_before.plus(86_400),
        },
    })
}

fn seen() -> Attestation {
    let matched = window().not_before;
    Attestation {
        journal: JournalId(JOURNAL),
        policy: 1,
        window: window(),
        venue: Venue {
            chain: Chain::Amoy,
            exchange: Exchange::V2Standard,
        },
        transaction: B256::repeat_byte(7),
        log_index: 1,
        order: B256::repeat_byte(8),
        leader: LEADER,
        token: desk::TOKEN,
        side: Side::Buy,
        price: PriceE4::new(5_000).unwrap(),
        size: ShareUnits::new(100_000_000),
        matched,
        seen: matched,
    }
}

fn watching(policy: &mut note::Policy) {
    policy.scope.leaders.insert(LEADER);
    policy.watching = Watching::On(Watchers {
        watch_threshold: 1,
        watchers: [desk::verifier(3)].into(),
        attested_buys_only: true,
        copy_ratio_bps: 2_500,
    });
}

/// A copy and what watchers saw of its leader's trade are one transaction,
/// the note first; asked again it is the same order, and the note is not news.
#[test]
fn a_copy_brings_its_attestation_and_both_are_recorded_together() {
    let mut desk = Desk::open_with(0, watching);
    let seen = seen();
    let intent = copied(1, seen.matched.get() * 1_000, seen.fill());
    let note = envelope(&Body::Attestation(seen), 3);
    let size = desk.vault.journal.size();
    assert_eq!(
        ask(&mut desk, intent.clone(), Vec::new()),
        "ATTESTATION_MISSING"
    );
    assert_eq!(desk.vault.journal.size(), size + 1);
    assert_eq!(ask(&mut desk, intent.clone(), note.clone()), "YES");
    assert_eq!(desk.vault.journal.size(), size + 3, "the note, the order");
    for attestation in [note.clone(), Vec::new(), b"anything".to_vec()] {
        assert_eq!(ask(&mut desk, intent.clone(), attestation), "YES");
    }
    assert_eq!(desk.vault.journal.size(), size + 3, "said again, not again");
    // The next attempt may bring it as well, within the ratio of the trade.
    let next = Intent {
        attempt: 1,
        ..intent.clone()
    };
    assert_eq!(ask(&mut desk, next, note.clone()), "COPY_RATIO");
    let other = Intent {
        id: IntentId::parse(&format!("{}-other", intent.id.as_str())).unwrap(),
        ..intent.clone()
    };
    assert_eq!(ask(&mut desk, other, note), "ATTESTATION_USED");

    let Desk { vault, folder, .. } = desk;
    drop(vault);
    let again = open(folder.path());
    assert_eq!(again.journal.size(), size + 6, "and the start");
}

#[test]
fn what_comes_with_an_order_and_is_no_attestation_signs_nothing() {
    let mut desk = Desk::open_with(0, watching);
    let seen = seen();
    let intent = copied(1, seen.matched.get() * 1_000, seen.fill());
    let size = desk.vault.journal.size();
    let mut altered = envelope(&Body::Attestation(seen.clone()), 3);
    let place = altered.windows(4).position(|at| at == b"size").unwrap();
    altered[place + 5] = b'9';
    let unfreeze = Body::Unfreeze(Unfreeze {
        journal: JournalId(JOURNAL),
        leaf: 1,
        window: window(),
    });
    let elsewhere = Attestation {
        journal: JournalId([9; 16]),
        ..seen.clone()
    };
    for (brought, code) in [
        (altered, "NOTE_BAD_SIGNATURE"),
        (b"no note".to_vec(), "NOTE_NO_SIGNATURES"),
        (
            envelope(&Body::Attestation(seen.clone()), 4),
            "NOTE_NO_KNOWN_KEY",
        ),
        (
            envelope(&Body::Attestation(seen.clone()), 1),
            "NOTE_TOO_FEW_SIGNATURES",
        ),
        (
            envelope(&Body::Attestation(elsewhere), 3),
            "NOTE_OTHER_JOURNAL",
        ),
        (envelope(&unfreeze, 1), "NOTE_NOT_ATTESTATION"),
    ] {
        assert_eq!(ask(&mut desk, intent.clone(), brought), code);
    }
    assert_eq!(desk.vault.journal.size(), size, "counted, not written");
    // What it is said to be and what was seen must be one.
    let relabelled = Intent {
        id: IntentId::parse(&format!("{}-other", intent.id.as_str())).unwrap(),
        token_id: U256::ONE,
        ..intent.clone()
    };
    let note = envelope(&Body::Attestation(seen), 3);
    assert_eq!(
        ask(&mut desk, relabelled, note.clone()),
        "ATTESTATION_DIFFERS"
    );
    assert_eq!(ask(&mut desk, intent, note), "YES");
}

/// A sale needs nobody's word: one that comes with a note that is refused (its
/// clock is another, a watcher signs badly) keeps the floor and goes on.
#[test]
fn a_copied_sale_goes_on_without_a_note_that_is_refused() {
    let mut desk = Desk::open_with(0, watching);
    let seen = seen();
    let at_ms = seen.matched.get() * 1_000;
    let buy = copied(1, at_ms, seen.fill());
    let good = envelope(&Body::Attestation(seen.clone()), 3);
    assert_eq!(ask(&mut desk, buy, good.clone()), "YES");
    let sale = |number, e4| {
        let fill = B256::repeat_byte(u8::try_from(number).unwrap());
        let mut sale = copied(number, at_ms, fill);
        sale.side = Side::Sell;
        sale.limit_price = PriceE4::new(e4).unwrap();
        sale
    };
    let mut altered = good;
    let place = altered.windows(4).position(|at| at == b"size").unwrap();
    altered[place + 5] = b'9';
    let size = desk.vault.journal.size();
    assert_eq!(ask(&mut desk, sale(2, 5_000), altered.clone()), "YES");
    assert_eq!(desk.vault.journal.size(), size + 1, "without the note");
    assert_eq!(ask(&mut desk, sale(3, 600), altered), "LEADER_DISTANCE");
}

#[test]
fn what_listers_and_watchers_said_is_in_force_again_after_a_restart() {
    let mut desk = Desk::open_with(0, |policy| {
        watching(policy);
        policy.scope.markets = Markets::Listers(Listers {
            list_threshold: 1,
            listers: [desk::verifier(4)].into(),
            listings_per_day: 1,
            listing_day_usdc: usdc(25),
        });
    });
    let (listing, seen) = (listing(), seen());
    let (fill, at_ms) = (seen.fill(), seen.matched.get() * 1_000);
    assert_eq!(copy(&mut desk, 1, at_ms, fill), "MARKET_NOT_ALLOWED");
    local(&mut desk.vault, Local::Note(envelope(&listing, 4))).unwrap();
    assert_eq!(copy(&mut desk, 1, at_ms, fill), "ATTESTATION_MISSING");
    let attestation = Body::Attestation(seen);
    let forged = local(&mut desk.vault, Local::Note(envelope(&attestation, 4)));
    assert!(forged.unwrap_err().starts_with("NOTE_TOO_FEW_SIGNATURES"));
    local(&mut desk.vault, Local::Note(envelope(&attestation, 3))).unwrap();
    assert_eq!(copy(&mut desk, 1, at_ms, fill), "YES");
    assert_eq!(copy(&mut desk, 2, at_ms, fill), "ATTESTATION_USED");

    let Desk { vault, folder, .. } = desk;
    let (state, authority) = (vault.force.state.clone(), vault.force.authority.clone());
    drop(vault);
    let again = open(folder.path());
    assert_eq!(again.force.authority.listings(), authority.listings());
    assert_eq!(again.force.authority.listings().len(), 1);
    let time = policy::Time::agreed(clock::read().unwrap().wall_ms);
    assert_eq!(again.force.state.charged(time), state.charged(time));
}
