//! Finished orders and their signatures, from both sides of each edge.
#![expect(clippy::too_many_lines, reason = "a table is as long as its cases")]

use super::order_tests::{AMOY, OWNER, POLYGON, fields};
use super::{KeyKind, Order, Pricing, Refusal, SALT_LIMIT, Signing, check};
use crate::raw;
use crate::raw::signature::{Ecdsa65, wrap_erc7739, wrap_session};
use crate::test_kit::{self, ADDRESS, deposit_order, limit_order};
use crate::{Address, B256, TickSize, U256, Venue};
use std::vec::Vec;

/// Signs a raw order the strict way, whatever its fields are.
fn signed(venue: Venue, order: &raw::Order) -> Vec<u8> {
    let ecdsa = test_kit::sign(&raw::signed_digest(venue, order));
    raw::signature::Form::of(venue, order, &ecdsa, None)
        .as_bytes()
        .to_vec()
}

fn verdict(order: &raw::Order) -> Result<(), Refusal> {
    check(POLYGON, order, &signed(POLYGON, order), OWNER).map(drop)
}

#[test]
fn a_finished_order_is_the_strict_one_or_is_refused() {
    assert_eq!(
        check(
            POLYGON,
            &limit_order(),
            &signed(POLYGON, &limit_order()),
            OWNER
        ),
        Order::new(fields()),
    );
    assert_eq!(verdict(&deposit_order()), Ok(()));
    let good = limit_order;
    for (order, refusal) in [
        (
            raw::Order {
                metadata: B256::with_last_byte(1),
                ..good()
            },
            Refusal::MetadataNotZero,
        ),
        (raw::Order { side: 2, ..good() }, Refusal::UnknownSide),
        (
            raw::Order {
                signatureType: 4,
                ..good()
            },
            Refusal::UnknownSignatureType,
        ),
        (
            raw::Order {
                signer: Address::ZERO,
                ..good()
            },
            Refusal::SignerMismatch,
        ),
        (
            raw::Order {
                maker: Address::ZERO,
                ..good()
            },
            Refusal::MakerNotTheKey,
        ),
        (
            raw::Order {
                salt: U256::from(SALT_LIMIT),
                ..good()
            },
            Refusal::SaltTooLarge,
        ),
        (
            raw::Order {
                salt: U256::MAX,
                ..good()
            },
            Refusal::SaltTooLarge,
        ),
        (
            raw::Order {
                timestamp: U256::from(1) << 64,
                ..good()
            },
            Refusal::TimestampTooLarge,
        ),
        (
            raw::Order {
                makerAmount: U256::MAX,
                ..good()
            },
            Refusal::AmountTooLarge,
        ),
        (
            raw::Order {
                takerAmount: U256::ZERO,
                ..good()
            },
            Refusal::AmountZero,
        ),
        (
            raw::Order {
                signer: ADDRESS,
                ..deposit_order()
            },
            Refusal::SignerMismatch,
        ),
    ] {
        assert_eq!(verdict(&order), Err(refusal));
    }
}

#[test]
fn only_one_form_of_a_signature_is_strict() {
    let order = limit_order();
    let made = test_kit::sign(&raw::signed_digest(POLYGON, &order));
    let judge = |bytes: &[u8]| check(POLYGON, &order, bytes, OWNER).err();
    assert_eq!(judge(&made.to_bytes()), None);
    assert_eq!(
        judge(&test_kit::malleate(&made).to_bytes()),
        Some(Refusal::SignatureHighS)
    );
    assert_eq!(
        judge(
            &Ecdsa65 {
                v: made.v - 27,
                ..made
            }
            .to_bytes()
        ),
        Some(Refusal::SignatureV),
    );
    assert_eq!(
        judge(&Ecdsa65 { v: 29, ..made }.to_bytes()),
        Some(Refusal::SignatureV)
    );
    assert_eq!(
        judge(
            &Ecdsa65 {
                v: 55 - made.v,
                ..made
            }
            .to_bytes()
        ),
        Some(Refusal::SignatureNotOurs),
    );
    assert_eq!(judge(&made.to_bytes()[..64]), Some(Refusal::SignatureForm));
    assert_eq!(
        judge(&[made.to_bytes().to_vec(), [0].to_vec()].concat()),
        Some(Refusal::SignatureForm)
    );
    assert_eq!(judge(&[]), Some(Refusal::SignatureForm));

    let elsewhere = check(AMOY, &order, &made.to_bytes(), OWNER);
    assert_eq!(elsewhere, Err(Refusal::SignatureNotOurs));
}

#[test]
fn deposit_wallet_signatures_are_wrapped_and_never_plain() {
    let order = deposit_order();
    let digest = raw::signed_digest(POLYGON, &order);
    let made = test_kit::sign(&digest);
    let wrapped = wrap_erc7739(POLYGON, &order, &made);
    let judge = |bytes: &[u8], signing| check(POLYGON, &order, bytes, signing).err();
    assert_eq!(judge(&wrapped, OWNER), None);
    assert_eq!(judge(&made.to_bytes(), OWNER), Some(Refusal::SignatureForm));

    // The order hash itself, signed plainly and wrapped: not what the wallet asks for.
    let plain = test_kit::sign(&raw::order_hash(POLYGON, &order));
    let misused = wrap_erc7739(POLYGON, &order, &plain);
    assert_eq!(judge(&misused, OWNER), Some(Refusal::SignatureNotOurs));

    let session = Signing {
        key: KeyKind::Session,
        ..OWNER
    };
    let enveloped = wrap_session(ADDRESS, &wrapped);
    assert_eq!(judge(&enveloped, session), None);
    assert_eq!(judge(&wrapped, session), Some(Refusal::SignatureForm));
    assert_eq!(judge(&enveloped, OWNER), Some(Refusal::SignatureForm));
    let of_another = wrap_session(Address::repeat_byte(9), &wrapped);
    assert_eq!(judge(&of_another, session), Some(Refusal::SignatureForm));

    let strict = check(POLYGON, &order, &enveloped, session).unwrap();
    assert_eq!(strict.wrap(&made).as_bytes(), enveloped);
    let strict = check(POLYGON, &order, &wrapped, OWNER).unwrap();
    assert_eq!(strict.wrap(&made).as_bytes(), wrapped);
}

#[test]
fn a_market_buy_is_judged_by_its_own_rule() {
    let order = raw::Order {
        makerAmount: U256::from(1_000_000),
        takerAmount: U256::from(1_010_100),
        ..limit_order()
    };
    let market = Signing {
        pricing: Pricing::MarketBuy(TickSize::Cent),
        ..OWNER
    };
    let bytes = signed(POLYGON, &order);
    assert_eq!(check(POLYGON, &order, &bytes, market).err(), None);
    assert_eq!(
        check(POLYGON, &order, &bytes, OWNER),
        Err(Refusal::SharesNotInLots)
    );
}
