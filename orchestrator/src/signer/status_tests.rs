//! A door that was taken over answers with statuses of its own: none of them is
//! the vault's no.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;

use order::Chain;

use super::*;
use crate::intent::Intent;
use crate::pin::Pin;
use crate::state::State;

const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PREFACE: usize = 24;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Answers every question on `socket` with this status, until it hangs up.
fn answer(mut socket: TcpStream, code: i32) -> io::Result<()> {
    socket.read_exact(&mut [0; PREFACE])?;
    socket.write_all(&frame(SETTINGS, 0, 0, &[]))?;
    // `:status 200`, then two names and values as they are.
    let mut words = vec![0x88];
    for (name, value) in [
        ("content-type", "application/grpc".to_owned()),
        ("grpc-status", code.to_string()),
    ] {
        words.push(0);
        for text in [name, &value] {
            words.push(u8::try_from(text.len()).unwrap());
            words.extend(text.as_bytes());
        }
    }
    loop {
        let mut head = [0; 9];
        socket.read_exact(&mut head)?;
        let [a, b, c, kind, flags, stream @ ..] = head;
        let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap();
        socket.read_exact(&mut vec![0; length])?;
        match (kind, flags) {
            (SETTINGS, 0) => socket.write_all(&frame(SETTINGS, 1, 0, &[]))?,
            (HEADERS, _) => {
                let said = frame(HEADERS, 5, u32::from_be_bytes(stream), &words);
                socket.write_all(&said)?;
            }
            _ => {}
        }
    }
}

/// A desk whose wallet is its own key's.
pub(super) fn expected(wallet: Address) -> config::Signer {
    config::Signer {
        address: String::new(),
        pin: Pin::parse(&format!("sha256/{}", "11".repeat(32))).unwrap(),
        certificate: PathBuf::new(),
        private_key: PathBuf::new(),
        caller: "bot".to_owned(),
        request_key: PathBuf::new(),
        builder: B256::ZERO,
        signing_address: wallet,
        maker: wallet,
        venue: Venue {
            chain: Chain::Amoy,
            exchange: Exchange::V2Standard,
        },
        timeout_ms: 20_000,
    }
}

/// A signer behind a door that says `code` to everything; the epoch was opened
/// while the door was honest.
async fn client(code: i32) -> SignerClient {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        while let Ok((socket, _)) = listener.accept() {
            // It ends with the client that asks.
            answer(socket, code).ok();
        }
    });
    let key = RequestKey::new([7; 32]);
    let session = Session::new("bot".to_owned(), RequestKey::new([7; 32]));
    let open = |name: String, challenge, _| async move {
        let mac = key.prover().welcome(&name, &challenge, &[1; 16]);
        Ok(([1; 16], mac))
    };
    session.epoch(open).await.unwrap();
    SignerClient {
        channel: Endpoint::from_shared(url).unwrap().connect_lazy(),
        session: Arc::new(session),
        expected: Arc::new(expected(Address::repeat_byte(0x11))),
    }
}

fn row() -> Attempt {
    let line = serde_json::json!({"v": 1, "id": "t", "kind": "exit", "token": "7",
        "market": format!("0x{}", "11".repeat(32)), "side": "SELL", "price": "0.5",
        "shares": "100", "tick": "0.01", "order_type": "FAK"});
    Attempt {
        intent_id: "20261120-1".to_owned(),
        attempt: 0,
        state: State::SignRequested,
        intent: Intent::parse(&line.to_string()).unwrap(),
        deadline_ms: 1_795_176_060_000,
        order_hash: None,
        body: None,
        seen_ms: 1,
        since_ms: 1,
        posted_ms: None,
        reserved_units: 0,
        attestation: None,
    }
}

/// The vault may have signed: to call it denied would free what is set aside, and
/// give an exit up that was never refused.
#[test]
fn no_status_is_a_denial() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for code in 1..=16 {
        let answer = runtime.block_on(async { client(code).await.sign(&row()).await });
        assert!(matches!(answer, Answer::Failed(_)), "{code}: {answer:?}");
    }
}

/// Between a rotation and the new address in the configuration nothing is signed: the
/// operator is told what to write, and not of pins alone.
#[test]
fn another_key_than_the_configured_one_says_what_to_write_after_a_rotation() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let standing = frame::Standing {
        signing_address: [0x22; 20],
        ..frame::Standing::default()
    };
    let refused = runtime.block_on(async { client(1).await.standing(standing) });
    let words = refused.unwrap_err();
    assert!(words.contains("0x2222"), "{words}");
    assert!(
        words.ends_with("after a rotation write the new one there"),
        "{words}"
    );
}
