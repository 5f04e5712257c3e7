//! Ways to write a question that no library would write.

use tests::dice::Dice;
use tests::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PADDED, PING, PREFACE, PRIORITY,
    PUSH_PROMISE, RST_STREAM, SETTINGS, Until, WINDOW_UPDATE, block, frame,
};

use crate::framing::{FRAME_BYTES_MAX, SIGN, blocks, fields, prefixed, request, request_on};

/// The header text that the door takes at most, and its longest message.
const HEADER_BYTES_MAX: usize = 8 * 1024;
const MESSAGE_BYTES_MAX: usize = 96 * 1024;

/// What is written, and what may come of it.
pub(super) struct Abuse {
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) until: Until,
    /// Whether the vault may hear of its intent: it is whole, proven, and goes
    /// by the method's own name.
    pub(super) may_be_asked: bool,
}

type Make = fn(&mut Dice, &[u8]) -> Abuse;

/// All of them, each from dice and a proven question.
pub(super) const ABUSES: [Make; 24] = [
    odd_path,
    odd_path,
    odd_path,
    pseudo_missing,
    pseudo_twice,
    pseudo_late,
    odd_method,
    odd_content,
    huge_headers,
    continuation_flood,
    continuation_elsewhere,
    reset_flood,
    settings_flood,
    ping_flood,
    window_overflow,
    window_none,
    prefix_lies,
    compressed,
    trailers,
    truncated,
    bent,
    odd_streams,
    odd_frames,
    garbage,
];

fn abuse(name: &'static str, bytes: Vec<u8>, until: Until, may_be_asked: bool) -> Abuse {
    Abuse {
        name,
        bytes,
        until,
        may_be_asked,
    }
}

/// Almost a method's name.
fn odd_path(dice: &mut Dice, body: &[u8]) -> Abuse {
    let long = format!("{SIGN}{}", "/x".repeat(dice.below(3_000)));
    let mut flipped = SIGN.as_bytes().to_vec();
    let place = dice.below(flipped.len());
    flipped[place] ^= 0x20;
    let flipped = String::from_utf8_lossy(&flipped).into_owned();
    let cut = SIGN[..dice.below(SIGN.len())].to_owned();
    let paths = [
        "/signer.v1.Signer/SignOrder/",
        "//signer.v1.Signer/SignOrder",
        "/signer.v1.Signer//SignOrder",
        "signer.v1.Signer/SignOrder",
        "/signer.v1.signer/SignOrder",
        "/SIGNER.V1.SIGNER/SIGNORDER",
        "/signer.v1.Signer/signorder",
        "/signer.v1.Signer%2fSignOrder",
        "/signer.v1.Signer/Sign%4frder",
        "/%73igner.v1.Signer/SignOrder",
        "/signer.v1.Signer/./SignOrder",
        "/x/../signer.v1.Signer/SignOrder",
        "/signer.v1.Signer/SignOrder;x",
        "/signer.v1.Signer/SignOrder\0",
        "/signer.v1.Signer/SignOrder ",
        " /signer.v1.Signer/SignOrder",
        "/signer.v1.Signer/SignOrder\r\n",
        "\\signer.v1.Signer\\SignOrder",
        "/grpc.health.v1.Health/SignOrder",
        "/grpc.health.v1.Health/../signer.v1.Signer/SignOrder",
        "/signer.v1.Signer",
        "/signer.v1.Signer/",
        "/",
        "",
        "*",
        "/signer.v2.Signer/SignOrder",
        "/signer.v1.Signer/Sign",
        "/signer.v1.Signer/SignOrders",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        &long,
        &flipped,
        &cut,
    ];
    let path = dice.one_of(&paths);
    // A name that drew no change is the method's own.
    abuse(
        "odd path",
        request(&fields(path), body),
        Until::Answered(1),
        path == SIGN,
    )
}

fn pseudo_missing(dice: &mut Dice, body: &[u8]) -> Abuse {
    let mut fields = fields(SIGN);
    // Which host is asked decides nothing.
    let gone = dice.below(4);
    fields.remove(gone);
    abuse(
        "pseudo header missing",
        request(&fields, body),
        Until::Answered(1),
        gone == 3 || gone == 1,
    )
}

fn pseudo_twice(dice: &mut Dice, body: &[u8]) -> Abuse {
    let mut fields = fields(SIGN);
    let other: [(&str, &[u8]); 4] = [
        (":path", b"/x"),
        (":path", SIGN.as_bytes()),
        (":method", b"GET"),
        (":scheme", b"http"),
    ];
    let at = dice.below(5);
    fields.insert(at, dice.one_of(&other));
    abuse(
        "pseudo header twice",
        request(&fields, body),
        Until::Answered(1),
        false,
    )
}

fn pseudo_late(dice: &mut Dice, body: &[u8]) -> Abuse {
    let mut fields = fields(SIGN);
    let field = fields.remove(dice.below(4));
    fields.push(field);
    abuse(
        "pseudo header after others",
        request(&fields, body),
        Until::Answered(1),
        false,
    )
}

