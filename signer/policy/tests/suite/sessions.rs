//! A session key ends by the owner's word for it, or by its age.

use note::Body;
use policy::{Cause, SessionEnds, session_ends, standing};

use crate::kit::{DAY, Desk, HOUR, NOON, seconds};

/// M117: a session key only reduces from its 120th day on and ends a week later,
/// or an hour before the owner's word for it ends; an owner key does not end.
#[test]
fn a_session_key_reduces_before_it_ends_and_when_it_is_old() {
    let mut desk = Desk::new();
    assert_eq!(session_ends(&desk.facts(), &desk.state), None);
    desk.policy.wallet.session_expires = Some(seconds(NOON + 400 * DAY));
    let named = Body::Policy(Box::new(desk.policy.clone()));
    desk.note(named.clone());
    // Named again, it is no younger.
    desk.at(NOON + 100 * DAY).note(named);
    let by_age = SessionEnds {
        reduces_ms: NOON + 120 * DAY,
        ends_ms: NOON + 127 * DAY,
    };
    assert_eq!(session_ends(&desk.facts(), &desk.state), Some(by_age));
    for (ms, reduces) in [
        (120 * DAY - 1, false),
        (120 * DAY, true),
        (127 * DAY - 1, true),
        (127 * DAY, false),
    ] {
        desk.at(NOON + ms);
        let causes = standing(&desk.facts(), &desk.state, desk.time);
        let ending = |cause: &Cause| matches!(cause, Cause::SessionEnding { .. });
        assert_eq!(causes.iter().any(ending), reduces, "{ms}");
        let ended = causes.iter().any(|cause| cause.word() == "SESSION_ENDED");
        assert_eq!(ended, ms >= 127 * DAY, "{ms}");
    }
    desk.policy.wallet.session_expires = Some(seconds(NOON + 50 * DAY));
    let by_word = SessionEnds {
        reduces_ms: NOON + 50 * DAY - HOUR,
        ends_ms: NOON + 50 * DAY,
    };
    assert_eq!(session_ends(&desk.facts(), &desk.state), Some(by_word));
}
