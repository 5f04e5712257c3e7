//! Every kind of certificate, over every kind of connection, asks every method
//! a question that is proven as the orchestrator's own.
//!
//! A pinned key over TLS 1.3 is heard, and then held to its role; whatever else
//! comes ends in the handshake, and no method hears of it. An ordinary run
//! takes a few cells of each kind; `COUNTERSIGN_TURNS=28` takes all.

mod kinds;
mod methods;

use std::collections::BTreeMap;
use std::sync::Arc;

use kinds::{Kind, Pinned, all, key};
use methods::{METHODS, Method, Outcome};
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};
use rustls::ClientConfig;
use tests::desk::{CALLER, Desk};
use tests::dice;
use tests::session::{Session, run};
use tests::{ask, audit, client, pki};

/// How the connection is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Over {
    /// TLS 1.3, asking for HTTP/2.
    Http2,
    /// TLS 1.3, asking for no protocol: HTTP/2 is spoken all the same.
    NoProtocol,
    /// TLS 1.3, asking for HTTP/1.1 alone.
    Http1,
    /// TLS 1.3, with early data and what an earlier connection left, twice.
    Resumed,
}

const WAYS: [Over; 4] = [Over::Http2, Over::NoProtocol, Over::Http1, Over::Resumed];

impl Over {
    fn bend(self, config: &mut ClientConfig) {
        match self {
            Self::Http2 => {}
            Self::NoProtocol => config.alpn_protocols.clear(),
            Self::Http1 => config.alpn_protocols = vec![b"http/1.1".to_vec()],
            Self::Resumed => config.enable_early_data = true,
        }
    }
}

/// Ways and methods that the kind in this place is tried with: as many as the
/// run is to have, each once.
fn cells(place: usize) -> impl Iterator<Item = (Over, Method)> {
    let all = WAYS.len() * METHODS.len();
    let turns = usize::try_from(dice::turns(4)).expect("a count").min(all);
    // Nine and 28 have no divisor in common.
    (0..turns).map(move |turn| {
        let cell = (place * 5 + turn * 9) % all;
        (WAYS[cell % WAYS.len()], METHODS[cell / WAYS.len()])
    })
}

fn config(kind: &Kind, over: Over) -> ClientConfig {
    let mut config = match &kind.shown {
        None => client::config(None),
        Some(shown) => client::config_by(Arc::new(shown.clone())),
    };
    over.bend(&mut config);
    config
}

/// What a question of its own name is to come to; nobody else's name is heard.
fn expected(kind: &Kind, over: Over, method: Method) -> Outcome {
    match (kind.caller, over) {
        (None, _) | (_, Over::Http1) => Outcome::Outside,
        (Some(CALLER), _) => Outcome::Answered,
        // Let in by a key of its own, and so not the orchestrator.
        (Some(_), _) if method == Method::Health => Outcome::Answered,
        (Some(_), _) => Outcome::Forbidden,
    }
}

/// Dials and asks.
async fn asked(
    config: &ClientConfig,
    method: Method,
    desk: &Desk,
    address: &str,
    session: &mut Session,
) -> Outcome {
    match client::channel_by(address, config.clone()).await {
        Ok(channel) => method.ask(channel, desk, session).await,
        Err(_) => Outcome::Outside,
    }
}

/// A desk whose orchestrator has two more of its kind, by keys of other types.
fn desk() -> (Desk, Pinned) {
    let desk = Desk::standard();
    let (p384, pin_384) = key(&PKCS_ECDSA_P384_SHA384);
    let (ed25519, pin_25519) = key(&PKCS_ED25519);
    desk.add_caller("p384", "orchestrator", &pin_384, &[1; 32]);
    desk.add_caller("ed25519", "orchestrator", &pin_25519, &[2; 32]);
    (desk, Pinned { p384, ed25519 })
}

