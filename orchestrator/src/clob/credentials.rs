//! The API credentials. They post and cancel; they cannot sign an order.

use order::Address;
use ring::rand::{SecureRandom, SystemRandom};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::l2::Secret;
use super::sealed;
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
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct File<'a> {
    api_key: String,
    #[serde(borrow)]
    secret: &'a str,
    #[serde(borrow)]
    passphrase: &'a str,
}

impl Credentials {
    /// Reads the file that `config` names, sealed where it names a sealing key:
    /// the JSON object that the venue answers to `POST /auth/api-key`, with
    /// `apiKey`, `secret`, `passphrase`.
    ///
    /// # Errors
    ///
    /// A sentence that names the file, its problem and the fix; never a part
    /// of a secret.
    pub fn read(config: &config::Clob, address: &Address) -> Result<Self, String> {
        let path = &config.credentials;
        let problem = |problem: String| format!("FILE {}: {problem}", path.display());
        let bytes = files::read_secret(path)?;
        let bytes = match (&config.sealing_key, sealed::is_sealed(&bytes)) {
            (None, false) => bytes,
            (Some(key), true) => {
                let key = files::read_secret(key)?;
                sealed::open(&key, address, &bytes).map_err(problem)?
            }
            (None, true) => {
                let text =
                    "sealed, and clob.sealing_key names no key; name the one it was sealed with";
                return Err(problem(text.to_owned()));
            }
            (Some(_), false) => {
                let text = "not sealed, though clob.sealing_key is set; orchestrator credentials import --replace";
                return Err(problem(text.to_owned()));
            }
        };
        Self::parse(&bytes).map_err(problem)
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

    /// Understands the bytes of such an object.
    ///
    /// # Errors
    ///
    /// A sentence with the problem and the fix; never a part of a secret.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let shape = "not the venue's credentials; give {\"apiKey\", \"secret\", \"passphrase\"}";
        let file: File<'_> = serde_json::from_slice(bytes).map_err(|_ignored| shape.to_owned())?;
        if file.api_key.is_empty() || file.passphrase.is_empty() {
            return Err(shape.to_owned());
        }
        let secret = Secret::from_base64(file.secret).map_err(|e| e.to_string())?;
        Ok(Self {
            api_key: file.api_key,
            secret,
            passphrase: Zeroizing::new(file.passphrase.to_owned()),
        })
    }
}
