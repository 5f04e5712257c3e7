//! Keys that trade: they sign with the curve library, not with the venue's code.

use secp256k1::SecretKey;
use serde_json::{Value, json};

use super::bench::{CHAIN, START_MS, YES};
use crate::crypto::domain::{Exchange, Protocol, exchange};
use crate::crypto::mac::{decode_secret, request_mac};
use crate::crypto::order::{ORDER_TYPE, Order, Side, SignatureType, typed_digest};
use crate::crypto::word::{Address, Word, keccak};

pub(crate) const SECRET: &str = "tUFQwjqDSQcRkMQbZhvYSmIR9QTYrwA2Ne3pDXhg-rU=";

/// What a test wants to trade; amounts are base units.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub(crate) side: Side,
    pub(crate) token: String,
    pub(crate) maker_amount: u64,
    pub(crate) taker_amount: u64,
    pub(crate) order_type: &'static str,
    pub(crate) salt: u64,
    pub(crate) expiration_s: u64,
    pub(crate) post_only: bool,
    pub(crate) kind: SignatureType,
    pub(crate) maker: Option<Address>,
    pub(crate) protocol: Protocol,
    pub(crate) neg_risk: bool,
}

/// A purchase of `shares` at `cents`, both whole, written as a limit order is.
pub(crate) fn buy(order_type: &'static str, shares: u64, cents: u64) -> Ticket {
    ticket(
        order_type,
        Side::Buy,
        shares.saturating_mul(cents).saturating_mul(10_000),
        shares.saturating_mul(1_000_000),
    )
}

/// A sale of `shares` at `cents`.
pub(crate) fn sell(order_type: &'static str, shares: u64, cents: u64) -> Ticket {
    ticket(
        order_type,
        Side::Sell,
        shares.saturating_mul(1_000_000),
        shares.saturating_mul(cents).saturating_mul(10_000),
    )
}

fn ticket(order_type: &'static str, side: Side, maker_amount: u64, taker_amount: u64) -> Ticket {
    Ticket {
        side,
        token: YES.to_owned(),
        maker_amount,
        taker_amount,
        order_type,
        salt: 1,
        expiration_s: 0,
        post_only: false,
        kind: SignatureType::Eoa,
        maker: None,
        protocol: Protocol::V1,
        neg_risk: false,
    }
}

/// A key and its credentials.
pub(crate) struct Trader {
    secret_key: SecretKey,
    pub(crate) address: Address,
    pub(crate) api_key: String,
    pub(crate) secret: Vec<u8>,
    pub(crate) passphrase: String,
}

impl Trader {
    pub(crate) fn new(number: u8) -> Self {
        let secret_key = SecretKey::from_secret_bytes([number; 32]).unwrap();
        let public = secret_key.public_key().serialize_uncompressed();
        Self {
            secret_key,
            address: Address::from_hash(keccak(&[&public[1..]])),
            api_key: format!("00000000-0000-4000-8000-0000000000{number:02}"),
            secret: decode_secret(SECRET).unwrap(),
            passphrase: "open".to_owned(),
        }
    }

    /// 65 bytes over a digest.
    pub(crate) fn sign(&self, digest: Word) -> Vec<u8> {
        let message = secp256k1::Message::from_digest(digest.0);
        let signature = secp256k1::ecdsa::RecoverableSignature::sign_ecdsa_recoverable(
            message,
            &self.secret_key,
        );
        let (id, compact) = signature.serialize_compact();
        let mut bytes = compact.to_vec();
        bytes.push(u8::from(id).saturating_add(27));
        bytes
    }

    pub(crate) fn headers(
        &self,
        time_s: u64,
        method: &str,
        target: &str,
        body: &str,
    ) -> Vec<(String, String)> {
        let path = target.split('?').next().unwrap();
        let time = time_s.to_string();
        let mac = request_mac(&self.secret, &time, method, path, body.as_bytes()).unwrap();
        [
            ("POLY_ADDRESS", self.address.to_string()),
            ("POLY_SIGNATURE", mac),
            ("POLY_TIMESTAMP", time),
            ("POLY_API_KEY", self.api_key.clone()),
            ("POLY_PASSPHRASE", self.passphrase.clone()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    /// The order of a ticket, its exchange, and so its id.
    pub(crate) fn order(&self, ticket: &Ticket) -> (Order, Exchange) {
        let maker = ticket.maker.unwrap_or(self.address);
        let signer = if ticket.kind == SignatureType::Deposit {
            maker
        } else {
            self.address
        };
        let order = Order {
            salt: Word::from_u64(ticket.salt),
            maker,
            signer,
            token: Word::from_decimal(&ticket.token).unwrap(),
            maker_amount: Word::from_u64(ticket.maker_amount),
            taker_amount: Word::from_u64(ticket.taker_amount),
            side: ticket.side,
            signature_type: ticket.kind,
            timestamp: Word::from_u64(START_MS),
            metadata: Word::ZERO,
            builder: Word::ZERO,
        };
        (
            order,
            exchange(CHAIN, ticket.protocol, ticket.neg_risk).unwrap(),
        )
    }

    pub(crate) fn id(&self, ticket: &Ticket) -> String {
        let (order, exchange) = self.order(ticket);
        order.id(&exchange).to_string()
    }

    pub(crate) fn body(&self, ticket: &Ticket) -> Value {
        let (order, exchange) = self.order(ticket);
        let signature = match ticket.kind {
            SignatureType::Deposit => self.nested(&order, &exchange),
            SignatureType::Eoa | SignatureType::Proxy | SignatureType::Safe => {
                self.sign(order.id(&exchange).0)
            }
        };
        json!({
            "order": {
                "salt": ticket.salt,
                "maker": order.maker.to_string(),
                "signer": order.signer.to_string(),
                "tokenId": ticket.token,
                "makerAmount": ticket.maker_amount.to_string(),
                "takerAmount": ticket.taker_amount.to_string(),
                "side": ticket.side.text(),
                "signatureType": ticket.kind.number(),
                "timestamp": order.timestamp.to_decimal(),
                "expiration": ticket.expiration_s.to_string(),
                "metadata": order.metadata.to_string(),
                "builder": order.builder.to_string(),
                "signature": format!("0x{}", hex::encode(signature)),
            },
            "owner": self.api_key,
            "orderType": ticket.order_type,
            "postOnly": ticket.post_only,
            "deferExec": false,
        })
    }

    /// The deposit wallet's form.
    fn nested(&self, order: &Order, exchange: &Exchange) -> Vec<u8> {
        let wrapper = "TypedDataSign(Order contents,string name,string version,uint256 chainId,\
address verifyingContract,bytes32 salt)";
        let contents = order.struct_hash();
        let hash = keccak(&[
            &keccak(&[wrapper.as_bytes(), ORDER_TYPE.as_bytes()]).0,
            &contents.0,
            &keccak(&[b"DepositWallet"]).0,
            &keccak(&[b"1"]).0,
            &Word::from_u64(exchange.chain_id).0,
            &order.maker.to_word().0,
            &Word::ZERO.0,
        ]);
        let mut signature = self.sign(typed_digest(exchange.separator, hash));
        signature.extend(exchange.separator.0);
        signature.extend(contents.0);
        signature.extend(ORDER_TYPE.as_bytes());
        signature.extend([0x00, 0xba]);
        signature
    }
}
