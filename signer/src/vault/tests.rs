//! The vault without its door: batches put together by hand.

use std::sync::mpsc::{Receiver, Sender, channel};

use order::{
    Address, B256, Chain, Exchange, PriceE4, ShareUnits, Side, SignatureType, TickSize, U256, Venue,
};
use policy::{FeeCeiling, Kind, Size};
use rusqlite::params;
use tempfile::TempDir;

use super::*;

/// The well-known first key of a development chain.
const KEY: [u8; 32] = [
    0xac, 0x09, 0x74, 0xbe, 0xc3, 0x9a, 0x17, 0xe3, 0x6b, 0xa4, 0xa6, 0xb4, 0xd2, 0x38, 0xff, 0x94,
    0x4b, 0xac, 0xb4, 0x78, 0xcb, 0xed, 0x5e, 0xfc, 0xae, 0x78, 0x4d, 0x7b, 0xf4, 0xf2, 0xff, 0x80,
];
const ADDRESS: Address = Address::new([
    0xf3, 0x9f, 0xd6, 0xe5, 0x1a, 0xad, 0x88, 0xf6, 0xf4, 0xce, 0x6a, 0xb8, 0x82, 0x72, 0x79, 0xcf,
    0xff, 0xb9, 0x22, 0x66,
]);

struct Mailbox(Sender<Answer>, bool);

impl Reply for Mailbox {
    fn is_wanted(&self) -> bool {
        self.1
    }
    fn answer(self: Box<Self>, answer: Answer) {
        self.0.send(answer).unwrap();
    }
}

fn vault() -> (Vault, TempDir) {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.sqlite");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch(include_str!("schema.sql")).unwrap();
    db.execute(
        "INSERT INTO journal VALUES (1, 1, ?1, ?2, 1, ?3, 80002)",
        params![[1_u8; 16], [2_u8; 32], ADDRESS.as_slice()],
    )
    .unwrap();
    db.close().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, KEY).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o400)).unwrap();
    let identity = Identity {
        venue: Venue {
            chain: Chain::Amoy,
            exchange: Exchange::V2Standard,
        },
        signing_address: ADDRESS,
        maker: ADDRESS,
        signature_type: SignatureType::Eoa,
        builder: B256::ZERO,
    };
    let limits = Limits {
        order_at_stake_max: CollateralUnits::new(25_000_000),
        fee_ceiling: FeeCeiling::new(1_000).unwrap(),
    };
    let journal = Journal::open(&path, ADDRESS, Chain::Amoy).unwrap();
    let key = Key::read(&key, ADDRESS).unwrap();
    (
        Vault {
            identity,
            limits,
            journal,
            key,
        },
        folder,
    )
}

fn intent(name: &str, shares: u64) -> Intent {
    Intent {
        kind: Kind::Copy,
        id: IntentId::parse(name).unwrap(),
        attempt: 0,
        market: B256::repeat_byte(1),
        token_id: U256::from(7),
        side: Side::Buy,
        limit_price: PriceE4::new(4_100).unwrap(),
        size: Size::Shares(ShareUnits::new(shares)),
        tick_size: TickSize::Cent,
        deadline_ms: 9_999_999_999_999,
    }
}

fn call(intent: Intent) -> (Call, Receiver<Answer>) {
    let (tell, told) = channel();
    let request = Request::Sign(Box::new(intent));
    let reply = Box::new(Mailbox(tell, true));
    (
        Call {
            caller: "a".to_owned(),
            request,
            reply,
        },
        told,
    )
}

fn serve(vault: &mut Vault, intents: Vec<Intent>) -> Vec<Answer> {
    let (calls, told): (Vec<_>, Vec<_>) = intents.into_iter().map(call).unzip();
    vault.serve(calls).unwrap();
    told.into_iter().map(|told| told.recv().unwrap()).collect()
}

fn signed(answer: &Answer) -> (&[u8], u64) {
    match answer {
        Answer::Signed(signed) => (&signed.signature, signed.leaf_index),
        Answer::Denied { denial, .. } => panic!("denied: {denial}"),
        Answer::Status(_) | Answer::Failed => panic!("no order"),
    }
}

