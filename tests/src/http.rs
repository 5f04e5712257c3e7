//! Questions to the simulator's control face, over plain HTTP.

/// The body of `GET url`.
///
/// # Errors
///
/// A sentence, when there is no answer or not a good one.
pub async fn get(url: &str) -> Result<String, String> {
    send(reqwest::Method::GET, url, String::new()).await
}

/// The body of any question; an empty `body` is none.
///
/// # Errors
///
/// A sentence, when there is no answer or not a good one.
pub async fn send(method: reqwest::Method, url: &str, body: String) -> Result<String, String> {
    // reqwest is built without a provider of its own: one crypto stack. A
    // second installation is refused, and the first one stays.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let question = reqwest::Client::new().request(method, url).body(body);
    let answer = question.send().await.map_err(|e| e.to_string())?;
    let status = answer.status();
    let text = answer.text().await.map_err(|e| e.to_string())?;
    if status.is_success() {
        Ok(text)
    } else {
        Err(format!("{url}: {status} {text}"))
    }
}

/// Posts `body` to the simulator's control face.
///
/// # Errors
///
/// A sentence, when there is no answer or not a good one.
pub async fn post(url: &str, body: &serde_json::Value) -> Result<String, String> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let request = reqwest::Client::new().post(url).body(body.to_string());
    let answer = request.send().await.map_err(|e| e.to_string())?;
    let status = answer.status();
    let text = answer.text().await.map_err(|e| e.to_string())?;
    if status.is_success() {
        Ok(text)
    } else {
        Err(format!("{url}: {status} {text}"))
    }
}
