//! Clients that are slow, silent, huge or too many.
//!
//! Each takes its own places and nobody else's: meanwhile another caller is
//! served and a freeze goes through, and the door's memory has a bound.

use std::collections::VecDeque;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};

use prost::Message;
use tests::desk::{CALLER, Desk};
use tests::dice;
use tests::frames::{
    DATA, END_HEADERS, End, HEADERS, PREFACE, SETTINGS, Until, Wire, block, frame,
};
use tests::pki::{self, Pair};
use tests::process::{PATIENCE, Server};
use tests::session::{Carried, Session, run};
use tests::{ask, audit, client};
use tonic::Code;
use wire::sign_order_response::Outcome;

/// The door's limits, as `signer/src/door/accept.rs` has them.
const CONNECTIONS_MAX: usize = 8;
const STREAMS_MAX: u32 = 256;
const MESSAGE_BYTES_MAX: usize = 96 * 1024;
/// Memory that a door may come to hold: a debug build's, and its limits' sum.
const DOOR_KIB_MAX: u64 = 64 * 1024;
/// Sockets that this test holds at once.
const HELD_MAX: usize = 800;
/// Answers to a flood while one freeze goes through: each of its places is
/// answered a few times.
const BETWEEN_MAX: u64 = 8 * 256;

fn resident_kib(signer: &Server) -> u64 {
    let door = signer.child("door").expect("a door");
    let text = std::fs::read_to_string(format!("/proc/{door}/status")).expect("it runs");
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let line = line.and_then(|line| line.trim().strip_suffix(" kB"));
    line.and_then(|kib| kib.parse().ok()).expect("a figure")
}

/// Adds a caller; its pair and its request key.
fn caller(desk: &Desk, name: &str, role: &str) -> (Pair, [u8; 32]) {
    let (pair, key) = (pki::pair(&desk.folder, name), tests::keys::random());
    desk.add_caller(name, role, &pair.pin, &key);
    (pair, key)
}

#[test]
fn strangers_that_begin_a_handshake_and_wait_keep_no_caller_out() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    let turns = dice::turns(400);
    let mut held = VecDeque::new();
    for turn in 0..turns {
        let mut socket = TcpStream::connect(&signer.address).expect("it listens");
        // A ClientHello that goes on, or never begins.
        if turn % 2 == 0 {
            socket.write_all(&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3]).ok();
        }
        held.push_back(socket);
        if held.len() > HELD_MAX {
            held.pop_front();
        }
    }
    // They still hold on when the caller comes.
    run(async {
        let mut session = desk.session(&signer.address).await;
        session.status().await.expect("served");
    });
    let kib = resident_kib(&signer);
    println!(
        "{turns} strangers, {} held on: the caller was served, door {kib} KiB",
        held.len()
    );
    assert!(kib < DOOR_KIB_MAX, "{kib} KiB");
    drop(held);
    assert!(signer.stop().success());
}

/// A connection whose streams all began a question and never end it.
fn stuck(address: &str, config: &Arc<rustls::ClientConfig>, streams: u32) -> Option<Wire> {
    let first = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    let mut wire = Wire::open(address, config, &first)?;
    let fields: [(&str, &[u8]); 6] = [
        (":method", b"POST"),
        (":scheme", b"https"),
        (":path", b"/signer.v1.Signer/ApplyNote"),
        (":authority", b"signer"),
        ("content-type", b"application/grpc"),
        ("te", b"trailers"),
    ];
    let block = block(&fields);
    for n in 0..streams {
        let mut bytes = frame(HEADERS, END_HEADERS, 2 * n + 1, &block);
        // As long a note as may be, of which the beginning comes.
        bytes.extend(frame(DATA, 0, 2 * n + 1, &[0, 0, 1, 0x7f, 0, 10, 1]));
        wire.send(&bytes);
    }
    Some(wire)
}

#[test]
fn bodies_that_never_end_hold_their_own_callers_places_alone() {
    let desk = Desk::standard();
    let (other, other_key) = caller(&desk, "other", "orchestrator");
    let (operator, operator_key) = caller(&desk, "operator", "operator");
    let signer = desk.start_signer();
    let before_kib = resident_kib(&signer);
    let config = Arc::new(client::config(Some(&desk.orchestrator_pair)));
    let mut stuck: Vec<Wire> = (0..CONNECTIONS_MAX)
        .map(|_| stuck(&signer.address, &config, STREAMS_MAX).expect("its own place"))
        .collect();
    for wire in &mut stuck {
        assert_eq!(wire.listen(Until::Read), End::Read, "all was taken");
    }
    let first = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    let one_more = Wire::open(&signer.address, &config, &first);
    assert!(
        one_more.is_none(),
        "a caller has {CONNECTIONS_MAX} connections"
    );
    // One stream more than a connection has is given up, and none before it.
    let beyond = 2 * STREAMS_MAX + 1;
    let fields: [(&str, &[u8]); 1] = [(":method", b"POST")];
    stuck[0].send(&frame(HEADERS, END_HEADERS, beyond, &block(&fields)));
    assert_eq!(stuck[0].listen(Until::Answered(beyond)), End::Reset);
    run(async {
        let open = Session::open(&signer.address, &other, "other", other_key);
        let mut other = open.await.expect("its own places");
        other
            .sign(&ask::buy(&desk.book, "other"))
            .await
            .expect("another is served");
        let open = Session::open(&signer.address, &operator, "operator", operator_key);
        let mut operator = open.await.expect("its own places");
        operator
            .freeze("they are stuck")
            .await
            .expect("a freeze goes through");
    });
    let kib = resident_kib(&signer);
    let streams = stuck.len() * usize::try_from(STREAMS_MAX).expect("few");
    println!("{streams} bodies under way: door {before_kib} KiB before, {kib} KiB with them");
    assert!(kib < DOOR_KIB_MAX, "{kib} KiB");
    drop(stuck);
    assert!(signer.stop().success());
}

