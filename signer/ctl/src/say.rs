//! What a verb says: facts, lines or a draft on the way out, one line on refusal.
//!
//! Invariant: a refusal is one line: a stable upper-case code, the field, the
//! problem, and the fix.
//! Invariant: nothing here is ever given a secret.

use std::fmt;

use serde_json::{Map, Value};

/// Why a verb did nothing, or not all of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal(String);

impl Refusal {
    /// `CODE field: problem; fix`.
    pub(crate) fn new(
        code: &'static str,
        field: impl fmt::Display,
        problem: impl fmt::Display,
        fix: impl fmt::Display,
    ) -> Self {
        Self(format!("{code} {field}: {problem}; {fix}"))
    }

    /// A line that has its code and its fix already.
    pub(crate) const fn line(line: String) -> Self {
        Self(line)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a verb has to say when it is done.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// For standard output.
    pub(crate) out: String,
    /// For standard error: what comes next, what to know.
    pub(crate) aside: String,
    /// The exit status, where success is not all there is to say.
    pub(crate) status: u8,
}

impl Said {
    /// One line.
    pub(crate) fn line(text: impl fmt::Display) -> Self {
        Self {
            out: format!("{text}\n"),
            ..Self::default()
        }
    }

    /// The same, with a line beside it.
    pub(crate) fn with_aside(mut self, text: impl fmt::Display) -> Self {
        put(&mut self.aside, text);
        self
    }
}

/// One named fact.
pub(crate) type Fact = (String, String);

/// A fact of a name known here.
pub(crate) fn fact(name: &str, value: impl fmt::Display) -> Fact {
    (name.to_owned(), value.to_string())
}

/// `name value` lines, or one JSON object of strings. A name that comes more
/// than once is an array there.
pub(crate) fn facts(json: bool, facts: &[Fact]) -> Said {
    if json {
        return Said::line(object(facts));
    }
    let mut said = Said::default();
    for (name, value) in facts {
        put(&mut said.out, format_args!("{name} {value}"));
    }
    said
}

/// Adds one line.
pub(crate) fn put(to: &mut String, line: impl fmt::Display) {
    to.push_str(&line.to_string());
    to.push('\n');
}

/// One JSON object of strings.
pub(crate) fn object(facts: &[Fact]) -> Value {
    object_with(facts, &[])
}

/// One JSON object of strings, where these names are arrays however often they
/// come.
pub(crate) fn object_with(facts: &[Fact], lists: &[&str]) -> Value {
    let list = |name: &&str| ((*name).to_owned(), Value::Array(Vec::new()));
    let mut map: Map<String, Value> = lists.iter().map(list).collect();
    for (name, value) in facts {
        let value = Value::String(value.clone());
        match map.get_mut(name) {
            None => {
                map.insert(name.clone(), value);
            }
            Some(Value::Array(several)) => several.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
        }
    }
    Value::Object(map)
}

/// Text from elsewhere, fit for a terminal: no control characters but newlines.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_repeats_is_an_array() {
        let said = facts(
            true,
            &[fact("a", 1), fact("b", 2), fact("b", 3), fact("b", 4)],
        );
        assert_eq!(said.out, "{\"a\":\"1\",\"b\":[\"2\",\"3\",\"4\"]}\n");
        let said = facts(false, &[fact("a", 1), fact("b", 2)]);
        assert_eq!(said.out, "a 1\nb 2\n");
    }

    #[test]
    fn no_escape_reaches_a_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\r\nc"), "a\u{fffd}[2Jb\u{fffd}\nc");
    }
}
