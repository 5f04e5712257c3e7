//! What others read of a note's values: keys in one spelling, how they are
//! shown, who an export is for, which markets are listed.

use ed25519_dalek::VerifyingKey;

use note::{Body, Listings, MinuteOfDay, PublicKey, Recipient, UtcSeconds};

use crate::kit::{EXPORT, LISTERS, LISTING, NOON, OPERATOR, QUORUM, carry, key, watched};

/// Every spelling of y near the field's prime, and some elsewhere, with either
/// sign: one is taken if it is what the curve's own code writes for its point.
#[test]
fn a_key_is_taken_in_the_spelling_its_point_is_written_in() {
    let (mut taken, mut refused) = ([0_u32; 4], 0_u32);
    for low in 0..=u8::MAX {
        for (kind, middle, high) in [(0, 0xff, 0x7f), (1, 0xff, 0x3f), (2, 0xfe, 0x7f), (3, 7, 0)] {
            for sign in [0, 0x80] {
                let mut bytes = [middle; 32];
                (bytes[0], bytes[31]) = (low, high | sign);
                let Ok(point) = VerifyingKey::from_bytes(&bytes) else {
                    assert!(PublicKey::new(bytes).is_none(), "{bytes:02x?}");
                    continue;
                };
                let is_own = point.to_edwards().compress().to_bytes() == bytes;
                let expected = is_own && !point.is_weak();
                assert_eq!(PublicKey::new(bytes).is_some(), expected, "{bytes:02x?}");
                if expected {
                    taken[kind] += 1;
                } else {
                    refused += 1;
                }
            }
        }
    }
    assert!(taken.iter().all(|some| *some > 50), "{taken:?}");
    assert!(refused > 5, "{refused}");
}

#[test]
fn keys_show_themselves() {
    let operator = key(OPERATOR);
    let text = operator.to_string();
    assert_eq!(format!("{operator:?}"), text);
    let mut words = text.splitn(3, '+');
    assert_eq!(words.next(), Some(OPERATOR.0));
    let id = words.next().unwrap();
    assert_eq!(format!("{:?}", operator.id()), id);
    assert_eq!(operator.id().to_string(), id);
    // The public key alone in base64, and with the algorithm's byte before it.
    let shown = format!("{:?}", operator.public());
    assert_eq!((shown.len(), words.next().map(str::len)), (44, Some(44)));
    assert_ne!(format!("{:?}", key(QUORUM[0]).public()), shown);
}

#[test]
fn an_export_says_who_it_is_for() {
    let Body::Export(export) = Body::parse(EXPORT).unwrap() else {
        panic!("no export")
    };
    let recipient = export.recipient.as_str();
    assert!(EXPORT.contains(&format!("\nrecipient {recipient}\n")));
    assert_eq!(Recipient::parse(recipient), Some(export.recipient.clone()));
    assert_eq!(Recipient::parse("terminal").unwrap().as_str(), "terminal");
    assert_eq!(Recipient::parse("Terminal"), None);
}

#[test]
fn a_listing_is_found_by_its_condition() {
    let state = watched();
    assert!(state.listings().is_empty());
    let Body::Listing(listing) = Body::parse(LISTING).unwrap() else {
        panic!("no listing")
    };
    let condition = listing.market.condition;
    assert_eq!(state.listings().get(condition), None);
    let state = carry(&state, LISTING, LISTERS).unwrap().apply();
    assert!(!state.listings().is_empty());
    let listed = state.listings().get(condition).unwrap();
    assert_eq!(listed.market, listing.market);
    let mut listings = Listings::default();
    listings.add(listing.market.clone(), UtcSeconds::new(NOON).unwrap());
    assert_eq!(listings.get(condition).unwrap().market, listing.market);
}

#[test]
fn times_are_counted_and_shown() {
    for (seconds, shown) in [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:01Z"),
        (NOON, "2026-11-20T12:00:00Z"),
    ] {
        let time = UtcSeconds::new(seconds).unwrap();
        assert_eq!((time.get(), format!("{time:?}").as_str()), (seconds, shown));
    }
    for (minute, shown) in [(0, "00:00"), (1, "00:01"), (754, "12:34")] {
        let of_day = MinuteOfDay::new(minute).unwrap();
        assert_eq!(
            (of_day.get(), format!("{of_day:?}").as_str()),
            (minute, shown)
        );
    }
}
