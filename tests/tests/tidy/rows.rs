//! Every row of the requirements has a test, and the table says which.

use tests::bins::workspace;
use tests::rows::{ROWS, Shown, sources};

use crate::nothing;
use crate::tree::Tree;

const TABLE: &str = "tests/ROWS.md";

fn stale(shown: &Shown, table: &str) -> Vec<String> {
    let is_current = shown.markdown(ROWS) == table;
    let finding = format!("{TABLE} is not what the tests say; make rows writes it again");
    (!is_current).then_some(finding).into_iter().collect()
}

#[test]
fn every_row_has_a_test_and_the_table_names_it() {
    let shown = Shown::of(&sources(workspace()), ROWS);
    let table = Tree::workspace().get(TABLE);
    let mut findings = stale(&shown, table.map_or("", |file| file.text.as_str()));
    findings.extend(shown.findings);
    nothing(&findings);
}

#[test]
fn a_row_without_a_test_is_found_and_so_is_a_mark_that_leads_nowhere() {
    const TWO: &[(&str, &str)] = &[("M1", "one"), ("M2", "two")];
    let of = |text: &str| Shown::of(&[("a/x.rs".to_owned(), text.to_owned())], TWO);
    let one = "/// M1: so.\n#[test]\nfn it_is_so() {}\n";
    let both = of(&one.replace("M1:", "M1, M2:"));
    assert!(both.findings.is_empty(), "{:?}", both.findings);
    assert!(
        both.markdown(TWO)
            .ends_with("| M1 | one | `a/x.rs::it_is_so` |\n| M2 | two | `a/x.rs::it_is_so` |\n")
    );
    let missing = ["M2 (two): no test is marked with it"];
    assert_eq!(of(one).findings, missing);
    assert_eq!(
        of(&format!("{one}// M2: no\n/// M20 or M2\n")).findings,
        missing
    );
    assert_eq!(
        of(&format!("{one}/// M2: a helper.\nfn not_a_test() {{}}\n")).findings,
        ["a/x.rs:4: M2 stands above no test", missing[0]]
    );
    assert_eq!(
        of(&format!(
            "{one}/// M2, M3: more.\n#[tokio::test]\nasync fn more() {{}}\n"
        ))
        .findings,
        ["a/x.rs:4: M3 is no row"]
    );
}

#[test]
fn a_table_that_a_test_has_left_since_is_found() {
    let row = |name: &str| {
        let text = format!("/// M1: so.\n#[test]\nfn {name}() {{}}\n");
        Shown::of(&[("a/x.rs".to_owned(), text)], ROWS)
    };
    let table = row("before").markdown(ROWS);
    assert!(stale(&row("before"), &table).is_empty());
    assert_eq!(stale(&row("after"), &table).len(), 1);
}

#[test]
fn the_rows_stand_in_order_each_once() {
    let numbers = ROWS.iter().map(|(row, _)| row[1..].parse::<u16>());
    let numbers: Vec<u16> = numbers.map(|n| n.expect("M and a number")).collect();
    assert!(numbers.is_sorted_by(|one, next| one < next));
}
