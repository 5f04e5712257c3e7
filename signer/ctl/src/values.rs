//! Values on the command line, read as notes spell them.
//!
//! Invariant: an address is taken in its EIP-55 case alone: the case is a
//! checksum over what a person copied by hand.

use note::{
    Evidence, Filled, JournalId, NoteHash, Recipient, TokenFloor, UtcSeconds, VerifierKey,
    WrittenOff,
};
use order::{Address, B256, CollateralUnits, PriceE4, ShareUnits, Side, TickSize, U256};

use crate::age;

const SECONDS_PER_DAY: u64 = 86_400;

fn fixed<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let lower = digits.bytes().all(|byte| !byte.is_ascii_uppercase());
    (lower && hex::decode_to_slice(digits, &mut bytes).is_ok()).then_some(bytes)
}

/// 32 hex digits.
pub(crate) fn journal_id(text: &str) -> Result<JournalId, String> {
    fixed(text)
        .map(JournalId)
        .ok_or_else(|| "write 32 lower-case hex digits".to_owned())
}

/// `0x` and 64 hex digits.
pub(crate) fn word(text: &str) -> Result<B256, String> {
    text.strip_prefix("0x")
        .and_then(fixed)
        .map(B256::new)
        .ok_or_else(|| "write 0x and 64 lower-case hex digits".to_owned())
}

/// The same, as the hash of a note.
pub(crate) fn note_hash(text: &str) -> Result<NoteHash, String> {
    word(text).map(|word| NoteHash(word.0))
}

/// An address in its own case.
pub(crate) fn address(text: &str) -> Result<Address, String> {
    Address::parse_checksummed(text, None)
        .map_err(|e| format!("{e}; copy it in EIP-55 mixed case, which guards against typing"))
}

/// A verifier key.
pub(crate) fn key(text: &str) -> Result<VerifierKey, String> {
    VerifierKey::parse(text)
        .ok_or_else(|| "write name+id+base64, as signerctl note keygen prints it".to_owned())
}

/// Who gets an exported key.
pub(crate) fn recipient(text: &str) -> Result<Recipient, String> {
    let is_key = text == "terminal" || age::recipient(text).is_some();
    let recipient = Recipient::parse(text).filter(|_| is_key);
    recipient.ok_or_else(|| "write an age public key, age1..., or the word terminal".to_owned())
}

/// A token's number.
pub(crate) fn token(text: &str) -> Result<U256, String> {
    U256::from_str_radix(text, 10)
        .ok()
        .filter(|token| token.to_string() == text)
        .ok_or_else(|| "write the token's decimal number".to_owned())
}

/// USDC.
pub(crate) fn usdc(text: &str) -> Result<CollateralUnits, String> {
    CollateralUnits::parse(text).map_err(|e| e.to_string())
}

/// Shares.
pub(crate) fn shares(text: &str) -> Result<ShareUnits, String> {
    ShareUnits::parse(text).map_err(|e| e.to_string())
}

/// A price.
pub(crate) fn price(text: &str) -> Result<PriceE4, String> {
    PriceE4::parse(text, TickSize::TenThousandth).map_err(|e| e.to_string())
}

/// Two values with an equals sign between.
fn pair(text: &str) -> Result<(&str, &str), String> {
    text.split_once('=')
        .ok_or_else(|| "write two values with = between them".to_owned())
}

/// `TOKEN=PRICE`.
pub(crate) fn token_floor(text: &str) -> Result<TokenFloor, String> {
    let (left, right) = pair(text)?;
    Ok(TokenFloor {
        token: token(left)?,
        price: price(right)?,
    })
}

/// `TOKEN=SHARES`.
pub(crate) fn holding(text: &str) -> Result<note::Holding, String> {
    let (left, right) = pair(text)?;
    Ok(note::Holding {
        token: token(left)?,
        shares: shares(right)?,
    })
}

/// `ORDER=EVIDENCE`.
pub(crate) fn written_off(text: &str) -> Result<WrittenOff, String> {
    let (left, right) = pair(text)?;
    let evidence = match right {
        "filled" => Evidence::Filled,
        "funds-gone" => Evidence::FundsGone,
        "allowance-gone" => Evidence::AllowanceGone,
        _ => return Err("the evidence is filled, funds-gone or allowance-gone".to_owned()),
    };
    Ok(WrittenOff {
        order: word(left)?,
        evidence,
    })
}

