//! What each field of a message must be, and what a caller is told if it is
//! not: the field, its problem, the fix.

use frame::hop::REASON_BYTES_MAX;
use frame::intent::MOMENT_MS_MAX;
use frame::intent_id::IntentId;
use frame::label::Label;
use order::{PriceE4, TickSize, strict};
use tonic::Status;

/// What is wrong with a message: field, problem, fix.
pub(super) fn invalid(field: &str, problem: &str, fix: &str) -> Status {
    Status::invalid_argument(format!("{field}: {problem}; {fix}"))
}

pub(super) fn fixed<const N: usize>(field: &str, bytes: &[u8]) -> Result<[u8; N], Status> {
    bytes.try_into().map_err(|_ignored| {
        invalid(
            field,
            &format!("not {N} bytes"),
            &format!("send all {N}, big endian"),
        )
    })
}

/// No order has more, and no row can hold a number without bounds.
pub(super) fn bounded(field: &str, units: u64) -> Result<u64, Status> {
    if (1..=strict::AMOUNT_UNITS_MAX).contains(&units) {
        Ok(units)
    } else {
        Err(invalid(
            field,
            "outside 1 to 10^15",
            "give base units, a millionth each",
        ))
    }
}

pub(super) fn moment(field: &str, ms: u64) -> Result<u64, Status> {
    if ms <= MOMENT_MS_MAX {
        Ok(ms)
    } else {
        Err(invalid(
            field,
            "after the year 2286",
            "give Unix milliseconds",
        ))
    }
}

pub(super) fn price(field: &str, e4: u32) -> Result<PriceE4, Status> {
    let price = u16::try_from(e4).ok().and_then(PriceE4::new);
    price.ok_or_else(|| {
        invalid(
            field,
            "outside 1 to 9999",
            "give ten-thousandths of a dollar",
        )
    })
}

pub(super) fn tick(field: &str, e4: u32) -> Result<TickSize, Status> {
    let tick = u16::try_from(e4).ok().and_then(TickSize::from_e4);
    tick.ok_or_else(|| invalid(field, "not a tick", "use 1000, 100, 50, 25, 10 or 1"))
}

pub(super) fn intent_id(field: &str, text: &str) -> Result<IntentId, Status> {
    IntentId::parse(text).ok_or_else(|| {
        invalid(
            field,
            "not a name",
            "write its UTC day, a dash and at most 55 of [a-z0-9-]",
        )
    })
}

pub(super) fn attempt(field: &str, number: u32) -> Result<u16, Status> {
    u16::try_from(number).map_err(|_ignored| invalid(field, "above 65535", "begin a new intent"))
}

pub(super) fn label(field: &str, text: &str) -> Result<Label, Status> {
    Label::parse(text).ok_or_else(|| invalid(field, "not a name", "write 1 to 32 of [a-z0-9._-]"))
}

/// A reason that a leaf has room for.
pub(super) fn short(reason: String) -> Result<String, Status> {
    if reason.len() <= REASON_BYTES_MAX {
        Ok(reason)
    } else {
        Err(invalid("reason", "longer than 200 bytes", "say it shorter"))
    }
}
