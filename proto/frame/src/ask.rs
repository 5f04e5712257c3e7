//! What may be asked, as bytes.

use crate::write::Writer;

/// The methods, as the vault numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Decide, record, sign.
    SignOrder,
    /// The same decision, without signature or charge.
    ExplainOrder,
    /// What the signer is.
    GetStatus,
    /// Carries a signed note.
    ApplyNote,
    /// Stops all signing but tickets.
    Freeze,
}

impl Method {
    /// Its byte in a frame.
    #[must_use]
    pub const fn to_u8(self) -> u8 {
        match self {
            Self::SignOrder => 1,
            Self::ExplainOrder => 2,
            Self::GetStatus => 3,
            Self::ApplyNote => 4,
            Self::Freeze => 5,
        }
    }
}

/// One question. An intent comes as its own fixed frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask<'a> {
    /// Decide, record, sign.
    Sign {
        /// `Intent::frame`.
        intent: &'a [u8],
        /// The watchers' note of the trade that is copied; empty for none.
        attestation: &'a [u8],
    },
    /// The same decision, without signature or charge.
    Explain {
        /// `Intent::frame`.
        intent: &'a [u8],
    },
    /// What the signer is.
    Status,
    /// Carries a signed note.
    Note {
        /// The envelope, as it was signed.
        envelope: &'a [u8],
    },
    /// Stops all signing but tickets.
    Freeze {
        /// For the record.
        reason: &'a str,
    },
}

impl Ask<'_> {
    /// Which method it goes to.
    #[must_use]
    pub const fn method(&self) -> Method {
        match self {
            Self::Sign { .. } => Method::SignOrder,
            Self::Explain { .. } => Method::ExplainOrder,
            Self::Status => Method::GetStatus,
            Self::Note { .. } => Method::ApplyNote,
            Self::Freeze { .. } => Method::Freeze,
        }
    }

    /// Adds its method and fields to `frame`.
    pub(crate) fn write(&self, frame: &mut Writer) {
        frame.u8(self.method().to_u8());
        match self {
            Self::Sign {
                intent,
                attestation,
            } => {
                frame.bytes(intent);
                frame.bytes(attestation);
            }
            Self::Explain { intent } => frame.bytes(intent),
            Self::Status => {}
            Self::Note { envelope } => frame.bytes(envelope),
            Self::Freeze { reason } => frame.text(reason),
        }
    }
}
