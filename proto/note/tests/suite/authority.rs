//! What admitted notes do: versions follow each other, delays run, dials move
//! both ways, and nothing an operator tightened loosens by itself.

use crate::kit::{
    ALIVE, DIAL, HOUR, KEYSET, NOON, OPERATOR, POLICY, POLICY_FULL, QUORUM, TICKET, TWO, at, carry,
    code, desk, edit, hash, keyed, next, signed,
};
use note::{
    ChainRefusal, Effect, EnvelopeRefusal, Kind, Need, NoteRefusal, Once, Role, Start, TextRefusal,
    TimeRefusal, receive, row,
};

#[test]
fn the_first_policy_is_in_force_at_once_and_the_next_after_its_delay() {
    let first = receive(&signed(POLICY, TWO), &keyed(), at(NOON)).unwrap();
    assert_eq!(first.effect(), Effect::InForce);
    let desk = first.apply();
    assert_eq!(format!("{:?}", desk.policy().unwrap().hash), hash(POLICY));

    let text = next(POLICY, 2, &[("day_usdc", "3000"), ("delay_hours", "1")]);
    let admitted = carry(&desk, &text, TWO).unwrap();
    let effective_at = at(NOON + 1 + 24 * HOUR).slow();
    assert_eq!(
        admitted.effect(),
        Effect::Pending { effective_at },
        "by the delay in force"
    );
    let mut state = admitted.apply();
    assert_eq!(state.policy().unwrap().body.version, 1);
    assert!(!state.settle(at(NOON + 24 * HOUR)));
    assert_eq!(state.pending().unwrap().policy.body.version, 2);
    assert!(state.settle(at(NOON + 1 + 24 * HOUR)));
    assert_eq!(state.policy().unwrap().body.version, 2);
    assert_eq!(state.pending(), None);
}

#[test]
fn tightening_waits_as_loosening_does() {
    let text = next(POLICY, 2, &[("day_usdc", "1000")]);
    assert!(matches!(
        carry(&desk(), &text, TWO).unwrap().effect(),
        Effect::Pending { .. }
    ));
}

#[test]
fn a_delay_runs_on_the_slow_reading() {
    let mut state = carry(&desk(), &next(POLICY, 2, &[]), TWO).unwrap().apply();
    let jumped = note::Now::new(at(NOON + 2).slow(), at(NOON + 365 * 24 * HOUR).slow());
    assert!(!state.settle(jumped));
}

#[test]
fn a_note_for_a_policy_that_just_came_due_is_admitted() {
    let second = next(POLICY, 2, &[]);
    let state = carry(&desk(), &second, TWO).unwrap().apply();
    let late = at(NOON + 24 * HOUR + 1);
    let window = [("policy", "2"), ("apply_before", "2026-11-22T12:00:00Z")];
    let dial = edit(DIAL, &window);
    let admitted = receive(&signed(&dial, &[OPERATOR]), &state, late).unwrap();
    assert_eq!(
        admitted.apply().policy().unwrap().body.version,
        2,
        "no one had settled it yet"
    );
}

#[test]
fn dials_move_both_ways_and_leave_the_rest() {
    let state = carry(&desk(), DIAL, &[OPERATOR]).unwrap().apply();
    let today = state.today().unwrap();
    assert_eq!(today.budgets.day_usdc.get(), 1_000_000_000);
    assert_eq!(today.order.buy_price_max.get(), 9_000);
    assert_eq!(
        today.budgets.hour_usdc,
        state.policy().unwrap().body.budgets.hour_usdc
    );
    assert_eq!(
        state.policy().unwrap().body.budgets.day_usdc.get(),
        1_500_000_000,
        "the ceiling"
    );
    assert_eq!(state.dialed().token_floors.len(), 1);

    let head = DIAL.split_inclusive('\n').take(6).collect::<String>();
    let up = edit(
        &format!("{head}figures 1\nday_usdc 1500\ntoken_floors 0\n"),
        &[("serial", "5")],
    );
    let state = carry(&state, &up, &[OPERATOR]).unwrap().apply();
    assert_eq!(state.today().unwrap().budgets.day_usdc.get(), 1_500_000_000);
    assert_eq!(
        state.today().unwrap().order.buy_price_max.get(),
        9_000,
        "as it was"
    );
    assert_eq!(state.dialed().token_floors.len(), 1, "as it was");

    let token = DIAL.lines().last().unwrap().split(' ').nth(1).unwrap();
    let floor = format!("{head}figures 0\ntoken_floors 1\ntoken_floor {token} price 0.05\n");
    let state = carry(&state, &edit(&floor, &[("serial", "6")]), &[OPERATOR])
        .unwrap()
        .apply();
    assert_eq!(
        state.dialed().token_floors.len(),
        0,
        "back at the policy's own"
    );
}

