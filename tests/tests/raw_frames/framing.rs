//! A question as a plain client frames it.

use frame::intent::Intent;
use prost::Message;
use tests::frames::{CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, block, frame};
use tests::session::Session;

/// The method that every abuse is after.
pub(super) const SIGN: &str = "/signer.v1.Signer/SignOrder";
/// What a frame holds at most, unless it is agreed otherwise.
pub(super) const FRAME_BYTES_MAX: usize = 16 * 1024;

/// The message in gRPC's framing.
pub(super) fn question(session: &mut Session, intent: &Intent) -> Vec<u8> {
    prefixed(0, &session.request(intent).encode_to_vec())
}

pub(super) fn prefixed(compressed: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("short").to_be_bytes();
    [&[compressed], length.as_slice(), message].concat()
}

/// The fields of a plain request, in order.
pub(super) fn fields(path: &str) -> Vec<(&str, &[u8])> {
    vec![
        (":method", b"POST"),
        (":scheme", b"https"),
        (":path", path.as_bytes()),
        (":authority", b"signer"),
        ("content-type", b"application/grpc"),
        ("te", b"trailers"),
    ]
}

/// Those fields, then the body, on the first stream.
pub(super) fn request(fields: &[(&str, &[u8])], body: &[u8]) -> Vec<u8> {
    request_on(1, &block(fields), body)
}

pub(super) fn request_on(stream: u32, block: &[u8], body: &[u8]) -> Vec<u8> {
    let mut bytes = blocks(stream, block);
    let mut chunks = body.chunks(FRAME_BYTES_MAX).peekable();
    if chunks.peek().is_none() {
        bytes.extend(frame(DATA, END_STREAM, stream, &[]));
    }
    while let Some(chunk) = chunks.next() {
        let last = chunks.peek().is_none();
        bytes.extend(frame(DATA, u8::from(last) * END_STREAM, stream, chunk));
    }
    bytes
}

/// A header block in as many frames as it needs.
pub(super) fn blocks(stream: u32, block: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut chunks = block.chunks(FRAME_BYTES_MAX).peekable();
    let mut kind = HEADERS;
    while let Some(chunk) = chunks.next() {
        let flags = if chunks.peek().is_none() {
            END_HEADERS
        } else {
            0
        };
        bytes.extend(frame(kind, flags, stream, chunk));
        kind = CONTINUATION;
    }
    bytes
}

/// A whole question by this method.
pub(super) fn by_method(method: &[u8], body: &[u8]) -> Vec<u8> {
    let mut fields = fields(SIGN);
    fields[0].1 = method;
    request(&fields, body)
}
