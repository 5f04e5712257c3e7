//! Listings past what the policy lets its listers do.

use crate::kit::{
    HOUR, LISTERS, LISTING, NOON, OPERATOR, POLICY_LISTERS, TWO, WATCHERS, at, carry, code, desk,
    edit, keyed, next, signed, watched,
};
use note::{Authority, receive};

/// The example with its condition and tokens counted on by `number`.
fn listing(number: u64) -> String {
    let market = format!(
        "0x{:064x} yes {} no {} neg_risk no tick 0.01 end 2026-12-31T00:00:00Z",
        0xa1 + number,
        101 + 2 * number,
        102 + 2 * number
    );
    edit(LISTING, &[("market", &market)])
}

#[test]
fn a_listing_is_in_force_at_once_and_is_kept() {
    let state = carry(&watched(), LISTING, LISTERS).unwrap().apply();
    assert_eq!(state.listings().len(), 1);
    let state = carry(&state, &listing(1), LISTERS).unwrap().apply();
    assert_eq!(state.listings().len(), 2);
    assert!(
        watched().listings().is_empty(),
        "other copies stay as they were"
    );
}

#[test]
fn a_listing_by_fewer_or_by_others() {
    let state = watched();
    let lone = &LISTERS[..1];
    assert_eq!(code(&state, LISTING, lone), "NOTE_TOO_FEW_SIGNATURES");
    let twice = [LISTERS[0], LISTERS[0]];
    assert_eq!(code(&state, LISTING, &twice), "NOTE_TOO_FEW_SIGNATURES");
    for strangers in [TWO, WATCHERS, &[OPERATOR]] {
        let refused = code(&state, LISTING, strangers);
        assert_eq!(refused, "NOTE_TOO_FEW_SIGNATURES");
    }
    // Listers of a policy that has none are nobody.
    assert_eq!(code(&desk(), LISTING, TWO), "NOTE_NO_ROLE");
    assert_eq!(code(&desk(), LISTING, LISTERS), "NOTE_NO_KNOWN_KEY");
}

#[test]
fn a_token_moved_to_another_listing() {
    let state = carry(&watched(), LISTING, LISTERS).unwrap().apply();
    assert_eq!(code(&state, LISTING, LISTERS), "NOTE_USED");
    let other_tokens = edit(
        LISTING,
        &[(
            "market",
            "0x00000000000000000000000000000000000000000000000000000000000000a1 yes 7 no 8 \
             neg_risk no tick 0.01 end 2026-12-31T00:00:00Z",
        )],
    );
    assert_eq!(code(&state, &other_tokens, LISTERS), "NOTE_USED");
    for (yes, no) in [(101, 7), (7, 102), (102, 101)] {
        let market = format!(
            "0x{:064x} yes {yes} no {no} neg_risk no tick none end 2026-12-31T00:00:00Z",
            0xb0
        );
        let moved = edit(LISTING, &[("market", &market)]);
        assert_eq!(code(&state, &moved, LISTERS), "NOTE_TOKEN_LISTED");
    }
}

#[test]
fn more_listings_than_a_day_has_by_the_slow_reading() {
    let text = edit(POLICY_LISTERS, &[("listings_per_day", "2")]);
    let few = receive(&signed(&text, TWO), &keyed(), at(NOON)).unwrap();
    let mut state = few.apply();
    for number in 0..2 {
        state = carry(&state, &listing(number), LISTERS).unwrap().apply();
    }
    assert_eq!(code(&state, &listing(2), LISTERS), "NOTE_LISTINGS_A_DAY");
    let third = |state: &Authority, seconds: u64| {
        let text = edit(&listing(2), &[("apply_before", "2026-11-30T12:00:00Z")]);
        receive(&signed(&text, LISTERS), state, at(NOON + 1 + seconds)).is_ok()
    };
    assert!(!third(&state, 24 * HOUR - 1));
    assert!(third(&state, 24 * HOUR));
    // A clock that only ran ahead made no day pass.
    let later = at(NOON + 1 + 24 * HOUR).slow();
    let ahead = note::Now::new(at(NOON + 2).slow(), later);
    let text = edit(&listing(2), &[("apply_before", "2026-11-30T12:00:00Z")]);
    assert!(receive(&signed(&text, LISTERS), &state, ahead).is_err());
}

#[test]
fn a_market_that_is_over_or_has_no_end() {
    let ends = |end: &str| {
        let market = format!(
            "0x{:064x} yes 101 no 102 neg_risk no tick none end {end}",
            0xa1
        );
        edit(LISTING, &[("market", &market)])
    };
    let state = watched();
    assert_eq!(code(&state, &ends("none"), LISTERS), "NOTE_RULE");
    let over = ends("2026-11-20T12:00:01Z");
    assert_eq!(code(&state, &over, LISTERS), "NOTE_EXPIRED");
    assert!(carry(&state, &ends("2026-11-20T12:00:02Z"), LISTERS).is_ok());
}

#[test]
fn listings_outlive_the_policy_they_were_made_under() {
    let state = carry(&watched(), LISTING, LISTERS).unwrap().apply();
    let mut state = carry(&state, &next(POLICY_LISTERS, 2, &[]), TWO)
        .unwrap()
        .apply();
    state.settle(at(NOON + 25 * HOUR));
    assert_eq!(state.policy().unwrap().body.version, 2);
    assert_eq!(state.listings().len(), 1, "so no token is listed twice");
    assert_eq!(code(&state, &listing(1), LISTERS), "NOTE_OTHER_POLICY");
}
