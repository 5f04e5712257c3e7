//! One question to the signer, over its local socket.
//!
//! Invariant: nothing is sent to a socket that others may open or that is
//! another user's.
//! Invariant: whatever does not answer in full, in time, in shape, is an
//! unknown outcome, and is said so; it is never a refusal.

use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, value_parser};
use frame::local::{ANSWER_MAX, DONE, REFUSED, Verb};
use nix::unistd::Uid;

use crate::say::{Refusal, printable};

/// Where the signer listens, and for how long it is waited for.
#[derive(Args, Clone, Debug)]
pub(crate) struct Socket {
    /// The signer's local socket.
    #[arg(long = "socket", value_name = "S", default_value = "./signer.sock")]
    pub(crate) path: PathBuf,
    /// How long to wait for an answer, seconds.
    #[arg(
        long = "timeout", value_name = "SECONDS", default_value_t = 15,
        value_parser = value_parser!(u64).range(1..=600)
    )]
    timeout: u64,
}

impl Socket {
    /// Asks, and says what was answered. A refusal is the signer's own line.
    pub(crate) fn ask(&self, verb: Verb, payload: &[u8]) -> Result<String, Refusal> {
        let length = u32::try_from(payload.len())
            .ok()
            .filter(|length| *length <= verb.payload_max())
            .ok_or_else(|| {
                self.refusal(
                    format_args!("takes at most {} bytes of this", verb.payload_max()),
                    "make it shorter",
                )
            })?;
        check_owner(&self.path).map_err(|(problem, fix)| self.refusal(problem, fix))?;
        let stream = UnixStream::connect(&self.path).map_err(|e| {
            self.refusal(
                format_args!("nobody listens: {e}"),
                "start the signer, or name its socket with --socket",
            )
        })?;
        let [a, b, c, d] = length.to_be_bytes();
        let head = [verb.to_u8(), a, b, c, d];
        let (code, text) = self.exchange(stream, head, payload).map_err(|problem| {
            self.refusal(
                format_args!("{problem}: whether it was done is unknown"),
                "ask signerctl status before asking again",
            )
        })?;
        if code == DONE {
            Ok(text)
        } else {
            Err(Refusal::line(text.trim_end().to_owned()))
        }
    }

    fn exchange(
        &self,
        mut stream: UnixStream,
        question: [u8; 5],
        payload: &[u8],
    ) -> Result<(u8, String), String> {
        let wait = Some(Duration::from_secs(self.timeout));
        let lost = |e: std::io::Error| format!("no answer ({e})");
        stream.set_read_timeout(wait).map_err(lost)?;
        stream.set_write_timeout(wait).map_err(lost)?;
        // One that refuses may answer and close before it has read all.
        // A payload may be a key, and is sent from where it stands.
        let sent = stream
            .write_all(&question)
            .and_then(|()| stream.write_all(payload));
        let mut head = [0_u8; 5];
        stream
            .read_exact(&mut head)
            .map_err(|e| lost(sent.err().unwrap_or(e)))?;
        let [code, length @ ..] = head;
        let length = u32::from_be_bytes(length);
        if (code != DONE && code != REFUSED) || length > ANSWER_MAX {
            return Err("the answer has no known shape".to_owned());
        }
        let mut text = Vec::new();
        stream
            .take(u64::from(length))
            .read_to_end(&mut text)
            .map_err(lost)?;
        if u32::try_from(text.len()) != Ok(length) {
            return Err("the answer was cut off".to_owned());
        }
        let text =
            String::from_utf8(text).map_err(|_ignored| "the answer is no text".to_owned())?;
        Ok((code, printable(&text)))
    }

    fn refusal(&self, problem: impl std::fmt::Display, fix: &str) -> Refusal {
        Refusal::new("SOCKET", self.path.display(), problem, fix)
    }
}

/// Makes sure that only the signer's user can have opened it, or can.
fn check_owner(path: &Path) -> Result<(), (String, &'static str)> {
    let meta = path.metadata().map_err(|e| {
        (
            format!("cannot be examined: {e}"),
            "start the signer, or name its socket with --socket",
        )
    })?;
    if !meta.file_type().is_socket() {
        return Err(("is no socket".to_owned(), "name the signer's with --socket"));
    }
    if meta.mode() & 0o077 != 0 {
        return Err((
            format!("mode {:04o} lets others in", meta.mode() & 0o7777),
            "let the signer make it afresh, mode 0600",
        ));
    }
    let me = Uid::effective();
    if !me.is_root() && meta.uid() != me.as_raw() {
        return Err((
            format!("belongs to user {}", meta.uid()),
            "run signerctl as the user that the signer runs as",
        ));
    }
    Ok(())
}
