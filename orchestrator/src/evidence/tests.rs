//! The whole table, written a second time as letters, state by state.

use super::*;

/// One letter for each outcome, in the order of [`Evidence::ALL`].
fn letter(outcome: Outcome) -> char {
    match outcome {
        Stay => '.',
        Incident(_) => '!',
        Go(state) => match state {
            State::Expired => 'E',
            State::SignUnknown => '?',
            State::Signed => 'S',
            State::Denied => 'D',
            State::Acked => 'A',
            State::Refused => 'R',
            State::Unknown => 'U',
            State::Working => 'W',
            State::Partial => 'P',
            State::Matched => 'M',
            State::CancelRequested => 'c',
            State::Cancelled => 'C',
            State::AbsentProven => '0',
            State::Settled => '$',
            State::Reversed => '-',
            State::Observed
            | State::Intent
            | State::Reserved
            | State::SignRequested
            | State::Posting
            | State::Rejected => panic!("no evidence leads to {state:?}"),
        },
    }
}

#[test]
fn every_pair_of_state_and_evidence_has_its_outcome() {
    // Signed Denied SignerSilent DeadlinePassed Restarted
    // | Accepted Duplicated Refused NoProof
    // | Absent Open PartlyFilled FillsOwed Filled Confirmed Failed Ended
    // | Cancelled CancelLate CancelMissing CancelSilent | AbsenceProven
    let table = [
        (State::Observed, "!!!E. !!!! !!!!!!!! !!!! !"),
        (State::Intent, "!!!E. !!!! !!!!!!!! !!!! !"),
        (State::Reserved, "!!!E. !!!! !!!!!!!! !!!! !"),
        (State::SignRequested, "SD?E? !!!! !!!!!!!! !!!! !"),
        (State::SignUnknown, "SD.E. !!!! !!!!!!!! !!!! !"),
        (State::Signed, "!!!E. !!!! .!!!!!!! !!.! !"),
        (State::Posting, "!!!.U AARU .WPAMMMA .... ."),
        (State::Unknown, "!!!.. AA.. .WPAMMMA AA.. 0"),
        (State::Acked, "!!!.. ..!. .WP.MMMC .... C"),
        (State::Working, "!!!c. ..!. ..P.MMMC .... C"),
        (State::Partial, "!!!c. ..!. ....MMM. .... ."),
        (State::CancelRequested, "!!!.. ..!. ....MMMC .... C"),
        (State::Matched, "!!!.. ..!. .....$-. .... ."),
        (State::Rejected, "..... !!.. .!!!!!!! !!.. ."),
        (State::Denied, "..... !!.. .!!!!!!! !!.. ."),
        (State::Refused, "..... .... ..!!!!.. .... ."),
        (State::AbsentProven, "..... .... ..!!!!.. .... ."),
        (State::Settled, "..... .... ......!. .... ."),
        (State::Reversed, "..... .... .....!.. .... ."),
        (State::Cancelled, "..... .... ..!!!!.. .... ."),
        (State::Expired, "..... !!.. .!!!!!!! !!.. ."),
    ];
    assert_eq!(table.map(|(state, _)| state), State::ALL);
    for (state, row) in table {
        let letters: Vec<char> = row.chars().filter(|c| *c != ' ').collect();
        assert_eq!(letters.len(), Evidence::ALL.len(), "{state:?}");
        for (evidence, expected) in Evidence::ALL.into_iter().zip(letters) {
            let found = letter(decide(state, evidence));
            assert_eq!(found, expected, "{state:?} + {evidence:?}");
        }
    }
}

#[test]
fn every_outcome_is_an_arrow_that_exists() {
    for state in State::ALL {
        for evidence in Evidence::ALL {
            if let Go(next) = decide(state, evidence) {
                assert!(state.may_become(next), "{state:?} {evidence:?} {next:?}");
                assert!(!state.is_terminal(), "{state:?} absorbs");
            }
        }
    }
}

#[test]
fn only_what_the_venue_shows_or_proven_absence_ends_an_unknown() {
    for evidence in Evidence::ALL {
        if let Go(_) = decide(State::Unknown, evidence) {
            assert!(
                evidence.shows_presence() || evidence == Evidence::AbsenceProven,
                "{evidence:?}"
            );
        }
    }
}

#[test]
fn repeated_evidence_comes_to_rest() {
    for state in State::ALL {
        for evidence in Evidence::ALL {
            let mut at = state;
            let mut arrows = 0;
            while let Go(next) = decide(at, evidence) {
                at = next;
                arrows += 1;
                assert!(arrows <= 3, "{state:?} {evidence:?} goes round");
            }
        }
    }
}
