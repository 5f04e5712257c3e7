//! The one spelling of each kind of value.
//!
//! Money and shares are decimals without idle zeros, hashes lower-case hex
//! with `0x`, ids lower-case hex without, tokens plain decimals, addresses
//! EIP-55: a person copies a wallet address into a policy by hand, and the
//! mixed case is a checksum over the typing.
//!
//! Invariant: no spelling contains a space, except those made by `labelled`.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString as _};

use order::{
    Address, B256, CollateralUnits, PriceE4, ShareUnits, Side, SignatureType, TickSize, U256,
};

use crate::key::{VerifierKey, WitnessKey};
use crate::signed::NoteHash;
use crate::text::Spelling;
use crate::time::{MinuteOfDay, UtcSeconds};

/// Sixteen bytes that name a journal, drawn when it is born.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct JournalId(pub [u8; 16]);

/// Sixteen random bytes that name one note, where nothing else does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct NoteId(pub [u8; 16]);

/// Lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)])
        .flatten()
        .collect()
}

/// Lower-case hex digits after `0x`.
pub(crate) fn hex_0x(bytes: &[u8]) -> String {
    format!("0x{}", hex(bytes))
}

/// Exactly `N` bytes of hex digits.
fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (digits, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let mut bytes = [0; N];
    if digits.len() != N {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(digits) {
        let nibble = |digit: &u8| char::from(*digit).to_digit(16);
        let value = nibble(high)?.checked_mul(16)?.checked_add(nibble(low)?)?;
        *byte = u8::try_from(value).ok()?;
    }
    Some(bytes)
}

fn unhex_0x<const N: usize>(text: &str) -> Option<[u8; N]> {
    unhex(text.strip_prefix("0x")?)
}

/// Takes `value label value label value …` apart, the first value standing
/// without a label.
pub(crate) fn labelled<'a, const N: usize>(
    text: &'a str,
    labels: [&str; N],
) -> Option<(&'a str, [&'a str; N])> {
    let mut words = text.split(' ');
    let first = words.next()?;
    let mut values = [""; N];
    for (value, label) in values.iter_mut().zip(labels) {
        if words.next()? != label {
            return None;
        }
        *value = words.next()?;
    }
    words.next().is_none().then_some((first, values))
}

/// Gives a type its spelling by how it is read and how it prints.
macro_rules! spelled {
    ($($type:ty, $form:literal, $read:expr, $spell:expr;)*) => {$(
        impl Spelling for $type {
            const FORM: &'static str = $form;

            fn read(text: &str) -> Option<Self> {
                let read: fn(&str) -> Option<Self> = $read;
                read(text)
            }

            fn spell(&self) -> alloc::string::String {
                let spell: fn(&Self) -> alloc::string::String = $spell;
                spell(self)
            }
        }
    )*};
}
pub(crate) use spelled;

spelled! {
    u8, "a whole number up to 255, such as 3",
        |text| text.parse().ok(), |value| value.to_string();
    u16, "a whole number up to 65535, such as 30",
        |text| text.parse().ok(), |value| value.to_string();
    u32, "a whole number up to 4294967295, such as 60000",
        |text| text.parse().ok(), |value| value.to_string();
    u64, "a whole number, such as 17",
        |text| text.parse().ok(), |value| value.to_string();
    bool, "yes or no",
        |text| Some(text == "yes"), |value| if *value { "yes" } else { "no" }.to_owned();
    JournalId, "32 lower-case hex digits",
        |text| unhex(text).map(Self), |id| hex(&id.0);
    NoteId, "32 lower-case hex digits",
        |text| unhex(text).map(Self), |id| hex(&id.0);
    NoteHash, "0x and 64 lower-case hex digits",
        |text| unhex_0x(text).map(Self), |hash| hex_0x(&hash.0);
    B256, "0x and 64 lower-case hex digits",
        |text| unhex_0x(text).map(Self::new), |word| hex_0x(word.as_slice());
    Address, "an address in EIP-55 mixed case, such as 0x52908400098527886E0F7030069857D2E4169EE7",
        |text| unhex_0x(text).map(Self::new), |address| address.to_checksum(None);
    U256, "a decimal number without leading zeros",
        |text| Self::from_str_radix(text, 10).ok(), |token| token.to_string();
    CollateralUnits, "decimal USDC without idle zeros, six decimals at most, such as 1500 or 0.25",
        |text| Self::parse(text).ok(), |money| money.to_string();
    ShareUnits, "decimal shares without idle zeros, six decimals at most, such as 120 or 0.5",
        |text| Self::parse(text).ok(), |shares| shares.to_string();
    PriceE4, "a price between 0 and 1, four decimals at most, without idle zeros, such as 0.05",
        |text| Self::parse(text, TickSize::TenThousandth).ok(), |price| price.to_string();
    Side, "BUY or SELL",
        |text| Self::parse(text), |side| side.as_str().to_owned();
    TickSize, "a tick size of the venue: 0.0001, 0.001, 0.0025, 0.005, 0.01 or 0.1",
        |text| Self::parse(text), |tick| tick.to_string();
    SignatureType, "0 (EOA), 1 (proxy), 2 (Safe) or 3 (deposit wallet)",
        |text| text.parse().ok().and_then(Self::from_u8), |kind| kind.to_u8().to_string();
    UtcSeconds, "UTC to the second, such as 2026-11-20T12:00:00Z",
        |text| Self::read(text), |time| time.to_string();
    MinuteOfDay, "a UTC time of day, such as 10:00",
        |text| Self::read(text), |minute| minute.to_string();
    VerifierKey, "a verifier key, name+id+base64, algorithm 0x01 (Ed25519)",
        |text| Self::parse(text), |key| key.to_string();
    WitnessKey, "a verifier key, name+id+base64, algorithm 0x04 (cosignature)",
        |text| Self::parse(text), |key| key.to_string();
}

