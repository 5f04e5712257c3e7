//! Web3 keystores, version 3: read, never written.
//!
//! Invariant: no cost that the file names is paid before it was compared with
//! a bound.
//! Invariant: nothing is decrypted before the MAC was compared in constant time.

use std::num::NonZeroU32;

use aes::cipher::{KeyIvInit as _, StreamCipher as _};
use alloy_primitives::Keccak256;
use ring::pbkdf2;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::seal::{TradingKey, address_of};

/// The longest keystore file.
pub(crate) const KEYSTORE_BYTES_MAX: usize = 16 * 1024;

/// scrypt's own bounds: as much time and memory as a person waits for once.
const SCRYPT_N_MAX: u64 = 1 << 20;
const SCRYPT_R_MAX: u32 = 32;
const SCRYPT_P_MAX: u32 = 16;
/// 128 × n × r bytes are filled: 1 GiB.
const SCRYPT_NR_MAX: u64 = 1 << 23;
/// Old wallets use 262,144; the recommendation of 2023 is 600,000.
const PBKDF2_C_MAX: u32 = 10_000_000;
const DKLEN: u32 = 32;
const SALT_BYTES: std::ops::RangeInclusive<usize> = 8..=64;

/// Why a keystore gives no key: the field, the problem, the fix.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bad(
    pub(crate) &'static str,
    pub(crate) String,
    pub(crate) &'static str,
);

/// A keystore whose costs are bounded.
pub(crate) struct Keystore {
    kdf: Kdf,
    iv: [u8; 16],
    ciphertext: [u8; 32],
    mac: [u8; 32],
    /// The address it says it is of, lower case, without `0x`.
    address: Option<String>,
}

enum Kdf {
    Scrypt {
        salt: Vec<u8>,
        params: scrypt::Params,
    },
    Pbkdf2 {
        salt: Vec<u8>,
        count: NonZeroU32,
    },
}

// Unknown fields are let be: the format is others', and each wallet adds its own.
#[derive(Deserialize)]
struct File {
    version: u32,
    #[serde(alias = "Crypto")]
    crypto: Crypto,
    address: Option<String>,
}

#[derive(Deserialize)]
struct Crypto {
    cipher: String,
    ciphertext: String,
    cipherparams: CipherParams,
    kdf: String,
    kdfparams: KdfParams,
    mac: String,
}

#[derive(Deserialize)]
struct CipherParams {
    iv: String,
}

#[derive(Deserialize)]
struct KdfParams {
    dklen: u32,
    salt: String,
    n: Option<u64>,
    r: Option<u32>,
    p: Option<u32>,
    c: Option<u32>,
    prf: Option<String>,
}

const EXPORT: &str = "export it again, or import the key by --raw-fd";

fn bytes<const N: usize>(field: &'static str, text: &str) -> Result<[u8; N], Bad> {
    let bad = || Bad(field, format!("is not {N} bytes of hex"), EXPORT);
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|_ignored| bad())?;
    Ok(bytes)
}

