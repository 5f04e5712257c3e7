//! Words for a terminal of 150 columns.

use std::io::Write;

/// The widest line.
pub(crate) const WIDTH: usize = 150;

/// Prints one line; a reader that went away is no reason to fail.
pub(crate) fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").ok();
}

/// Prints a heading.
pub(crate) fn head(line: &str) {
    say(&format!("\n{line}"));
}

/// As much of `text` as fits beside `indent` columns.
pub(crate) fn fitted(text: &str, indent: usize) -> String {
    let room = WIDTH.saturating_sub(indent);
    let one_line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if one_line.chars().count() <= room {
        return one_line;
    }
    let kept: String = one_line.chars().take(room.saturating_sub(2)).collect();
    format!("{kept}..")
}

/// The beginning and the end of a long id.
pub(crate) fn shortened(text: &str) -> String {
    if text.len() <= 14 || !text.is_ascii() {
        return text.to_owned();
    }
    format!("{}..{}", &text[..8], &text[text.len() - 4..])
}

/// Base units as people write them, to the cent and rounded up.
pub(crate) fn cents(units: u64) -> String {
    let cents = units.div_ceil(10_000);
    format!("{}.{:02}", cents / 100, cents % 100)
}
