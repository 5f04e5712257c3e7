//! Bytes from whoever reaches the port, without a certificate.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use tests::ask;
use tests::desk::Desk;
use tests::dice::{self, Dice};
use tests::process::PATIENCE;
use tests::session::run;

/// Almost the beginning of TLS, and what is none.
fn bytes(dice: &mut Dice) -> Vec<u8> {
    let length = dice.below(600);
    let noise = dice.bytes(length);
    let said = u16::try_from(dice.below(65_536))
        .expect("two bytes")
        .to_be_bytes();
    let version = dice.one_of(&[[3, 1], [3, 3], [3, 4], [2, 0], [255, 255]]);
    let kind = dice.one_of(&[0x16, 0x17, 0x15, 0x14, 0x18, 0]);
    match dice.below(5) {
        0 => noise,
        // A record of any kind, whose length may lie.
        1 => [&[kind], version.as_slice(), &said, &noise].concat(),
        // A hello that ends somewhere.
        2 => [
            &[0x16, 3, 1],
            said.as_slice(),
            &[1, 0],
            &said,
            &[3, 3],
            &noise,
        ]
        .concat(),
        3 => b"GET /metrics HTTP/1.1\r\nHost: signer\r\n\r\n".to_vec(),
        // Many small records.
        _ => [&[kind], version.as_slice(), &[0, 1, 0]]
            .concat()
            .repeat(1 + dice.below(500)),
    }
}

#[test]
fn garbage_from_strangers_ends_with_them_and_the_door_stands() {
    let (turns, mut dice) = (dice::turns(300), Dice::of_this_run());
    let desk = Desk::standard();
    let signer = desk.start_signer();
    let processes = signer.children();
    let mut said_bytes = 0;
    for turn in 0..turns {
        let mut socket = TcpStream::connect(&signer.address).expect("it listens");
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        // A door that hung up already takes no more.
        socket.write_all(&bytes(&mut dice)).ok();
        socket.shutdown(Shutdown::Write).ok();
        let mut said = Vec::new();
        match socket.read_to_end(&mut said) {
            Ok(_) => {}
            Err(e) => assert_eq!(e.kind(), std::io::ErrorKind::ConnectionReset, "{turn}: {e}"),
        }
        // An alert at most: nothing of HTTP, nothing of ours.
        assert!(
            said.is_empty() || said[0] == 0x15 && said.len() <= 64,
            "{turn}: {said:?}"
        );
        said_bytes += said.len();
    }
    println!("{turns} strangers, {said_bytes} bytes of alerts");
    run(async {
        let mut session = desk.session(&signer.address).await;
        session
            .sign(&ask::buy(&desk.book, "after"))
            .await
            .expect("served");
    });
    assert_eq!(
        signer.children(),
        processes,
        "neither door nor vault was lost"
    );
    assert!(signer.stop().success());
}
