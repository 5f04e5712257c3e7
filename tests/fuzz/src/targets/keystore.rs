//! Keystores of others: every cost is bounded before it is paid, and what is
//! refused is refused by its field.

use std::num::NonZeroU32;

use aes::cipher::{KeyIvInit as _, StreamCipher as _};
use ring::pbkdf2;
use serde_json::Value;
use sha3::{Digest as _, Keccak256};
use zeroize::Zeroizing;

use crate::keystore::{Bad, Keystore};
use crate::seal::address_of;

const PASSPHRASE: &[u8] = b"testpassword";
/// The most work that is done here for one file: n × r × p, or rounds.
const WORK_MAX: u64 = 4_096;
/// What can be named: keys of the format, and the whole of it.
const FIELDS: [&str; 16] = [
    "keystore",
    "version",
    "cipher",
    "iv",
    "ciphertext",
    "mac",
    "dklen",
    "salt",
    "kdf",
    "kdfparams",
    "n",
    "r",
    "p",
    "c",
    "prf",
    "address",
];

pub(crate) fn holds(bytes: &[u8]) -> bool {
    let store = match (Keystore::parse(bytes), Keystore::parse(bytes)) {
        (Ok(store), Ok(_)) => store,
        (Err(first), Err(second)) => {
            assert_eq!(first, second, "one file has one complaint");
            names_a_field(&first);
            return false;
        }
        _ => panic!("one file has two readings"),
    };
    if work(bytes).is_none_or(|work| work > WORK_MAX) {
        return true;
    }
    match store.open(PASSPHRASE) {
        Ok(key) => assert!(address_of(&key).is_some(), "a key has an address"),
        Err(Bad("passphrase", ..)) => {}
        Err(bad) => names_a_field(&bad),
    }
    true
}

/// What opening would cost, read by other code; nothing where that reads the
/// file otherwise, as a key that stands twice.
fn work(bytes: &[u8]) -> Option<u64> {
    let file: Value = serde_json::from_slice(bytes).ok()?;
    let crypto = file.get("crypto").or_else(|| file.get("Crypto"))?;
    let params = crypto.get("kdfparams")?;
    let number = |name: &str| params.get(name)?.as_u64();
    if crypto.get("kdf")? == "pbkdf2" {
        let count = number("c")?;
        assert!((1..=10_000_000).contains(&count), "{count} rounds");
        return Some(count);
    }
    let (n, r, p) = (number("n")?, number("r")?, number("p")?);
    assert!(n.is_power_of_two() && n <= 1 << 20, "n is {n}");
    assert!(
        (1..=32).contains(&r) && (1..=16).contains(&p),
        "r {r}, p {p}"
    );
    assert!(n * r <= 1 << 23, "{n} times {r} fills too much");
    Some(n * r * p)
}

fn names_a_field(Bad(field, problem, fix): &Bad) {
    assert!(FIELDS.contains(field), "{field} is no field");
    assert!(
        !problem.is_empty() && !fix.is_empty(),
        "{field}: {problem}; {fix}"
    );
}

/// A keystore that the passphrase opens, with or without its address.
pub(crate) fn sealed(named: bool) -> Vec<u8> {
    let (salt, iv, key) = ([3; 32], [1; 16], Zeroizing::new([7_u8; 32]));
    let mut derived = [0; 32];
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        NonZeroU32::MIN,
        &salt,
        PASSPHRASE,
        &mut derived,
    );
    let mut text = *key;
    ctr::Ctr128BE::<aes::Aes128>::new_from_slices(&derived[..16], &iv)
        .expect("sixteen bytes each")
        .apply_keystream(&mut text);
    let mac = Keccak256::digest([&derived[16..], &text].concat());
    let mut address = String::new();
    if let Some(found) = address_of(&key).filter(|_| named) {
        address = format!(", \"address\": \"{}\"", hex::encode(found));
    }
    format!(
        "{{\"crypto\": {{\"cipher\": \"aes-128-ctr\", \"cipherparams\": {{\"iv\": \"{}\"}}, \
         \"ciphertext\": \"{}\", \"kdf\": \"pbkdf2\", \"kdfparams\": {{\"dklen\": 32, \"c\": 1, \
         \"prf\": \"hmac-sha256\", \"salt\": \"{}\"}}, \"mac\": \"{}\"}}, \"version\": 3{address}}}",
        hex::encode(iv),
        hex::encode(text),
        hex::encode(salt),
        hex::encode(mac),
    )
    .into_bytes()
}