fn odd_method(dice: &mut Dice, body: &[u8]) -> Abuse {
    let mut fields = fields(SIGN);
    let odd: [&[u8]; 7] = [
        b"GET", b"post", b"CONNECT", b"OPTIONS", b"", b"PO ST", b"PRI",
    ];
    fields[0].1 = dice.one_of(&odd);
    if dice.below(2) == 0 {
        fields.insert(4, (":protocol", b"websocket"));
    }
    abuse(
        "odd method",
        request(&fields, body),
        Until::Answered(1),
        false,
    )
}

/// gRPC in name only: what the body is, the vault's MAC decides.
fn odd_content(dice: &mut Dice, body: &[u8]) -> Abuse {
    let mut fields = fields(SIGN);
    let odd: [(&str, &[u8]); 8] = [
        ("content-type", b"application/json"),
        ("content-type", b"application/grpc-web+proto"),
        ("content-type", b"text/html"),
        ("connection", b"upgrade"),
        ("transfer-encoding", b"chunked"),
        ("Upper-Case", b"x"),
        ("content-length", b"1"),
        ("grpc-timeout", b"9999999999999H"),
    ];
    fields.push(dice.one_of(&odd));
    abuse(
        "odd content",
        request(&fields, body),
        Until::Answered(1),
        true,
    )
}

fn huge_headers(dice: &mut Dice, body: &[u8]) -> Abuse {
    let size = HEADER_BYTES_MAX + dice.below(8 * HEADER_BYTES_MAX);
    let value = vec![b'a'; size];
    let mut fields = fields(SIGN);
    if dice.below(2) == 0 {
        fields.push(("x", &value));
    } else {
        (0..size / 32).for_each(|_| fields.push(("y", b"z")));
    }
    abuse(
        "huge headers",
        request(&fields, body),
        Until::Answered(1),
        false,
    )
}

fn continuation_flood(dice: &mut Dice, _: &[u8]) -> Abuse {
    let mut bytes = frame(HEADERS, 0, 1, &block(&fields(SIGN)));
    let piece = block(&[("x", &vec![b'a'; dice.below(200)])]);
    for _ in 0..=dice.below(2_000) {
        let piece: &[u8] = if dice.below(2) == 0 { &[] } else { &piece };
        bytes.extend(frame(CONTINUATION, 0, 1, piece));
    }
    abuse("CONTINUATION flood", bytes, Until::Closed, false)
}

fn continuation_elsewhere(dice: &mut Dice, body: &[u8]) -> Abuse {
    let whole = block(&fields(SIGN));
    let (a, b) = whole.split_at(dice.below(whole.len()));
    let mut bytes = frame(HEADERS, 0, 1, a);
    let kind = dice.one_of(&[DATA, PING, SETTINGS, HEADERS]);
    bytes.extend(frame(kind, 0, dice.one_of(&[0, 1, 3]), &[0; 8]));
    bytes.extend(frame(CONTINUATION, END_HEADERS, 1, b));
    bytes.extend(frame(DATA, END_STREAM, 1, body));
    abuse("a frame amid a header block", bytes, Until::Closed, false)
}

fn reset_flood(dice: &mut Dice, _: &[u8]) -> Abuse {
    let block = block(&fields(SIGN));
    let count = u32::try_from(1 + dice.below(500)).expect("few");
    let bytes = (0..count).flat_map(|n| {
        let mut bytes = frame(HEADERS, END_HEADERS, 2 * n + 1, &block);
        bytes.extend(frame(RST_STREAM, 0, 2 * n + 1, &8_u32.to_be_bytes()));
        bytes
    });
    abuse("rapid reset", bytes.collect(), Until::Closed, false)
}

fn settings_flood(dice: &mut Dice, _: &[u8]) -> Abuse {
    let mut bytes = Vec::new();
    for _ in 0..=dice.below(2_000) {
        let id = u16::try_from(dice.below(10)).expect("small");
        let value = u32::try_from(dice.below(1 << 24)).expect("24 bits");
        // Windows and frame sizes out of range among them.
        let one = [id.to_be_bytes().as_slice(), &value.to_be_bytes()].concat();
        bytes.extend(frame(SETTINGS, 0, 0, &one));
    }
    abuse("SETTINGS flood", bytes, Until::Closed, false)
}

fn ping_flood(dice: &mut Dice, _: &[u8]) -> Abuse {
    let count = 1 + dice.below(4_000);
    let bytes = frame(PING, 0, 0, &[7; 8]).repeat(count);
    abuse("PING flood", bytes, Until::Closed, false)
}

fn window_overflow(dice: &mut Dice, _: &[u8]) -> Abuse {
    let step = dice.one_of(&[0, 1, 0x7fff_ffff, u32::MAX]).to_be_bytes();
    let stream = dice.one_of(&[0, 1, 2]);
    let mut bytes = blocks(1, &block(&fields(SIGN)));
    bytes.extend(frame(WINDOW_UPDATE, 0, stream, &step).repeat(1 + dice.below(50)));
    abuse("window games", bytes, Until::Closed, false)
}

