//! Questions to the simulator's control face, over plain HTTP.

/// The body of `GET url`.
///
/// # Errors
///
/// A sentence, when there is no answer or not a good one.
pub async fn get(url: &str) -> Result<String, String> {
    // reqwest is built without a provider of its own: one crypto stack. A
    // second installation is refused, and the first one stays.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let answer = reqwest::get(url).await.map_err(|e| e.to_string())?;
    let status = answer.status();
    let text = answer.text().await.map_err(|e| e.to_string())?;
    if status.is_success() {
        Ok(text)
    } else {
        Err(format!("{url}: {status} {text}"))
    }
}
