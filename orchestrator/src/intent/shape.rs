//! Which fields a line has, and of what kind: complaints that name the field.
//!
//! For: saying in plain words what a parser says in its own.
//!
//! Invariant: it only refuses; what a field's text means is read elsewhere.

use serde_json::Value;

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// Text, as this example.
    Text(&'static str),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number, without quotes.
    Whole,
    /// True or false.
    Flag,
    /// An object.
    Object,
    /// Anything.
    Any,
}

/// One field: its name, what it holds, whether it must be there.
pub(super) type Field = (&'static str, Form, bool);

/// Reads one JSON object.
///
/// # Errors
///
/// A sentence in plain words.
pub(super) fn object(text: &str) -> Result<Value, String> {
    let fix = "write one JSON object with the documented fields, names and texts in double quotes";
    let value: Value = serde_json::from_str(text).map_err(|e| {
        if e.is_eof() {
            format!("line: it ends within its JSON; {fix}")
        } else {
            format!("line: not JSON at character {}; {fix}", e.column())
        }
    })?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(format!("line: not a JSON object; {fix}"))
    }
}

/// Whether every field is there that must be, is of its kind, and is known.
///
/// # Errors
///
/// A sentence that names the first field that is not, and the fix.
pub(super) fn check(value: &Value, fields: &[Field]) -> Result<(), String> {
    for (name, form, needed) in fields {
        match value.get(name) {
            None if *needed => return Err(format!("{name}: missing; {}", form.fix())),
            None => {}
            Some(Value::Null) if !needed && !matches!(form, Form::Object) => {}
            Some(found) => form.check(name, found)?,
        }
    }
    let known = |key: &str| fields.iter().any(|(name, _, _)| *name == key);
    let surplus = value.as_object().into_iter().flatten();
    match surplus.map(|(key, _)| key).find(|key| !known(key)) {
        None => Ok(()),
        Some(key) => Err(format!(
            "{}: no such field; correct its name or leave it out",
            key.escape_debug()
        )),
    }
}

/// What a parser still complains of after [`check`], in plain words.
pub(super) fn complaint(e: &serde_json::Error) -> String {
    let text = e.to_string();
    let twice = text.strip_prefix("duplicate field `");
    match twice.and_then(|rest| rest.split('`').next()) {
        Some(name) => format!("{name}: written twice; write it once"),
        None => "line: a field is not as documented; write it as in the example".to_owned(),
    }
}

impl Form {
    fn check(self, name: &str, found: &Value) -> Result<(), String> {
        let fits = match self {
            Self::Text(_) => found.is_string(),
            Self::Word(words) => found.as_str().is_some_and(|text| words.contains(&text)),
            Self::Whole => found.is_u64(),
            Self::Flag => found.is_boolean(),
            Self::Object => found.is_object(),
            Self::Any => true,
        };
        if fits {
            return Ok(());
        }
        match (self, found) {
            // The very number, as it ought to be written.
            (Self::Text(_), Value::Number(number)) => {
                Err(format!("{name}: write it as text, \"{number}\""))
            }
            (Self::Word(_), Value::String(text)) => {
                Err(format!("{name}: {text:?} is not known; {}", self.fix()))
            }
            (Self::Whole, Value::String(text)) if text.parse::<u64>().is_ok() => {
                Err(format!("{name}: write it without quotes, {text}"))
            }
            _ => Err(format!("{name}: of another kind; {}", self.fix())),
        }
    }

    fn fix(self) -> String {
        match self {
            Self::Text(example) => format!("write it as text, {example:?}"),
            Self::Word(words) => format!("write {}", words.join(" or ")),
            Self::Whole => "write a whole number without quotes".to_owned(),
            Self::Flag => "write true or false".to_owned(),
            Self::Object => "write an object in braces".to_owned(),
            Self::Any => "write it".to_owned(),
        }
    }
}
