//! Why we ourselves leave an intent out: stable codes, each with its fix.

use plan::reason::Reason;

/// A stable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// The line is not understood.
    BadLine,
    /// The line is too long.
    LineTooLong,
    /// The line names no token; an outcome's name is not one.
    NoToken,
    /// The venue knows no such token.
    UnknownToken,
    /// The token belongs to another market than the line says.
    MarketMismatch,
    /// Neither the line nor the book gives a price.
    NoPrice,
    /// No price of the market's grid is as good as the one asked for.
    OffTick,
    /// Less than a hundredth of a share.
    TooSmall,
    /// The wallet has too little collateral that is not set aside.
    NoCash,
    /// We hold too few of these shares that are not set aside.
    NotHeld,
    /// The strategy named is fed by leaders' trades alone, or is configured no more.
    NotItsStrategy,
    /// The signature is missing, or not that of a watcher we believe.
    NotSigned,
    /// Only an outcome's name says which token it is, and there is no budget
    /// for that, or it is used up.
    Unattested,
    /// Firewall, sizing or book guard says no: see `plan`'s catalogue.
    Plan(Reason),
}

impl Code {
    /// Every code of this room; those of `plan` are in its own catalogue.
    pub const ALL: [Self; 13] = [
        Self::BadLine,
        Self::LineTooLong,
        Self::NoToken,
        Self::UnknownToken,
        Self::MarketMismatch,
        Self::NoPrice,
        Self::OffTick,
        Self::TooSmall,
        Self::NoCash,
        Self::NotHeld,
        Self::NotItsStrategy,
        Self::NotSigned,
        Self::Unattested,
    ];

    /// Its name in the database and in every report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadLine => "BAD_LINE",
            Self::LineTooLong => "LINE_TOO_LONG",
            Self::NoToken => "NO_TOKEN",
            Self::UnknownToken => "UNKNOWN_TOKEN",
            Self::MarketMismatch => "MARKET_MISMATCH",
            Self::NoPrice => "NO_PRICE",
            Self::OffTick => "OFF_TICK",
            Self::TooSmall => "TOO_SMALL",
            Self::NoCash => "NO_CASH",
            Self::NotHeld => "NOT_HELD",
            Self::NotItsStrategy => "NOT_ITS_STRATEGY",
            Self::NotSigned => "NOT_SIGNED",
            Self::Unattested => "UNATTESTED",
            Self::Plan(reason) => reason.code(),
        }
    }

    /// The HTTP status that says so to a sender.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::BadLine => 400,
            Self::LineTooLong => 413,
            Self::NotSigned => 403,
            Self::NoToken
            | Self::UnknownToken
            | Self::MarketMismatch
            | Self::NoPrice
            | Self::OffTick
            | Self::TooSmall
            | Self::NoCash
            | Self::NotHeld
            | Self::NotItsStrategy
            | Self::Unattested
            | Self::Plan(_) => 422,
        }
    }
}

/// A rejection: a code, and a sentence that names the field, its problem and
/// the fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The stable code.
    pub code: Code,
    /// The sentence.
    pub sentence: String,
}

impl Reject {
    /// A rejection.
    #[must_use]
    pub const fn new(code: Code, sentence: String) -> Self {
        Self { code, sentence }
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn codes_are_distinct_and_each_is_the_senders_fault() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!((400..500).contains(&code.http_status()));
        }
    }
}
