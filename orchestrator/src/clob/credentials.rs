//! The API credentials. They post and cancel; they cannot sign an order.

use order::Address;
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::age::Age;
use super::l2::Secret;
use super::sealed;
use super::slots::{Slot, Slots};
use crate::config;
use crate::files;

/// What the venue handed out for one API key.
pub struct Credentials {
    /// The key's id, a UUID.
    pub(super) api_key: String,
    /// What requests are signed with.
    pub(super) secret: Secret,
    /// Sent with each request.
    pub(super) passphrase: Zeroizing<String>,
    /// When they came in.
    pub(super) age: Age,
}

const SHAPE: &str = "not the venue's credentials; give {\"apiKey\", \"secret\", \"passphrase\"}";

impl Credentials {
    /// Reads those in use from the file that `config` names.
    ///
    /// # Errors
    ///
    /// A sentence that names the file, its problem and the fix; never a part
    /// of a secret.
    pub fn read(config: &config::Clob, address: &Address) -> Result<Self, String> {
        let bytes = Self::opened(config, address)?;
        Self::parse(&bytes).map_err(|e| format!("FILE {}: {e}", config.credentials.display()))
    }

    /// What the file that `config` names holds, opened where it names a
    /// sealing key: slots, or the JSON object that the venue answers to
    /// `POST /auth/api-key`.
    ///
    /// # Errors
    ///
    /// A sentence that names the file, its problem and the fix.
    pub fn opened(config: &config::Clob, address: &Address) -> Result<Zeroizing<Vec<u8>>, String> {
        let path = &config.credentials;
        let problem = |problem: String| format!("FILE {}: {problem}", path.display());
        let bytes = files::read_secret(path)?;
        match (&config.sealing_key, sealed::is_sealed(&bytes)) {
            (None, false) => Ok(bytes),
            (Some(key), true) => {
                let key = files::read_secret(key)?;
                sealed::open(&key, address, &bytes).map_err(problem)
            }
            (None, true) => {
                let text =
                    "sealed, and clob.sealing_key names no key; name the one it was sealed with";
                Err(problem(text.to_owned()))
            }
            (Some(_), false) => {
                let text = "not sealed, though clob.sealing_key is set; orchestrator credentials import --replace";
                Err(problem(text.to_owned()))
            }
        }
    }

    /// The bytes that [`read`](Self::read) will take for `plain`: sealed where
    /// `config` names a sealing key.
    ///
    /// # Errors
    ///
    /// A sentence that names the file, its problem and the fix.
    pub fn at_rest(
        config: &config::Clob,
        address: &Address,
        plain: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, String> {
        let Some(path) = &config.sealing_key else {
            return Ok(Zeroizing::new(plain.to_vec()));
        };
        let key = files::read_secret(path)?;
        let mut nonce = [0; 12];
        SystemRandom::new()
            .fill(&mut nonce)
            .map_err(|_ignored| "HOST the system gives no randomness; look at it".to_owned())?;
        sealed::seal(&key, nonce, address, plain)
            .map(Zeroizing::new)
            .map_err(|e| format!("FILE {}: {e}", path.display()))
    }

    /// How old they are.
    #[must_use]
    pub const fn age(&self) -> Age {
        self.age
    }

    /// Understands the bytes of either shape, and takes those in use.
    ///
    /// # Errors
    ///
    /// A sentence with the problem and the fix; never a part of a secret.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let slots = Slots::parse(bytes).map_err(|_not| SHAPE.to_owned())?;
        Self::of(&slots.active)
    }

    /// Those of one slot.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn of(slot: &Slot<'_>) -> Result<Self, String> {
        if slot.api_key.is_empty() || slot.passphrase.is_empty() {
            return Err(SHAPE.to_owned());
        }
        let secret = Secret::from_base64(slot.secret).map_err(|e| e.to_string())?;
        Ok(Self {
            api_key: slot.api_key.to_owned(),
            secret,
            passphrase: Zeroizing::new(slot.passphrase.to_owned()),
            age: Age {
                imported_ms: slot.imported_ms,
            },
        })
    }
}
