//! Orders drawn from a seed are hashed by our crate, and again by a reading of
//! EIP-712 that has no word of it.
//!
//! The other one knows type texts, domains by name and numbers in decimal, as
//! any wallet does, and hashes with another Keccak. `COUNTERSIGN_TURNS` makes
//! more of them, `COUNTERSIGN_SEED` others.

mod eip712;

use std::collections::BTreeSet;

use eip712::{Types, Value};
use order::raw::{self, Order};
use order::{Address, B256, Chain, Exchange, U256, Venue};
use tests::dice::{self, Dice};

/// What the exchange and the deposit wallet publish of their types.
const ORDER: &str = "Order(uint256 salt,address maker,address signer,uint256 tokenId,\
    uint256 makerAmount,uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,\
    bytes32 metadata,bytes32 builder)";
const WRAPPED: &str = "TypedDataSign(Order contents,string name,string version,uint256 chainId,\
    address verifyingContract,bytes32 salt)";
const DOMAIN: &str =
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
/// Signature type of a deposit wallet, whose orders are wrapped.
const DEPOSIT: u8 = 3;

/// Chain, version and contract of every exchange, as the exchange's own
/// documents print them.
const VENUES: [(Chain, Exchange, &str, &str, &str); 6] = [
    (
        Chain::Polygon,
        Exchange::V2Standard,
        "137",
        "2",
        "0xE111180000d2663C0091e4f400237545B87B996B",
    ),
    (
        Chain::Polygon,
        Exchange::V2NegRisk,
        "137",
        "2",
        "0xe2222d279d744050d28e00520010520000310F59",
    ),
    (
        Chain::Polygon,
        Exchange::V3,
        "137",
        "3",
        "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa",
    ),
    (
        Chain::Amoy,
        Exchange::V2Standard,
        "80002",
        "2",
        "0xE111180000d2663C0091e4f400237545B87B996B",
    ),
    (
        Chain::Amoy,
        Exchange::V2NegRisk,
        "80002",
        "2",
        "0xe2222d279d744050d28e00520010520000310F59",
    ),
    (
        Chain::Amoy,
        Exchange::V3,
        "80002",
        "3",
        "0x9fE6e61422AdB6F610d8597F9684b16912D50C3D",
    ),
];

/// A number of any width up to 256 bits, its edges among them.
fn number(dice: &mut Dice) -> U256 {
    let word = U256::from_be_bytes(dice.word());
    match dice.below(16) {
        0 => U256::ZERO,
        1 => U256::MAX,
        2 => U256::from(1) << dice.below(256),
        _ => word >> dice.below(256),
    }
}

fn address(dice: &mut Dice) -> Address {
    match dice.below(16) {
        0 => Address::ZERO,
        1 => Address::repeat_byte(0xff),
        _ => Address::from_slice(&dice.bytes(20)),
    }
}

fn bytes32(dice: &mut Dice) -> B256 {
    match dice.below(4) {
        0 => B256::ZERO,
        _ => B256::from(dice.word()),
    }
}

fn order(dice: &mut Dice) -> Order {
    Order {
        salt: number(dice),
        maker: address(dice),
        signer: address(dice),
        tokenId: number(dice),
        makerAmount: number(dice),
        takerAmount: number(dice),
        side: dice.one_of(&[0, 1, 0, 1, 2, 255]),
        signatureType: dice.one_of(&[0, 1, 2, 3, 3, 4, 255]),
        timestamp: number(dice),
        metadata: bytes32(dice),
        builder: bytes32(dice),
    }
}

/// The order as a wallet is shown it.
fn shown(order: &Order) -> Value {
    let fields = [
        ("salt", order.salt.to_string()),
        ("maker", order.maker.to_string()),
        ("signer", order.signer.to_string()),
        ("tokenId", order.tokenId.to_string()),
        ("makerAmount", order.makerAmount.to_string()),
        ("takerAmount", order.takerAmount.to_string()),
        ("side", order.side.to_string()),
        ("signatureType", order.signatureType.to_string()),
        ("timestamp", order.timestamp.to_string()),
        ("metadata", order.metadata.to_string()),
        ("builder", order.builder.to_string()),
    ];
    eip712::record(fields.map(|(name, text)| (name, Value::Text(text))))
}

