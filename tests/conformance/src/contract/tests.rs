//! The laxities and refusals that the contracts were seen to have, each made here
//! afresh, since any directory of vectors holds but a sample of them.

use super::facts::{Facts, State};
use super::model::is_signature_valid;
use crate::key::TestKey;
use alloy_primitives::uint;
use order::raw::signature::{Ecdsa65, Form, wrap_erc7739, wrap_session};
use order::raw::{self, wallet};
use order::{Address, B256, Chain, Exchange, U256, Venue};

const OWNER: &str = "0x70d991a454ef98a54b7e7e1a15d26537768d28563b978bfdd0aefe428592f4fa";
const SESSION: &str = "0x2e6e4ae14f17bffcb0db83a661e1cb6c0765ac8c386c29354ad462273f6432b9";
const V2: Venue = Venue {
    chain: Chain::Polygon,
    exchange: Exchange::V2Standard,
};
const V3: Venue = Venue {
    chain: Chain::Polygon,
    exchange: Exchange::V3,
};

fn key(text: &str) -> (TestKey, Address) {
    let key = TestKey::parse(text).unwrap();
    let address = key.address().unwrap();
    (key, address)
}

/// An order of signature type 0, or of type 3 by a deployed wallet.
fn order(maker: Address, signature_type: u8) -> raw::Order {
    raw::Order {
        salt: U256::from(1),
        maker,
        signer: maker,
        tokenId: U256::from(77),
        makerAmount: U256::from(1),
        takerAmount: U256::ZERO,
        side: 0,
        signatureType: signature_type,
        timestamp: U256::ZERO,
        metadata: B256::ZERO,
        builder: B256::ZERO,
    }
}

fn high_s(low: &Ecdsa65) -> Ecdsa65 {
    let n = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);
    let s = n.checked_sub(U256::from_be_bytes(low.s)).unwrap();
    Ecdsa65 {
        r: low.r,
        s: s.to_be_bytes(),
        v: if low.v == 27 { 28 } else { 27 },
    }
}

fn compact(full: &Ecdsa65) -> Vec<u8> {
    let mut bytes = [full.r, full.s].concat();
    if full.v == 28 {
        bytes[32] |= 0x80;
    }
    bytes
}

fn from_zero(full: &Ecdsa65) -> Vec<u8> {
    Ecdsa65 {
        v: u8::from(full.v == 28),
        ..*full
    }
    .to_bytes()
    .to_vec()
}

#[test]
fn plain_signatures_are_read_laxly_and_each_exchange_has_its_own_laxity() {
    let (key, eoa) = key(OWNER);
    let order = order(eoa, 0);
    for (venue, forms) in [
        (V2, [true, true, true, false]),
        (V3, [true, true, false, true]),
    ] {
        let made = key.sign(&raw::signed_digest(venue, &order));
        let tried = [
            made.to_bytes().to_vec(),
            high_s(&made).to_bytes().to_vec(),
            compact(&made),
            from_zero(&made),
        ];
        for (bytes, valid) in tried.iter().zip(forms) {
            let verdict = is_signature_valid(venue, &order, bytes, &Facts::default());
            assert_eq!(verdict, valid, "{venue} {} bytes", bytes.len());
        }
        assert!(!is_signature_valid(venue, &order, &[], &Facts::default()));
    }
}

/// The wallet of the owner, deployed, with a session key whose end is given.
fn facts(owner: Address, session: Address, ends: &[u64]) -> (Address, Facts) {
    let wallet = wallet::deposit_uups(owner);
    let deployed = State::DepositWallet {
        owner: owner.to_string(),
        wallet: wallet.to_string(),
    };
    let sessions = ends.iter().map(|end| State::SessionSigner {
        wallet: wallet.to_string(),
        signer: session.to_string(),
        valid_until: (*end).into(),
    });
    let states: Vec<State> = std::iter::once(deployed).chain(sessions).collect();
    (wallet, Facts::read(&states, 1_000).unwrap())
}

