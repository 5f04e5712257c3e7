//! A folder, the binary, and a signer's socket with a temperament.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_signerctl");
pub(crate) const JOURNAL_ID: [u8; 16] = [0x6f; 16];
pub(crate) const PASSPHRASE: &str = "correct horse battery staple";
pub(crate) const KEY: &str = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";
pub(crate) const ADDRESS: &str = "0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b";

/// What a run said, and its exit code.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// It was done.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// It was refused, with this stable code first on the last line.
    #[track_caller]
    pub(crate) fn refused(self, code: &str) -> Self {
        assert_eq!(self.code, 1, "{self:?}");
        assert_eq!(self.out, "", "{self:?}");
        let line = self.err.lines().last().unwrap_or_default();
        assert!(line.starts_with(&format!("{code} ")), "{self:?}");
        self
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

/// A desk: a folder that runs happen in.
pub(crate) struct Desk(pub(crate) TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file with a mode.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>, mode: u32) {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o7777
    }

    /// Every name in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.run_with("", args)
    }

    /// Runs with a shell's redirections, such as `3<passphrase`.
    pub(crate) fn run_with(&self, redirections: &str, args: &[&str]) -> Ran {
        let output = Command::new("sh")
            .args(["-c", &format!("exec \"$@\" {redirections}"), "sh", BINARY])
            .args(args)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// A journal as far as `import` knows one.
    pub(crate) fn journal(&self) -> Connection {
        let db = Connection::open(self.path("journal.db")).unwrap();
        db.execute_batch("CREATE TABLE journal (journal_id BLOB)")
            .unwrap();
        db.execute("INSERT INTO journal VALUES (?1)", [JOURNAL_ID])
            .unwrap();
        db
    }

    /// A socket that answers one question in its own way, and gives what it
    /// was asked.
    pub(crate) fn signer(&self, temperament: Temperament) -> JoinHandle<Vec<u8>> {
        let asked = self.signer_of([temperament]);
        thread::spawn(|| asked.join().unwrap().remove(0))
    }

    /// The same for several questions, each answered in its turn.
    pub(crate) fn signer_of<const N: usize>(
        &self,
        temperaments: [Temperament; N],
    ) -> JoinHandle<Vec<Vec<u8>>> {
        let path = self.path("signer.sock");
        if path.exists() {
            fs::remove_file(&path).unwrap();
        }
        let listener = UnixListener::bind(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let each = move |temperament| serve(&listener, &temperament);
        thread::spawn(move || temperaments.into_iter().map(each).collect())
    }
}

/// How a socket behaves.
pub(crate) enum Temperament {
    /// Does it, and says this.
    Obliging(String),
    /// Refuses, and says this.
    Refusing(&'static str),
    /// Reads, and never answers.
    Silent,
    /// Answers with bytes of no shape.
    Garbage(Vec<u8>),
}

fn serve(listener: &UnixListener, temperament: &Temperament) -> Vec<u8> {
    let (mut stream, _) = listener.accept().unwrap();
    let mut head = [0; 5];
    stream.read_exact(&mut head).unwrap();
    let length = u32::from_be_bytes(head[1..].try_into().unwrap());
    let mut asked = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut asked).unwrap();
    asked.insert(0, head[0]);
    let answer = |code: u8, text: &str| {
        let mut bytes = vec![code];
        bytes.extend_from_slice(&u32::try_from(text.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
        bytes
    };
    match temperament {
        Temperament::Obliging(text) => stream.write_all(&answer(0, text)).unwrap(),
        Temperament::Refusing(text) => stream.write_all(&answer(1, text)).unwrap(),
        Temperament::Garbage(bytes) => stream.write_all(bytes).unwrap(),
        // Until the other side gives up.
        Temperament::Silent => assert_eq!(stream.read(&mut [0]).unwrap(), 0),
    }
    asked
}

/// Whether any file below `folder` holds `bytes`.
pub(crate) fn holds(folder: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let entry = entry.unwrap();
        let meta = entry.metadata().unwrap();
        if meta.is_dir() {
            return holds(&entry.path(), bytes);
        }
        meta.is_file()
            && fs::read(entry.path())
                .unwrap()
                .windows(bytes.len())
                .any(|window| window == bytes)
    })
}
