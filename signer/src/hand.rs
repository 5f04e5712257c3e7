//! The operator's socket: one question a connection.
//!
//! Invariant: only the owner of the socket's file may open it; what comes in
//! is length-limited, and a sealing key goes straight into its page.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use frame::local::{DONE, REFUSED, Verb};
use page::Page;

use crate::vault::seam::{Answer, Call, Local, Reply, Request};

/// How long a connection may take to say its one thing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Takes `path` for the operator's socket.
///
/// # Errors
///
/// The problem and its fix, when the socket cannot be made.
pub(crate) fn bind(path: &Path) -> Result<UnixListener, String> {
    let refusal = |problem: &str, fix: &str| {
        let shown = path.display();
        format!("CONFIG control: {shown} {problem}; {fix}")
    };
    let error = |e: std::io::Error| {
        let at = path.display();
        format!(
            "CONFIG control: cannot listen at {at}: {e}; choose a path in a folder of the signer's own"
        )
    };
    // What a killed signer left goes; whatever else has the name is someone's.
    match fs::symlink_metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        Err(e) => return Err(error(e)),
        Ok(meta) if !meta.file_type().is_socket() => {
            let problem = "is there and is no socket";
            return Err(refusal(problem, "choose another path"));
        }
        Ok(_) => match UnixStream::connect(path) {
            Err(e) if e.kind() == ErrorKind::ConnectionRefused => {
                fs::remove_file(path).map_err(error)?;
            }
            Err(e) => return Err(error(e)),
            Ok(_) => {
                let problem = "is a socket that another process listens at";
                return Err(refusal(problem, "stop that one, or choose another path"));
            }
        },
    }
    let listener = UnixListener::bind(path).map_err(error)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(error)?;
    Ok(listener)
}

/// Hands every question that comes to the vault.
///
/// # Errors
///
/// When there is no thread for it.
pub(crate) fn serve(listener: UnixListener, vault: Sender<Call>) -> Result<(), String> {
    thread::Builder::new()
        .name("hand".to_owned())
        .spawn(move || {
            for socket in listener.incoming() {
                match socket {
                    Ok(socket) => one(socket, &vault),
                    Err(e) => tracing::warn!(error = %e, "control socket"),
                }
            }
        })
        .map(|_handle| ())
        .map_err(|e| format!("cannot start the thread of the control socket: {e}"))
}

/// Serves one connection, whatever comes of it.
fn one(mut socket: UnixStream, vault: &Sender<Call>) {
    let answered = socket
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| socket.set_write_timeout(Some(PATIENCE)))
        .and_then(|()| read(&mut socket))
        .map(|question| match question {
            Ok(local) => ask(local, vault),
            Err(refusal) => Err(refusal.to_owned()),
        })
        .and_then(|answer| write(&mut socket, &answer));
    if let Err(e) = answered {
        tracing::debug!(error = %e, "control socket");
    }
}

/// Reads one question. The outer error is the socket's, the inner a refusal.
fn read(socket: &mut UnixStream) -> std::io::Result<Result<Local, &'static str>> {
    let mut head = [0; 5];
    socket.read_exact(&mut head)?;
    let [verb, length @ ..] = head;
    let length = u32::from_be_bytes(length);
    let Some(verb) = Verb::from_u8(verb) else {
        return Ok(Err("VERB it is not known; use a signerctl of this edition"));
    };
    if length > verb.payload_max() || (verb == Verb::Unlock && length != verb.payload_max()) {
        return Ok(Err(
            "LENGTH the question has another length; use a signerctl of this edition",
        ));
    }
    if verb == Verb::Unlock {
        let mut sealing = Page::new()?;
        let (key, _) = sealing.bare_mut().split_at_mut(32);
        socket.read_exact(key)?;
        return Ok(Ok(Local::Unlock(sealing)));
    }
    let mut payload = vec![0; usize::try_from(length).unwrap_or(0)];
    socket.read_exact(&mut payload)?;
    Ok(match verb {
        Verb::Status => Ok(Local::Status),
        Verb::Lock => Ok(Local::Lock),
        Verb::ClockAccept => Ok(Local::ClockAccept),
        Verb::Note => Ok(Local::Note(payload)),
        Verb::Found => Ok(Local::Found(payload)),
        Verb::Freeze => String::from_utf8(payload)
            .map(Local::Freeze)
            .map_err(|_ignored| "REASON it is not UTF-8; write plain words"),
        Verb::Unlock => Err("VERB it was read already"),
    })
}

/// Asks the vault and waits; the vault always answers or ends the process.
fn ask(local: Local, vault: &Sender<Call>) -> Result<String, String> {
    let gone = || "STOPPING the signer is stopping; start it again".to_owned();
    let (tell, told) = channel();
    let call = Call {
        request: Request::Local(local),
        reply: Box::new(Waiting(tell)),
    };
    vault.send(call).map_err(|_ignored| gone())?;
    match told.recv() {
        Ok(Answer::Local(text)) => text,
        Ok(_) | Err(_) => Err(gone()),
    }
}

fn write(socket: &mut UnixStream, answer: &Result<String, String>) -> std::io::Result<()> {
    let (first, text) = match answer {
        Ok(text) => (DONE, text),
        Err(text) => (REFUSED, text),
    };
    let length = u32::try_from(text.len()).unwrap_or(0);
    let mut bytes = vec![first];
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(text.as_bytes());
    socket.write_all(&bytes)
}

/// Someone who waits for one answer.
pub(crate) struct Waiting(pub(crate) Sender<Answer>);

impl Reply for Waiting {
    fn is_wanted(&self) -> bool {
        true
    }

    fn answer(self: Box<Self>, answer: Answer) {
        // Nobody waits any more only when the process is ending.
        drop(self.0.send(answer));
    }
}
