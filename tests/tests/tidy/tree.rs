//! The workspace's files, read once; or a few lines that a test made up.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::OnceLock;

use tests::bins::workspace;

use crate::rust;

/// A text file of the workspace.
pub(crate) struct File {
    /// From the workspace's folder, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    code: OnceLock<String>,
    program: OnceLock<String>,
}

impl File {
    fn new(path: String, text: String) -> Self {
        Self {
            path,
            text,
            code: OnceLock::new(),
            program: OnceLock::new(),
        }
    }

    pub(crate) fn is(&self, ending: &str) -> bool {
        self.path.ends_with(ending)
    }

    /// Whether it is only ever compiled for a test.
    ///
    /// What stands outside a `src` folder is (integration tests, examples),
    /// and so is a module named `tests` or `…_tests` inside one.
    pub(crate) fn is_test(&self) -> bool {
        let mut parts = self.path.split('/');
        if !parts.any(|part| part == "src") {
            return true;
        }
        parts.any(|part| {
            let stem = part.strip_suffix(".rs").unwrap_or(part);
            stem == "tests" || stem.ends_with("_tests") || stem == "test_kit"
        })
    }

    /// The code of it: no comments, no text.
    pub(crate) fn code(&self) -> &str {
        self.code.get_or_init(|| rust::code(&self.text))
    }

    /// The code that a program is made of: no tests either.
    pub(crate) fn program(&self) -> &str {
        self.program
            .get_or_init(|| rust::without_tests(self.code()))
    }
}

/// A set of files.
pub(crate) struct Tree(pub(crate) Vec<File>);

impl Tree {
    /// Every text file of the workspace that is not built.
    pub(crate) fn workspace() -> &'static Self {
        static TREE: OnceLock<Tree> = OnceLock::new();
        TREE.get_or_init(|| {
            let mut files = Vec::new();
            collect(workspace(), "", &mut files);
            files.sort_by(|a, b| a.path.cmp(&b.path));
            Self(files)
        })
    }

    /// Files that a test made up.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File::new((*path).to_owned(), (*text).to_owned());
        Self(files.iter().map(file).collect())
    }

    pub(crate) fn get(&self, path: &str) -> Option<&File> {
        self.0.iter().find(|file| file.path == path)
    }

    /// Whether a file, or a folder of files, has this path.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let folder = format!("{path}/");
        self.0
            .iter()
            .any(|file| file.path == path || file.path.starts_with(&folder))
    }

    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.0.iter().filter(|file| file.is(".rs"))
    }

    /// Source files below a path (or the file itself) that are no tests.
    pub(crate) fn programs<'a>(&'a self, below: &'a [&str]) -> impl Iterator<Item = &'a File> {
        self.rust()
            .filter(|file| !file.is_test() && below.iter().any(|root| is_below(&file.path, root)))
    }
}

/// Whether a path is this one, or stands in this folder.
pub(crate) fn is_below(path: &str, root: &str) -> bool {
    path.strip_prefix(root)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("the workspace can be read") {
        let entry = entry.expect("the workspace can be read");
        let name = entry.file_name().into_string().expect("names are ASCII");
        let path = format!("{prefix}{name}");
        if entry.file_type().expect("every entry has a type").is_dir() {
            // What git and cargo keep is neither ours nor text.
            if name != ".git" && name != "target" {
                collect(&entry.path(), &format!("{path}/"), files);
            }
        } else if name != ".git" {
            match fs::read_to_string(entry.path()) {
                Ok(text) => files.push(File::new(path, text)),
                // A database, a picture: nothing here speaks of what is no text.
                Err(e) if e.kind() == ErrorKind::InvalidData => {}
                Err(e) => panic!("{path}: {e}"),
            }
        }
    }
}

#[test]
fn the_workspace_is_found_with_its_sources_and_without_what_was_built() {
    let tree = Tree::workspace();
    for path in [
        "Cargo.toml",
        "signer/src/main.rs",
        "tests/tests/tidy/tree.rs",
    ] {
        assert!(tree.get(path).is_some(), "{path}");
    }
    assert!(tree.holds("signer/src") && tree.holds("signer/src/"));
    assert!(!tree.holds("signer/sr") && !tree.holds("target"));
}

#[test]
fn what_is_only_compiled_for_a_test_is_known_by_its_place() {
    let is_test = |path: &str| Tree::of(&[(path, "")]).0[0].is_test();
    assert!(!is_test("tests/src/bins.rs"));
    assert!(!is_test("signer/src/vault/mod.rs"));
    assert!(is_test("tests/tests/tidy/tree.rs"));
    assert!(is_test("tests/venue/src/tests/trader.rs"));
    assert!(is_test("signer/src/vault/tests.rs"));
    assert!(is_test("proto/order/src/strict/order_tests.rs"));
}

#[test]
fn a_module_for_tests_alone_has_a_name_that_says_so() {
    let mut findings = Vec::new();
    for file in Tree::workspace().rust().filter(|file| !file.is_test()) {
        for module in rust::test_modules(file.code()) {
            if module != "tests" && module != "test_kit" && !module.ends_with("_tests") {
                findings.push(format!("{}: {module}", file.path));
            }
        }
    }
    crate::nothing(&findings);
}
