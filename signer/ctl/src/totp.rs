//! The second factor: six digits of an authenticator (RFC 6238, HMAC-SHA1, half
//! minutes), whose secret is sealed in one box with the key.
//!
//! Pure: secret and time are arguments.
//!
//! Invariant: a code stands for one step, and whoever takes it tells the vault
//! which, so that it is good once.

use alloy_primitives::Address;
use frame::TOTP_BYTES;
use ring::hmac;
use zeroize::Zeroizing;

/// What the authenticator shares with the box.
pub(crate) type Totp = Zeroizing<[u8; TOTP_BYTES]>;

const STEP_S: u64 = 30;
/// By how many steps an authenticator's clock may be off.
const SKEW: u64 = 1;

/// The step whose code was typed, if it is one of about now.
pub(crate) fn step_of(secret: &Totp, typed: &[u8], now_s: u64) -> Option<u64> {
    let now = now_s.div_euclid(STEP_S);
    let mut steps = now.saturating_sub(SKEW)..=now.saturating_add(SKEW);
    steps.find(|step| code(secret, *step).is_some_and(|code| code.as_bytes() == typed))
}

/// Six digits.
fn code(secret: &Totp, step: u64) -> Option<Zeroizing<String>> {
    // RFC 6238 asks for SHA-1, and HMAC does not mind its collisions.
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_slice());
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag.last()? & 0xf);
    let word: [u8; 4] = tag.get(at..at.checked_add(4)?)?.try_into().ok()?;
    let number = (u32::from_be_bytes(word) & 0x7fff_ffff).rem_euclid(1_000_000);
    Some(Zeroizing::new(format!("{number:06}")))
}

/// What an authenticator reads, as its picture or as text.
pub(crate) fn uri(secret: &Totp, address: Address) -> Zeroizing<String> {
    let text = base32(secret.as_slice());
    Zeroizing::new(format!(
        "otpauth://totp/Countersign:{address}?secret={}&issuer=Countersign&algorithm=SHA1&digits=6&period=30",
        *text
    ))
}

/// RFC 4648, of a length that needs no padding.
fn base32(bytes: &[u8]) -> Zeroizing<String> {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = Zeroizing::new(String::with_capacity(bytes.len().saturating_mul(2)));
    for five in bytes.chunks(5) {
        let bits = five
            .iter()
            .fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        for shift in [35_u32, 30, 25, 20, 15, 10, 5, 0] {
            let index = usize::try_from((bits >> shift) & 31).unwrap_or(0);
            text.extend(DIGITS.get(index).copied().map(char::from));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rfc() -> Totp {
        Zeroizing::new(*b"12345678901234567890")
    }

    /// M108: the second factor is RFC 6238's, by its own vectors.
    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, SHA1: the last six of its eight digits.
        for (time, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = u64::div_euclid(time, STEP_S);
            assert_eq!(*code(&rfc(), step).unwrap(), digits, "{time}");
            assert_eq!(step_of(&rfc(), digits.as_bytes(), time), Some(step));
        }
    }

    #[test]
    fn a_code_is_good_for_its_step_and_one_to_either_side() {
        let typed = code(&rfc(), 100).unwrap();
        for (now, good) in [
            (98, false),
            (99, true),
            (100, true),
            (101, true),
            (102, false),
        ] {
            let step = step_of(&rfc(), typed.as_bytes(), now * STEP_S);
            assert_eq!(step, good.then_some(100), "{now}");
        }
        assert_eq!(step_of(&rfc(), b"", 3_000), None);
        assert_eq!(step_of(&rfc(), b"0000000", 3_000), None);
    }

    #[test]
    fn an_authenticator_reads_the_secret() {
        let uri = uri(&rfc(), Address::ZERO);
        // RFC 4648's alphabet of the RFC 6238 secret, as every authenticator's tests have it.
        assert!(
            uri.contains("?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&"),
            "{}",
            *uri
        );
    }
}