impl Keystore {
    /// Reads one, checking every bound.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, Bad> {
        let file: File =
            serde_json::from_slice(json).map_err(|e| Bad("keystore", e.to_string(), EXPORT))?;
        if file.version != 3 {
            return Err(Bad(
                "version",
                format!("is {}, and only 3 is read", file.version),
                EXPORT,
            ));
        }
        let crypto = file.crypto;
        if crypto.cipher != "aes-128-ctr" {
            return Err(Bad("cipher", "is not aes-128-ctr".to_owned(), EXPORT));
        }
        let address = file
            .address
            .map(|text| text.trim_start_matches("0x").to_ascii_lowercase());
        Ok(Self {
            kdf: kdf(&crypto.kdf, &crypto.kdfparams)?,
            iv: bytes("iv", &crypto.cipherparams.iv)?,
            ciphertext: bytes("ciphertext", &crypto.ciphertext)?,
            mac: bytes("mac", &crypto.mac)?,
            address,
        })
    }

    /// Decrypts the key, which is the key of the address it names.
    pub(crate) fn open(&self, passphrase: &[u8]) -> Result<TradingKey, Bad> {
        let mut derived = Zeroizing::new([0_u8; 32]);
        match &self.kdf {
            Kdf::Scrypt { salt, params } => {
                scrypt::scrypt(passphrase, salt, params, derived.as_mut_slice())
                    .map_err(|e| Bad("kdfparams", e.to_string(), EXPORT))?;
            }
            Kdf::Pbkdf2 { salt, count } => pbkdf2::derive(
                pbkdf2::PBKDF2_HMAC_SHA256,
                *count,
                salt,
                passphrase,
                derived.as_mut_slice(),
            ),
        }
        let (cipher_key, mac_key) = derived.split_at(16);
        let mut hasher = Keccak256::new();
        hasher.update(mac_key);
        hasher.update(self.ciphertext);
        if !frame::same(&hasher.finalize(), &self.mac) {
            return Err(Bad(
                "passphrase",
                "is not the one of this keystore, or the keystore was changed".to_owned(),
                "type it again, or restore the keystore",
            ));
        }
        let mut key = Zeroizing::new(self.ciphertext);
        ctr::Ctr128BE::<aes::Aes128>::new_from_slices(cipher_key, &self.iv)
            .map_err(|e| Bad("iv", e.to_string(), EXPORT))?
            .apply_keystream(key.as_mut_slice());
        let found =
            address_of(&key).ok_or_else(|| Bad("ciphertext", "holds no key".to_owned(), EXPORT))?;
        match &self.address {
            Some(named) if *named != hex::encode(found) => Err(Bad(
                "address",
                format!("says 0x{named}, and the key is of {found}"),
                "find out which is meant before importing either",
            )),
            Some(_) | None => Ok(key),
        }
    }
}

fn kdf(name: &str, params: &KdfParams) -> Result<Kdf, Bad> {
    if params.dklen != DKLEN {
        return Err(Bad(
            "dklen",
            format!("is {}, and must be 32", params.dklen),
            EXPORT,
        ));
    }
    let salt = hex::decode(&params.salt).unwrap_or_default();
    if !SALT_BYTES.contains(&salt.len()) {
        return Err(Bad(
            "salt",
            "is not 8 to 64 bytes of hex".to_owned(),
            EXPORT,
        ));
    }
    match name {
        "scrypt" => Ok(Kdf::Scrypt {
            salt,
            params: scrypt_params(params)?,
        }),
        "pbkdf2" => {
            if params.prf.as_deref() != Some("hmac-sha256") {
                return Err(Bad("prf", "is not hmac-sha256".to_owned(), EXPORT));
            }
            let count = params
                .c
                .filter(|c| *c <= PBKDF2_C_MAX)
                .and_then(NonZeroU32::new)
                .ok_or_else(|| Bad("c", format!("is not 1 to {PBKDF2_C_MAX}"), EXPORT))?;
            Ok(Kdf::Pbkdf2 { salt, count })
        }
        _ => Err(Bad(
            "kdf",
            "is neither scrypt nor pbkdf2".to_owned(),
            EXPORT,
        )),
    }
}

fn scrypt_params(params: &KdfParams) -> Result<scrypt::Params, Bad> {
    let bad = |field, rule: &str| Bad(field, format!("must be {rule}"), EXPORT);
    let n = params
        .n
        .filter(|n| (2..=SCRYPT_N_MAX).contains(n) && n.is_power_of_two())
        .ok_or_else(|| bad("n", "a power of two from 2 to 1048576"))?;
    let r = params
        .r
        .filter(|r| (1..=SCRYPT_R_MAX).contains(r))
        .ok_or_else(|| bad("r", "1 to 32"))?;
    let p = params
        .p
        .filter(|p| (1..=SCRYPT_P_MAX).contains(p))
        .ok_or_else(|| bad("p", "1 to 16"))?;
    if n.saturating_mul(u64::from(r)) > SCRYPT_NR_MAX {
        return Err(bad(
            "n",
            "at most 8388608 times r: 1 GiB is the most that is filled",
        ));
    }
    let log_n = u8::try_from(n.ilog2()).map_err(|_ignored| bad("n", "a power of two"))?;
    scrypt::Params::new(log_n, r, p).map_err(|e| Bad("kdfparams", e.to_string(), EXPORT))
}
