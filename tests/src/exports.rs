//! An operator who has the key exported: an authenticator, and `signerctl
//! export` with its secrets on descriptors.

use std::cell::Cell;
use std::fs;
use std::process::Command;

use ring::hmac;

use crate::clock::now_ms;
use crate::desk::Desk;
use crate::hand::Hand;
use crate::process::{self, Ran};
use crate::shifted::Shifted;

/// An authenticator (RFC 6238), by code of the harness's own.
pub struct Authenticator(Vec<u8>);

impl Authenticator {
    /// Of what `signerctl` said once.
    pub fn of(said: &str) -> Option<Self> {
        const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let (_, rest) = said.split_once("otpauth://totp/")?;
        let (_, rest) = rest.split_once("?secret=")?;
        let (text, _) = rest.split_once('&')?;
        let bits: String = text
            .chars()
            .map(|c| Some(format!("{:05b}", DIGITS.find(c)?)))
            .collect::<Option<_>>()?;
        let byte = |at: usize| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).ok();
        (0..bits.len() / 8)
            .map(byte)
            .collect::<Option<_>>()
            .map(Self)
    }

    /// What it shows at a time.
    pub fn code(&self, unix_s: u64) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &(unix_s / 30).to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag[19] & 15);
        let word = u32::from_be_bytes(tag[at..at + 4].try_into().expect("four bytes"));
        format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
    }
}

/// A desk whose key has a second factor, and whose policy names a notifier.
pub struct Owner<'a> {
    /// The desk.
    pub desk: &'a Desk,
    /// The operator there.
    pub hand: Hand<'a>,
    /// What shows the codes.
    pub authenticator: Authenticator,
    clock: &'a Shifted,
    ahead_s: Cell<i64>,
}

impl<'a> Owner<'a> {
    /// Gives the desk's key a second factor; no signer may run.
    pub fn enrol(desk: &'a Desk, clock: &'a Shifted) -> Self {
        desk.write_credential("old.key");
        let ran = desk.signerctl(&[
            "rewrap",
            "--journal",
            "journal.sqlite",
            "--sealed",
            "wallet.sealed",
            "--credential",
            "old.key",
            "--credential-out",
            "new.key",
            "--totp",
        ]);
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
        assert!(!ran.stdout.contains("otpauth"), "it is for the terminal");
        Self {
            desk,
            hand: Hand::new(desk, Some(clock)),
            authenticator: Authenticator::of(&ran.stderr).expect("it is said once"),
            clock,
            ahead_s: Cell::new(0),
        }
    }

    /// Lets `seconds` pass on every clock.
    pub fn pass(&self, seconds: i64) {
        self.clock.pass(seconds);
        self.ahead_s.set(self.ahead_s.get() + seconds);
    }

    /// What the authenticator shows at the desk's time.
    pub fn code(&self) -> String {
        let now = now_ms() / 1_000;
        self.authenticator
            .code(now.saturating_add_signed(self.ahead_s.get()))
    }

    /// `signerctl export ARGS` with the key's credential and `code`.
    pub fn command(&self, args: &[&str], code: &str) -> Command {
        fs::write(self.desk.file("code"), code).expect("the folder is ours");
        let mut command = Command::new("sh");
        command.current_dir(&self.desk.folder).args([
            "-c",
            "exec \"$0\" export \"$@\" --sealed wallet.sealed --credential new.key --code-fd 3 3<code",
        ]);
        command.arg(&self.desk.bins.signerctl).args(args);
        self.hand.timed(command)
    }

    /// Runs it, with a code of half a minute later than any before.
    ///
    /// # Errors
    ///
    /// The refusal's last line.
    pub fn export(&self, args: &[&str]) -> Result<String, String> {
        self.pass(60);
        self.with_code(args, &self.code())
    }

    /// Runs it with this code.
    ///
    /// # Errors
    ///
    /// The refusal's last line.
    pub fn with_code(&self, args: &[&str], code: &str) -> Result<String, String> {
        outcome(&process::run(self.command(args, code)))
    }
}

fn outcome(ran: &Ran) -> Result<String, String> {
    if ran.code() == 0 {
        return Ok(ran.stdout.clone());
    }
    Err(ran.stderr.lines().last().unwrap_or_default().to_owned())
}
