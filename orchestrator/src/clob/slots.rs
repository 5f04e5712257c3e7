//! Two slots for the venue's API credentials: those in use, and those they
//! took the place of, which work on for the overlap.
//!
//! Pure: time is an argument.
//!
//! Invariant: both slots are one file, so that each step of a rotation (swap,
//! revoke, delete) is one renaming, and no crash leaves half of one.
//! Invariant: nothing is deleted that was not revoked at the venue, and
//! nothing is swapped while older credentials are still known.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

const DAY_MS: u64 = 24 * 3_600_000;
/// How long the former credentials stay good beside the new.
pub const OVERLAP_MS: u64 = 7 * DAY_MS;
/// Room for both slots, so that what is written never moves.
const ROOM: usize = 16 * 1024;

/// One API key, and what became of it.
#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Slot<'a> {
    /// The key's id.
    pub api_key: &'a str,
    pub(super) secret: &'a str,
    pub(super) passphrase: &'a str,
    /// When it came in, unix milliseconds; not known of the venue's own answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported_ms: Option<u64>,
    /// When the venue answered to it; nothing if it was never asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validated_ms: Option<u64>,
    /// When another took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated_ms: Option<u64>,
    /// When the venue was seen not to know it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_ms: Option<u64>,
}

impl<'a> Slot<'a> {
    /// Reads what the venue answered to `POST /auth/api-key`.
    ///
    /// # Errors
    ///
    /// [`NotSlots`].
    pub fn of_venue(bytes: &'a [u8]) -> Result<Self, NotSlots> {
        serde_json::from_slice(bytes).map_err(|_ignored| NotSlots)
    }

    /// The same, come in at `now_ms`, and known to the venue if it was asked.
    #[must_use]
    pub fn imported(self, now_ms: u64, validated: bool) -> Self {
        Self {
            imported_ms: Some(now_ms),
            validated_ms: validated.then_some(now_ms),
            deprecated_ms: None,
            revoked_ms: None,
            ..self
        }
    }

    /// `valid` if the venue answered to it once.
    #[must_use]
    pub fn validation_status(&self) -> &'static str {
        self.validated_ms.map_or("untested", |_ms| "valid")
    }
}

/// The credentials in use, and the former ones while they are not deleted.
#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Slots<'a> {
    /// What requests are signed with.
    #[serde(borrow)]
    pub active: Slot<'a>,
    /// What they were signed with before.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<Slot<'a>>,
}

/// The bytes are neither slots nor the venue's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotSlots;

/// Why a step is not taken; the file stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepRefused {
    /// The new key is the one in use: it was done before.
    Already,
    /// Former credentials are still there.
    Former,
    /// There are no former credentials.
    None,
    /// The overlap lasts until then, unix milliseconds.
    Overlap(u64),
    /// They were not revoked.
    NotRevoked,
}

impl fmt::Display for StepRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Already => f.write_str("these are the credentials in use"),
            Self::Former => f.write_str(
                "former credentials are still there; orchestrator credentials revoke, then delete",
            ),
            Self::None => f.write_str(
                "there are no former credentials; orchestrator credentials rotate makes them",
            ),
            Self::Overlap(until_ms) => write!(
                f,
                "the overlap of 7 days lasts until {until_ms} (unix milliseconds); wait, or add --now"
            ),
            Self::NotRevoked => {
                f.write_str("the venue may still know them; orchestrator credentials revoke first")
            }
        }
    }
}

