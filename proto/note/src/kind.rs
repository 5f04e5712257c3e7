//! Kinds of note: the first line of the text, and the body it announces.
//!
//! A new kind is a file with a record and one line in `kinds!` here; the
//! compiler then asks `authority` who may sign it.
//!
//! Invariant: `Body::parse` accepts exactly the texts that `Body::print`
//! writes, and every body it returns passed its own `check`.

use alloc::boxed::Box;
use alloc::string::String;

use crate::alive::Alive;
use crate::attestation::Attestation;
use crate::cancel::Cancel;
use crate::declare::Declare;
use crate::dial::Dial;
use crate::export::Export;
use crate::fill::Fill;
use crate::keyset::KeySet;
use crate::listing::Listing;
use crate::policy::Policy;
use crate::recovery::Recovery;
use crate::spelling::JournalId;
use crate::text::{Field, Reader, Writer, record};
use crate::text_refusal::TextRefusal;
use crate::ticket::Ticket;
use crate::time::UtcSeconds;
use crate::unfreeze::Unfreeze;
use crate::write_off::WriteOff;

/// A draft lives at most this long: 30 days. Every signed text that was not
/// applied is an instrument for whoever finds it.
pub const WINDOW_SECONDS_MAX: u64 = 30 * 86_400;
/// A ticket passes every exit rule, so it lives 15 minutes.
pub const TICKET_SECONDS_MAX: u64 = 15 * 60;
/// A leader's trade is history in minutes, and its mark is kept this long: an hour.
pub const ATTESTATION_SECONDS_MAX: u64 = 60 * 60;

record! {
    /// When a note may be applied: from the first moment, until before the second.
    #[derive(Copy)]
    pub struct Window {
        /// The first moment.
        pub not_before: UtcSeconds,
        /// The first moment at which it is too late.
        pub apply_before: UtcSeconds,
    }
}

macro_rules! kinds {
    ($($(#[$about:meta])* $kind:ident($body:ty) = $line:literal,)*) => {
        /// What a note is about; who signs which is in `authority`.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Kind { $($(#[$about])* $kind,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            /// The first line of its text.
            #[must_use]
            pub const fn first_line(self) -> &'static str {
                match self { $(Self::$kind => $line,)* }
            }
        }

        /// A note's text, parsed and checked.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum Body { $($(#[$about])* $kind($body),)* }

        impl Body {
            /// Its kind.
            #[must_use]
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind,)* }
            }

            /// The journal it is for.
            #[must_use]
            pub const fn journal(&self) -> JournalId {
                match self { $(Self::$kind(body) => body.journal,)* }
            }

            /// When it may be applied.
            #[must_use]
            pub const fn window(&self) -> Window {
                match self { $(Self::$kind(body) => body.window,)* }
            }

            /// Runs the rules that its own text can be held to.
            ///
            /// # Errors
            ///
            /// The first rule that does not hold.
            pub fn check(&self) -> Result<(), TextRefusal> {
                check_window(self.kind(), self.window())?;
                match self { $(Self::$kind(body) => body.check(),)* }
            }

            /// Writes the text, final newline included.
            #[must_use]
            pub fn print(&self) -> String {
                let mut writer = Writer::default();
                writer.put(self.kind().first_line());
                match self { $(Self::$kind(body) => body.write("", &mut writer),)* }
                writer.finish()
            }

            fn read(kind: Kind, reader: &mut Reader<'_>) -> Result<Self, TextRefusal> {
                match kind { $(Kind::$kind => Field::read("", reader).map(Self::$kind),)* }
            }
        }
    };
}

kinds! {
    /// What may be signed, by whom and how much.
    Policy(Box<Policy>) = "countersign/policy/v1",
    /// Who the quorum is.
    KeySet(KeySet) = "countersign/keyset/v1",
    /// A pending policy is dropped.
    Cancel(Cancel) = "countersign/cancel/v1",
    /// Today's values inside the policy's.
    Dial(Dial) = "countersign/dial/v1",
    /// One exit below the floor.
    Ticket(Ticket) = "countersign/ticket/v1",
    /// An operator is there.
    Alive(Alive) = "countersign/alive/v1",
    /// Shares the wallet holds from elsewhere.
    Declare(Declare) = "countersign/declare/v1",
    /// The freeze of one leaf ends.
    Unfreeze(Unfreeze) = "countersign/unfreeze/v1",
    /// Signed orders that can fill no more.
    WriteOff(WriteOff) = "countersign/write-off/v1",
    /// A market that may be bought.
    Listing(Listing) = "countersign/listing/v1",
    /// A leader's fill.
    Attestation(Attestation) = "countersign/attestation/v1",
    /// How far our own orders were filled.
    Fill(Fill) = "countersign/fill/v1",
    /// A journal that went back may be used again.
    Recovery(Recovery) = "countersign/recovery/v1",
    /// The key may leave its box.
    Export(Export) = "countersign/export/v1",
}

impl Body {
    /// Parses a text, which must already be [`Verified`](crate::Verified) or
    /// about to be signed.
    ///
    /// # Errors
    ///
    /// The first line, value or rule that is wrong, with the field to mend.
    pub fn parse(text: &str) -> Result<Self, TextRefusal> {
        let mut reader = Reader::new(text)?;
        let first = reader.take();
        let kind = Kind::ALL
            .iter()
            .find(|kind| first == Some(kind.first_line()));
        let body = Self::read(*kind.ok_or(TextRefusal::Kind)?, &mut reader)?;
        reader.finish()?;
        body.check()?;
        Ok(body)
    }
}

fn check_window(kind: Kind, window: Window) -> Result<(), TextRefusal> {
    let broken = |rule| {
        Err(TextRefusal::Rule {
            field: "apply_before",
            rule,
        })
    };
    let length = window.apply_before.since(window.not_before);
    match kind {
        _ if length == 0 => broken("must come after not_before"),
        Kind::Ticket if length > TICKET_SECONDS_MAX => {
            broken("must come at most 15 minutes after not_before")
        }
        Kind::Attestation if length > ATTESTATION_SECONDS_MAX => {
            broken("must come at most an hour after not_before")
        }
        _ if length > WINDOW_SECONDS_MAX => broken("must come at most 30 days after not_before"),
        Kind::Policy
        | Kind::KeySet
        | Kind::Cancel
        | Kind::Dial
        | Kind::Ticket
        | Kind::Alive
        | Kind::Declare
        | Kind::Unfreeze
        | Kind::WriteOff
        | Kind::Listing
        | Kind::Attestation
        | Kind::Fill
        | Kind::Recovery
        | Kind::Export => Ok(()),
    }
}
