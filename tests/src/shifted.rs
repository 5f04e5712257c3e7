//! A clock that a test moves, under programs that know nothing of it.
//!
//! Wall clock, raw clock and boot time of whatever is started `on` it are
//! shifted together; the wall clock also alone, as a bad time source would.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::clock::now_ms;
use crate::preloaded;

/// A shift, and the library that applies it.
pub struct Shifted {
    library: PathBuf,
    shift: PathBuf,
}

impl Shifted {
    /// No shift yet; its files stand in `folder`.
    pub fn new(folder: &Path) -> Self {
        let library = preloaded::build(folder, "shifted.c", "shifted.so", &[]);
        let shift = folder.join("shift");
        fs::write(&shift, [0; 32]).expect("the folder is ours");
        Self { library, shift }
    }

    /// The same command, on this clock.
    pub fn on(&self, mut command: Command) -> Command {
        command
            .env("LD_PRELOAD", &self.library)
            .env("TESTS_SHIFT", &self.shift);
        command
    }

    /// Lets `seconds` pass on every clock.
    pub fn pass(&self, seconds: i64) {
        self.add(0, seconds);
    }

    /// Sets the wall clock alone ahead by `seconds`, or back.
    pub fn set_wall(&self, seconds: i64) {
        self.add(8, seconds);
    }

    /// Lets the wall clock alone stand still where it is, for programs that are
    /// on it.
    pub fn stop_wall(&self) {
        let now_s = i64::try_from(now_ms() / 1_000).expect("this century");
        self.add(24, now_s + self.word(0) + self.word(8));
    }

    /// As if the machine had been started a minute ago. Nothing may run on it.
    pub fn boot(&self) {
        let text = fs::read_to_string("/proc/uptime").expect("it is Linux");
        let seconds = text.split('.').next().and_then(|text| text.parse().ok());
        let seconds: i64 = seconds.expect("seconds");
        self.add(16, seconds + self.word(0) - 60 - self.word(16));
    }

    fn word(&self, at: u64) -> i64 {
        let mut word = [0; 8];
        let file = fs::File::open(&self.shift).expect("the folder is ours");
        file.read_exact_at(&mut word, at).expect("four words");
        i64::from_ne_bytes(word)
    }

    fn add(&self, at: u64, seconds: i64) {
        let file = fs::File::options().write(true).open(&self.shift);
        let file = file.expect("the folder is ours");
        let sum = self.word(at) + seconds;
        file.write_all_at(&sum.to_ne_bytes(), at)
            .expect("the folder is ours");
    }
}