/// `ORDER=TOKEN:COLLATERAL:SHARES`.
pub(crate) fn filled(text: &str) -> Result<Filled, String> {
    let (left, right) = pair(text)?;
    let mut parts = right.split(':');
    let mut part = || {
        parts
            .next()
            .ok_or_else(|| "write TOKEN:USDC:SHARES after the =".to_owned())
    };
    let filled = Filled {
        order: word(left)?,
        token: token(part()?)?,
        collateral: usdc(part()?)?,
        shares: shares(part()?)?,
    };
    if parts.next().is_some() {
        return Err("write TOKEN:USDC:SHARES after the =".to_owned());
    }
    Ok(filled)
}

/// `BUY` or `SELL`.
pub(crate) fn side(text: &str) -> Result<Side, String> {
    Side::parse(text).ok_or_else(|| "write BUY or SELL".to_owned())
}

/// A tick size of the venue.
pub(crate) fn tick(text: &str) -> Result<TickSize, String> {
    TickSize::parse(text)
        .ok_or_else(|| "write 0.0001, 0.001, 0.0025, 0.005, 0.01 or 0.1".to_owned())
}

/// A moment that a draft names.
pub(crate) fn time(text: &str) -> Result<UtcSeconds, String> {
    moment(text).ok_or_else(|| "write 2026-11-20T12:00:00Z".to_owned())
}

/// `FIELD=VALUE`.
pub(crate) fn setting(text: &str) -> Result<(String, String), String> {
    pair(text).map(|(field, value)| (field.to_owned(), value.to_owned()))
}

/// A moment, as notes spell it: `2026-11-20T12:00:00Z`.
pub(crate) fn moment(text: &str) -> Option<UtcSeconds> {
    // `note` owns the spelling of times and reads them in texts alone, so a
    // text is made around this one.
    let text = format!(
        "countersign/alive/v1\njournal {}\npolicy 1\nserial 1\n\
         not_before 1970-01-01T00:00:00Z\napply_before 1970-01-01T00:00:01Z\nuntil {text}\n",
        "0".repeat(32)
    );
    match note::Body::parse(&text) {
        Ok(note::Body::Alive(alive)) => Some(alive.until),
        _ => None,
    }
}

/// A moment, or a time of day such as `02:14Z`: the last one not after `now`.
pub(crate) fn since(text: &str, now: UtcSeconds) -> Option<UtcSeconds> {
    let clock = match text.strip_suffix('Z') {
        Some(short) if short.len() == 5 => format!("{short}:00Z"),
        _ => text.to_owned(),
    };
    if clock.contains('T') {
        return moment(&clock);
    }
    let in_day = moment(&format!("1970-01-02T{clock}"))?
        .get()
        .checked_sub(SECONDS_PER_DAY)?;
    let today = now
        .get()
        .checked_sub(now.get().rem_euclid(SECONDS_PER_DAY))?;
    let at = today.checked_add(in_day)?;
    let at = if at > now.get() {
        at.checked_sub(SECONDS_PER_DAY)?
    } else {
        at
    };
    UtcSeconds::new(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_the_last_one() {
        let now = moment("2026-11-20T12:00:00Z").unwrap();
        let at = |text| since(text, now).map(|at| at.to_string());
        assert_eq!(at("02:14Z").as_deref(), Some("2026-11-20T02:14:00Z"));
        assert_eq!(at("12:00Z").as_deref(), Some("2026-11-20T12:00:00Z"));
        assert_eq!(at("12:00:01Z").as_deref(), Some("2026-11-19T12:00:01Z"));
        assert_eq!(
            at("2026-11-01T00:00:00Z").as_deref(),
            Some("2026-11-01T00:00:00Z")
        );
        for bad in [
            "",
            "Z",
            "25:00Z",
            "02:14",
            "2026-11-31T00:00:00Z",
            "2026-11-01",
            "12:00:01Z\nx 1",
        ] {
            assert_eq!(at(bad), None, "{bad}");
        }
    }

    #[test]
    fn values_have_one_spelling() {
        assert!(address("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed").is_ok());
        assert!(address("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed").is_err());
        assert!(token("10").is_ok());
        assert!(token("010").is_err());
        assert!(journal_id("6f1c0000000000000000000000000001").is_ok());
        assert!(journal_id("6F1c0000000000000000000000000001").is_err());
        assert!(written_off(&format!("0x{}=filled", "ab".repeat(32))).is_ok());
        assert!(written_off(&format!("0x{}=cancelled", "ab".repeat(32))).is_err());
        assert!(holding("1=2").is_ok());
        assert!(holding("1 2").is_err());
    }
}