/// A figure that may be absent.
impl<T: Spelling> Spelling for Option<T> {
    const FORM: &'static str = T::FORM;

    fn read(text: &str) -> Option<Self> {
        if text == "none" {
            Some(None)
        } else {
            T::read(text).map(Some)
        }
    }

    fn spell(&self) -> String {
        self.as_ref()
            .map_or_else(|| "none".to_owned(), Spelling::spell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::canonical;

    fn refuses<T: Spelling>(texts: &[&str]) {
        for text in texts {
            assert!(canonical::<T>(text).is_none(), "{text:?}");
        }
    }

    fn accepts<T: Spelling>(texts: &[&str]) {
        for text in texts {
            assert_eq!(canonical::<T>(text).unwrap().spell(), **text);
        }
    }

    #[test]
    fn numbers_have_one_spelling() {
        accepts::<u64>(&["0", "17", "18446744073709551615"]);
        refuses::<u64>(&[
            "",
            "+1",
            "-0",
            "017",
            "00",
            "1_0",
            " 1",
            "1 ",
            "0x1",
            "1e3",
            "18446744073709551616",
        ]);
        accepts::<u8>(&["0", "255"]);
        refuses::<u8>(&["256"]);
        accepts::<bool>(&["yes", "no"]);
        refuses::<bool>(&["Yes", "true", "1", ""]);
        accepts::<Option<u16>>(&["none", "0", "65535"]);
        refuses::<Option<u16>>(&["None", "", "65536"]);
    }

    #[test]
    fn money_and_prices_have_one_spelling() {
        accepts::<CollateralUnits>(&["0", "1500", "0.25", "0.000001", "18446744073709.551615"]);
        refuses::<CollateralUnits>(&[
            "01",
            "1.0",
            "1.",
            ".5",
            "+1",
            "1,500",
            "0.0000001",
            "0.250",
            "18446744073709.551616",
        ]);
        accepts::<ShareUnits>(&["120", "0.5"]);
        refuses::<ShareUnits>(&["120.0", "-1"]);
        accepts::<PriceE4>(&["0.0001", "0.05", "0.9999"]);
        refuses::<PriceE4>(&["0", "1", "0.00001", "0.050", ".05", "+0.05"]);
        accepts::<TickSize>(&["0.0001", "0.0025", "0.1"]);
        refuses::<TickSize>(&["0.10", "0.02", "1"]);
        accepts::<SignatureType>(&["0", "3"]);
        refuses::<SignatureType>(&["4", "00", "+3"]);
    }

    #[test]
    fn hex_has_one_spelling() {
        accepts::<JournalId>(&["6f1c0000000000000000000000000001"]);
        refuses::<JournalId>(&[
            "",
            "6F1c0000000000000000000000000001",
            "0x6f1c0000000000000000000000000001",
            "6f1c000000000000000000000000001",
            "6f1c00000000000000000000000000010",
            "6f1c000000000000000000000000000g",
            "+f1c0000000000000000000000000001",
        ]);
        let zeros = "0".repeat(64);
        accepts::<B256>(&[&format!("0x{zeros}")]);
        refuses::<B256>(&[&zeros, &format!("0X{zeros}"), &format!("0x{zeros}0"), "0x"]);
    }

    #[test]
    fn an_address_is_checked_by_its_case() {
        // EIP-55's own examples.
        accepts::<Address>(&[
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0x52908400098527886E0F7030069857D2E4169EE7",
            "0xde709f2102306220921060314715629080e2fb77",
        ]);
        refuses::<Address>(&[
            "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
            "0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
            "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        ]);
    }

    #[test]
    fn a_token_is_a_plain_decimal() {
        accepts::<U256>(&[
            "0",
            "115792089237316195423570985008687907853269984665640564039457584007913129639935",
        ]);
        refuses::<U256>(&[
            "",
            "00",
            "0x1",
            "1_000",
            "+1",
            "115792089237316195423570985008687907853269984665640564039457584007913129639936",
        ]);
    }

    #[test]
    fn labels_are_all_there_in_order_and_no_more() {
        let labels = ["yes", "no"];
        assert_eq!(labelled("a yes b no c", labels), Some(("a", ["b", "c"])));
        for bad in [
            "a yes b no",
            "a no b yes c",
            "a yes b no c d",
            "a  yes b no c",
            "",
            "yes b no c",
        ] {
            assert_eq!(labelled(bad, labels), None, "{bad}");
        }
    }
}
