//! Times what others sign with: one line each, the median in nanoseconds.
//!
//! `peers URL`: the official client asks the venue there for its version before
//! it builds an order, and never while it signs.

use std::hint::black_box;
use std::str::FromStr;
use std::time::Instant;

use alloy_signer::Signer as _;
use alloy_signer_local::PrivateKeySigner;
use polymarket_client_sdk_v2::POLYGON;
use polymarket_client_sdk_v2::auth::Credentials;
use polymarket_client_sdk_v2::clob::types::{Side, TickSize};
use polymarket_client_sdk_v2::clob::{Client, Config};
use polymarket_client_sdk_v2::types::{Decimal, U256};
use secp256k1::{Message, SecretKey};

const CALLS: u32 = 2_000;
const KEY: [u8; 32] = [0x42; 32];
const TOKEN: &str = "31415926535897932384626433832795028841971693993751058209749445923078164062862";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let venue = std::env::args().nth(1).ok_or("peers URL")?;
    println!("secp256k1_sign_ns {}", bitcoin());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    println!("client_sign_ns {}", runtime.block_on(official(&venue))?);
    Ok(())
}

fn bitcoin() -> u128 {
    let key = SecretKey::from_secret_bytes(KEY).expect("a scalar of the curve");
    let mut times = Vec::new();
    for nth in 0..CALLS + CALLS / 4 {
        let mut digest = [0x5a; 32];
        digest[..4].copy_from_slice(&nth.to_be_bytes());
        let began = now();
        let signature = secp256k1::ecdsa::RecoverableSignature::sign_ecdsa_recoverable(
            Message::from_digest(black_box(digest)),
            &key,
        );
        black_box(signature);
        let took = began.elapsed().as_nanos();
        if nth >= CALLS / 4 {
            times.push(took);
        }
    }
    median(times)
}

async fn official(venue: &str) -> Result<u128, Box<dyn std::error::Error>> {
    let token = U256::from_str(TOKEN)?;
    let key = PrivateKeySigner::from_slice(&KEY)?.with_chain_id(Some(POLYGON));
    let client = Client::new(venue, Config::default())?
        .authentication_builder(&key)
        .credentials(Credentials::default())
        .authenticate()
        .await?;
    client.set_tick_size(token, TickSize::Hundredth);
    client.set_fee_rate_bps(token, 0);
    client.set_neg_risk(token, false);
    let order = client
        .limit_order()
        .token_id(token)
        .side(Side::Buy)
        .price(Decimal::new(50, 2))
        .size(Decimal::ONE_HUNDRED)
        .build()
        .await?;
    let mut times = Vec::new();
    for nth in 0..CALLS + CALLS / 4 {
        let asked = order.clone();
        let began = now();
        black_box(client.sign(&key, asked).await?);
        let took = began.elapsed().as_nanos();
        if nth >= CALLS / 4 {
            times.push(took);
        }
    }
    Ok(median(times))
}

fn median(mut times: Vec<u128>) -> u128 {
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