impl<'a> Slots<'a> {
    /// Reads slots, or the venue's own answer as the slot in use.
    ///
    /// # Errors
    ///
    /// [`NotSlots`], which says nothing of what it read: it may be a secret.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, NotSlots> {
        let alone = || Slot::of_venue(bytes).map(Self::only);
        serde_json::from_slice(bytes).or_else(|_ignored| alone())
    }

    /// One slot, in use.
    #[must_use]
    pub const fn only(active: Slot<'a>) -> Self {
        Self {
            active,
            deprecated: None,
        }
    }

    /// The swap: `new` is in use, and what was in use is former.
    ///
    /// # Errors
    ///
    /// [`StepRefused`].
    pub fn rotated(self, new: Slot<'a>, now_ms: u64) -> Result<Self, StepRefused> {
        if new.api_key == self.active.api_key {
            return Err(StepRefused::Already);
        }
        if self.deprecated.is_some() {
            return Err(StepRefused::Former);
        }
        let former = Slot {
            deprecated_ms: Some(now_ms),
            ..self.active
        };
        Ok(Self {
            active: new,
            deprecated: Some(former),
        })
    }

    /// The former slot, if it may be revoked at `now_ms`.
    ///
    /// # Errors
    ///
    /// [`StepRefused`].
    pub fn revocable(&self, now_ms: u64, at_once: bool) -> Result<Slot<'a>, StepRefused> {
        let former = self.deprecated.ok_or(StepRefused::None)?;
        let since_ms = former.deprecated_ms.unwrap_or(now_ms);
        let until_ms = since_ms.saturating_add(OVERLAP_MS);
        if now_ms < until_ms && !at_once {
            return Err(StepRefused::Overlap(until_ms));
        }
        Ok(former)
    }

    /// The venue was seen not to know the former slot any more.
    #[must_use]
    pub fn revoked(self, now_ms: u64) -> Self {
        let mark = |former: Slot<'a>| Slot {
            revoked_ms: Some(former.revoked_ms.unwrap_or(now_ms)),
            ..former
        };
        Self {
            deprecated: self.deprecated.map(mark),
            ..self
        }
    }

    /// The former slot is gone.
    ///
    /// # Errors
    ///
    /// [`StepRefused`].
    pub fn deleted(self) -> Result<Self, StepRefused> {
        let former = self.deprecated.ok_or(StepRefused::None)?;
        if former.revoked_ms.is_none() {
            return Err(StepRefused::NotRevoked);
        }
        Ok(Self::only(self.active))
    }

    /// The bytes that [`parse`](Self::parse) reads.
    ///
    /// # Errors
    ///
    /// [`NotSlots`] when they are longer than any credentials are.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, NotSlots> {
        // Sized beforehand: a vector that grows leaves pieces behind.
        let mut bytes = Zeroizing::new(vec![0; ROOM]);
        let mut rest: &mut [u8] = &mut bytes;
        serde_json::to_writer(&mut rest, self).map_err(|_ignored| NotSlots)?;
        let left = rest.len();
        bytes.truncate(ROOM.saturating_sub(left));
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(api_key: &str) -> Slot<'_> {
        Slot {
            api_key,
            secret: "c2VjcmV0",
            passphrase: "words",
            imported_ms: Some(1),
            validated_ms: Some(1),
            deprecated_ms: None,
            revoked_ms: None,
        }
    }

    fn refusal<T>(step: Result<T, StepRefused>) -> Option<StepRefused> {
        step.err()
    }

    /// M118: swap, overlap of seven days, revoke, delete, in this order alone.
    #[test]
    fn the_steps_of_a_rotation_come_in_their_order_alone() {
        let one = Slots::only(slot("one"));
        assert_eq!(refusal(one.revocable(0, true)), Some(StepRefused::None));
        assert_eq!(refusal(one.deleted()), Some(StepRefused::None));
        let again = one.rotated(slot("one"), 5);
        assert_eq!(refusal(again), Some(StepRefused::Already));

        let two = one.rotated(slot("two"), 5).expect("another key");
        assert_eq!(two.active.api_key, "two");
        let former = two.deprecated.expect("it is kept");
        assert_eq!((former.api_key, former.deprecated_ms), ("one", Some(5)));
        let third = two.rotated(slot("three"), 6);
        assert_eq!(refusal(third), Some(StepRefused::Former));
        assert_eq!(refusal(two.deleted()), Some(StepRefused::NotRevoked));

        let end_ms = 5 + OVERLAP_MS;
        let early = two.revocable(end_ms - 1, false);
        assert_eq!(refusal(early), Some(StepRefused::Overlap(end_ms)));
        assert!(two.revocable(end_ms - 1, true).is_ok());
        assert!(two.revocable(end_ms, false).is_ok());

        let revoked = two.revoked(end_ms);
        let last = revoked.deleted().expect("it is revoked");
        assert_eq!(last.active.api_key, "two");
        assert!(last.deprecated.is_none());
        // A second look at what is revoked changes nothing.
        let twice = revoked.revoked(end_ms + 9).deprecated.expect("it is kept");
        assert_eq!(twice.revoked_ms, Some(end_ms));
    }

    /// M99: what is kept of each key, with its validation and its time.
    #[test]
    fn slots_come_back_as_they_were_and_the_venues_answer_is_one() {
        let both = Slots::only(slot("one"))
            .rotated(slot("two").imported(7, false), 5)
            .expect("another key");
        let bytes = both.to_bytes().expect("they are short");
        let read = Slots::parse(&bytes).expect("its own bytes");
        assert_eq!(read.to_bytes().expect("short"), bytes);
        assert_eq!(read.active.validation_status(), "untested");
        assert_eq!(read.active.imported_ms, Some(7));
        let former = read.deprecated.expect("it is kept");
        assert_eq!(former.validation_status(), "valid");

        let venue = br#"{"apiKey":"a","secret":"c2VjcmV0","passphrase":"p"}"#;
        let read = Slots::parse(venue).expect("the venue's answer");
        assert_eq!((read.active.api_key, read.active.imported_ms), ("a", None));
        for bad in [
            &b"{}"[..],
            br#"{"active":{}}"#,
            br#"{"active":{"apiKey":"a","secret":"b","passphrase":"c"},"more":1}"#,
        ] {
            assert!(Slots::parse(bad).is_err());
        }
        let long = "x".repeat(ROOM);
        assert!(Slots::only(slot(&long)).to_bytes().is_err());
    }
}