#[test]
fn figures_without_a_ceiling_can_be_dialled() {
    let head = DIAL.split_inclusive('\n').take(6).collect::<String>();
    let text = format!("{head}figures 2\nminute_usdc 50\nlifetime_usdc 9000\ntoken_floors 0\n");
    let today = carry(&desk(), &text, &[OPERATOR])
        .unwrap()
        .apply()
        .today()
        .unwrap();
    assert_eq!(today.budgets.minute_usdc.unwrap().get(), 50_000_000);
    assert_eq!(today.budgets.lifetime_usdc.unwrap().get(), 9_000_000_000);
}

#[test]
fn strategy_caps_are_dialled_inside_the_policys() {
    let full = edit(POLICY_FULL, &[("version", "1")]);
    let state = receive(&signed(&full, TWO), &keyed(), at(NOON))
        .unwrap()
        .apply();
    let head = DIAL.split_inclusive('\n').take(6).collect::<String>();
    let caps = |order: &str, day: &str, rate: &str| {
        let text = format!(
            "{head}figures 3\nstrategy_order_usdc_max {order}\nstrategy_total_day_usdc {day}\n\
             strategy_orders_per_minute {rate}\ntoken_floors 0\n"
        );
        carry(&state, &text, &[OPERATOR])
    };
    let off = caps("0", "0", "0").unwrap().apply().today().unwrap();
    assert_eq!(
        off.strategy.caps().unwrap().strategy_total_day_usdc.get(),
        0
    );
    assert_eq!(off.strategy.caps().unwrap().strategy_orders_per_minute, 0);
    assert!(caps("10", "200", "5").is_ok());
    for (order, day, rate) in [
        ("10.01", "200", "5"),
        ("10", "200.01", "5"),
        ("10", "200", "6"),
    ] {
        assert_eq!(
            caps(order, day, rate).unwrap_err().code(),
            "NOTE_BEYOND_POLICY"
        );
    }
}

#[test]
fn a_renewal_keeps_what_operators_tightened_and_drops_what_it_overtakes() {
    let dialled = carry(&desk(), DIAL, &[OPERATOR]).unwrap().apply();
    let in_force = |edits: &[(&str, &str)]| {
        let mut state = carry(&dialled, &next(POLICY, 2, edits), TWO)
            .unwrap()
            .apply();
        assert!(state.settle(at(NOON + 25 * HOUR)));
        state
    };
    let renewed = in_force(&[]);
    assert_eq!(renewed.dialed(), dialled.dialed());
    assert_eq!(
        renewed.today().unwrap().budgets.day_usdc.get(),
        1_000_000_000
    );

    let narrower = in_force(&[("day_usdc", "900"), ("sell_floor", "0.22")]);
    assert_eq!(
        narrower.dialed().day_usdc,
        None,
        "the ceiling is lower than the dial was"
    );
    assert_eq!(
        narrower.dialed().token_floors.len(),
        0,
        "the floor is as high as the dial was"
    );
    assert_eq!(
        narrower.today().unwrap().budgets.day_usdc.get(),
        900_000_000
    );

    // Serials begin anew with the version that notes name.
    let dial = edit(
        DIAL,
        &[
            ("policy", "2"),
            ("serial", "1"),
            ("apply_before", "2026-11-22T12:00:00Z"),
        ],
    );
    assert!(receive(&signed(&dial, &[OPERATOR]), &renewed, at(NOON + 25 * HOUR)).is_ok());
}

#[test]
fn alive_reaches_where_the_last_one_says() {
    assert_eq!(desk().alive_until(), None);
    let state = carry(&desk(), ALIVE, &[OPERATOR]).unwrap().apply();
    assert_eq!(state.alive_until(), Some(at(NOON + 72 * HOUR).slow()));
    let sooner = edit(
        ALIVE,
        &[("serial", "10"), ("until", "2026-11-22T00:00:00Z")],
    );
    let state = carry(&state, &sooner, &[OPERATOR]).unwrap().apply();
    assert_eq!(state.alive_until(), Some(at(NOON + 36 * HOUR).slow()));
}

#[test]
fn marks_outlive_the_notes_that_made_them() {
    let mut state = carry(&desk(), TICKET, &[OPERATOR]).unwrap().apply();
    // To the last second at which it could come again.
    state.settle(at(NOON + 899));
    assert_eq!(
        receive(&signed(TICKET, &[OPERATOR]), &state, at(NOON + 899)).unwrap_err(),
        NoteRefusal::Used
    );
    state.settle(at(NOON + 900));
    let late = receive(&signed(TICKET, &[OPERATOR]), &state, at(NOON + 900)).unwrap_err();
    assert_eq!(late.code(), "NOTE_TOO_LATE");
    // A fast clock alone makes nothing forgotten.
    let mut state = carry(&desk(), TICKET, &[OPERATOR]).unwrap().apply();
    state.settle(note::Now::new(at(NOON).slow(), at(NOON + 9_000).slow()));
    assert_eq!(code(&state, TICKET, &[OPERATOR]), "NOTE_USED");
}

