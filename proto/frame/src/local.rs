//! The operator's socket: one question a connection, over a Unix socket that
//! only its owner may open.
//!
//! A question is a verb's byte, four bytes of length (big endian) and so many
//! bytes; an answer is a byte (0 done, 1 refused), four bytes of length and so
//! many bytes of text. Text is lines of `name value`; a refusal is one line, a
//! stable code and a sentence.
//!
//! Invariant: what unlocks never travels any other way.

/// What can be asked on the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Everything the signer says of itself. No payload.
    Status,
    /// The payload is the 32 bytes of the sealing key, and they go straight
    /// into its page.
    Unlock,
    /// Wipes both keys. No payload.
    Lock,
    /// The payload is a signed note.
    Note,
    /// The payload is the first key set, signed by its own threshold; only
    /// here, and only while there is none.
    Found,
    /// The payload is a reason, text. Stops all signing but tickets.
    Freeze,
    /// The wall clock is right now. No payload.
    ClockAccept,
    /// The payload is a step of an export, text.
    Export,
    /// The payload is the nonce of a login at the venue, 8 bytes.
    ClobAuth,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 9] = [
        Self::Status,
        Self::Unlock,
        Self::Lock,
        Self::Note,
        Self::Found,
        Self::Freeze,
        Self::ClockAccept,
        Self::Export,
        Self::ClobAuth,
    ];

    /// Its byte.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        match self {
            Self::Status => 1,
            Self::Unlock => 2,
            Self::Lock => 3,
            Self::Note => 4,
            Self::Found => 5,
            Self::Freeze => 6,
            Self::ClockAccept => 7,
            Self::Export => 8,
            Self::ClobAuth => 9,
        }
    }

    /// The verb of a byte.
    #[must_use]
    pub fn from_u8(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.to_u8() == byte)
    }

    /// The most bytes that may come with it.
    #[must_use]
    pub const fn payload_max(self) -> u32 {
        match self {
            Self::Status | Self::Lock | Self::ClockAccept => 0,
            Self::Unlock => 32,
            // A note's text and its signatures.
            Self::Note | Self::Found => 80 * 1024,
            Self::Freeze => 200,
            Self::Export => 600,
            Self::ClobAuth => 8,
        }
    }
}

/// The most bytes of an answer.
pub const ANSWER_MAX: u32 = 1024 * 1024;
/// The answer's first byte when it was done.
pub const DONE: u8 = 0;
/// The answer's first byte when it was refused.
pub const REFUSED: u8 = 1;

#[cfg(test)]
mod tests {
    use super::Verb;

    #[test]
    fn each_verb_has_its_byte() {
        for verb in Verb::ALL {
            assert_eq!(Verb::from_u8(verb.to_u8()), Some(verb));
        }
        assert_eq!(Verb::from_u8(0), None);
        assert_eq!(Verb::from_u8(10), None);
    }
}
