//! HTTP/2 by hand, over an authenticated connection: frames that no library
//! would send.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, Stream};
use rustls_pki_types::ServerName;

use crate::process::PATIENCE;

/// What a client says first (RFC 9113 §3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Frame types (RFC 9113 §6).
pub const DATA: u8 = 0;
/// A header block begins.
pub const HEADERS: u8 = 1;
/// What depends on what; not heeded any more.
pub const PRIORITY: u8 = 2;
/// A stream is given up.
pub const RST_STREAM: u8 = 3;
/// What a side asks of the other.
pub const SETTINGS: u8 = 4;
/// A server's alone.
pub const PUSH_PROMISE: u8 = 5;
/// Are you there?
pub const PING: u8 = 6;
/// The connection ends.
pub const GOAWAY: u8 = 7;
/// More may be sent.
pub const WINDOW_UPDATE: u8 = 8;
/// A header block goes on.
pub const CONTINUATION: u8 = 9;
/// The stream's last frame; of a PING or SETTINGS, its answer.
pub const END_STREAM: u8 = 1;
/// The header block's last frame.
pub const END_HEADERS: u8 = 4;
/// There is padding.
pub const PADDED: u8 = 8;
const HEAD_BYTES: usize = 9;
const ASKED: [u8; 8] = *b"countsgn";

/// One frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a frame").to_be_bytes();
    let head = [length[1], length[2], length[3], kind, flags];
    [&head, stream.to_be_bytes().as_slice(), payload].concat()
}

/// A header block: each field literal, none remembered (RFC 7541 §6.2.2).
pub fn block(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name.as_bytes(), value] {
            length(&mut block, text.len());
            block.extend_from_slice(text);
        }
    }
    block
}

/// A length in seven bits, and what does not fit into them behind it.
fn length(block: &mut Vec<u8>, length: usize) {
    if length < 127 {
        block.push(u8::try_from(length).expect("short"));
        return;
    }
    block.push(127);
    let mut rest = length - 127;
    while rest >= 128 {
        block.push(u8::try_from(rest % 128 + 128).expect("a byte"));
        rest /= 128;
    }
    block.push(u8::try_from(rest).expect("a byte"));
}

/// Until when to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The stream is answered, or given up.
    Answered(u32),
    /// All that was sent has been read.
    Read,
    /// The server hangs up, and it is told that nothing follows.
    Closed,
}

/// How listening ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// The stream ended with a header block or with data.
    Answered,
    /// The stream was given up by the server.
    Reset,
    /// All was read.
    Read,
    /// The connection was ended.
    Closed,
    /// Nothing was said for [`PATIENCE`].
    Silent,
}

/// An authenticated connection, and whatever is written to it.
pub struct Wire {
    tls: ClientConnection,
    socket: TcpStream,
    heard: Vec<u8>,
}

impl Wire {
    /// Shakes hands, sends `first`, and waits for the server's first frame;
    /// `None` if it hangs up instead.
    pub fn open(address: &str, config: &Arc<ClientConfig>, first: &[u8]) -> Option<Self> {
        let socket = TcpStream::connect(address).ok()?;
        socket.set_nodelay(true).ok()?;
        socket.set_read_timeout(Some(PATIENCE)).ok()?;
        socket.set_write_timeout(Some(PATIENCE)).ok()?;
        let name = ServerName::try_from("signer").expect("a name");
        let tls = ClientConnection::new(Arc::clone(config), name).expect("a client");
        let heard = Vec::new();
        let mut wire = Self { tls, socket, heard };
        let begun = wire.send(first) && wire.hear().is_some();
        begun.then_some(wire)
    }

    /// Sends bytes; whether the server still took them.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        let mut stream = Stream::new(&mut self.tls, &mut self.socket);
        stream
            .write_all(bytes)
            .and_then(|()| stream.flush())
            .is_ok()
    }

    /// Listens.
    pub fn listen(&mut self, until: Until) -> End {
        match until {
            Until::Answered(_) => {}
            Until::Read => {
                self.send(&frame(PING, 0, 0, &ASKED));
            }
            Until::Closed => {
                self.tls.send_close_notify();
                self.send(&[]);
                self.socket.shutdown(Shutdown::Write).ok();
            }
        }
        loop {
            while let Some(seen) = self.take() {
                if let Some(end) = judged(&seen, until) {
                    return end;
                }
            }
            match self.hear() {
                Some(true) => {}
                Some(false) => return End::Silent,
                None => return End::Closed,
            }
        }
    }

    /// Reads some more; `None` at the connection's end.
    fn hear(&mut self) -> Option<bool> {
        let mut read = [0; 16 * 1024];
        match Stream::new(&mut self.tls, &mut self.socket).read(&mut read) {
            Ok(0) => None,
            Ok(count) => {
                self.heard.extend_from_slice(&read[..count]);
                Some(true)
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Some(false)
            }
            Err(_) => None,
        }
    }

    /// The next whole frame that was heard.
    fn take(&mut self) -> Option<Vec<u8>> {
        let head = self.heard.first_chunk::<HEAD_BYTES>()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let length = HEAD_BYTES + usize::try_from(length).expect("24 bits");
        (self.heard.len() >= length).then(|| self.heard.drain(..length).collect())
    }
}

fn judged(frame: &[u8], until: Until) -> Option<End> {
    let (kind, flags) = (frame[3], frame[4]);
    let stream = u32::from_be_bytes([frame[5], frame[6], frame[7], frame[8]]);
    match (until, kind) {
        (Until::Answered(asked), DATA | HEADERS) if asked == stream => {
            (flags & END_STREAM != 0).then_some(End::Answered)
        }
        (Until::Answered(asked), RST_STREAM) if asked == stream => Some(End::Reset),
        (Until::Read, PING) if frame[HEAD_BYTES..] == ASKED => Some(End::Read),
        (Until::Answered(_) | Until::Read, GOAWAY) => Some(End::Closed),
        _ => None,
    }
}
