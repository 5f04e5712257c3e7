//! Where in the file a parser's complaint belongs, and its words for people.

/// A name is meant by another that is one letter off for so many that it has.
const LETTERS_A_SLIP: usize = 3;

/// The key that a parser's complaint is about, with its section, and of a block
/// its name; the line where it is about no key.
pub(crate) fn field_of(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let mut before = 0_usize;
    let (mut section, mut found) = (String::new(), "");
    let mut number = 0_usize;
    for line in text.split_inclusive('\n') {
        if before > start {
            break;
        }
        if let Some(rest) = line.trim_start().strip_prefix('[') {
            let name = rest.trim_start_matches('[').split(']').next();
            name.unwrap_or_default().trim().clone_into(&mut section);
            let block = rest.starts_with('[').then(|| text.get(before..)).flatten();
            if let Some(name) = block.and_then(name_of) {
                section = format!("{section}.{name}");
            }
        }
        before = before.saturating_add(line.len());
        (found, number) = (line, number.saturating_add(1));
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

/// What the block that `text` begins with calls itself.
fn name_of(text: &str) -> Option<&str> {
    let mut lines = text.lines().skip(1);
    let value = lines
        .by_ref()
        .take_while(|line| !line.trim_start().starts_with('['))
        .filter_map(|line| line.split_once('='))
        .find(|(key, _)| key.trim() == "name")?
        .1;
    let name = value.trim_start().strip_prefix('"')?.split('"').next()?;
    crate::intent::is_strategy(name).then_some(name)
}

/// The complaint as a person reads it: the one name that was meant instead of all
/// there are, and no word of the language that it was parsed in.
pub(crate) fn words_of(error: &toml::de::Error) -> String {
    let said = error.message();
    if let Some(rest) = said.strip_prefix("unknown field `") {
        let mut names = rest.split('`').step_by(2);
        let wrong = names.next().unwrap_or_default();
        let meant = names
            .map(|name| (slips(wrong, name), name))
            .filter(|(slips, _)| slips.saturating_mul(LETTERS_A_SLIP) <= wrong.len())
            .min();
        if let Some((_, meant)) = meant {
            return format!("unknown field `{wrong}`; did you mean `{meant}`?");
        }
    }
    for (parsed, plain) in [
        ("expected u64", "expected a whole number, without quotes"),
        ("expected a string", "expected text, in quotes"),
        (
            "expected a boolean",
            "expected true or false, without quotes",
        ),
        (
            "map, expected a sequence",
            "one section, expected a block: [[strategy]], in two brackets",
        ),
        ("expected a sequence", "expected a list, as [\"...\"]"),
    ] {
        if let Some(begin) = said.strip_suffix(parsed) {
            return format!("{begin}{plain}");
        }
    }
    said.to_owned()
}

/// How many letters are to be put in, left out or changed to make one of the
/// other, whatever their case.
fn slips(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, a) in one.bytes().enumerate() {
        let mut corner = at;
        let mut left = at.saturating_add(1);
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, b) in row.iter_mut().skip(1).zip(other.bytes()) {
            let same = usize::from(!a.eq_ignore_ascii_case(&b));
            let added = left.min(*cell).saturating_add(1);
            left = added.min(corner.saturating_add(same));
            corner = std::mem::replace(cell, left);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_counted_by_letters_whatever_their_case() {
        for (one, other, count) in [
            ("follow_trader", "follow_traders", 1),
            ("FOLLOW_TRADERS", "follow_traders", 0),
            ("max_slipage_precent", "max_slippage_percent", 3),
            ("", "name", 4),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(slips(one, other), count, "{one} {other}");
            assert_eq!(slips(other, one), count, "{other} {one}");
        }
    }
}
