//! What a search begins with: bytes that each parser takes, made by the code
//! that writes them, so that they change when a format does.

use frame::channel::{DoorPart, Message, VaultPart};
use frame::hop::{Asked, HEAD_BYTES, Proof, Question, Reply, Unproven};
use frame::intent::{Intent, Kind, Size};
use frame::{Answer, Header, Kdf};
use order::{Address, Exchange, ShareUnits, Side};
use prost::Message as _;

use crate::note_kit::TEXTS;
use crate::policy_kit::{buy, copied_sell, exit};

/// A target's name, the seed's, its bytes.
type Seed = (&'static str, String, Vec<u8>);

/// At least ten for each target, every one of which its parser takes.
#[must_use]
pub fn seeds() -> Vec<(&'static str, String, Vec<u8>)> {
    let mut seeds: Vec<Seed> = Vec::new();
    let mut add = |target, all: Vec<Vec<u8>>| {
        for (number, bytes) in all.into_iter().enumerate() {
            seeds.push((target, format!("seed-{number:02}"), bytes));
        }
    };
    add("frame", frames());
    add("intent", requests());
    add("note", notes());
    add("config", configurations());
    add("keystore", keystores());
    seeds
}

/// A few that differ in all that an intent can differ in.
fn intents() -> Vec<Intent> {
    vec![
        buy(2),
        exit(3),
        copied_sell(4),
        Intent {
            kind: Kind::Strategy,
            ..buy(5)
        },
        Intent {
            side: Side::Sell,
            exchange: Exchange::V3,
            attempt: 7,
            size: Size::Shares(ShareUnits::new(50_000_000)),
            ..exit(6)
        },
        Intent {
            exchange: Exchange::V2NegRisk,
            size: Size::Shares(ShareUnits::new(20_000_000)),
            ..buy(7)
        },
    ]
}

fn asked(asked: Asked) -> Question {
    Question::Proven {
        caller: "desk".to_owned(),
        proof: Proof {
            epoch: [1; 16],
            counter: 2,
            mac: [3; 32],
        },
        asked,
    }
}

fn answered(answer: Answer) -> Reply {
    Reply::Proven {
        answer: Box::new(answer),
        mac: [4; 32],
    }
}

fn replies() -> Vec<Reply> {
    vec![
        Reply::Welcome {
            epoch: [1; 16],
            mac: [2; 32],
        },
        answered(Answer::Denied {
            code: "DAY_BUDGET".to_owned(),
            sentence: "no".to_owned(),
            retry_at_ms: Some(5),
            leaf_index: Some(6),
        }),
        answered(Answer::Frozen { leaf_index: 7 }),
        Reply::Unproven(Unproven::Replayed),
        Reply::Text("figure 1\n".to_owned()),
        Reply::Failed,
    ]
}

fn frames() -> Vec<Vec<u8>> {
    let intents = intents();
    let mut questions = vec![
        Question::Hello {
            caller: "desk".to_owned(),
            challenge: [5; 32],
            mac: [6; 32],
        },
        asked(Asked::Status),
        asked(Asked::Note(b"a text\n".to_vec())),
        asked(Asked::Freeze("why".to_owned())),
        Question::Ping,
        Question::GiveUp,
    ];
    for intent in &intents {
        questions.push(asked(Asked::Sign(Box::new(intent.clone()), Vec::new())));
        if matches!(intent.kind, Kind::Copy(_)) {
            let note = b"a text\n\n".to_vec();
            questions.push(asked(Asked::Sign(Box::new(intent.clone()), note)));
        }
        questions.push(asked(Asked::Explain(Box::new(intent.clone()))));
    }
    let questions = questions.iter().filter_map(|question| question.frame(1));
    let replies = replies();
    let replies = replies.iter().filter_map(|reply| reply.frame(1));
    let mut all: Vec<Vec<u8>> = questions
        .chain(replies)
        .map(|frame| frame[HEAD_BYTES..].to_vec())
        .collect();
    all.extend(intents.iter().map(Intent::frame));
    all.extend(messages().iter().map(Message::to_bytes));
    let header = Header {
        address: Address::repeat_byte(1),
        key_id: [2; 16],
        generation: 1,
        kdf: Kdf {
            memory_kib: 65_536,
            passes: 3,
            lanes: 1,
        },
        salt: [3; 16],
        nonce: [4; 12],
    };
    all.push([header.to_bytes(), vec![5; 48]].concat());
    all.push(b"20261120-3f9a".to_vec());
    all
}

fn messages() -> Vec<Message> {
    let name = || "desk".to_owned();
    vec![
        Message::Vault(VaultPart {
            journal: b"journal".to_vec(),
            sealed_key: b"key.sealed".to_vec(),
            credential: Vec::new(),
            callers: b"callers".to_vec(),
            roles: vec![(name(), "orchestrator".to_owned())],
            questions_per_second: 50,
            reserve_bytes: 1 << 26,
        }),
        Message::Door(DoorPart {
            tls_certificate: b"cert".to_vec(),
            tls_private_key: b"key".to_vec(),
            pins: vec![(name(), [1; 32])],
        }),
        Message::Refused("CONFIG".to_owned()),
        Message::Lost {
            hop: 1,
            why: "half a frame".to_owned(),
        },
        Message::Ready,
    ]
}

/// The message that an orchestrator would send for it.
fn message(intent: &Intent) -> wire::Intent {
    let (kind, observed) = match intent.kind {
        Kind::Copy(seen) => (
            wire::OrderKind::Copy,
            Some(wire::Observed {
                leader: seen.leader.to_vec(),
                fill_id: seen.fill.to_vec(),
                price_e4: u32::from(seen.price.get()),
                shares_units: seen.size.get(),
                traded_ms: seen.traded_ms,
                observed_ms: seen.observed_ms,
            }),
        ),
        Kind::Exit => (wire::OrderKind::Exit, None),
        Kind::Strategy => (wire::OrderKind::Strategy, None),
    };
    let exchange = match intent.exchange {
        Exchange::V2Standard => wire::Exchange::V2Standard,
        Exchange::V2NegRisk => wire::Exchange::V2NegRisk,
        Exchange::V3 => wire::Exchange::V3,
    };
    let side = match intent.side {
        Side::Buy => wire::Side::Buy,
        Side::Sell => wire::Side::Sell,
    };
    let wanted = match intent.size {
        Size::Shares(units) => wire::intent::Size::SharesUnits(units.get()),
        Size::Collateral(units) => wire::intent::Size::CollateralUnits(units.get()),
    };
    wire::Intent {
        kind: kind.into(),
        intent_id: intent.id.as_str().to_owned(),
        attempt: u32::from(intent.attempt),
        market: intent.market.to_vec(),
        token_id: intent.token_id.to_be_bytes::<32>().to_vec(),
        exchange: exchange.into(),
        side: side.into(),
        limit_price_e4: u32::from(intent.limit_price.get()),
        size: Some(wanted),
        tick_size_e4: u32::from(intent.tick_size.e4()),
        deadline_ms: intent.deadline_ms,
        strategy: intent.strategy.as_str().to_owned(),
        observed,
    }
}

fn requests() -> Vec<Vec<u8>> {
    let auth = wire::Auth {
        caller: "desk".to_owned(),
        epoch: vec![1; 16],
        counter: 2,
        mac: vec![3; 32],
    };
    let mut all = Vec::new();
    for reply in replies() {
        for intent in intents() {
            let request = wire::SignOrderRequest {
                auth: Some(auth.clone()),
                intent: Some(message(&intent)),
                attestation: Vec::new(),
            };
            let request = request.encode_to_vec();
            let length = u16::try_from(request.len()).unwrap_or(u16::MAX);
            let reply = reply.frame(1).unwrap_or_default();
            all.push(
                [
                    &length.to_be_bytes(),
                    request.as_slice(),
                    &reply[HEAD_BYTES..],
                ]
                .concat(),
            );
        }
    }
    all
}

/// Each example text, with whoever may sign it, under what it needs.
fn notes() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for text in TEXTS {
        let taken = (0..18_u8).find_map(|choice| {
            let bytes = [&[choice], text.as_bytes()].concat();
            crate::targets::note::holds(&bytes).then_some(bytes)
        });
        // What none of the desks takes is a text all the same.
        all.push(taken.unwrap_or_else(|| crate::note_kit::signed(text, crate::note_kit::TWO)));
    }
    all
}

