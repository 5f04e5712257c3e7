//! Only a pinned key over TLS 1.3 reaches a handler.
//!
//! Everyone else ends in the handshake, and nothing reaches the journal.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls_pki_types::ServerName;
use tests::bins::{self, Bins};
use tests::desk::Desk;
use tests::{audit, client, pki};

fn desk() -> Desk {
    Desk::new(
        Bins::debug(),
        &bins::workspace().join("tests/fixtures/books/standard.json"),
    )
}

/// Whether a caller gets a status answer.
fn gets_in(address: &str, caller: &pki::Pair) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        match client::connect(address, caller).await {
            Err(_) => false,
            Ok(mut signer) => signer.get_status(wire::GetStatusRequest {}).await.is_ok(),
        }
    })
}

#[test]
fn a_pinned_key_gets_in_and_another_key_of_the_same_name_does_not() {
    let desk = desk();
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
    let leaves: i64 = audit::open(&desk.file("journal.sqlite"))
        .query_row("SELECT count(*) FROM leaf", [], |r| r.get(0))
        .expect("the journal");
    assert_eq!(leaves, 0);
}

#[test]
fn removing_a_pin_revokes_the_caller() {
    let desk = desk();
    desk.write_signer_config(&format!("sha256/{}", "0".repeat(64)));
    let signer = desk.start_signer();
    assert!(!gets_in(&signer.address, &desk.orchestrator_pair));
}

#[test]
fn no_certificate_and_no_tls_do_not_get_in() {
    let desk = desk();
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
