//! Why a text is not a note of ours, in its one spelling.
//!
//! Invariant: each refusal names the line or the field to mend.

use core::fmt;

/// Why a text is not a note of ours, in its one spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextRefusal {
    /// The first line names no kind and version that we know.
    Kind,
    /// The text does not end in a newline.
    NoFinalNewline,
    /// A character outside printable ASCII.
    Character {
        /// Line, counted from 1.
        line: usize,
    },
    /// Another field, or none, where this one belongs: unknown, repeated,
    /// reordered, missing or cut off.
    Field {
        /// Line, counted from 1.
        line: usize,
        /// The field that belongs there.
        field: &'static str,
    },
    /// A value not in its one spelling.
    Spelling {
        /// Line, counted from 1.
        line: usize,
        /// The field.
        field: &'static str,
        /// The spelling, with an example.
        form: &'static str,
    },
    /// More items than a list may hold.
    TooMany {
        /// Line, counted from 1.
        line: usize,
        /// The list.
        field: &'static str,
        /// The limit, items.
        limit: usize,
    },
    /// A list item that does not sort after the one before it.
    Order {
        /// Line, counted from 1.
        line: usize,
        /// The list.
        field: &'static str,
    },
    /// Lines after the last field.
    Trailing {
        /// Line, counted from 1.
        line: usize,
    },
    /// Values that may not stand together.
    Rule {
        /// The field to change.
        field: &'static str,
        /// What must hold.
        rule: &'static str,
    },
}

impl TextRefusal {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Kind => "NOTE_KIND",
            Self::NoFinalNewline => "NOTE_NO_FINAL_NEWLINE",
            Self::Character { .. } => "NOTE_CHARACTER",
            Self::Field { .. } => "NOTE_FIELD",
            Self::Spelling { .. } => "NOTE_SPELLING",
            Self::TooMany { .. } => "NOTE_TOO_MANY",
            Self::Order { .. } => "NOTE_ORDER",
            Self::Trailing { .. } => "NOTE_TRAILING",
            Self::Rule { .. } => "NOTE_RULE",
        }
    }
}

impl fmt::Display for TextRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind => f.write_str(
                "line 1 must be 'countersign/<kind>/v1' with a kind this version knows; make the \
                note with signerctl note new",
            ),
            Self::NoFinalNewline => f.write_str("the text lacks its final newline; take it whole"),
            Self::Character { line } => {
                write!(
                    f,
                    "line {line} has a character outside printable ASCII; remove it"
                )
            }
            Self::Field { line, field } => write!(
                f,
                "line {line} must be '{field}'; fields come once, in their one order, and no others"
            ),
            Self::Spelling { line, field, form } => {
                write!(f, "line {line}: {field} must be {form}")
            }
            Self::TooMany { line, field, limit } => {
                write!(
                    f,
                    "line {line}: {field} may hold at most {limit}; leave some out"
                )
            }
            Self::Order { line, field } => {
                write!(
                    f,
                    "line {line}: {field} must be sorted upwards, each once; move or drop it"
                )
            }
            Self::Trailing { line } => {
                write!(f, "line {line} stands after the last field; remove it")
            }
            Self::Rule { field, rule } => write!(f, "{field}: {rule}"),
        }
    }
}

impl core::error::Error for TextRefusal {}
