//! Only a pinned key over TLS 1.3 reaches a handler.
//!
//! Everyone else ends in the handshake, and nothing reaches the journal.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls_pki_types::ServerName;
use tests::desk::Desk;
use tests::{client, pki};

/// Whether a caller's question reaches a handler, whatever it answers.
fn gets_in(address: &str, caller: &pki::Pair) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        match client::connect(address, caller).await {
            Err(_) => false,
            Ok(mut signer) => {
                // Nothing is proven, so a handler says what is missing.
                let nothing = wire::GetStatusRequest { opening: None };
                let refused = signer
                    .get_status(nothing)
                    .await
                    .expect_err("nothing is asked");
                refused.code() == tonic::Code::InvalidArgument
            }
        }
    })
}

/// M49: over that wire only who was let in speaks.
/// M228: a key, and no name, lets in.
/// M104: a peer is its public key, whatever it is named.
#[test]
fn a_pinned_key_gets_in_and_another_key_of_the_same_name_does_not() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    assert!(gets_in(&signer.address, &desk.orchestrator_pair));
    let other = tempfile::tempdir().expect("a folder");
    let impostor = pki::pair(other.path(), "orchestrator");
    assert!(!gets_in(&signer.address, &impostor), "same name, other key");
    assert!(
        !gets_in(&signer.address, &desk.signer_pair),
        "the signer's own certificate"
    );
    assert!(signer.stop().success());
}

/// M228: who is taken off the list is out.
#[test]
fn removing_a_pin_revokes_the_caller() {
    let desk = Desk::standard();
    let path = desk.file("callers/orchestrator-a.toml");
    let text = std::fs::read_to_string(&path).expect("the caller");
    let pin = &desk.orchestrator_pair.pin;
    std::fs::write(
        &path,
        text.replace(pin, &format!("sha256/{}", "1".repeat(64))),
    )
    .expect("ours");
    let signer = desk.start_signer();
    assert!(!gets_in(&signer.address, &desk.orchestrator_pair));
}

#[test]
fn no_certificate_and_no_tls_do_not_get_in() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    let name = ServerName::try_from("signer").expect("a name");
    let mut tls =
        rustls::ClientConnection::new(Arc::new(client::config(None)), name).expect("a client");
    let mut socket = TcpStream::connect(&signer.address).expect("it listens");
    let mut stream = rustls::Stream::new(&mut tls, &mut socket);
    // The server's refusal may arrive with the first read instead.
    let refused = stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .is_err()
        || stream.read(&mut [0; 64]).is_err();
    assert!(refused, "a client without a certificate was served");

    let mut plain = TcpStream::connect(&signer.address).expect("it listens");
    plain
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .expect("buffered");
    let mut answer = Vec::new();
    // An alert and the end of the connection; a reset is as good.
    plain.read_to_end(&mut answer).ok();
    assert!(answer.len() < 16, "plain HTTP/2 was answered: {answer:?}");
    assert!(
        gets_in(&signer.address, &desk.orchestrator_pair),
        "and it still serves"
    );
}

/// Bytes that a server sends until it closes.
fn all_that_is_said(mut socket: TcpStream) -> Vec<u8> {
    socket
        .set_read_timeout(Some(tests::process::PATIENCE))
        .expect("a timeout");
    let mut said = Vec::new();
    // The end of the connection, by a close or a reset.
    socket.read_to_end(&mut said).ok();
    said
}

/// M103: TLS 1.3 and nothing older.
#[test]
fn tls_1_2_is_refused_by_name() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    // A ClientHello of TLS 1.2: no supported_versions extension, one suite.
    let mut hello = vec![0x03, 0x03];
    hello.extend_from_slice(&[7; 32]);
    hello.extend_from_slice(&[0, 0, 2, 0xc0, 0x2b, 1, 0]);
    // supported_groups: P-256; signature_algorithms: ecdsa_secp256r1_sha256
    let extensions = [0, 10, 0, 4, 0, 2, 0, 23, 0, 13, 0, 4, 0, 2, 4, 3];
    hello.extend_from_slice(&[0, 16]);
    hello.extend_from_slice(&extensions);
    let body = u8::try_from(hello.len()).expect("short");
    let mut record = vec![0x16, 0x03, 0x01, 0, body + 4, 1, 0, 0, body];
    record.extend_from_slice(&hello);
    let mut socket = TcpStream::connect(&signer.address).expect("it listens");
    socket.write_all(&record).expect("sent");
    let said = all_that_is_said(socket);
    // Alert, TLS 1.2, two bytes: fatal, protocol_version.
    assert_eq!(said, [0x15, 0x03, 0x03, 0, 2, 2, 70]);
}

#[test]
fn no_connection_resumes_an_earlier_one() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    let config = Arc::new(client::config(Some(&desk.orchestrator_pair)));
    for _ in 0..3 {
        let name = ServerName::try_from("signer").expect("a name");
        let mut tls = rustls::ClientConnection::new(Arc::clone(&config), name).expect("a client");
        let mut socket = TcpStream::connect(&signer.address).expect("it listens");
        let mut stream = rustls::Stream::new(&mut tls, &mut socket);
        stream
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
            .expect("pinned");
        let mut settings = [0; 9];
        stream
            .read_exact(&mut settings)
            .expect("the server's settings");
        assert_eq!(tls.handshake_kind(), Some(rustls::HandshakeKind::Full));
        assert_eq!(tls.tls13_tickets_received(), 0);
    }
}

#[test]
fn silent_strangers_do_not_keep_a_caller_out() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    let strangers: Vec<TcpStream> = (0..100)
        .map(|_| TcpStream::connect(&signer.address).expect("it listens"))
        .collect();
    assert!(gets_in(&signer.address, &desk.orchestrator_pair));
    drop(strangers);
}

#[test]
fn a_caller_that_holds_all_its_connections_keeps_no_other_out() {
    let desk = Desk::standard();
    let other = pki::pair(&desk.folder, "other");
    desk.add_caller("other", "monitor", &other.pin, &[3; 32]);
    let signer = desk.start_signer();
    // Handshakes done, nothing asked: each holds a place of the first caller.
    let config = Arc::new(client::config(Some(&desk.orchestrator_pair)));
    let mut held = Vec::new();
    for _ in 0..20 {
        let name = ServerName::try_from("signer").expect("a name");
        let mut tls = rustls::ClientConnection::new(Arc::clone(&config), name).expect("a client");
        let mut socket = TcpStream::connect(&signer.address).expect("it listens");
        while tls.is_handshaking() {
            tls.complete_io(&mut socket).expect("the handshake");
        }
        held.push((tls, socket));
    }
    assert!(gets_in(&signer.address, &other));
}
