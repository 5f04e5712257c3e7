//! What a draft must name that the operator need not remember: from flags, or
//! from what the signer says of itself.
//!
//! Invariant: a flag wins over a status; nothing is guessed.

use std::cell::OnceCell;
use std::path::PathBuf;

use clap::Args;
use frame::local::Verb;
use note::{JournalId, UtcSeconds, Window};

use crate::say::Refusal;
use crate::socket::Socket;
use crate::status::{self, Status};
use crate::{files, values};

const STATUS_BYTES_MAX: usize = 1024 * 1024;
const SECONDS_PER_MINUTE: u64 = 60;

/// Which journal, known from where, and for how long the draft is good.
#[derive(Args)]
pub(crate) struct About {
    /// The journal it is for; else the status says.
    #[arg(long, value_name = "HEX", value_parser = values::journal_id)]
    journal_id: Option<JournalId>,
    /// What signerctl status printed, for a machine without the socket.
    #[arg(long, value_name = "FILE")]
    status: Option<PathBuf>,
    #[command(flatten)]
    socket: Socket,
    /// How long it may be applied, minutes from now.
    #[arg(long, value_name = "N")]
    valid_minutes: Option<u64>,
}

/// Flags, and the status if it is asked for.
pub(crate) struct Known<'a> {
    about: &'a About,
    now: UtcSeconds,
    status: OnceCell<Status>,
}

impl<'a> Known<'a> {
    pub(crate) const fn new(about: &'a About, now: UtcSeconds) -> Self {
        Self {
            about,
            now,
            status: OnceCell::new(),
        }
    }

    /// The journal that the note is for.
    pub(crate) fn journal(&self) -> Result<JournalId, Refusal> {
        match self.about.journal_id {
            Some(id) => Ok(id),
            None => self.read("--journal-id", status::JOURNAL_ID, values::journal_id),
        }
    }

    /// A number that was given, or that the status gives under `name`.
    pub(crate) fn number(
        &self,
        given: Option<u64>,
        flag: &'static str,
        name: &str,
    ) -> Result<u64, Refusal> {
        given.map_or_else(
            || {
                self.read(flag, name, |text| {
                    text.parse::<u64>().map_err(|e| e.to_string())
                })
            },
            Ok,
        )
    }

    /// A serial that was given, or the one after the last.
    pub(crate) fn serial(&self, given: Option<u64>, name: &str) -> Result<u64, Refusal> {
        match given {
            Some(serial) => Ok(serial),
            None => Ok(self.number(None, "--serial", name)?.saturating_add(1)),
        }
    }

    /// What the status gives under `name`.
    pub(crate) fn read<T>(
        &self,
        flag: &'static str,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Refusal> {
        let refuse = |problem: String| {
            Refusal::new(
                "DRAFT",
                flag,
                format_args!("is not given, and {problem}"),
                format_args!("give {flag}, or --status with what signerctl status printed"),
            )
        };
        let status = if let Some(status) = self.status.get() {
            status
        } else {
            let read = self
                .ask()
                .map_err(|refused| refuse(format!("there is no status to read: {refused}")))?;
            self.status.get_or_init(|| read)
        };
        let nothing = match name {
            status::FROZEN_LEAF => Some("nothing is frozen"),
            status::PENDING_VERSION | status::PENDING_HASH => Some("nothing is pending"),
            _ => None,
        };
        let text = status.value(name).ok_or_else(|| match nothing {
            Some(nothing) => Refusal::new("DRAFT", flag, nothing, "there is nothing to do"),
            None => refuse(format!("the status says no {name}")),
        })?;
        parse(text).map_err(|problem| refuse(format!("the status's {name} is not one: {problem}")))
    }

    fn ask(&self) -> Result<Status, Refusal> {
        let text = match &self.about.status {
            Some(path) => String::from_utf8_lossy(&files::read(path, STATUS_BYTES_MAX)?).into(),
            None => self.about.socket.ask(Verb::Status, &[])?,
        };
        Ok(Status::parse(&text))
    }

    /// From now, for so many minutes unless others were asked for.
    pub(crate) fn window(&self, minutes: u64) -> Result<Window, Refusal> {
        let minutes = self.about.valid_minutes.unwrap_or(minutes);
        Ok(Window {
            not_before: self.now,
            apply_before: self.after(
                "--valid-minutes",
                minutes.saturating_mul(SECONDS_PER_MINUTE),
            )?,
        })
    }

    /// So many seconds from now.
    pub(crate) fn after(&self, flag: &'static str, seconds: u64) -> Result<UtcSeconds, Refusal> {
        self.now.plus(seconds).ok_or_else(|| {
            Refusal::new(
                "DRAFT",
                flag,
                "reaches beyond the year 9999",
                "make it shorter",
            )
        })
    }
}
