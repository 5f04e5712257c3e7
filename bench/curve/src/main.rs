//! Times signing, and signing with the check of the signature, as the signer
//! does both: one line each, the median in nanoseconds.

use std::hint::black_box;
use std::time::Instant;

use order::B256;

/// Calls that are timed, after a quarter as many that are not.
const CALLS: u32 = 2_000;

fn main() {
    let address = curve::address();
    let signing = median(|digest| {
        black_box(curve::sign(digest));
    });
    let both = median(|digest| {
        black_box(curve::sign_and_check(digest, address));
    });
    println!("sign_ns {signing}\nsign_and_check_ns {both}");
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
