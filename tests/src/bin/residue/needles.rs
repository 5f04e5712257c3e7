//! What is looked for: each secret in every form that code may have left it.
//!
//! Any eight bytes of a secret are a find, in either byte order: so halves,
//! quarters, and limbs of 64 bits in any order are found with the whole.

use std::collections::BTreeMap;

use secp256k1::{Scalar, SecretKey};

/// Whose bytes they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Trading,
    Sealing,
    Passphrase,
    Request,
    Nonce,
}

impl Class {
    pub(crate) const ALL: [Self; 5] = [
        Self::Trading,
        Self::Sealing,
        Self::Passphrase,
        Self::Request,
        Self::Nonce,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Trading => "trading",
            Self::Sealing => "sealing",
            Self::Passphrase => "passphrase",
            Self::Request => "request",
            Self::Nonce => "nonces",
        }
    }
}

/// One run of bytes, never shorter than a word.
struct Needle {
    class: Class,
    form: &'static str,
    bytes: Vec<u8>,
}

/// Everything that is looked for, findable by its first word.
pub(crate) struct Needles {
    all: Vec<Needle>,
    by_word: BTreeMap<u64, Vec<usize>>,
    /// One bit for each hash of a first word: most places end here.
    sieve: Vec<u64>,
}

const SIEVE_BITS: u32 = 24;

const fn sieve_place(word: u64) -> (usize, u64) {
    let hash = word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - SIEVE_BITS);
    let place = (hash >> 6) as usize;
    (place, 1 << (hash & 63))
}

impl Needles {
    pub(crate) fn new() -> Self {
        Self {
            all: Vec::new(),
            by_word: BTreeMap::new(),
            sieve: vec![0; 1 << (SIEVE_BITS - 6)],
        }
    }

    fn add(&mut self, class: Class, form: &'static str, bytes: &[u8]) {
        let word = u64::from_ne_bytes(bytes[..8].try_into().expect("eight"));
        let (place, bit) = sieve_place(word);
        self.sieve[place] |= bit;
        self.by_word.entry(word).or_default().push(self.all.len());
        let bytes = bytes.to_vec();
        self.all.push(Needle { class, form, bytes });
    }

    /// A number of 32 bytes: each quarter, both ways round.
    pub(crate) fn add_number(&mut self, class: Class, form: &'static str, number: &[u8; 32]) {
        for quarter in number.chunks(8) {
            self.add(class, form, quarter);
            let mut turned = quarter.to_vec();
            turned.reverse();
            self.add(class, form, &turned);
        }
    }

    /// A key: as a number, and as text.
    pub(crate) fn add_key(&mut self, class: Class, key: &[u8; 32]) {
        self.add_number(class, "bytes", key);
        for text in [hex::encode(key), hex::encode_upper(key)] {
            for quarter in text.as_bytes().chunks(16) {
                self.add(class, "hex", quarter);
            }
        }
    }

    /// A request key: as HMAC pads it too.
    pub(crate) fn add_request_key(&mut self, key: &[u8; 32]) {
        self.add_key(Class::Request, key);
        self.add_number(Class::Request, "ipad", &key.map(|byte| byte ^ 0x36));
        self.add_number(Class::Request, "opad", &key.map(|byte| byte ^ 0x5c));
    }

    /// Words that a person types.
    pub(crate) fn add_words(&mut self, words: &str) {
        for piece in words.as_bytes().chunks_exact(12) {
            self.add(Class::Passphrase, "text", piece);
        }
    }