fn code(answer: &Answer) -> &'static str {
    match answer {
        Answer::Denied { denial, .. } => denial.code(),
        Answer::Signed(_) | Answer::Status(_) | Answer::Failed => panic!("not denied"),
    }
}

#[test]
fn twins_in_one_batch_share_one_leaf_and_one_charge() {
    let (mut vault, _folder) = vault();
    let one = intent("20261120-a", 10_000_000);
    let other = intent("20261120-b", 10_000_000);
    let answers = serve(
        &mut vault,
        vec![
            one.clone(),
            other,
            one.clone(),
            intent("20261120-a", 20_000_000),
            one,
        ],
    );
    assert_eq!(signed(&answers[0]), signed(&answers[2]));
    assert_eq!(signed(&answers[0]), signed(&answers[4]));
    assert_ne!(signed(&answers[0]).0, signed(&answers[1]).0);
    assert_eq!(signed(&answers[0]).1, 0);
    assert_eq!(signed(&answers[1]).1, 1);
    assert_eq!(code(&answers[3]), "INTENT_REUSED");
    assert_eq!(vault.journal.size(), 3);
    assert_eq!(vault.journal.charged_units(), 2 * 4_510_000);
}

#[test]
fn a_name_is_bound_by_its_first_decision_even_if_that_was_no() {
    let (mut vault, folder) = vault();
    let large = intent("20261120-a", 100_000_000);
    let answers = serve(
        &mut vault,
        vec![large.clone(), intent("20261120-a", 10_000_000)],
    );
    assert_eq!(code(&answers[0]), "ORDER_TOO_LARGE");
    assert_eq!(code(&answers[1]), "INTENT_REUSED");
    drop(vault.journal);
    let path = folder.path().join("journal.sqlite");
    vault.journal = Journal::open(&path, ADDRESS, Chain::Amoy).unwrap();
    let answers = serve(&mut vault, vec![intent("20261120-a", 10_000_000), large]);
    assert_eq!(code(&answers[0]), "INTENT_REUSED");
    // The same content is judged again: facts change, contents do not.
    assert_eq!(code(&answers[1]), "ORDER_TOO_LARGE");
}

#[test]
fn what_nobody_waits_for_is_not_decided() {
    let (mut vault, _folder) = vault();
    let (tell, told) = channel();
    let request = Request::Sign(Box::new(intent("20261120-a", 10_000_000)));
    let call = Call {
        caller: "a".to_owned(),
        request,
        reply: Box::new(Mailbox(tell, false)),
    };
    vault.serve(vec![call]).unwrap();
    assert!(told.recv().is_err());
    assert_eq!(vault.journal.size(), 0);
}

#[test]
fn a_sell_is_bounded_by_its_shares_whatever_its_price() {
    let (mut vault, _folder) = vault();
    let sell = |name, shares, price| Intent {
        side: Side::Sell,
        limit_price: PriceE4::new(price).unwrap(),
        ..intent(name, shares)
    };
    let answers = serve(
        &mut vault,
        vec![
            sell("20261120-a", 25_000_000, 100),
            sell("20261120-b", 25_010_000, 100),
            sell("20261120-c", 25_010_000, 9_900),
        ],
    );
    signed(&answers[0]);
    assert_eq!(code(&answers[1]), "ORDER_TOO_LARGE");
    assert_eq!(code(&answers[2]), "ORDER_TOO_LARGE");
    assert_eq!(vault.journal.charged_units(), 0);
}

#[test]
fn a_journal_of_another_wallet_or_chain_is_refused() {
    let (vault, folder) = vault();
    drop(vault);
    let path = folder.path().join("journal.sqlite");
    assert!(Journal::open(&path, Address::ZERO, Chain::Amoy).is_err());
    assert!(Journal::open(&path, ADDRESS, Chain::Polygon).is_err());
    assert!(Journal::open(&path, ADDRESS, Chain::Amoy).is_ok());
}
