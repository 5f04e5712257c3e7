//! The API credentials. They post and cancel; they cannot sign an order.

use std::path::Path;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::l2::Secret;
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
    /// Reads the JSON object that the venue answers to `POST /auth/api-key`:
    /// `apiKey`, `secret`, `passphrase`.
    ///
    /// # Errors
    ///
    /// A sentence that names the file, its problem and the fix; never a part
    /// of a secret.
    pub fn read(path: &Path) -> Result<Self, String> {
        let bytes = files::read_secret(path)?;
        Self::parse(&bytes).map_err(|problem| format!("FILE {}: {problem}", path.display()))
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
