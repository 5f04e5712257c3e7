//! The strict order: the one thing that the signer hands to its key.
//!
//! For: judging every field of an order before it is hashed.
//!
//! Never touches: the bytes of a signature (see [`check`](super::check)).

use super::{Amounts, Refusal};
use crate::raw::position_id::{self, Module, NotAPosition};
use crate::raw::{self, wallet};
use crate::{Address, B256, Chain, Exchange, Side, SignatureType, U256, Venue};

/// Salts are below this, 2^53: the API carries them as JSON numbers.
pub const SALT_LIMIT: u64 = 1 << 53;

/// What the signing address is to the wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// It owns the maker, which must be derived from it.
    Owner,
    /// It is a session key that a deposit wallet authorised. Nothing in the
    /// key's address says which wallet did: the caller must pin the maker.
    Session,
}

/// Everything an order is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields {
    /// The exchange, hence the domain.
    pub venue: Venue,
    /// Whose funds move.
    pub maker: Address,
    /// How maker and key relate.
    pub signature_type: SignatureType,
    /// The address of the key that will sign.
    pub signing_address: Address,
    /// What that key is to the maker.
    pub key: KeyKind,
    /// The outcome token.
    pub token_id: U256,
    /// Buy or sell.
    pub side: Side,
    /// Both amounts, and the rule they came from.
    pub amounts: Amounts,
    /// Entropy, below [`SALT_LIMIT`].
    pub salt: u64,
    /// Creation time in milliseconds. Not an expiry.
    pub timestamp_ms: u64,
    /// Who is credited with the order; zero for nobody.
    pub builder: B256,
}

/// An order that the signer may sign. Proof that [`Order::new`] said yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    fields: Fields,
}

impl Order {
    /// Judges every field.
    ///
    /// # Errors
    ///
    /// The first broken rule, in the order: maker and key, token id, amounts, salt.
    pub fn new(fields: Fields) -> Result<Self, Refusal> {
        maker_is_of_the_key(&fields)?;
        token_is_of_the_venue(fields.venue.exchange, fields.token_id)?;
        fields.amounts.judge(fields.side)?;
        if fields.salt >= SALT_LIMIT {
            return Err(Refusal::SaltTooLarge);
        }
        Ok(Self { fields })
    }

    /// What was judged.
    #[must_use]
    pub const fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The exchange, hence the domain.
    #[must_use]
    pub const fn venue(&self) -> Venue {
        self.fields.venue
    }

    /// Buy or sell.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.fields.side
    }

    /// Both amounts.
    #[must_use]
    pub const fn amounts(&self) -> Amounts {
        self.fields.amounts
    }

    /// The eleven fields as the contract reads them. Metadata is zero.
    #[must_use]
    pub fn raw(&self) -> raw::Order {
        let fields = &self.fields;
        raw::Order {
            salt: U256::from(fields.salt),
            maker: fields.maker,
            signer: signer_field(fields.signature_type, fields.maker, fields.signing_address),
            tokenId: fields.token_id,
            makerAmount: U256::from(fields.amounts.maker),
            takerAmount: U256::from(fields.amounts.taker),
            side: fields.side.to_u8(),
            signatureType: fields.signature_type.to_u8(),
            timestamp: U256::from(fields.timestamp_ms),
            metadata: B256::ZERO,
            builder: fields.builder,
        }
    }

    /// The order's hash, which is also its id at the API.
    #[must_use]
    pub fn order_hash(&self) -> B256 {
        raw::order_hash(self.fields.venue, &self.raw())
    }

    /// The 32 bytes to sign.
    #[must_use]
    pub fn signed_digest(&self) -> B256 {
        raw::signed_digest(self.fields.venue, &self.raw())
    }

    /// Puts an ECDSA signature over [`signed_digest`](Self::signed_digest) into
    /// the form that goes to the venue.
    #[must_use]
    pub fn wrap(&self, ecdsa: &raw::signature::Ecdsa65) -> raw::signature::Form {
        let session_key = match self.fields.key {
            KeyKind::Owner => None,
            KeyKind::Session => Some(self.fields.signing_address),
        };
        raw::signature::Form::of(self.fields.venue, &self.raw(), ecdsa, session_key)
    }
}

/// `order.signer`: the key's address, but with type 3 the wallet's.
pub(super) const fn signer_field(
    signature_type: SignatureType,
    maker: Address,
    signing_address: Address,
) -> Address {
    match signature_type {
        SignatureType::Eoa | SignatureType::Proxy | SignatureType::Safe => signing_address,
        SignatureType::Deposit => maker,
    }
}

fn maker_is_of_the_key(fields: &Fields) -> Result<(), Refusal> {
    let (maker, key) = (fields.maker, fields.signing_address);
    let (is_of_the_key, refusal) = match (fields.signature_type, fields.key) {
        (SignatureType::Eoa | SignatureType::Proxy | SignatureType::Safe, KeyKind::Session) => {
            return Err(Refusal::SessionKeyNeedsDepositWallet);
        }
        (SignatureType::Eoa, KeyKind::Owner) => (maker == key, Refusal::MakerNotTheKey),
        (SignatureType::Proxy, KeyKind::Owner) => {
            (maker == wallet::proxy(key), Refusal::MakerNotTheProxy)
        }
        (SignatureType::Safe, KeyKind::Owner) => {
            (maker == wallet::safe(key), Refusal::MakerNotTheSafe)
        }
        // The published derivation holds on Polygon alone.
        (SignatureType::Deposit, KeyKind::Owner | KeyKind::Session)
            if fields.venue.chain == Chain::Amoy =>
        {
            return Err(Refusal::DepositWalletOnAmoy);
        }
        (SignatureType::Deposit, KeyKind::Owner) => (
            maker == wallet::deposit_uups(key) || maker == wallet::deposit_beacon(key),
            Refusal::MakerNotTheDepositWallet,
        ),
        // A session key that signed for itself would own the wallet it names.
        (SignatureType::Deposit, KeyKind::Session) => (
            maker != key && maker != Address::ZERO,
            Refusal::MakerNotTheDepositWallet,
        ),
    };
    if is_of_the_key { Ok(()) } else { Err(refusal) }
}

/// V3 trades decoded positions of two modules; V2 ids are hashes, so any will do.
fn token_is_of_the_venue(exchange: Exchange, token_id: U256) -> Result<(), Refusal> {
    match exchange {
        Exchange::V2Standard | Exchange::V2NegRisk => Ok(()),
        Exchange::V3 => match position_id::decode(token_id) {
            Ok(id) => match id.module {
                Module::Binary | Module::NegRisk => Ok(()),
                Module::Combo => Err(Refusal::PositionIdModule),
            },
            Err(NotAPosition::Module) => Err(Refusal::PositionIdModule),
            Err(NotAPosition::Outcome) => Err(Refusal::PositionIdOutcome),
            Err(NotAPosition::Reserved) => Err(Refusal::PositionIdReservedBits),
        },
    }
}