#[test]
fn a_message_as_long_as_it_may_be_is_read_and_one_byte_more_is_not() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    run(async {
        let mut session = desk.session(&signer.address).await;
        for (length, is_read) in [
            (MESSAGE_BYTES_MAX - 1, true),
            (MESSAGE_BYTES_MAX, true),
            (MESSAGE_BYTES_MAX + 1, false),
            (2 * MESSAGE_BYTES_MAX, false),
        ] {
            let mut envelope = vec![b'x'; length];
            loop {
                let auth = Some(session.prove(&frame::Ask::Note {
                    envelope: &envelope,
                }));
                let request = wire::ApplyNoteRequest {
                    auth,
                    envelope: envelope.clone(),
                };
                let over = request.encoded_len().saturating_sub(length);
                if over > 0 {
                    envelope.truncate(envelope.len() - over);
                    continue;
                }
                let said = session.client.apply_note(request).await;
                let is_heard = !said.as_ref().is_err_and(|e| e.code() == Code::OutOfRange);
                assert_eq!(is_heard, is_read, "{length}: {said:?}");
                break;
            }
        }
        // Nobody was hurt.
        let said = session.note(b"no note").await.expect("answered");
        assert!(matches!(said, Carried::Denied(_)), "{said:?}");
    });
    assert!(signer.stop().success());
}

/// Asks without end, 256 at a time, until it is told to stop; counts answers,
/// tells of the first, and returns the leaves of what was signed.
fn flood(
    desk: &Desk,
    address: &str,
    stop: &AtomicBool,
    count: &AtomicU64,
    first: &Sender<()>,
) -> Vec<u64> {
    run(async {
        let mut session = desk.session(address).await;
        let mut leaves = Vec::new();
        for wave in 0_u32.. {
            if stop.load(Ordering::SeqCst) {
                break;
            }
            let mut asked = tokio::task::JoinSet::new();
            for n in 0..STREAMS_MAX {
                let intent = ask::buy(&desk.book, &format!("flood-{wave}-{n}"));
                let (mut client, request) = (session.client.clone(), session.request(&intent));
                asked.spawn(async move { client.sign_order(request).await });
            }
            while let Some(answer) = asked.join_next().await {
                count.fetch_add(1, Ordering::SeqCst);
                first.send(()).ok();
                // One that found no place has no answer.
                let Ok(Ok(answer)) = answer else { continue };
                if let Some(Outcome::Approved(approved)) = answer.into_inner().outcome {
                    leaves.push(approved.leaf_index);
                }
            }
        }
        leaves
    })
}

#[test]
fn a_freeze_goes_through_a_flood_without_end_and_nothing_is_signed_behind_it() {
    let desk = Desk::standard();
    let (operator, key) = caller(&desk, "operator", "operator");
    let signer = desk.start_signer();
    let (stop, count) = (AtomicBool::new(false), AtomicU64::new(0));
    let (tell, told) = channel();
    let (between, leaf, leaves) = std::thread::scope(|scope| {
        let flooding = scope.spawn(|| flood(&desk, &signer.address, &stop, &count, &tell));
        told.recv_timeout(PATIENCE).expect("the flood runs");
        let (between, leaf) = run(async {
            let open = Session::open(&signer.address, &operator, "operator", key);
            let mut operator = open.await.expect("let in");
            let before = count.load(Ordering::SeqCst);
            let leaf = operator.freeze("a flood").await.expect("frozen");
            (count.load(Ordering::SeqCst) - before, leaf)
        });
        stop.store(true, Ordering::SeqCst);
        (between, leaf, flooding.join().expect("no panic"))
    });
    let answers = count.load(Ordering::SeqCst);
    let kib = resident_kib(&signer);
    println!(
        "{answers} answers to the flood, {between} while the freeze went through; door {kib} KiB"
    );
    assert!(between <= BETWEEN_MAX, "{between} went before the freeze");
    assert!(
        leaves.iter().all(|signed| *signed < leaf),
        "signed behind {leaf}: {leaves:?}"
    );
    assert!(kib < DOOR_KIB_MAX, "{kib} KiB");
    assert!(signer.stop().success());
    let behind: i64 = audit::open(&desk.file("journal.sqlite"))
        .query_row(
            "SELECT count(*) FROM leaf WHERE leaf_index > ?1 AND by = ?2 AND order_hash IS NOT NULL",
            (leaf, CALLER),
            |r| r.get(0),
        )
        .expect("the journal");
    assert_eq!(behind, 0, "nothing is signed behind a freeze");
}
