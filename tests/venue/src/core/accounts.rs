//! API keys, and which wallets each may trade for.

use std::collections::BTreeMap;

use crate::crypto::order::SignatureType;
use crate::crypto::wallet;
use crate::crypto::word::{Address, Word};

/// One API key.
#[derive(Clone, Debug)]
pub(crate) struct ApiKey {
    pub(crate) key: String,
    pub(crate) secret: String,
    pub(crate) secret_bytes: Vec<u8>,
    pub(crate) passphrase: String,
    /// The address that signs; never a wallet.
    pub(crate) address: Address,
    pub(crate) nonce: Word,
    pub(crate) wallet: Address,
    pub(crate) signature_type: SignatureType,
    /// Whether the address is a session key of the deposit wallet.
    pub(crate) session: bool,
    pub(crate) banned: bool,
    pub(crate) closed_only: bool,
}

impl ApiKey {
    /// The wallet that a signature type means for this key.
    pub(crate) fn wallet_of(&self, kind: SignatureType) -> Option<Address> {
        if kind == self.signature_type {
            return Some(self.wallet);
        }
        derived(kind, self.address)
    }

    /// Whether an order of this key may name `maker`.
    pub(crate) fn may_trade_for(&self, kind: SignatureType, maker: Address) -> bool {
        match kind {
            SignatureType::Eoa | SignatureType::Proxy | SignatureType::Safe => {
                derived(kind, self.address) == Some(maker)
            }
            SignatureType::Deposit => {
                let configured = self.signature_type == kind && self.wallet == maker;
                configured
                    || (!self.session
                        && [
                            wallet::deposit_beacon(self.address),
                            wallet::deposit_uups(self.address),
                        ]
                        .contains(&Some(maker)))
            }
        }
    }
}

/// The wallet derived from an address.
pub(crate) fn derived(kind: SignatureType, address: Address) -> Option<Address> {
    match kind {
        SignatureType::Eoa => Some(address),
        SignatureType::Proxy => wallet::proxy(address),
        SignatureType::Safe => wallet::safe(address),
        SignatureType::Deposit => wallet::deposit_beacon(address),
    }
}

/// All keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys(BTreeMap<String, ApiKey>);

impl Keys {
    pub(crate) fn insert(&mut self, key: ApiKey) {
        self.0.insert(key.key.clone(), key);
    }

    pub(crate) fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    pub(crate) fn get(&self, key: &str) -> Option<&ApiKey> {
        self.0.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut ApiKey> {
        self.0.get_mut(key)
    }

    pub(crate) fn of(&self, address: Address) -> impl Iterator<Item = &ApiKey> {
        self.0.values().filter(move |key| key.address == address)
    }
}
