//! What a deposit wallet says to `isValidSignature`.
//!
//! For: Solady's nested ERC-1271 (both workflows) and the session key's
//! envelope, as the published wallet source has them.
//!
//! Never touches: the owner's other powers; batches and handovers are not
//! signatures over orders.

use super::facts::Facts;
use super::model::lax_recover;
use alloy_primitives::{Keccak256, U256, keccak256};
use order::{Address, B256, Chain};

const MAGIC_PAIR: [u8; 2] = [0x64, 0x92];
const WORD: usize = 32;

/// Whether the wallet, if it is deployed, accepts `signature` over `hash`.
pub(super) fn is_valid(
    chain: Chain,
    wallet: Address,
    hash: &B256,
    signature: &[u8],
    facts: &Facts,
) -> bool {
    let Some(owner) = facts.owners.get(&wallet) else {
        return false;
    };
    match open_envelope(signature) {
        Envelope::None => is_nested_valid(chain, wallet, hash, signature, *owner),
        Envelope::Of(key, inner) => {
            facts.is_live_session(wallet, key) && is_nested_valid(chain, wallet, hash, inner, key)
        }
        Envelope::Broken => false,
    }
}

enum Envelope<'a> {
    None,
    Of(Address, &'a [u8]),
    Broken,
}

/// `abi.encode(bytes32 key, bytes32 0, bytes inner)`, then sixteen times 6492.
fn open_envelope(signature: &[u8]) -> Envelope<'_> {
    let Some((body, magic)) = signature.split_last_chunk::<WORD>() else {
        return Envelope::None;
    };
    if !magic.chunks(2).all(|pair| pair == MAGIC_PAIR) {
        return Envelope::None;
    }
    match encoded(body) {
        Some((key, inner)) => Envelope::Of(key, inner),
        None => Envelope::Broken,
    }
}

fn encoded(body: &[u8]) -> Option<(Address, &[u8])> {
    let (key, rest) = body.split_first_chunk::<WORD>()?;
    let (padding, address) = key.split_first_chunk::<12>()?;
    let (_, rest) = rest.split_first_chunk::<WORD>()?;
    let (offset, _) = rest.split_first_chunk::<WORD>()?;
    let tail = body.get(small(offset)?..)?;
    let (length, tail) = tail.split_first_chunk::<WORD>()?;
    let inner = tail.get(..small(length)?)?;
    (*padding == [0; 12]).then_some((Address::from_slice(address), inner))
}

fn small(word: &[u8; WORD]) -> Option<usize> {
    usize::try_from(U256::from_be_bytes(*word)).ok()
}

/// Solady's `_erc1271IsValidSignatureViaNestedEIP712`.
fn is_nested_valid(
    chain: Chain,
    wallet: Address,
    hash: &B256,
    signature: &[u8],
    key: Address,
) -> bool {
    let (digest, ecdsa) = match Nested::of(hash, signature) {
        Some(nested) => (nested.digest(chain, wallet), nested.ecdsa),
        None => (Some(personal_digest(chain, wallet, hash)), signature),
    };
    digest.is_some_and(|digest| lax_recover(&digest, ecdsa) == Some(key))
}

/// A signature with its application's domain and type appended.
struct Nested<'a> {
    ecdsa: &'a [u8],
    separator: &'a [u8; WORD],
    contents: &'a [u8; WORD],
    description: &'a [u8],
}

impl<'a> Nested<'a> {
    /// None where the appended data does not lead back to `hash`: the wallet then
    /// takes the personal-sign way.
    fn of(hash: &B256, signature: &'a [u8]) -> Option<Self> {
        let (rest, length) = signature.split_last_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (rest, description) = rest.split_at_checked(rest.len().checked_sub(length)?)?;
        let (rest, contents) = rest.split_last_chunk::<WORD>()?;
        let (ecdsa, separator) = rest.split_last_chunk::<WORD>()?;
        let leads_back = typed_data_hash(separator, &B256::from(*contents)) == *hash;
        (leads_back && length > 0).then_some(Self {
            ecdsa,
            separator,
            contents,
            description,
        })
    }

    /// The `TypedDataSign` digest, unless the description names no valid type.
    fn digest(&self, chain: Chain, wallet: Address) -> Option<B256> {
        let (name, definition) = name_and_definition(self.description)?;
        let mut typehash = Keccak256::new();
        typehash.update("TypedDataSign(");
        typehash.update(name);
        typehash.update(
            " contents,string name,string version,uint256 chainId,address verifyingContract,\
             bytes32 salt)",
        );
        typehash.update(definition);

        let mut hasher = Keccak256::new();
        hasher.update(typehash.finalize());
        hasher.update(self.contents);
        hasher.update(wallet_domain(chain, wallet));
        hasher.update(B256::ZERO);
        Some(typed_data_hash(self.separator, &hasher.finalize()))
    }
}

/// `Name(fields)` names itself; `Name(fields)Other` is a definition followed by
/// the name. Names begin with no small letter and hold no `, )` or zero byte.
fn name_and_definition(description: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = description
        .iter()
        .rposition(|byte| *byte == b')')?
        .checked_add(1)?;
    let (definition, explicit) = description.split_at_checked(end)?;
    let name = if explicit.is_empty() {
        definition.split(|byte| *byte == b'(').next()?
    } else {
        explicit
    };
    let starts_well = name.first().is_some_and(|byte| !byte.is_ascii_lowercase());
    let holds_well = !name.iter().any(|byte| b", )\0".contains(byte));
    (starts_well && holds_well).then_some((name, definition))
}

/// The wallet's own domain as the four words that the wrapper repeats.
fn wallet_domain(chain: Chain, wallet: Address) -> Vec<u8> {
    [
        keccak256("DepositWallet").0,
        keccak256("1").0,
        U256::from(chain.id()).to_be_bytes(),
        wallet.into_word().0,
    ]
    .concat()
}

/// `PersonalSign(bytes prefixed)` in the wallet's own domain.
pub(super) fn personal_digest(chain: Chain, wallet: Address, hash: &B256) -> B256 {
    let mut separator = Keccak256::new();
    separator.update(keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
    ));
    separator.update(wallet_domain(chain, wallet));
    let personal = [keccak256("PersonalSign(bytes prefixed)").0, hash.0].concat();
    typed_data_hash(&separator.finalize().0, &keccak256(personal))
}

fn typed_data_hash(separator: &[u8; WORD], contents: &B256) -> B256 {
    keccak256([&[0x19, 0x01][..], separator, contents.as_slice()].concat())
}
