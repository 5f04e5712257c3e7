//! SHA-256 over parts, so that no two lists of parts are one text.

/// SHA-256 over the parts, each with its length before it, as hex.
#[must_use]
pub fn of(parts: &[&[u8]]) -> String {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for part in parts {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        context.update(&length.to_be_bytes());
        context.update(part);
    }
    hex::encode(context.finish())
}
