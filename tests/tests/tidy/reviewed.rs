//! What the threat model was read against: the texts whose change asks for
//! another reading, by their hash.

use sha2::{Digest, Sha256};

use crate::nothing;
use crate::tree::Tree;

/// The document that names them.
const MODEL: &str = "THREAT_MODEL.md";
/// What can be asked, and what is said yes to.
const READ: [&str; 3] = [
    "proto/signer/v1/signer.proto",
    "signer/policy/src/decide.rs",
    "signer/vault/src/schema.sql",
];

/// Texts that the model does not name as they are.
fn unread(tree: &Tree, texts: &[&str]) -> Vec<String> {
    let text_of = |path: &str| tree.0.iter().find(|file| file.path == path);
    let Some(model) = text_of(MODEL) else {
        return vec![format!("{MODEL}: no such file")];
    };
    texts
        .iter()
        .filter_map(|path| {
            let Some(file) = text_of(path) else {
                return Some(format!("{path}: no such file"));
            };
            let hash = hex::encode(Sha256::digest(&file.text));
            let line = format!("| `{path}` | `{hash}` |");
            let is_named = model.text.lines().any(|found| found == line);
            (!is_named).then(|| {
                format!("{path} changed: read {MODEL} against it again, then write there {line}")
            })
        })
        .collect()
}

#[test]
fn the_threat_model_was_read_against_these_very_texts() {
    nothing(&unread(Tree::workspace(), &READ));
}

#[test]
fn a_text_that_changed_since_is_found() {
    let hash = hex::encode(Sha256::digest("fn decide() {}"));
    let model = format!("| `a.rs` | `{hash}` |");
    let tree = |code: &str| Tree::of(&[(MODEL, &model), ("a.rs", code)]);
    assert!(unread(&tree("fn decide() {}"), &["a.rs"]).is_empty());
    assert_eq!(unread(&tree("fn decide() { }"), &["a.rs"]).len(), 1);
    assert_eq!(unread(&tree(""), &["b.rs"]), ["b.rs: no such file"]);
    assert_eq!(unread(&Tree::of(&[]), &["a.rs"]).len(), 1);
}
