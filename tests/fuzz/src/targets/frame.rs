//! Frames: between door and vault, between the signer's processes, of an
//! intent, of a sealed key. What parses is written again as the same bytes.

use frame::Header;
use frame::channel::Message;
use frame::hop::{ANSWER_BYTES_MAX, HEAD_BYTES, QUESTION_BYTES_MAX, Question, Reply, length};
use frame::intent::Intent;
use frame::intent_id::IntentId;
use frame::label::Label;

pub(crate) fn holds(bytes: &[u8]) -> bool {
    let mut is_one = false;
    if let Some((number, question)) = Question::parse(bytes) {
        is_one = true;
        let frame = question.frame(number);
        is_the_same(frame.as_deref(), bytes, QUESTION_BYTES_MAX);
    }
    if let Some((number, reply)) = Reply::parse(bytes) {
        is_one = true;
        let frame = reply.frame(number);
        is_the_same(frame.as_deref(), bytes, ANSWER_BYTES_MAX);
    }
    if let Some(message) = Message::parse(bytes) {
        is_one = true;
        assert_eq!(message.to_bytes(), bytes, "a message has one spelling");
    }
    if let Some(intent) = Intent::parse(bytes) {
        is_one = true;
        assert_eq!(intent.frame(), bytes, "an intent has one spelling");
    }
    if let Ok((header, sealed)) = Header::split(bytes) {
        is_one = true;
        let again = [header.to_bytes(), sealed.to_vec()].concat();
        assert_eq!(again, bytes, "a sealed key's header has one spelling");
    }
    if let Ok(text) = str::from_utf8(bytes) {
        if let Some(id) = IntentId::parse(text) {
            is_one = true;
            assert_eq!(id.as_str(), text, "an intent's name has one spelling");
        }
        if let Some(label) = Label::parse(text) {
            is_one = true;
            assert_eq!(label.as_str(), text, "a label has one spelling");
        }
    }
    is_one
}

/// That `frame` is `body` behind its own length, if it may be that long.
fn is_the_same(frame: Option<&[u8]>, body: &[u8], max: u32) {
    let may_be = u32::try_from(body.len()).is_ok_and(|length| length <= max);
    let Some(frame) = frame else {
        assert!(!may_be, "a frame of {} bytes has room", body.len());
        return;
    };
    let (head, rest) = frame
        .split_first_chunk::<HEAD_BYTES>()
        .expect("a length comes first");
    assert_eq!(rest, body, "a frame has one spelling");
    assert_eq!(
        length(*head, max),
        Some(body.len()),
        "its length is its own"
    );
}
