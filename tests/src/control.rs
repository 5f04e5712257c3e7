//! The operator's socket, spoken to directly.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use frame::local::{DONE, Verb};

/// Asks one question.
///
/// # Errors
///
/// The signer's refusal.
pub fn ask(socket: &Path, verb: Verb, payload: &[u8]) -> Result<String, String> {
    let mut socket = UnixStream::connect(socket).map_err(|e| e.to_string())?;
    socket
        .set_read_timeout(Some(crate::process::PATIENCE))
        .map_err(|e| e.to_string())?;
    let mut question = vec![verb.to_u8()];
    let length = u32::try_from(payload.len()).expect("a short payload");
    question.extend_from_slice(&length.to_be_bytes());
    question.extend_from_slice(payload);
    socket.write_all(&question).map_err(|e| e.to_string())?;
    let mut head = [0; 5];
    socket.read_exact(&mut head).map_err(|e| e.to_string())?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
    let mut text = vec![0; usize::try_from(length).expect("a short answer")];
    socket.read_exact(&mut text).map_err(|e| e.to_string())?;
    let text = String::from_utf8(text).map_err(|e| e.to_string())?;
    if head[0] == DONE { Ok(text) } else { Err(text) }
}

/// The value of `name` in an answer's lines.
pub fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
}
