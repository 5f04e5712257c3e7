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
        let shape = || {
            format!(
                "FILE {}: not the venue's credentials; give {{\"apiKey\", \"secret\", \"passphrase\"}}",
                path.display()
            )
        };
        let file: File<'_> = serde_json::from_slice(&bytes).map_err(|_ignored| shape())?;
        let secret = Secret::from_base64(file.secret)
            .map_err(|e| format!("FILE {}: {e}", path.display()))?;
        Ok(Self {
            api_key: file.api_key,
            secret,
            passphrase: Zeroizing::new(file.passphrase.to_owned()),
        })
    }
}