/// M49: over that wire only who was let in speaks.
#[test]
fn every_certificate_over_every_connection_is_heard_or_not_as_the_table_says() {
    let (desk, pinned) = desk();
    let kinds = all(&desk.orchestrator_pair, &desk.signer_pair, &pinned);
    let signer = desk.start_signer();
    let (mut seen, mut wrong) = (BTreeMap::new(), Vec::new());
    run(async {
        let mut session = desk.session(&signer.address).await;
        let first = session.sign(&ask::buy(&desk.book, "first")).await;
        first.expect("judged, and so in the journal");
        for (place, kind) in kinds.iter().enumerate() {
            for (over, method) in cells(place) {
                let config = config(kind, over);
                // The second time there would be something to resume.
                for time in 0..if over == Over::Resumed { 2 } else { 1 } {
                    let said = asked(&config, method, &desk, &signer.address, &mut session).await;
                    let right = expected(kind, over, method);
                    *seen.entry(said).or_insert(0_u32) += 1;
                    if said != right {
                        wrong.push(format!(
                            "{}, {over:?}, {method:?}, {time}: {said:?}, not {right:?}",
                            kind.name
                        ));
                    }
                }
            }
        }
    });
    println!(
        "{} cells of {} kinds: {seen:?}",
        seen.values().sum::<u32>(),
        kinds.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(seen.len(), 3, "each outcome was seen: {seen:?}");
    assert!(signer.stop().success());
    let by: Vec<String> = audit::open(&desk.file("journal.sqlite"))
        .prepare("SELECT DISTINCT by FROM leaf WHERE intent_id IS NOT NULL")
        .and_then(|mut rows| rows.query_map([], |r| r.get(0))?.collect())
        .expect("the journal");
    assert_eq!(by, [CALLER], "the orchestrator alone was ever judged");
}

#[test]
fn every_role_is_held_to_its_methods_and_to_its_own_name() {
    let desk = Desk::standard();
    let mut callers = vec![(
        CALLER,
        "orchestrator",
        desk.orchestrator_pair.clone(),
        desk.request_key,
    )];
    for (role, key) in [("operator", [1; 32]), ("monitor", [2; 32])] {
        let pair = pki::pair(&desk.folder, role);
        desk.add_caller(role, role, &pair.pin, &key);
        callers.push((role, role, pair, key));
    }
    let signer = desk.start_signer();
    let mut cells = 0;
    run(async {
        for (name, _, pair, _) in &callers {
            for (speaks, role, own, key) in &callers {
                let opened = Session::open(&signer.address, own, speaks, *key).await;
                let mut session = opened.expect("its own name");
                for method in METHODS {
                    let channel = client::channel(&signer.address, pair)
                        .await
                        .expect("pinned");
                    let said = method.ask(channel, &desk, &mut session).await;
                    let right =
                        if method == Method::Health || (name == speaks && method.is_of(role)) {
                            Outcome::Answered
                        } else {
                            Outcome::Forbidden
                        };
                    assert_eq!(
                        said, right,
                        "{name}'s connection, {speaks} in the name of, {method:?}"
                    );
                    cells += 1;
                }
            }
        }
    });
    println!("{cells} cells of roles");
    assert_eq!(cells, 3 * 3 * METHODS.len());
    assert!(signer.stop().success());
}

#[test]
fn a_pin_that_was_taken_away_lets_none_of_its_certificates_in() {
    let (desk, pinned) = desk();
    let signer = desk.start_signer();
    let mut session = run(desk.session(&signer.address));
    assert!(signer.stop().success());
    let (_, pin) = key(&PKCS_ECDSA_P256_SHA256);
    let path = desk.file(&format!("callers/{CALLER}.toml"));
    let text = std::fs::read_to_string(&path).expect("the caller");
    std::fs::write(&path, text.replace(&desk.orchestrator_pair.pin, &pin)).expect("ours");
    let signer = desk.start_signer();
    let own = all(&desk.orchestrator_pair, &desk.signer_pair, &pinned);
    let own: Vec<Kind> = own
        .into_iter()
        .filter(|kind| kind.caller == Some(CALLER))
        .collect();
    assert!(own.len() > 10, "{}", own.len());
    let mut count = 0;
    run(async {
        for (place, kind) in own.iter().enumerate() {
            for (over, method) in cells(place) {
                let config = config(kind, over);
                let said = asked(&config, method, &desk, &signer.address, &mut session).await;
                assert_eq!(said, Outcome::Outside, "{} {over:?} {method:?}", kind.name);
                count += 1;
            }
        }
    });
    println!("{count} cells of a pin taken away");
    assert!(signer.stop().success());
}