/// The same, in the wrapping that a deposit wallet signs.
fn wrapped(order: &Order, chain: &str) -> Value {
    let text = |text: &str| Value::Text(text.to_owned());
    eip712::record([
        ("contents", shown(order)),
        ("name", text("DepositWallet")),
        ("version", text("1")),
        ("chainId", text(chain)),
        ("verifyingContract", text(&order.maker.to_string())),
        ("salt", text(&B256::ZERO.to_string())),
    ])
}

fn separator(types: &Types, chain: &str, version: &str, contract: &str) -> [u8; 32] {
    let text = |text: &str| Value::Text(text.to_owned());
    let domain = eip712::record([
        ("name", text("Polymarket CTF Exchange")),
        ("version", text(version)),
        ("chainId", text(chain)),
        ("verifyingContract", text(contract)),
    ]);
    types.hash_struct("EIP712Domain", &domain)
}

#[test]
fn seeded_orders_of_every_venue_and_wallet_hash_alike_in_two_implementations() {
    let turns = dice::turns(2_000);
    let mut dice = Dice::of_this_run();
    let types = Types::of(&[ORDER, WRAPPED, DOMAIN]);
    let separators = VENUES.map(|(chain, exchange, id, version, contract)| {
        let venue = Venue { chain, exchange };
        let separator = separator(&types, id, version, contract);
        assert_eq!(venue.domain_separator(), separator, "{venue:?}");
        (venue, id, separator)
    });
    let (mut digests, mut nested) = (BTreeSet::new(), 0_u64);
    for turn in 0..turns {
        let order = order(&mut dice);
        let (venue, chain, separator) = dice.one_of(&separators);
        let fields = types.hash_struct("Order", &shown(&order));
        assert_eq!(raw::struct_hash(&order), fields, "{turn}: {order:?}");
        let hash = eip712::digest(&separator, &fields);
        assert_eq!(raw::order_hash(venue, &order), hash, "{turn}: {order:?}");
        let signed = if order.signatureType == DEPOSIT {
            nested += 1;
            let nest = types.hash_struct("TypedDataSign", &wrapped(&order, chain));
            eip712::digest(&separator, &nest)
        } else {
            hash
        };
        let ours = raw::signed_digest(venue, &order);
        assert_eq!(ours, signed, "{turn}: {venue:?} {order:?}");
        digests.insert(ours.0);
    }
    println!(
        "{turns} orders over {} venues hashed alike, {nested} of them wrapped for a deposit \
         wallet, {} digests",
        VENUES.len(),
        digests.len()
    );
    assert_eq!(u64::try_from(digests.len()), Ok(turns), "no two are one");
    assert!(nested > turns / 8, "deposit wallets were drawn: {nested}");
}

#[test]
fn a_change_of_any_field_or_domain_changes_both_hashes_alike() {
    let mut dice = Dice::of_this_run();
    let types = Types::of(&[ORDER, WRAPPED, DOMAIN]);
    let base = order(&mut dice);
    let bends: [fn(&mut Order); 11] = [
        |o| o.salt ^= U256::ONE,
        |o| o.maker.0[19] ^= 1,
        |o| o.signer.0[0] ^= 0x80,
        |o| o.tokenId ^= U256::ONE << 255,
        |o| o.makerAmount ^= U256::ONE,
        |o| o.takerAmount ^= U256::ONE,
        |o| o.side ^= 1,
        |o| o.signatureType ^= 0x80,
        |o| o.timestamp ^= U256::ONE,
        |o| o.metadata.0[31] ^= 1,
        |o| o.builder.0[0] ^= 1,
    ];
    let mut seen = BTreeSet::from([raw::struct_hash(&base).0]);
    for bend in bends {
        let mut bent = base.clone();
        bend(&mut bent);
        let theirs = types.hash_struct("Order", &shown(&bent));
        assert_eq!(raw::struct_hash(&bent), theirs);
        assert!(seen.insert(theirs), "a field that no hash covers: {bent:?}");
    }
    let separators =
        VENUES.map(|(_, _, id, version, contract)| separator(&types, id, version, contract));
    assert_eq!(BTreeSet::from(separators).len(), VENUES.len());
}
