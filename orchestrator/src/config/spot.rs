//! Where in the file a parser's complaint belongs.

/// The key that a parser's complaint is about, with its section; the line
/// where it is about no key.
pub(super) fn field_of(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let mut before = 0_usize;
    let (mut section, mut found) = ("", "");
    let mut number = 0_usize;
    for line in text.split_inclusive('\n') {
        if before > start {
            break;
        }
        before = before.saturating_add(line.len());
        (found, number) = (line, number.saturating_add(1));
        if let Some(rest) = line.trim_start().strip_prefix('[') {
            section = rest.split(']').next().unwrap_or_default();
        }
    }
    // What is missing stands on no line: the complaint itself names it.
    let missing = error.message().strip_prefix("missing field `");
    let key = match missing {
        Some(rest) => rest.trim_end_matches('`'),
        None => found.split('=').next().unwrap_or_default().trim(),
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if key.is_empty() || !key.chars().all(plain) {
        format!("line {number}")
    } else if section.is_empty() {
        key.to_owned()
    } else {
        format!("{section}.{key}")
    }
}
