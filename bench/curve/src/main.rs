//! Times signing, and signing with the check of the signature, as the signer
//! does both: one line each, the median in nanoseconds.

use std::hint::black_box;
use std::time::Instant;

use ecdsa::hazmat::sign_prehashed_rfc6979;
use k256::elliptic_curve::sec1::ToSec1Point;
use k256::sha2::Sha256;
use k256::{NonZeroScalar, Secp256k1};
use order::raw::signature::{Ecdsa65, recover};
use order::raw::wallet::address_of;
use order::{Address, B256};

/// Calls that are timed, after a quarter as many that are not.
const CALLS: u32 = 2_000;

fn main() {
    let key = [0x42; 32];
    let scalar = NonZeroScalar::from_repr(key.into())
        .into_option()
        .expect("a scalar of the curve");
    let public = k256::PublicKey::from_secret_scalar(&scalar);
    let address = address_of(public.to_sec1_point(false).as_bytes()).expect("a point");
    let signing = median(|digest| {
        black_box(sign(&key, digest));
    });
    let both = median(|digest| check(&key, digest, address));
    println!("sign_ns {signing}\nsign_and_check_ns {both}");
}

/// As the vault signs: from the bytes, by RFC 6979.
#[inline(never)]
fn sign(key: &[u8; 32], digest: &B256) -> Ecdsa65 {
    let scalar = NonZeroScalar::from_repr((*key).into())
        .into_option()
        .expect("a scalar of the curve");
    let (signature, recovery) =
        sign_prehashed_rfc6979::<Secp256k1, Sha256>(&scalar, digest.as_slice(), &[]);
    let (r, s) = signature.split_bytes();
    Ecdsa65 {
        r: r.into(),
        s: s.into(),
        v: recovery.to_byte() + 27,
    }
}

/// As the vault lets a signature out: only if it recovers to the address.
fn check(key: &[u8; 32], digest: &B256, address: Address) {
    let signature = sign(key, digest);
    assert_eq!(recover(digest, &signature), Some(address));
}

fn median(mut call: impl FnMut(&B256)) -> u128 {
    let mut times = Vec::new();
    for nth in 0..CALLS + CALLS / 4 {
        let mut digest = B256::repeat_byte(0x5a);
        digest[..4].copy_from_slice(&nth.to_be_bytes());
        let began = now();
        call(black_box(&digest));
        let took = began.elapsed().as_nanos();
        if nth >= CALLS / 4 {
            times.push(took);
        }
    }
    times.sort_unstable();
    times[times.len() / 2]
}

#[expect(
    clippy::disallowed_methods,
    reason = "a stopwatch: how long a call took is what this program is for"
)]
fn now() -> Instant {
    Instant::now()
}