#[test]
fn a_deposit_wallet_reads_the_inner_signature_as_laxly_on_either_exchange() {
    let ((owner_key, owner), (_, session)) = (key(OWNER), key(SESSION));
    let (wallet, facts) = facts(owner, session, &[]);
    let order = order(wallet, 3);
    for venue in [V2, V3] {
        let made = owner_key.sign(&raw::signed_digest(venue, &order));
        let wrapped = wrap_erc7739(venue, &order, &made).to_vec();
        let trailer = &wrapped[65..];
        for (inner, valid) in [
            (made.to_bytes().to_vec(), true),
            (high_s(&made).to_bytes().to_vec(), true),
            (compact(&made), true),
            (from_zero(&made), false),
            (Vec::new(), false),
        ] {
            let bytes = [&inner[..], trailer].concat();
            assert_eq!(is_signature_valid(venue, &order, &bytes, &facts), valid);
        }
        assert!(
            !is_signature_valid(venue, &order, &wrapped, &Facts::default()),
            "not deployed"
        );
        assert!(
            !is_signature_valid(venue, &order, &wrapped[..316], &facts),
            "cut short"
        );
        let plain = owner_key.sign(&raw::order_hash(venue, &order));
        assert!(
            !is_signature_valid(venue, &order, &plain.to_bytes(), &facts),
            "not wrapped"
        );
    }
}

#[test]
fn a_personal_signature_of_the_order_hash_is_the_wallets_second_way() {
    let ((owner_key, owner), (_, session)) = (key(OWNER), key(SESSION));
    let (wallet, facts) = facts(owner, session, &[]);
    let order = order(wallet, 3);
    let hash = raw::order_hash(V2, &order);
    let digest = super::wallet::personal_digest(Chain::Polygon, wallet, &hash);
    assert!(is_signature_valid(
        V2,
        &order,
        &owner_key.sign(&digest).to_bytes(),
        &facts
    ));
    let elsewhere = super::wallet::personal_digest(Chain::Amoy, wallet, &hash);
    assert!(!is_signature_valid(
        V2,
        &order,
        &owner_key.sign(&elsewhere).to_bytes(),
        &facts
    ));
}

#[test]
fn a_session_key_counts_in_its_envelope_until_its_last_written_end() {
    let ((owner_key, owner), (session_key, session)) = (key(OWNER), key(SESSION));
    for (ends, valid) in [
        (&[][..], false),
        (&[1_000], false),
        (&[1_001], true),
        (&[2_000, 0], false),
        (&[0, 2_000], true),
    ] {
        let (wallet, facts) = facts(owner, session, ends);
        let order = order(wallet, 3);
        let digest = raw::signed_digest(V2, &order);
        let inner = wrap_erc7739(V2, &order, &session_key.sign(&digest));
        let envelope = wrap_session(session, &inner);
        assert_eq!(
            is_signature_valid(V2, &order, &envelope, &facts),
            valid,
            "{ends:?}"
        );
        assert!(
            !is_signature_valid(V2, &order, &inner, &facts),
            "without its envelope"
        );

        let by_another = wrap_erc7739(V2, &order, &owner_key.sign(&digest));
        let misnamed = wrap_session(session, &by_another);
        assert!(
            !is_signature_valid(V2, &order, &misnamed, &facts),
            "by another key"
        );
    }
}

#[test]
fn maker_and_signer_must_fit_the_type() {
    let (key, eoa) = key(OWNER);
    for (signature_type, maker) in [
        (0, eoa),
        (1, wallet::proxy(eoa)),
        (2, wallet::safe(eoa)),
        (3, eoa),
    ] {
        let order = raw::Order {
            signer: eoa,
            ..order(maker, signature_type)
        };
        let made = key.sign(&raw::signed_digest(V2, &order));
        let form = Form::of(V2, &order, &made, None);
        let valid = is_signature_valid(V2, &order, form.as_bytes(), &Facts::default());
        assert_eq!(valid, signature_type != 3, "type {signature_type}");
        let other = raw::Order {
            maker: Address::repeat_byte(9),
            ..order
        };
        assert!(!is_signature_valid(
            V2,
            &other,
            form.as_bytes(),
            &Facts::default()
        ));
    }
}
