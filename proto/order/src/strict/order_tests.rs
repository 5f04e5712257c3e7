//! Fields and signatures, from both sides of each edge.
#![expect(clippy::too_many_lines, reason = "a table is as long as its cases")]

use super::{
    AMOUNT_UNITS_MAX, Amounts, Fields, KeyKind, Order, Pricing, Refusal, SALT_LIMIT, Signing, check,
};
use crate::raw::signature::{Ecdsa65, wrap_erc7739, wrap_session};
use crate::raw::{self, wallet};
use crate::test_kit::{self, ADDRESS, deposit_order, limit_order};
use crate::{Address, B256, Chain, Exchange, Side, SignatureType, TickSize, U256, Venue};
use std::string::ToString;
use std::vec::Vec;

const POLYGON: Venue = Venue {
    chain: Chain::Polygon,
    exchange: Exchange::V2Standard,
};
const AMOY: Venue = Venue {
    chain: Chain::Amoy,
    exchange: Exchange::V2Standard,
};
const LIMIT: Pricing = Pricing::Limit(TickSize::TenThousandth);
const OWNER: Signing = Signing {
    address: ADDRESS,
    key: KeyKind::Owner,
    pricing: LIMIT,
};

fn fields() -> Fields {
    Fields {
        venue: POLYGON,
        maker: ADDRESS,
        signature_type: SignatureType::Eoa,
        signing_address: ADDRESS,
        key: KeyKind::Owner,
        token_id: U256::from(77),
        side: Side::Buy,
        amounts: Amounts {
            maker: 50_000_000,
            taker: 100_000_000,
            pricing: LIMIT,
        },
        salt: 424_242,
        timestamp_ms: 1_764_000_000_123,
        builder: B256::repeat_byte(3),
    }
}

fn refused(fields: Fields) -> Option<Refusal> {
    Order::new(fields).err()
}

fn position(module: u8, outcome: u8) -> U256 {
    let mut bytes = [0; 32];
    (bytes[0], bytes[1], bytes[31]) = (module, 0xab, outcome);
    U256::from_be_bytes(bytes)
}

#[test]
fn a_strict_order_writes_the_eleven_fields_it_was_given() {
    let order = Order::new(fields()).unwrap();
    assert_eq!(order.raw(), limit_order());
    assert_eq!(order.order_hash(), raw::order_hash(POLYGON, &limit_order()));
    assert_eq!(order.signed_digest(), order.order_hash());
    assert!(order.raw().metadata.is_zero());
    assert_eq!((order.venue(), order.side()), (POLYGON, Side::Buy));
}

#[test]
fn the_maker_must_be_the_wallet_of_the_key_that_its_type_says() {
    let wallets = [
        (SignatureType::Eoa, ADDRESS, Refusal::MakerNotTheKey),
        (
            SignatureType::Proxy,
            wallet::proxy(ADDRESS),
            Refusal::MakerNotTheProxy,
        ),
        (
            SignatureType::Safe,
            wallet::safe(ADDRESS),
            Refusal::MakerNotTheSafe,
        ),
        (
            SignatureType::Deposit,
            wallet::deposit_uups(ADDRESS),
            Refusal::MakerNotTheDepositWallet,
        ),
        (
            SignatureType::Deposit,
            wallet::deposit_beacon(ADDRESS),
            Refusal::MakerNotTheDepositWallet,
        ),
    ];
    for (signature_type, owned, refusal) in wallets {
        for (_, maker, _) in wallets {
            let order = Order::new(Fields {
                maker,
                signature_type,
                ..fields()
            });
            let same_type = wallets
                .iter()
                .any(|(kind, wallet, _)| *kind == signature_type && *wallet == maker);
            assert_eq!(
                order.err(),
                (!same_type).then_some(refusal),
                "{signature_type:?}"
            );
        }
        let order = Order::new(Fields {
            signature_type,
            maker: owned,
            ..fields()
        })
        .unwrap();
        let expected = if signature_type == SignatureType::Deposit {
            owned
        } else {
            ADDRESS
        };
        assert_eq!(order.raw().signer, expected);
    }
}