/// A whole question, and no window for its answer.
fn window_none(_: &mut Dice, body: &[u8]) -> Abuse {
    let mut bytes = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]);
    bytes.extend(request(&fields(SIGN), body));
    abuse("no window", bytes, Until::Read, true)
}

fn prefix_lies(dice: &mut Dice, body: &[u8]) -> Abuse {
    let said = dice.one_of(&[
        0,
        1,
        u32::MAX,
        u32::try_from(body.len()).expect("short"),
        u32::try_from(MESSAGE_BYTES_MAX).expect("short") + 1,
    ]);
    let mut body = body.to_vec();
    // Its own length, or five more: neither is what follows.
    body[1..5].copy_from_slice(&said.to_be_bytes());
    abuse(
        "length that lies",
        request(&fields(SIGN), &body),
        Until::Answered(1),
        false,
    )
}

fn compressed(dice: &mut Dice, body: &[u8]) -> Abuse {
    let mut fields = fields(SIGN);
    let encodings: [&[u8]; 4] = [b"gzip", b"deflate", b"identity", b"snappy"];
    if dice.below(3) > 0 {
        fields.push(("grpc-encoding", dice.one_of(&encodings)));
    }
    let mut body = body.to_vec();
    body[0] = u8::try_from(1 + dice.below(255)).expect("a byte");
    abuse(
        "compressed, it says",
        request(&fields, &body),
        Until::Answered(1),
        false,
    )
}

fn trailers(dice: &mut Dice, body: &[u8]) -> Abuse {
    let mut bytes = blocks(1, &block(&fields(SIGN)));
    bytes.extend(frame(DATA, 0, 1, body));
    let path: &[u8] = b"/signer.v1.Signer/Freeze";
    let field: [(&str, &[u8]); 3] = [
        ("grpc-status", b"0"),
        (":path", path),
        ("content-type", b"x"),
    ];
    let end = dice.one_of(&[END_HEADERS | END_STREAM, END_HEADERS]);
    bytes.extend(frame(HEADERS, end, 1, &block(&[dice.one_of(&field)])));
    abuse("trailers", bytes, Until::Read, true)
}

fn truncated(dice: &mut Dice, body: &[u8]) -> Abuse {
    let message = &body[5..];
    let short = prefixed(0, &message[..dice.below(message.len())]);
    abuse(
        "cut message",
        request(&fields(SIGN), &short),
        Until::Answered(1),
        false,
    )
}

/// A bit of a proven question, flipped: most are still messages.
fn bent(dice: &mut Dice, body: &[u8]) -> Abuse {
    let mut body = body.to_vec();
    let place = 5 + dice.below(body.len() - 5);
    body[place] ^= 1 << dice.below(8);
    abuse(
        BENT,
        request(&fields(SIGN), &body),
        Until::Answered(1),
        false,
    )
}

/// The one whose question may reach the vault and be found not proven.
pub(super) const BENT: &str = "bent message";

fn odd_streams(dice: &mut Dice, body: &[u8]) -> Abuse {
    let stream = dice.one_of(&[0, 2, 4, 0x7fff_fffe, 0x8000_0000]);
    let mut bytes = request_on(stream, &block(&fields(SIGN)), body);
    bytes.extend(request_on(stream, &block(&fields(SIGN)), body));
    abuse("odd stream", bytes, Until::Closed, stream == 0x8000_0000)
}

fn odd_frames(dice: &mut Dice, body: &[u8]) -> Abuse {
    let dependent = 1_u32.to_be_bytes();
    let padded = [&[255], body].concat();
    let kind = |dice: &mut Dice| dice.draw().to_be_bytes()[7];
    let (any, flags) = (kind(dice), kind(dice));
    let mut bytes = match dice.below(7) {
        0 => frame(PRIORITY, 0, 1, &[&dependent, [16].as_slice()].concat()),
        1 => frame(PUSH_PROMISE, END_HEADERS, 1, &block(&fields(SIGN))),
        2 => frame(GOAWAY, 0, 0, &[0; 8]),
        3 => frame(DATA, END_STREAM, 1, body),
        4 => frame(HEADERS, END_HEADERS, 1, &dice.bytes(200)),
        5 => frame(any, flags, 1, &[0; 9]),
        _ => frame(PING, 0, 0, &vec![0; FRAME_BYTES_MAX + 1]),
    };
    bytes.extend(blocks(3, &block(&fields(SIGN))));
    bytes.extend(frame(DATA, PADDED | END_STREAM, 3, &padded));
    abuse("odd frame", bytes, Until::Closed, false)
}

fn garbage(dice: &mut Dice, _: &[u8]) -> Abuse {
    let mut bytes = if dice.below(2) == 0 {
        PREFACE.to_vec()
    } else {
        Vec::new()
    };
    let count = 1 + dice.below(4_000);
    bytes.extend(dice.bytes(count));
    abuse("garbage", bytes, Until::Closed, false)
}