#[test]
fn a_key_set_takes_over_at_once() {
    let fresh = ("example.com/quorum-4", 4);
    let text = format!(
        "{}key {}\n",
        next(KEYSET, 2, &[("keys", "4"), ("threshold", "3")]),
        crate::kit::key(fresh)
    );
    let state = carry(&desk(), &text, &[QUORUM[0], QUORUM[1], fresh])
        .unwrap()
        .apply();
    assert_eq!(state.keyset().unwrap().body.version, 2);
    assert_eq!(state.keys().len(), 6);
    assert_eq!(
        code(&state, &next(POLICY, 2, &[]), TWO),
        "NOTE_TOO_FEW_SIGNATURES"
    );
    assert!(
        carry(
            &state,
            &next(POLICY, 2, &[]),
            &[fresh, QUORUM[2], QUORUM[1]]
        )
        .is_ok()
    );
}

#[test]
fn the_table_says_what_the_design_says() {
    for kind in Kind::ALL {
        let row = row(*kind);
        let operators = matches!(kind, Kind::Dial | Kind::Ticket | Kind::Alive);
        assert_eq!(row.role == Role::Operators, operators);
        assert_eq!(row.need == Need::One, operators || *kind == Kind::Cancel);
        assert_eq!(row.start == Start::AfterDelay, *kind == Kind::Policy);
        assert_eq!(row.role == Role::Listers, *kind == Kind::Listing);
        let watchers = matches!(kind, Kind::Attestation | Kind::Fill);
        assert_eq!(row.role == Role::Watchers, watchers);
        assert_eq!(
            row.once == Once::Chain,
            matches!(kind, Kind::Policy | Kind::KeySet)
        );
    }
}

#[test]
fn every_refusal_reads_as_a_sentence_with_a_way_out() {
    let time = at(NOON).slow();
    let refusals = [
        NoteRefusal::Envelope(EnvelopeRefusal::NoKnownKey),
        NoteRefusal::Text(TextRefusal::Kind),
        NoteRefusal::OtherJournal,
        NoteRefusal::Time(TimeRefusal::NotYet { not_before: time }),
        NoteRefusal::Time(TimeRefusal::TooLate { apply_before: time }),
        NoteRefusal::NoKeySet,
        NoteRefusal::NoPolicy,
        NoteRefusal::NoRole { role: "listers" },
        NoteRefusal::TokenListed,
        NoteRefusal::ListingsADay { limit: 400 },
        NoteRefusal::TooFewSignatures {
            role: "keys",
            signed: 1,
            needed: 2,
        },
        NoteRefusal::Chain(ChainRefusal::OldVersion { in_force: 2 }),
        NoteRefusal::Chain(ChainRefusal::ForkedVersion { in_force: 2 }),
        NoteRefusal::Chain(ChainRefusal::VersionJump { next: 3 }),
        NoteRefusal::Chain(ChainRefusal::OtherPrevious),
        NoteRefusal::Chain(ChainRefusal::InForce),
        NoteRefusal::Chain(ChainRefusal::OtherPolicy { in_force: 2 }),
        NoteRefusal::Chain(ChainRefusal::OldSerial { last: 4 }),
        NoteRefusal::Chain(ChainRefusal::SerialJump { limit: 1_004 }),
        NoteRefusal::Used,
        NoteRefusal::Crowded,
        NoteRefusal::PolicyPending { effective_at: time },
        NoteRefusal::NotPending,
        NoteRefusal::Time(TimeRefusal::Expired { expires: time }),
        NoteRefusal::BeyondPolicy { field: "day_usdc" },
        NoteRefusal::Time(TimeRefusal::AliveReach { latest: time }),
        NoteRefusal::Time(TimeRefusal::Calendar),
    ];
    let mut codes: Vec<_> = refusals.iter().map(NoteRefusal::code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), refusals.len(), "each has its own");
    for refusal in refusals {
        assert!(refusal.code().starts_with("NOTE_"));
        assert!(refusal.to_string().contains([';', ',']), "{refusal}");
    }
    let late = NoteRefusal::Time(TimeRefusal::TooLate { apply_before: time });
    assert_eq!(
        late.to_string(),
        "apply_before: it had to be applied before 2026-11-20T12:00:00Z; make a new one"
    );
}
