//! The second login: a MAC over each request.
//!
//! Covers timestamp, method, path and body; not the host and not the query.

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Decodes a secret in either alphabet, with or without padding.
pub(crate) fn decode_secret(text: &str) -> Option<Vec<u8>> {
    let plain = text
        .trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_");
    URL_SAFE_NO_PAD.decode(plain).ok()
}

/// The signature a request must carry: url-safe base64 with padding.
pub(crate) fn request_mac(
    secret: &[u8],
    timestamp: &str,
    method: &str,
    path: &str,
    body: &[u8],
) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    for part in [
        timestamp.as_bytes(),
        method.as_bytes(),
        path.as_bytes(),
        body,
    ] {
        mac.update(part);
    }
    Some(URL_SAFE.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_request_vector_has_the_mac_we_compute() {
        let text = include_str!("../../../../proto/order/vectors/auth.json");
        let file: Value = serde_json::from_str(text).unwrap();
        let rows = file["l2"].as_array().unwrap();
        assert_eq!(rows.len(), 22);
        for row in rows {
            let secret = decode_secret(row["secret"].as_str().unwrap()).unwrap();
            let text = |name: &str| row[name].as_str().unwrap_or_default();
            let time = row["headers"]["POLY_TIMESTAMP"].as_str().unwrap();
            let mac = |method: &str, path: &str, body: &str| {
                request_mac(&secret, time, method, path, body.as_bytes()).unwrap()
            };
            let expected = row["headers"]["POLY_SIGNATURE"].as_str().unwrap();
            let (method, path, body) = (text("method"), text("requestPath"), text("body"));
            assert_eq!(mac(method, path, body), expected, "{}", row["id"]);
            assert_ne!(mac("PUT", path, body), expected);
            assert_ne!(mac(method, "/", body), expected);
            assert_ne!(mac(method, path, &format!("{body} ")), expected);
        }
    }
}
