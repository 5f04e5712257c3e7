//! Whatever reaches a desk, in whatever order: versions only rise, and what is
//! dialled stays inside the policy.

use crate::kit::{CANCEL, DIAL, HOUR, NOON, OPERATOR, TWO, at, desk, edit, next, signed};
use note::{Authority, Body, receive};
use proptest::prelude::*;

/// One thing that may reach a desk.
#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Policy(&'static str),
    Dial(u64, u64),
    Cancel,
    Rotate,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..30 * HOUR).prop_map(Step::Wait),
        prop_oneof![Just("1000"), Just("1500"), Just("4000")].prop_map(Step::Policy),
        (1..2_000_u64, 0..5_000_u64).prop_map(|(serial, day)| Step::Dial(serial, day)),
        Just(Step::Cancel),
        Just(Step::Rotate),
    ];
    prop::collection::vec(step, 1..20)
}

/// Takes one step at `now`; what is refused changes nothing.
fn take(state: &Authority, step: &Step, now: u64) -> Authority {
    let window = |text: &str| {
        let from = at(now).slow();
        let until = at(now + HOUR).slow();
        edit(
            text,
            &[
                ("not_before", &from.to_string()),
                ("apply_before", &until.to_string()),
            ],
        )
    };
    let policy = state.policy().unwrap();
    let text = match step {
        Step::Wait(_) => return state.clone(),
        Step::Policy(day) => {
            let expires = at(now + 30 * 24 * HOUR).slow().to_string();
            let last = Body::Policy(Box::new(policy.body.clone())).print();
            window(&next(
                &last,
                policy.body.version + 1,
                &[("day_usdc", day), ("expires", &expires)],
            ))
        }
        Step::Dial(serial, day) => {
            let version = policy.body.version.to_string();
            let edits = [
                ("policy", version.as_str()),
                ("serial", &serial.to_string()),
                ("day_usdc", &day.to_string()),
            ];
            window(&edit(DIAL, &edits))
        }
        Step::Cancel => {
            let Some(pending) = state.pending() else {
                return state.clone();
            };
            let named = [
                ("version", pending.policy.body.version.to_string()),
                ("hash", format!("{:?}", pending.policy.hash)),
            ];
            let named = named
                .each_ref()
                .map(|(field, value)| (*field, value.as_str()));
            window(&edit(CANCEL, &named))
        }
        Step::Rotate => {
            let held = state.keyset().unwrap();
            let last = Body::KeySet(held.body.clone()).print();
            window(&next(&last, held.body.version + 1, &[]))
        }
    };
    let signers: &[(&str, u8)] = if matches!(step, Step::Dial(..)) {
        &[OPERATOR]
    } else {
        TWO
    };
    receive(&signed(&text, signers), state, at(now))
        .map_or_else(|_| state.clone(), note::Admitted::apply)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn versions_only_rise_and_dials_stay_inside(steps in steps()) {
        let (mut state, mut now) = (desk(), NOON + 1);
        for step in steps {
            let before = state.clone();
            if let Step::Wait(seconds) = step {
                now += seconds;
            }
            state.settle(at(now));
            state = take(&state, &step, now);
            let (policy, old) = (state.policy().unwrap(), before.policy().unwrap());
            let (version, last) = (policy.body.version, old.body.version);
            prop_assert!(version == last || version == last + 1);
            prop_assert!(version != last || policy.hash == old.hash);
            let keys = |state: &Authority| state.keyset().unwrap().body.version;
            prop_assert!(keys(&state) >= keys(&before));
            prop_assert_eq!(state.dialed().beyond(&policy.body), None);
            let today = state.today().unwrap();
            prop_assert!(today.budgets.day_usdc <= policy.body.budgets.day_usdc);
            if let Some(pending) = state.pending() {
                prop_assert_eq!(pending.policy.body.version, policy.body.version + 1);
                prop_assert!(pending.effective_at > at(now).slow());
            }
        }
    }
}
