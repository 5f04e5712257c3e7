//! Judging an order that is already signed.
//!
//! For: the second reading of a pair: the orchestrator checks what the signer
//! returned, and the signer what it is about to return.
//!
//! Never touches: the chain. That a deposit wallet is deployed, or a session
//! key still authorised, is for the caller to know.
//!
//! Invariant: `Ok` means that the order rebuilt by [`Order::new`] from these
//! fields is this order, and that the signature is in its one strict form.

use super::order::signer_field;
use super::{Amounts, Fields, KeyKind, Order, Pricing, Refusal};
use crate::raw::signature::{
    ECDSA_BYTES, ERC7739_BYTES, Ecdsa65, SESSION_BYTES, recover, unwrap_erc7739, unwrap_session,
};
use crate::raw::{self, Side, SignatureType};
use crate::{Address, Venue};

/// What a finished order is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signing {
    /// Whose key must have signed.
    pub address: Address,
    /// What that key is to the maker.
    pub key: KeyKind,
    /// The rule that its amounts must follow.
    pub pricing: Pricing,
}

/// Judges a finished order and its signature.
///
/// # Errors
///
/// The first broken rule, in the order: form of the signature, fields, and who signed.
pub fn check(
    venue: Venue,
    order: &raw::Order,
    signature: &[u8],
    signing: Signing,
) -> Result<Order, Refusal> {
    let signature_type =
        SignatureType::from_u8(order.signatureType).ok_or(Refusal::UnknownSignatureType)?;
    let ecdsa = open(venue, order, signature_type, signature, signing)?;
    if ecdsa.v != 27 && ecdsa.v != 28 {
        return Err(Refusal::SignatureV);
    }
    if !ecdsa.is_low_s() {
        return Err(Refusal::SignatureHighS);
    }
    let strict = rebuild(venue, order, signature_type, signing)?;
    if recover(&strict.signed_digest(), &ecdsa) == Some(signing.address) {
        Ok(strict)
    } else {
        Err(Refusal::SignatureNotOurs)
    }
}

/// Finds the 65 bytes in the one form that this type and key kind have.
fn open(
    venue: Venue,
    order: &raw::Order,
    signature_type: SignatureType,
    signature: &[u8],
    signing: Signing,
) -> Result<Ecdsa65, Refusal> {
    let erc7739 = |bytes: &[u8; ERC7739_BYTES]| unwrap_erc7739(venue, order, bytes);
    match (signature_type, signing.key) {
        (SignatureType::Eoa | SignatureType::Proxy | SignatureType::Safe, _) => {
            <&[u8; ECDSA_BYTES]>::try_from(signature)
                .ok()
                .map(Ecdsa65::from_bytes)
        }
        (SignatureType::Deposit, KeyKind::Owner) => <&[u8; ERC7739_BYTES]>::try_from(signature)
            .ok()
            .and_then(erc7739),
        (SignatureType::Deposit, KeyKind::Session) => <&[u8; SESSION_BYTES]>::try_from(signature)
            .ok()
            .and_then(unwrap_session)
            .filter(|(key, _)| *key == signing.address)
            .and_then(|(_, inner)| erc7739(&inner)),
    }
    .ok_or(Refusal::SignatureForm)
}

/// Reads the contract's fields back as strict ones.
fn rebuild(
    venue: Venue,
    order: &raw::Order,
    signature_type: SignatureType,
    signing: Signing,
) -> Result<Order, Refusal> {
    if !order.metadata.is_zero() {
        return Err(Refusal::MetadataNotZero);
    }
    if order.signer != signer_field(signature_type, order.maker, signing.address) {
        return Err(Refusal::SignerMismatch);
    }
    Order::new(Fields {
        venue,
        maker: order.maker,
        signature_type,
        signing_address: signing.address,
        key: signing.key,
        token_id: order.tokenId,
        side: Side::from_u8(order.side).ok_or(Refusal::UnknownSide)?,
        amounts: Amounts {
            maker: narrow(order.makerAmount, Refusal::AmountTooLarge)?,
            taker: narrow(order.takerAmount, Refusal::AmountTooLarge)?,
            pricing: signing.pricing,
        },
        salt: narrow(order.salt, Refusal::SaltTooLarge)?,
        timestamp_ms: narrow(order.timestamp, Refusal::TimestampTooLarge)?,
        builder: order.builder,
    })
}

fn narrow(word: crate::U256, refusal: Refusal) -> Result<u64, Refusal> {
    u64::try_from(word).ok().ok_or(refusal)
}
