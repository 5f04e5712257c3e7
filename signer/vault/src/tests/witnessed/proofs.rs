//! What a status costs: its proofs, and whose bucket they come out of.

use super::kit::{ALL, Story};
use crate::tests::*;
use crate::time::Reading;

/// What a caller may ask at once.
const BURST: usize = 256;

fn asked(story: &mut Story, at: Reading) -> Vec<frame::Line> {
    let (call, told) = story.desk.question(Question::Status);
    story.desk.vault.serve(vec![call], at).unwrap();
    let Answer::Proven { answer, .. } = told.recv().unwrap() else {
        panic!("a proven question has a proven answer")
    };
    let frame::Answer::Status(standing) = *answer else {
        panic!("a status is answered with one")
    };
    standing.lines
}

#[test]
fn a_status_past_its_callers_bucket_is_whole_but_for_its_proofs() {
    let mut story = Story::open();
    story.show(&ALL).unwrap();
    let mut at = story.reading();
    let within = asked(&mut story, at);
    let is_proof = |line: &frame::Line| line.name == "proof";
    assert!(within.iter().any(is_proof));
    for number in 1..BURST {
        let lines = asked(&mut story, at);
        assert!(lines.iter().any(is_proof), "{number}");
    }
    let past = asked(&mut story, at);
    let rest = within.into_iter().filter(|line| !is_proof(line));
    assert_eq!(past, rest.collect::<Vec<_>>());
    // A fiftieth of a second later there is one question more.
    for clock in [&mut at.wall_ms, &mut at.raw_ms, &mut at.boot_ms] {
        *clock += 20;
    }
    assert!(asked(&mut story, at).iter().any(is_proof));
    assert!(!asked(&mut story, at).iter().any(is_proof));
}