#[test]
fn a_session_key_signs_for_a_pinned_deposit_wallet_only() {
    let session = |signature_type, maker| {
        refused(Fields {
            signature_type,
            maker,
            key: KeyKind::Session,
            ..fields()
        })
    };
    let wallet = Address::repeat_byte(5);
    assert_eq!(session(SignatureType::Deposit, wallet), None);
    for itself in [ADDRESS, Address::ZERO] {
        let refusal = session(SignatureType::Deposit, itself);
        assert_eq!(refusal, Some(Refusal::MakerNotTheDepositWallet));
    }
    for signature_type in [
        SignatureType::Eoa,
        SignatureType::Proxy,
        SignatureType::Safe,
    ] {
        let refusal = session(signature_type, ADDRESS);
        assert_eq!(refusal, Some(Refusal::SessionKeyNeedsDepositWallet));
    }
}

#[test]
fn deposit_wallets_are_refused_on_amoy_and_the_other_types_are_not() {
    for (signature_type, maker, refusal) in [
        (SignatureType::Eoa, ADDRESS, None),
        (SignatureType::Proxy, wallet::proxy(ADDRESS), None),
        (SignatureType::Safe, wallet::safe(ADDRESS), None),
        (
            SignatureType::Deposit,
            wallet::deposit_uups(ADDRESS),
            Some(Refusal::DepositWalletOnAmoy),
        ),
    ] {
        let order = Fields {
            venue: AMOY,
            signature_type,
            maker,
            ..fields()
        };
        assert_eq!(refused(order), refusal);
    }
}

#[test]
fn v3_takes_positions_of_two_modules_and_v2_takes_any_id() {
    let v3 = Venue {
        exchange: Exchange::V3,
        ..POLYGON
    };
    for (token_id, refusal) in [
        (position(0, 0), Some(Refusal::PositionIdModule)),
        (position(1, 0), None),
        (position(2, 1), None),
        (position(3, 0), Some(Refusal::PositionIdModule)),
        (position(1, 2), Some(Refusal::PositionIdOutcome)),
        (position(1, 0) | (U256::from(1) << 39), None),
        (
            position(1, 0) | (U256::from(1) << 40),
            Some(Refusal::PositionIdReservedBits),
        ),
        (
            position(1, 0) | (U256::from(1) << 103),
            Some(Refusal::PositionIdReservedBits),
        ),
        (position(1, 0) | (U256::from(1) << 104), None),
        (U256::MAX, Some(Refusal::PositionIdModule)),
    ] {
        assert_eq!(
            refused(Fields {
                venue: v3,
                token_id,
                ..fields()
            }),
            refusal,
            "{token_id:x}"
        );
        assert_eq!(
            refused(Fields {
                token_id,
                ..fields()
            }),
            None
        );
    }
}

#[test]
fn salt_and_amounts_stop_at_their_limits() {
    assert_eq!(
        refused(Fields {
            salt: SALT_LIMIT - 1,
            ..fields()
        }),
        None
    );
    assert_eq!(
        refused(Fields {
            salt: SALT_LIMIT,
            ..fields()
        }),
        Some(Refusal::SaltTooLarge)
    );
    assert_eq!(
        refused(Fields {
            salt: u64::MAX,
            ..fields()
        }),
        Some(Refusal::SaltTooLarge)
    );
    let with = |maker, taker| {
        refused(Fields {
            amounts: Amounts {
                maker,
                taker,
                pricing: LIMIT,
            },
            ..fields()
        })
    };
    assert_eq!(with(500_000_000_000_000, AMOUNT_UNITS_MAX), None);
    assert_eq!(
        with(1, AMOUNT_UNITS_MAX + 10_000),
        Some(Refusal::AmountTooLarge)
    );
    assert_eq!(with(u64::MAX, u64::MAX), Some(Refusal::AmountTooLarge));
    assert_eq!(with(0, 10_000), Some(Refusal::AmountZero));
}

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

#[test]
fn every_refusal_names_a_fix() {
    for refusal in [
        Refusal::PriceOffTick,
        Refusal::PriceNotOnGrid,
        Refusal::SharesNotInLots,
        Refusal::SignatureForm,
        Refusal::DepositWalletOnAmoy,
        Refusal::SignatureNotOurs,
    ] {
        assert!(refusal.to_string().contains(": "), "{refusal}");
    }
}
