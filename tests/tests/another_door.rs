//! The door ends, or is asked for anew, while everyone asks.
//!
//! Another one takes its place: the key stays open, no order is lost or made
//! twice. When the vault ends everything does, and nothing outlives its supervisor.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpStream;
use std::sync::Arc;

use frame::intent::Intent;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tests::clock::now_ms;
use tests::desk::Desk;
use tests::process::{PATIENCE, Server};
use tests::session::{Session, run};
use tests::{ask, audit, client, pki};
use wire::sign_order_response::Outcome;

/// Orders that are under way when the door is killed.
const ORDERS: usize = 24;

fn send(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.try_into().expect("a process id"));
    kill(pid, signal).expect("a process of ours");
}

/// Dials until it is let in: a new door is on its way.
async fn redial(session: &mut Session, desk: &Desk, address: &str) {
    let dialled = tokio::time::timeout(PATIENCE, async {
        loop {
            let dial = client::connect(address, &desk.orchestrator_pair).await;
            if let Ok(client) = dial {
                session.client = client;
                if session.status().await.is_ok() {
                    return;
                }
            }
        }
    });
    dialled.await.expect("a new door in time");
}

/// Asks for all of them at once, and kills the door at the first answer.
async fn killed_under_load(
    session: &mut Session,
    intents: &[Intent],
    signer: &Server,
) -> BTreeMap<u64, Vec<u8>> {
    let mut asked = tokio::task::JoinSet::new();
    for intent in intents {
        let (mut client, request) = (session.client.clone(), session.request(intent));
        asked.spawn(async move { client.sign_order(request).await });
    }
    let mut answered = BTreeMap::new();
    let mut door = signer.child("door");
    while let Some(answer) = asked.join_next().await {
        // The lack of an answer says nothing.
        let Ok(Ok(answer)) = answer else { continue };
        if let Some(Outcome::Approved(approved)) = answer.into_inner().outcome {
            answered.insert(approved.leaf_index, approved.signature);
        }
        if let Some(door) = door.take() {
            send(door, Signal::SIGKILL);
        }
    }
    assert!(door.is_none(), "the door was killed");
    answered
}

#[test]
fn a_door_killed_under_load_is_replaced_and_each_order_comes_back_once() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    let (vault, door) = (signer.child("vault"), signer.child("door"));
    let intents: Vec<Intent> = (0..ORDERS)
        .map(|n| ask::buy(&desk.book, &format!("load-{n}")))
        .collect();
    run(async {
        let mut session = desk.session(&signer.address).await;
        let answered = killed_under_load(&mut session, &intents, &signer).await;
        assert!(!answered.is_empty());
        // The same epoch goes on: it is between caller and vault.
        redial(&mut session, &desk, &signer.address).await;
        let mut orders = BTreeMap::new();
        for intent in &intents {
            match session.sign(intent).await.expect("answered") {
                Outcome::Approved(approved) => {
                    orders.insert(approved.leaf_index, approved.signature);
                }
                Outcome::Denied(denied) => assert_eq!(denied.code, "RATE", "{denied:?}"),
            }
        }
        for (leaf, signature) in &answered {
            assert_eq!(orders.get(leaf), Some(signature), "the same bytes again");
        }
    });
    assert_eq!(signer.child("vault"), vault, "the vault went on");
    assert_ne!(signer.child("door"), door, "another door");
    assert!(signer.stop().success());
    let twice: u64 = audit::open(&desk.file("journal.sqlite"))
        .query_row(
            "SELECT count(*) FROM (SELECT 1 FROM leaf WHERE entry = 'approved' \
             GROUP BY intent_id, attempt HAVING count(*) > 1)",
            [],
            |r| r.get(0),
        )
        .expect("the journal");
    assert_eq!(twice, 0);
}

/// The certificate that is served.
fn served(desk: &Desk, address: &str) -> Option<CertificateDer<'static>> {
    let config = Arc::new(client::config(Some(&desk.orchestrator_pair)));
    let name = ServerName::try_from("signer").expect("a name");
    let mut tls = rustls::ClientConnection::new(config, name).expect("a client");
    let mut socket = TcpStream::connect(address).ok()?;
    while tls.is_handshaking() {
        tls.complete_io(&mut socket).ok()?;
    }
    Some(tls.peer_certificates()?.first()?.clone().into_owned())
}

#[test]
fn a_hangup_serves_the_new_certificate_and_a_bad_one_keeps_the_old() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    let read = |path| CertificateDer::from_pem_file(path).expect("PEM made for us");
    let old = read(&desk.signer_pair.certificate);
    assert_eq!(served(&desk, &signer.address), Some(old.clone()));
    // Half a pair: the key is another certificate's.
    let next = pki::pair(&desk.folder, "next");
    fs::copy(&next.certificate, &desk.signer_pair.certificate).expect("the folder is ours");
    send(signer.pid(), Signal::SIGHUP);
    until(&desk, &signer, "the old one stays");
    assert_eq!(served(&desk, &signer.address), Some(old));
    let door = signer.child("door");
    fs::rename(&next.private_key, &desk.signer_pair.private_key).expect("the folder is ours");
    send(signer.pid(), Signal::SIGHUP);
    until(&desk, &signer, "a new one serves");
    let new = read(&desk.signer_pair.certificate);
    assert_eq!(served(&desk, &signer.address), Some(new));
    assert_ne!(signer.child("door"), door);
    let approved = desk.order(&signer.address, &ask::buy(&desk.book, "after"));
    approved.expect("the lease goes on");
    assert!(signer.stop().success());
}

/// Shakes hands until the log has these words.
fn until(desk: &Desk, signer: &Server, words: &str) {
    let patience = u64::try_from(PATIENCE.as_millis()).expect("a minute");
    let end = now_ms() + patience;
    let says = |log| fs::read_to_string(log).is_ok_and(|text| text.contains(words));
    while !says(&signer.log) {
        assert!(now_ms() < end, "the log never says {words:?}");
        served(desk, &signer.address);
    }
}

#[test]
fn without_its_vault_everything_ends() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    let children = signer.children();
    assert_eq!(children.len(), 2, "vault and door");
    send(signer.child("vault").expect("it runs"), Signal::SIGKILL);
    let address = signer.address.clone();
    assert_eq!(signer.wait().code(), Some(1));
    let left: Vec<_> = children.into_iter().filter(|pid| is_there(*pid)).collect();
    assert!(left.is_empty(), "{left:?} are left");
    assert!(TcpStream::connect(address).is_err(), "nobody listens");
}

#[test]
fn nothing_outlives_its_supervisor() {
    let desk = Desk::standard();
    let signer = desk.start_signer();
    let children = signer.children();
    assert_eq!(children.len(), 2, "vault and door");
    // It waits for both, and fails when one has to be killed.
    signer.kill();
    let left: Vec<_> = children.into_iter().filter(|pid| is_there(*pid)).collect();
    assert!(left.is_empty(), "{left:?} are left");
    assert!(desk.start_signer().stop().success());
}

fn is_there(pid: u32) -> bool {
    std::path::Path::new(&format!("/proc/{pid}")).exists()
}
