//! Fields, from both sides of each edge.

use super::{
    AMOUNT_UNITS_MAX, Amounts, Fields, KeyKind, Order, Pricing, Refusal, SALT_LIMIT, Signing,
};
use crate::raw::{self, wallet};
use crate::test_kit::{ADDRESS, limit_order};
use crate::{Address, B256, Chain, Exchange, Side, SignatureType, TickSize, U256, Venue};
use std::string::ToString;

pub(super) const POLYGON: Venue = Venue {
    chain: Chain::Polygon,
    exchange: Exchange::V2Standard,
};
pub(super) const AMOY: Venue = Venue {
    chain: Chain::Amoy,
    exchange: Exchange::V2Standard,
};
const LIMIT: Pricing = Pricing::Limit(TickSize::TenThousandth);
pub(super) const OWNER: Signing = Signing {
    address: ADDRESS,
    key: KeyKind::Owner,
    pricing: LIMIT,
};

pub(super) fn fields() -> Fields {
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
