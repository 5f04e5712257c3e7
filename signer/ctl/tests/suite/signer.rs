//! A signer that obliges, refuses, keeps silent or babbles, and what the
//! operator is told of each.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use frame::local::Verb;
use frame::{Header, Kdf};
use order::Address;

use crate::kit::{Desk, PASSPHRASE, Ran, Temperament};

const STATUS: &str =
    "state ACTIVE\njournal_id 6f6f\nloss_next_24h_usdc 12.5 = 10 + 2.5\nfrozen_leaf none\n";

fn obliging(text: &str) -> Temperament {
    Temperament::Obliging(text.to_owned())
}

fn sealed(kdf: Kdf) -> Vec<u8> {
    let header = Header {
        address: Address::repeat_byte(1),
        key_id: [1; 16],
        generation: 1,
        kdf,
        salt: [2; 16],
        nonce: [3; 12],
    };
    let mut file = header.to_bytes();
    file.extend_from_slice(&[0; 48]);
    file
}

const SMALL: Kdf = Kdf {
    memory_kib: 64 * 1024,
    ..Kdf::TODAY
};

#[test]
fn a_credential_is_handed_over_as_it_is() {
    let desk = Desk::new();
    desk.write("key.sealed", sealed(SMALL), 0o400);
    desk.write("sealing.key", [9; 32], 0o400);
    let signer = desk.signer(obliging("unlocked until 2026-11-23T10:00:00Z\n"));
    let ran = desk
        .run(&[
            "unlock",
            "--sealed",
            "key.sealed",
            "--credential",
            "sealing.key",
        ])
        .done();
    assert_eq!(ran.out, "unlocked until 2026-11-23T10:00:00Z\n");
    let asked = signer.join().unwrap();
    assert_eq!(asked, [&[Verb::Unlock.to_u8()][..], &[9; 32]].concat());
}

#[test]
fn another_wallets_sealed_key_is_named_when_it_opens_nothing() {
    let desk = Desk::new();
    desk.write("w2.sealed", sealed(SMALL), 0o400);
    desk.write("sealing.key", [9; 32], 0o400);
    let args = [
        "unlock",
        "--sealed",
        "w2.sealed",
        "--credential",
        "sealing.key",
    ];
    let ours = Address::repeat_byte(1).to_string();
    let other = "KEY_CLOSED this does not open the key of 0x02; try again";
    let signer = desk.signer(Temperament::Refusing(other));
    let ran = desk.run(&args).refused("KEY_CLOSED");
    signer.join().unwrap();
    assert_eq!(
        ran.err,
        format!("{other} (w2.sealed is the key of {ours})\n")
    );
    // Of the same wallet there is nothing to add.
    let same =
        "KEY_CLOSED this does not open the key of 0x0101010101010101010101010101010101010101";
    let signer = desk.signer(Temperament::Refusing(same));
    let ran = desk.run(&args).refused("KEY_CLOSED");
    signer.join().unwrap();
    assert_eq!(ran.err, format!("{same}\n"));
}

#[test]
fn a_passphrase_is_stretched_as_the_header_says() {
    let desk = Desk::new();
    desk.write("key.sealed", sealed(SMALL), 0o400);
    desk.write("passphrase", PASSPHRASE, 0o400);
    let signer = desk.signer(obliging(""));
    let args = ["unlock", "--sealed", "key.sealed", "--passphrase-fd", "3"];
    let ran = desk.run_with("3<passphrase", &args).done();
    assert_eq!(ran.out, "unlocked\n");
    let mut expected = [0; 32];
    let params = argon2::Params::new(64 * 1024, 3, 1, Some(32)).unwrap();
    let mut memory = vec![argon2::Block::new(); params.block_count()];
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into_with_memory(PASSPHRASE.as_bytes(), &[2; 16], &mut expected, &mut memory)
        .unwrap();
    assert_eq!(signer.join().unwrap()[1..], expected);
}

#[test]
fn how_far_an_export_is_is_told_in_json_too() {
    let desk = Desk::new();
    let status = "state ACTIVE\nexport_leaf 7\nexport_ripe_in_s 60\n";
    for (more, told) in [
        (None, "export_leaf 7\nexport_ripe_in_s 60\n"),
        (
            Some("--json"),
            "{\"export_leaf\":\"7\",\"export_ripe_in_s\":\"60\"}\n",
        ),
    ] {
        let signer = desk.signer(obliging(status));
        let args: Vec<_> = ["export", "status"].into_iter().chain(more).collect();
        assert_eq!(desk.run(&args).done().out, told);
        assert_eq!(signer.join().unwrap(), [Verb::Status.to_u8()]);
    }
}

#[test]
fn a_sealed_key_out_of_bounds_or_shape_is_not_tried() {
    let desk = Desk::new();
    desk.write("sealing.key", [9; 32], 0o400);
    desk.write("short.key", [9; 31], 0o400);
    let dear = Kdf {
        memory_kib: u32::MAX,
        ..Kdf::TODAY
    };
    desk.write("dear.sealed", sealed(dear), 0o400);
    let mut bent = sealed(SMALL);
    bent[0] ^= 1;
    desk.write("bent.sealed", bent, 0o400);
    desk.write("key.sealed", sealed(SMALL), 0o400);
    let unlock = |sealed, key| desk.run(&["unlock", "--sealed", sealed, "--credential", key]);
    unlock("dear.sealed", "sealing.key").refused("SEALED");
    unlock("bent.sealed", "sealing.key").refused("SEALED");
    unlock("key.sealed", "short.key").refused("FILE");
    unlock("key.sealed", "sealing.key").refused("SOCKET");
}

