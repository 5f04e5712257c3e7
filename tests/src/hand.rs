//! The operator at work: `signerctl` beside a running signer, with the desk's
//! note keys in files.

use std::cell::Cell;
use std::fs;
use std::process::Command;

use crate::authority::NoteKey;
use crate::desk::Desk;
use crate::process::{self, Ran, Server};
use crate::shifted::Shifted;

/// An operator at one desk, whose clock may be shifted.
pub struct Hand<'a> {
    desk: &'a Desk,
    clock: Option<&'a Shifted>,
    drafts: Cell<u32>,
}

impl<'a> Hand<'a> {
    /// At `desk`; the signer and all tools tell the time by `clock`, if given.
    pub fn new(desk: &'a Desk, clock: Option<&'a Shifted>) -> Self {
        Self {
            desk,
            clock,
            drafts: Cell::new(0),
        }
    }

    /// Starts the signer; nobody unlocked it.
    pub fn start(&self) -> Server {
        let command = self.timed(self.desk.signer_command(&self.desk.bins.signer));
        Server::start(command, &self.desk.file("signer.log"))
    }

    /// Starts the signer and unlocks it.
    pub fn start_unlocked(&self) -> Server {
        let signer = self.start();
        self.desk.unlock().unwrap_or_else(|e| panic!("unlock: {e}"));
        signer
    }

    /// Runs `signerctl`.
    pub fn run(&self, args: &[&str]) -> Ran {
        let mut command = Command::new(&self.desk.bins.signerctl);
        command.current_dir(&self.desk.folder).args(args);
        process::run(self.timed(command))
    }

    /// The value of one line of `signerctl status`.
    pub fn status(&self, name: &str) -> Option<String> {
        let ran = self.run(&["status"]);
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
        let mut lines = ran.stdout.lines();
        lines.find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(' ')?.to_owned()))
    }

    /// Drafts with `signerctl note new`; returns the draft's file.
    pub fn draft(&self, args: &[&str]) -> String {
        let ran = self.run(&[&["note", "new"], args].concat());
        assert_eq!(ran.code(), 0, "{args:?}: {}", ran.stderr);
        self.drafts.set(self.drafts.get() + 1);
        let file = format!("draft-{}", self.drafts.get());
        fs::write(self.desk.file(&file), &ran.stdout).expect("the folder is ours");
        file
    }

    /// Signs `file` over itself with each key, as each of its owners would.
    pub fn sign(&self, file: &str, keys: &[&NoteKey]) {
        for key in keys {
            let seed = key.seed_file(&self.desk.folder);
            let ran = self.run(&[
                "note",
                "sign",
                "--key",
                seed.to_str().expect("a plain path"),
                "--name",
                key.name(),
                "--out",
                file,
                file,
            ]);
            assert_eq!(ran.code(), 0, "{}", ran.stderr);
        }
    }

    /// Carries the note in `file` to the signer.
    ///
    /// # Errors
    ///
    /// The refusal's line.
    pub fn apply(&self, file: &str) -> Result<String, String> {
        let ran = self.run(&["note", "apply", file]);
        if ran.code() == 0 {
            return Ok(ran.stdout);
        }
        Err(ran.stderr.lines().last().unwrap_or_default().to_owned())
    }

    /// Drafts, signs and carries a note.
    ///
    /// # Errors
    ///
    /// The refusal's line.
    pub fn say(&self, args: &[&str], keys: &[&NoteKey]) -> Result<String, String> {
        let file = self.draft(args);
        self.sign(&file, keys);
        self.apply(&file)
    }

    /// What the signer logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.desk.file("signer.log")).unwrap_or_default()
    }

    /// The same command, on the operator's clock.
    pub fn timed(&self, command: Command) -> Command {
        match self.clock {
            Some(clock) => clock.on(command),
            None => command,
        }
    }
}