    /// The nonce of a signature by `key` over `digest`, as it was computed with
    /// and as it was computed from.
    pub(crate) fn add_nonce(
        &mut self,
        key: &[u8; 32],
        digest: &[u8; 32],
        r: &[u8; 32],
        s: &[u8; 32],
    ) {
        let d = SecretKey::from_secret_bytes(*key).expect("a key");
        let r_d = d.mul_tweak(&scalar(r)).expect("neither is zero");
        let z_r_d = r_d
            .add_tweak(&scalar(digest))
            .expect("no signature has a zero s");
        let k = z_r_d
            .mul_tweak(&Scalar::from(inverse(s)))
            .expect("neither is zero");
        let one_over_k = inverse(&k.to_secret_bytes());
        for (form, number) in [
            ("k", k),
            ("-k", k.negate()),
            ("1/k", one_over_k),
            ("-1/k", one_over_k.negate()),
            ("r*d", r_d),
            ("-r*d", r_d.negate()),
            ("z+r*d", z_r_d),
            ("-(z+r*d)", z_r_d.negate()),
        ] {
            self.add_number(Class::Nonce, form, &number.to_secret_bytes());
        }
        for k in [k, k.negate()] {
            let digits = radix_16(&k.to_secret_bytes());
            for run in digits.chunks_exact(16) {
                self.add(Class::Nonce, "k in radix 16", run);
            }
        }
    }

    /// Everything of it in `hay`.
    pub(crate) fn find(&self, hay: &[u8], mut found: impl FnMut(usize, Class, &'static str)) {
        for (at, window) in hay.windows(8).enumerate() {
            let word = u64::from_ne_bytes(window.try_into().expect("eight"));
            let (place, bit) = sieve_place(word);
            if self.sieve[place] & bit == 0 {
                continue;
            }
            for which in self.by_word.get(&word).into_iter().flatten() {
                let needle = &self.all[*which];
                if hay[at..].starts_with(&needle.bytes) {
                    found(at, needle.class, needle.form);
                }
            }
        }
    }
}

/// The number modulo the curve's order.
fn scalar(bytes: &[u8; 32]) -> Scalar {
    // A hash beyond the order is one in 2^128.
    Scalar::from_be_bytes(*bytes).expect("below the order")
}

/// By Fermat: x to the power of the order less two.
fn inverse(bytes: &[u8; 32]) -> SecretKey {
    let mut exponent = secp256k1::constants::CURVE_ORDER;
    exponent[31] -= 2;
    let x = scalar(bytes);
    let mut one = [0; 32];
    one[31] = 1;
    let mut power = SecretKey::from_secret_bytes(one).expect("one");
    for bit in exponent
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
    {
        power = power.mul_tweak(&Scalar::from(power)).expect("not zero");
        if bit == 1 {
            power = power.mul_tweak(&x).expect("not zero");
        }
    }
    power
}

/// Sixty-four digits from -8 to 7, lowest first, as the curve's tables are
/// looked up by.
fn radix_16(number: &[u8; 32]) -> Vec<u8> {
    let mut digits: Vec<i8> = Vec::new();
    for byte in number.iter().rev() {
        for nibble in [byte & 15, byte >> 4] {
            digits.push(i8::try_from(nibble).expect("four bits"));
        }
    }
    for at in 0..63 {
        let carry = (digits[at] + 8) >> 4;
        digits[at] -= carry << 4;
        digits[at + 1] += carry;
    }
    digits.into_iter().map(i8::cast_unsigned).collect()
}

/// The forms are what they say, before anything is judged by them: the nonce
/// that is computed gives back the signature's r.
pub(crate) fn is_nonce_of(key: &[u8; 32], digest: &[u8; 32], r: &[u8; 32], s: &[u8; 32]) -> bool {
    let d = SecretKey::from_secret_bytes(*key).expect("a key");
    let z_r_d = d
        .mul_tweak(&scalar(r))
        .and_then(|r_d| r_d.add_tweak(&scalar(digest)))
        .expect("neither is zero");
    let k = z_r_d
        .mul_tweak(&Scalar::from(inverse(s)))
        .expect("neither is zero");
    let point = secp256k1::PublicKey::from_secret_key(&k).serialize_uncompressed();
    point[1..33] == *r
}
