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
    /// Whether it is only ever compiled for a test.
    pub(crate) is_test: bool,
    code: OnceLock<String>,
    program: OnceLock<String>,
}

impl File {
    fn new(path: String, text: String) -> Self {
        Self {
            // Integration tests and examples; modules are found by their parents.
            is_test: !path.split('/').any(|part| part == "src"),
            path,
            text,
            code: OnceLock::new(),
            program: OnceLock::new(),
        }
    }

    pub(crate) fn is(&self, ending: &str) -> bool {
        self.path.ends_with(ending)
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
    fn new(mut files: Vec<File>) -> Self {
        let roots: Vec<String> = files
            .iter()
            .filter(|file| file.is(".rs"))
            .flat_map(|file| {
                let modules = rust::test_modules(&file.text, file.code());
                modules.into_iter().map(|name| module(&file.path, &name))
            })
            .collect();
        for file in &mut files {
            let path = file.path.strip_suffix(".rs").unwrap_or(&file.path);
            file.is_test |= roots.iter().any(|root| is_below(path, root));
        }
        Self(files)
    }

    /// Every text file of the workspace that is not built.
    pub(crate) fn workspace() -> &'static Self {
        static TREE: OnceLock<Tree> = OnceLock::new();
        TREE.get_or_init(|| {
            let mut files = Vec::new();
            collect(workspace(), "", &mut files);
            files.sort_by(|a, b| a.path.cmp(&b.path));
            Self::new(files)
        })
    }

    /// Files that a test made up.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File::new((*path).to_owned(), (*text).to_owned());
        Self::new(files.iter().map(file).collect())
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
            .filter(|file| !file.is_test && below.iter().any(|root| is_below(&file.path, root)))
    }
}

/// Where a module stands that a file declares, without an ending: below it, or
/// beside it if it is its folder's own or the path is spelled out.
fn module(parent: &str, name: &str) -> String {
    let (folder, file) = parent.rsplit_once('/').unwrap_or(("", parent));
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    match name.strip_suffix(".rs") {
        Some(path) => format!("{folder}/{}", path.strip_suffix("/mod").unwrap_or(path)),
        None if ["mod", "lib", "main"].contains(&stem) => format!("{folder}/{name}"),
        None => format!("{folder}/{stem}/{name}"),
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
fn what_is_only_compiled_for_a_test_is_known_by_who_declares_it() {
    let tests = "#[cfg(test)]\nmod tests;\nmod vault;\n";
    let path = "#[cfg(test)]\n#[path = \"deep/crashes.rs\"]\nmod tests;\n";
    let tree = Tree::of(&[
        ("a/src/lib.rs", tests),
        ("a/src/tests.rs", ""),
        ("a/src/tests/more.rs", ""),
        ("a/src/vault/mod.rs", path),
        ("a/src/vault/deep/crashes.rs", ""),
        ("a/src/vault/key.rs", tests),
        ("a/src/vault/key/tests/mod.rs", ""),
        ("a/src/vault/tests.rs", "not declared for tests"),
        ("a/tests/suite/kit.rs", ""),
    ]);
    let programs = tree.0.iter().filter(|file| !file.is_test);
    let programs: Vec<&str> = programs.map(|file| file.path.as_str()).collect();
    let expected = ["lib.rs", "vault/mod.rs", "vault/key.rs", "vault/tests.rs"];
    assert_eq!(programs, expected.map(|path| format!("a/src/{path}")));
}
