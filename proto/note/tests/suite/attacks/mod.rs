//! Every attack on an update that TUF lists, and some of our own: each must
//! be refused with its own code, and leave the state as it was.

mod bytes;
mod dials;
mod exports;
mod listings;
mod rotations;
mod serials;
mod signers;
mod versions;
mod watchers;
mod windows;

use crate::kit::{KEYSET, POLICY, QUORUM, key, next};

const STRANGER: (&str, u8) = ("example.com/stranger", 99);

fn policy_2() -> String {
    next(POLICY, 2, &[("day_usdc", "3000")])
}

fn keyset_2() -> String {
    let text = next(KEYSET, 2, &[]);
    text.replace(
        &key(QUORUM[0]).to_string(),
        &key(("example.com/quorum-1", 4)).to_string(),
    )
}
