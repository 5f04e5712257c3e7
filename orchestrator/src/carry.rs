//! Listings and fill notes on their way to the signer.
//!
//! Never touches: the pipeline. No order waits for a note, and a note that is
//! refused is told and left where it is.
//!
//! Invariant: whoever signed is the signer's to judge; what it refused is brought
//! again only with another signature, what it could not hear is brought again.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::notes::{Folder, Found};
use crate::signer::{Carried, SignerClient};

const KINDS: [&str; 2] = ["listing-", "fill-"];
/// How often the folder is looked at.
const EVERY: Duration = Duration::from_secs(2);
/// Brought at once, at most: orders are asked for out of the same bucket, and
/// whoever writes the folder must not empty it.
const AT_ONCE: usize = 32;
/// The codes of what passes by itself: its time has not come, or there was no room.
const NOT_NOW: [&str; 3] = ["NOTE_NOT_YET", "NOTE_CROWDED", "BUSY"];

/// Carries what at least `signatures` signed, for ever.
pub async fn carry(folder: Folder, signatures: usize, signer: SignerClient) {
    let mut every = interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // With how many signatures each was judged.
    let mut judged: BTreeMap<String, usize> = BTreeMap::new();
    let mut round = 0_usize;
    loop {
        every.tick().await;
        let mut there = BTreeMap::new();
        for kind in KINDS {
            match folder.find(kind) {
                Ok(found) => {
                    for one in found {
                        there.insert(one.subject.clone(), one);
                    }
                }
                Err(why) => tracing::warn!(why, "NOTES not looked at"),
            }
        }
        judged.retain(|subject, _| there.contains_key(subject));
        round = round.wrapping_add(1);
        for one in news(&there, &judged, signatures, round) {
            if is_judged(&one, signer.carry(&one.envelope).await) {
                judged.insert(one.subject, one.signatures);
            }
        }
    }
}

/// What is to be brought now: in each round others first, so that what has to be
/// brought again keeps nothing from its turn.
fn news(
    there: &BTreeMap<String, Found>,
    judged: &BTreeMap<String, usize>,
    signatures: usize,
    round: usize,
) -> Vec<Found> {
    let is_news = |one: &&Found| {
        one.signatures >= signatures && judged.get(&one.subject) != Some(&one.signatures)
    };
    let mut news: Vec<&Found> = there.values().filter(is_news).collect();
    let first = round.wrapping_mul(AT_ONCE).checked_rem(news.len());
    news.rotate_left(first.unwrap_or(0));
    news.into_iter().take(AT_ONCE).cloned().collect()
}

fn is_judged(one: &Found, carried: Carried) -> bool {
    let note = &one.subject;
    match carried {
        Carried::Taken { leaf } => tracing::info!(note, leaf, "a note is in force"),
        Carried::Refused { code, .. } if NOT_NOW.contains(&code.as_str()) => return false,
        Carried::Refused { code, sentence } => {
            tracing::warn!(note, "NOTE refused, {code}: {sentence}");
        }
        Carried::Unheard(why) => {
            tracing::warn!(note, why, "a note was not heard; it is brought again");
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(subject: &str, signatures: usize) -> (String, Found) {
        let (subject, envelope) = (subject.to_owned(), String::new());
        let one = Found {
            subject: subject.clone(),
            envelope,
            signatures,
        };
        (subject, one)
    }

    #[test]
    fn a_folder_that_is_full_of_notes_leaves_room_for_orders() {
        let there: BTreeMap<_, _> = (0..1_000).map(|n| found(&format!("fill-{n}"), 2)).collect();
        let mut judged = BTreeMap::new();
        for round in 1..=32 {
            let news = news(&there, &judged, 2, round);
            assert!(news.len() <= AT_ONCE && !news.is_empty(), "{round}");
            judged.extend(news.into_iter().map(|one| (one.subject, one.signatures)));
        }
        assert_eq!(news(&there, &judged, 2, 0), [], "each had its turn");
        judged.clear();
        assert_eq!(news(&there, &judged, 3, 0), [], "too few signed");
        // None of them is judged: their time has not come.
        let turns = (0..32).flat_map(|round| news(&there, &judged, 2, round));
        let turns: BTreeMap<_, _> = turns.map(|one| (one.subject.clone(), one)).collect();
        assert_eq!(turns, there);
    }

    #[test]
    fn what_passes_by_itself_is_brought_again() {
        let (_, one) = found("fill-1", 2);
        let refused = |code: &str| Carried::Refused {
            code: code.to_owned(),
            sentence: String::new(),
        };
        for code in ["NOTE_NOT_YET", "NOTE_CROWDED", "BUSY"] {
            assert!(!is_judged(&one, refused(code)), "{code}");
        }
        assert!(!is_judged(&one, Carried::Unheard("away".to_owned())));
        assert!(is_judged(&one, refused("NOTE_USED")));
        assert!(is_judged(&one, Carried::Taken { leaf: 1 }));
    }
}
