//! As much of Rust's grammar as it takes to tell code from comments, from
//! text and from tests.

const TEST: &str = "#[cfg(test)]";
const ALL_TEST: &str = "#![cfg(test)]";

/// The same lines, with comments blanked and every text's letters replaced.
pub(crate) fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, filler) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), ' ')
        } else if rest.starts_with("/*") {
            (block_comment(rest), ' ')
        } else if let Some(length) = text_literal(rest) {
            (length, '"')
        } else if first.is_alphanumeric() || first == '_' {
            // A whole word at once, so that no `r` at its end begins a text.
            let length = word_length(rest);
            out.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        let (taken, left) = rest.split_at(length);
        out.extend(taken.chars().map(|c| if c == '\n' { c } else { filler }));
        rest = left;
    }
    out
}

fn word_length(rest: &str) -> usize {
    rest.find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(rest.len())
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of the string or character that begins here, if one does.
fn text_literal(rest: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""]
        .into_iter()
        .find(|p| rest.starts_with(p) && rest[p.len()..].starts_with(['"', '#', '\'']))?;
    let body = &rest[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = body.find(|c| c != '#')?;
        if !body[hashes..].starts_with('"') {
            return None;
        }
        let end = format!("\"{}", &body[..hashes]);
        let inner = prefix.len() + hashes + 1;
        let closed = rest[inner..].find(&end).map(|at| inner + at + end.len());
        return Some(closed.unwrap_or(rest.len()));
    }
    let quote = body.chars().next().filter(|c| *c != '#')?;
    // A lifetime has no closing quote two characters on.
    if quote == '\'' && !body[1..].starts_with('\\') && body[1..].chars().nth(1) != Some('\'') {
        return None;
    }
    let mut escaped = false;
    for (at, c) in body.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return Some(prefix.len() + at + 1);
        }
    }
    Some(rest.len())
}

/// Code without the items that only a test build has.
pub(crate) fn without_tests(code: &str) -> String {
    if code.contains(ALL_TEST) {
        return code.lines().map(|_| "\n").collect();
    }
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(TEST) {
        out.push_str(&rest[..at]);
        let (item, left) = rest[at..].split_at(item_length(&rest[at..]));
        out.extend(item.chars().filter(|c| *c == '\n'));
        rest = left;
    }
    out + rest
}

/// Modules in files of their own that only a test build has: a name, or the
/// path that an attribute gives.
pub(crate) fn test_modules(text: &str, code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(TEST) {
        let item = &code[at..at + item_length(&code[at..])];
        let declared = item
            .strip_suffix(';')
            .and_then(|item| item.rsplit_once("mod "));
        let Some((_, name)) = declared else {
            continue;
        };
        // Text is blanked in code, and stands on the same lines.
        let first = code[..at].matches('\n').count();
        let mut lines = text.lines().skip(first).take(item.lines().count());
        let path = lines.find_map(|line| {
            let path = line.trim().strip_prefix("#[path = \"")?;
            path.strip_suffix("\"]")
        });
        found.push(path.unwrap_or(name.trim()).to_owned());
    }
    found
}

/// Attributes, and up to the `;` or the closing brace of what they stand on.
fn item_length(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut in_brackets = 0_usize;
    for (at, c) in rest.char_indices() {
        match c {
            '[' | '(' => in_brackets += 1,
            ']' | ')' => in_brackets = in_brackets.saturating_sub(1),
            '{' if in_brackets == 0 => depth += 1,
            // A field or a variant at its owner's end.
            '}' if in_brackets == 0 && depth == 0 => return at,
            '}' if in_brackets == 0 => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            ';' if in_brackets == 0 && depth == 0 => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Every word of code with the number of its line.
pub(crate) fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.lines().zip(1..).flat_map(|(line, number)| {
        line.split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
            .map(move |word| (number, word))
    })
}

/// Where a word stands in code.
pub(crate) fn places(code: &str, word: &str) -> Vec<usize> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let found = code.match_indices(word).map(|(at, _)| at);
    let whole = found.filter(|at| {
        let after = &code[at + word.len()..];
        !code[..*at].ends_with(part) && !after.starts_with(part)
    });
    whole.collect()
}

/// Lines with code on them.
pub(crate) fn lines(code: &str) -> usize {
    code.lines().filter(|line| !line.trim().is_empty()).count()
}

#[test]
fn comments_and_text_are_no_code() {
    let text = "a(); // sleep\n/* wire /* deep */ still */ b(\"unsafe \\\" x\");\n\
                let c = '\"'; d::<'_>(r#\"key \" \"#, b'\\'', br\"z\");\nfor r in e {}\n";
    let found = code(text);
    let kept: Vec<&str> = words(&found).map(|(_, word)| word).collect();
    let expected = ["a", "b", "let", "c", "d", "_", "for", "r", "in", "e"];
    assert_eq!(kept, expected);
    assert_eq!(found.lines().count(), text.lines().count());
}

#[test]
fn a_text_of_many_lines_is_as_many_lines_of_code_without_its_words() {
    let found = code("let a = \"one\n  two\n\";\n// three\n");
    assert_eq!(lines(&found), 3);
    assert!(words(&found).all(|(_, word)| word == "let" || word == "a"));
}

#[test]
fn what_only_a_test_build_has_is_left_out() {
    let found = without_tests(&code(
        "a();\n#[cfg(test)]\nmod tests {\n    fn b() { c(); }\n}\n#[cfg(test)]\n\
         #[path = \"x.rs\"]\nmod far_tests;\nfn d() -> [u8; 2] { e() }\n#[cfg(test)]\nfn f(x: [u8; 2]) {}\ng();\n",
    ));
    let kept: Vec<&str> = words(&found).map(|(_, word)| word).collect();
    assert_eq!(kept, ["a", "fn", "d", "u8", "2", "e", "g"]);
    assert_eq!(words(&found).last(), Some((12, "g")));
    assert_eq!(
        lines(&without_tests(&code("#![cfg(test)]\nfn a() {}\n"))),
        0
    );
}

#[test]
fn a_module_for_tests_is_found_by_its_name_or_its_path() {
    let text = "//! \u{2265}\n#[cfg(test)]\nmod one_tests;\n#[cfg(test)]\nmod tests {}\nmod two;\n\
                #[cfg(test)]\n#[path = \"a/b.rs\"]\nmod three;\n";
    assert_eq!(test_modules(text, &code(text)), ["one_tests", "a/b.rs"]);
}
