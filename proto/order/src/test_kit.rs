//! A key of nobody's and an order to bend, for this crate's own tests.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "27 plus a bit, and the group order less a scalar"
)]

use crate::raw::signature::Ecdsa65;
use crate::raw::{self, wallet};
use crate::{Address, B256, U256};
use alloy_primitives::{address, b256, uint};
use k256::ecdsa::SigningKey;

/// keccak256("contract oracle test key alice"), as published with the contract vectors.
const SECRET: B256 = b256!("70d991a454ef98a54b7e7e1a15d26537768d28563b978bfdd0aefe428592f4fa");

/// The address of the test key.
pub(crate) const ADDRESS: Address = address!("fE8f0Ad1970d3d0130B07664B225A05d1f1D4bE4");

pub(crate) fn public_key() -> [u8; 65] {
    let key = SigningKey::from_slice(SECRET.as_slice()).unwrap();
    key.verifying_key()
        .to_sec1_point(false)
        .as_bytes()
        .try_into()
        .unwrap()
}

/// Signs with RFC 6979, low s, v 27 or 28.
pub(crate) fn sign(digest: &B256) -> Ecdsa65 {
    let key = SigningKey::from_slice(SECRET.as_slice()).unwrap();
    let (signature, id) = key.sign_prehash_recoverable(digest.as_slice());
    let (r, s) = signature.split_bytes();
    Ecdsa65 {
        r: r.into(),
        s: s.into(),
        v: id.to_byte() + 27,
    }
}

/// The other signature that recovers to the same key: (r, n - s, other v).
pub(crate) fn malleate(signature: &Ecdsa65) -> Ecdsa65 {
    let n = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);
    let s = n - U256::from_be_bytes(signature.s);
    Ecdsa65 {
        r: signature.r,
        s: s.to_be_bytes(),
        v: 55 - signature.v,
    }
}

/// A buy of 100 shares at 0.50 by the test key itself.
pub(crate) fn limit_order() -> raw::Order {
    raw::Order {
        salt: U256::from(424_242),
        maker: ADDRESS,
        signer: ADDRESS,
        tokenId: U256::from(77),
        makerAmount: U256::from(50_000_000),
        takerAmount: U256::from(100_000_000),
        side: 0,
        signatureType: 0,
        timestamp: U256::from(1_764_000_000_123_u64),
        metadata: B256::ZERO,
        builder: B256::repeat_byte(3),
    }
}

/// The same by the test key's older deposit wallet.
pub(crate) fn deposit_order() -> raw::Order {
    let wallet = wallet::deposit_uups(ADDRESS);
    raw::Order {
        maker: wallet,
        signer: wallet,
        signatureType: 3,
        ..limit_order()
    }
}
