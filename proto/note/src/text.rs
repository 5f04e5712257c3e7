//! How the text of a note is read and written: one field a line, `name value`.
//!
//! Line-oriented and printable ASCII, so that what a person reads is what was
//! signed. One list of fields ([`record`]) makes both the reader and the
//! writer, so neither can know a field, or an order, that the other does not.
//!
//! Invariant: what is read is written back as the same bytes. A value counts
//! only if writing it gives the text it was read from ([`canonical`]); a set
//! only if its items come sorted, each once.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString as _};
use core::iter::Peekable;
use core::str::Split;

use crate::text_refusal::TextRefusal;

/// A value that fits on a line, in one spelling.
pub(crate) trait Spelling: Sized {
    /// What the spelling is, with an example: the rest of "… must be".
    const FORM: &'static str;

    /// Reads the value, at least from its one spelling. May be lenient: no one
    /// calls it but [`canonical`].
    fn read(text: &str) -> Option<Self>;

    /// Writes the one spelling.
    fn spell(&self) -> String;
}

/// Reads a value from its one spelling, and from no other.
pub(crate) fn canonical<T: Spelling>(text: &str) -> Option<T> {
    T::read(text).filter(|value| value.spell() == text)
}

/// One or more lines of a note.
pub(crate) trait Field: Sized {
    /// Reads them, the first of which is called `name`.
    fn read(name: &'static str, reader: &mut Reader<'_>) -> Result<Self, TextRefusal>;

    /// Writes them.
    fn write(&self, name: &'static str, writer: &mut Writer);
}

impl<T: Spelling> Field for T {
    fn read(name: &'static str, reader: &mut Reader<'_>) -> Result<Self, TextRefusal> {
        reader.value(name)
    }

    fn write(&self, name: &'static str, writer: &mut Writer) {
        writer.line(name, &self.spell());
    }
}

/// A member of a list that stands one to a line, after a line with their number.
pub(crate) trait Item: Spelling + Ord {
    /// What its line is called.
    const NAME: &'static str;
    /// The most there may be.
    const MAX: usize;
}

impl<T: Item> Field for BTreeSet<T> {
    fn read(name: &'static str, reader: &mut Reader<'_>) -> Result<Self, TextRefusal> {
        let count = reader.value(name)?;
        items(name, count, reader)
    }

    fn write(&self, name: &'static str, writer: &mut Writer) {
        writer.line(name, &self.len().to_string());
        for item in self {
            writer.line(T::NAME, &item.spell());
        }
    }
}

/// Reads `count` items of the list `name`, sorted upwards, each once.
pub(crate) fn items<T: Item>(
    name: &'static str,
    count: u16,
    reader: &mut Reader<'_>,
) -> Result<BTreeSet<T>, TextRefusal> {
    if usize::from(count) > T::MAX {
        return Err(TextRefusal::TooMany {
            line: reader.line,
            field: name,
            limit: T::MAX,
        });
    }
    let mut items = BTreeSet::new();
    for _ in 0..count {
        let item: T = reader.value(T::NAME)?;
        if items.last().is_some_and(|last| *last >= item) {
            return Err(TextRefusal::Order {
                line: reader.line,
                field: name,
            });
        }
        items.insert(item);
    }
    Ok(items)
}

/// A text on its way to becoming a note, line by line.
pub(crate) struct Reader<'a> {
    rest: Peekable<Split<'a, char>>,
    /// The line read last, counted from 1.
    line: usize,
}

impl<'a> Reader<'a> {
    /// Opens a text of printable ASCII lines.
    pub(crate) fn new(text: &'a str) -> Result<Self, TextRefusal> {
        let printable = |line: &str| line.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if let Some(index) = text.split('\n').position(|line| !printable(line)) {
            return Err(TextRefusal::Character {
                line: index.saturating_add(1),
            });
        }
        let body = text.strip_suffix('\n').ok_or(TextRefusal::NoFinalNewline)?;
        Ok(Self {
            rest: body.split('\n').peekable(),
            line: 0,
        })
    }

    /// The next line, whole.
    pub(crate) fn take(&mut self) -> Option<&'a str> {
        self.line = self.line.saturating_add(1);
        self.rest.next()
    }

    /// What stands after `name` on the next line, if it begins with it.
    fn ahead(&mut self, name: &str) -> Option<&'a str> {
        self.rest
            .peek()
            .and_then(|line| line.strip_prefix(name)?.strip_prefix(' '))
    }

    /// Reads the line called `name`.
    pub(crate) fn value<T: Spelling>(&mut self, name: &'static str) -> Result<T, TextRefusal> {
        let value = self.ahead(name);
        self.take();
        let text = value.ok_or(TextRefusal::Field {
            line: self.line,
            field: name,
        })?;
        canonical(text).ok_or(TextRefusal::Spelling {
            line: self.line,
            field: name,
            form: T::FORM,
        })
    }

    /// Reads the line called `name` if it comes next.
    pub(crate) fn optional<T: Spelling>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, TextRefusal> {
        if self.ahead(name).is_none() {
            return Ok(None);
        }
        self.value(name).map(Some)
    }

    /// Makes sure that nothing is left.
    pub(crate) fn finish(mut self) -> Result<(), TextRefusal> {
        match self.take() {
            None => Ok(()),
            Some(_) => Err(TextRefusal::Trailing { line: self.line }),
        }
    }
}

/// A text being written.
#[derive(Default)]
pub(crate) struct Writer(String);

impl Writer {
    /// Writes one line that stands alone.
    pub(crate) fn put(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// Writes the line called `name`.
    pub(crate) fn line(&mut self, name: &str, value: &str) {
        self.0.push_str(name);
        self.0.push(' ');
        self.put(value);
    }

    /// Writes the line called `name` if there is a value.
    pub(crate) fn optional<T: Spelling>(&mut self, name: &str, value: Option<&T>) {
        if let Some(value) = value {
            self.line(name, &value.spell());
        }
    }

    /// The text.
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// Declares a struct together with the lines it is read from and written as:
/// its fields, under their own names, in their own order.
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $name:ident { $($(#[$about:meta])* pub $field:ident: $type:ty,)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name { $($(#[$about])* pub $field: $type,)* }

        impl $crate::text::Field for $name {
            fn read(
                _name: &'static str,
                reader: &mut $crate::text::Reader<'_>,
            ) -> Result<Self, $crate::text_refusal::TextRefusal> {
                Ok(Self { $($field: $crate::text::Field::read(stringify!($field), reader)?,)* })
            }

            fn write(&self, _name: &'static str, writer: &mut $crate::text::Writer) {
                $($crate::text::Field::write(&self.$field, stringify!($field), writer);)*
            }
        }
    };
}
pub(crate) use record;
