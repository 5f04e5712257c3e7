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
/// The code of a note whose time has not come.
const NOT_YET: &str = "NOTE_NOT_YET";

/// Carries what at least `signatures` signed, for ever.
pub async fn carry(folder: Folder, signatures: usize, signer: SignerClient) {
    let mut every = interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // With how many signatures each was judged.
    let mut judged: BTreeMap<String, usize> = BTreeMap::new();
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
        let news = |one: &&Found| {
            one.signatures >= signatures && judged.get(&one.subject) != Some(&one.signatures)
        };
        let news: Vec<Found> = there.values().filter(news).cloned().collect();
        for one in news {
            if is_judged(&one, signer.carry(&one.envelope).await) {
                judged.insert(one.subject, one.signatures);
            }
        }
    }
}

fn is_judged(one: &Found, carried: Carried) -> bool {
    let note = &one.subject;
    match carried {
        Carried::Taken { leaf } => tracing::info!(note, leaf, "a note is in force"),
        Carried::Refused { code, .. } if code == NOT_YET => return false,
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