#[test]
fn each_verb_asks_its_question() {
    let cases: [(&[&str], Verb, &[u8], &str); 4] = [
        (&["lock"], Verb::Lock, b"", "locked\n"),
        (
            &["freeze", "--reason", "it buys too much"],
            Verb::Freeze,
            b"it buys too much",
            "frozen\n",
        ),
        (&["clock", "accept"], Verb::ClockAccept, b"", "accepted\n"),
        (&["status"], Verb::Status, b"", ""),
    ];
    let desk = Desk::new();
    for (args, verb, payload, out) in cases {
        let signer = desk.signer(obliging(""));
        assert_eq!(desk.run(args).done().out, out);
        let asked = signer.join().unwrap();
        assert_eq!(asked, [&[verb.to_u8()], payload].concat(), "{args:?}");
    }
}

#[test]
fn a_status_is_lines_or_one_object() {
    let desk = Desk::new();
    let signer = desk.signer(obliging(STATUS));
    assert_eq!(desk.run(&["status"]).done().out, STATUS);
    signer.join().unwrap();
    let signer = desk.signer(obliging(STATUS));
    let said = desk.run(&["status", "--json"]).done().json();
    signer.join().unwrap();
    assert_eq!(said["state"], "ACTIVE");
    assert_eq!(said["loss_next_24h_usdc"], "12.5 = 10 + 2.5");
    assert_eq!(said["frozen_leaf"], "none");
    // The status's four, and the causes, of which there is none.
    assert_eq!(said.as_object().unwrap().len(), 6);
}

#[test]
fn a_cause_is_a_list_however_many_there_are() {
    let desk = Desk::new();
    for causes in [&[][..], &["FROZEN"], &["FROZEN", "DEAD_MAN"]] {
        let lines = causes.iter().fold(String::new(), |lines, cause| {
            lines + "cause " + cause + "\nwhy of " + cause + "\n"
        });
        let signer = desk.signer(Temperament::Obliging(lines));
        let said = desk.run(&["status", "--json"]).done().json();
        signer.join().unwrap();
        assert_eq!(said["cause"], serde_json::json!(causes));
        assert_eq!(said["why"].as_array().map(Vec::len), Some(causes.len()));
    }
}

fn status(desk: &Desk, temperament: Temperament) -> Ran {
    let signer = desk.signer(temperament);
    let ran = desk.run(&["status", "--timeout", "1"]);
    signer.join().unwrap();
    ran
}

#[test]
fn a_refusal_is_the_signers_own_line() {
    let desk = Desk::new();
    let ran = status(
        &desk,
        Temperament::Refusing("LOCKED key: nobody unlocked it; signerctl unlock\n"),
    );
    assert_eq!(
        ran.err,
        "LOCKED key: nobody unlocked it; signerctl unlock\n"
    );
    ran.refused("LOCKED");
}

#[test]
fn no_answer_is_said_to_be_unknown() {
    let desk = Desk::new();
    let long = [&[0][..], &u32::MAX.to_be_bytes()].concat();
    for temperament in [
        Temperament::Silent,
        Temperament::Garbage(Vec::new()),
        Temperament::Garbage(vec![0]),
        Temperament::Garbage(b"HTTP/1.1 200 OK\r\n".to_vec()),
        Temperament::Garbage(long),
        Temperament::Garbage(vec![0, 0, 0, 0, 9, b'c', b'u', b't']),
        Temperament::Garbage(vec![0, 0, 0, 0, 2, 0xff, 0xfe]),
        Temperament::Garbage(vec![2, 0, 0, 0, 0]),
    ] {
        let ran = status(&desk, temperament).refused("SOCKET");
        assert!(
            ran.err.contains("whether it was done is unknown"),
            "{ran:?}"
        );
    }
}

#[test]
fn what_a_signer_says_cannot_drive_the_terminal() {
    let desk = Desk::new();
    let ran = status(&desk, obliging("state \u{1b}[2Jgone\n")).done();
    assert_eq!(ran.out, "state \u{fffd}[2Jgone\n");
}

#[test]
fn a_socket_that_others_may_open_gets_nothing() {
    let desk = Desk::new();
    let path = desk.path("signer.sock");
    desk.run(&["status"]).refused("SOCKET");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    for mode in [0o660, 0o606, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let ran = desk.run(&["lock"]).refused("SOCKET");
        assert!(ran.err.contains("lets others in"), "{ran:?}");
    }
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "nobody came");
    drop(listener);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let ran = desk.run(&["lock"]).refused("SOCKET");
    assert!(ran.err.contains("nobody listens"), "{ran:?}");
    fs::remove_file(&path).unwrap();
    fs::write(&path, "").unwrap();
    let ran = desk.run(&["lock"]).refused("SOCKET");
    assert!(ran.err.contains("is no socket"), "{ran:?}");
}

#[test]
fn a_reason_has_edges() {
    let desk = Desk::new();
    let signer = desk.signer(obliging(""));
    desk.run(&["freeze", "--reason", ""]).refused("REASON");
    desk.run(&["freeze", "--reason", "a\nb"]).refused("REASON");
    let long = desk
        .run(&["freeze", "--reason", &"a".repeat(201)])
        .refused("REASON");
    assert_eq!(
        long.err,
        "REASON --reason: is 201 bytes long, and 200 are the most; make it shorter\n"
    );
    desk.run(&["freeze", "--reason", &"a".repeat(200)]).done();
    assert_eq!(signer.join().unwrap().len(), 201);
}