const CALLER: &str = "role = \"ROLE\"\n\
    pin = \"sha256/00000000000000000000000000000000000000000000000000000000000000ff\"\n";

fn configurations() -> Vec<Vec<u8>> {
    let plain = "listen = \"127.0.0.1:7443\"\ncontrol = \"control\"\njournal = \"journal\"\n\
        sealed_key = \"key.sealed\"\ncallers = \"callers\"\n";
    let tls = "\n[tls]\ncertificate = \"door.crt\"\nprivate_key = \"door.key\"\n";
    let extra = [
        "",
        "credential = \"unlock\"\n",
        "metrics = \"127.0.0.1:9464\"\n",
        "metrics = \"[::1]:9464\"\n",
        "questions_per_second = 100000\n",
        "questions_per_second = 1\nreserve_mib = 16\n",
        "reserve_mib = 65_536\n",
    ];
    let mut all: Vec<Vec<u8>> = extra
        .iter()
        .map(|extra| format!("{plain}{extra}{tls}").into_bytes())
        .collect();
    for role in ["orchestrator", "operator", "monitor"] {
        let caller = CALLER.replace("ROLE", role);
        all.push(format!("{plain}{tls}---\n{caller}").into_bytes());
    }
    all.push(format!("{plain}tls = {{ certificate = 'a', private_key = 'b' }}\n").into_bytes());
    all
}

fn keystores() -> Vec<Vec<u8>> {
    let hex = |byte: &str, bytes: usize| byte.repeat(bytes);
    let params = [
        ("scrypt", "\"n\": 2, \"r\": 1, \"p\": 1"),
        ("scrypt", "\"n\": 1024, \"r\": 2, \"p\": 2"),
        ("scrypt", "\"n\": 262144, \"r\": 8, \"p\": 1"),
        ("scrypt", "\"n\": 1048576, \"r\": 8, \"p\": 16"),
        ("pbkdf2", "\"c\": 1, \"prf\": \"hmac-sha256\""),
        ("pbkdf2", "\"c\": 10000000, \"prf\": \"hmac-sha256\""),
    ];
    let mut all = Vec::new();
    for (kdf, params) in params {
        for name in ["crypto", "Crypto"] {
            let text = format!(
                "{{\"{name}\": {{\"cipher\": \"aes-128-ctr\", \"cipherparams\": {{\"iv\": \"{iv}\"}}, \
                 \"ciphertext\": \"{text}\", \"kdf\": \"{kdf}\", \"kdfparams\": {{\"dklen\": 32, \
                 {params}, \"salt\": \"{salt}\"}}, \"mac\": \"{mac}\"}}, \"version\": 3}}",
                iv = hex("01", 16),
                text = hex("02", 32),
                salt = hex("03", 32),
                mac = hex("04", 32),
            );
            all.push(text.into_bytes());
        }
    }
    all.extend([false, true].map(crate::targets::keystore::sealed));
    all
}
