//! How `run` and the checks ask over HTTP: one way for all of them. The watcher
//! shares nothing with those who trade, and has its own.
//!
//! Invariant: no redirect is followed and no proxy of the environment is used:
//! who was named in the configuration answers, or nobody does.

use std::time::Duration;

/// Why a body was not had.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It did not come whole.
    #[error("{0}")]
    Broken(String),
    /// It is larger than such an answer may be.
    #[error("the answer is too large")]
    TooLarge,
}

/// The body of `response`, if it is whole and of at most `bytes_max` bytes: what
/// an answer costs us, we decide.
///
/// # Errors
///
/// Why it was not had.
pub async fn body(mut response: reqwest::Response, bytes_max: usize) -> Result<Vec<u8>, BodyError> {
    let broken = |e: reqwest::Error| BodyError::Broken(e.without_url().to_string());
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if bytes.len().saturating_add(chunk.len()) > bytes_max {
            return Err(BodyError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// A client that waits so long for a connection, and for an answer.
///
/// # Errors
///
/// When the host has no means for one.
pub fn client(timeout_ms: u64) -> Result<reqwest::Client, reqwest::Error> {
    let limit = Duration::from_millis(timeout_ms);
    reqwest::Client::builder()
        .timeout(limit)
        .connect_timeout(limit)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// The largest answer to a check or an alert that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Sends `text` as JSON, and reads status and answer whole.
///
/// # Errors
///
/// Why there is no answer; never the address, which may hold a token.
pub async fn post_json(
    client: &reqwest::Client,
    url: &str,
    text: String,
) -> Result<(u16, String), String> {
    let request = client.post(url).header("Content-Type", "application/json");
    let response = request
        .body(text)
        .send()
        .await
        .map_err(|e| e.without_url().to_string())?;
    let status = response.status().as_u16();
    let bytes = body(response, ANSWER_BYTES_MAX)
        .await
        .map_err(|e| e.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_ignored| "the answer is not UTF-8")?;
    Ok((status, text))
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// What happened.
    pub why: String,
    /// Whether whoever was asked may have heard it all the same.
    pub reached: bool,
}

/// Sends plain text, and reads status and answer whole.
///
/// # Errors
///
/// Why there is no answer.
pub async fn post_text(
    client: &reqwest::Client,
    url: &str,
    text: String,
) -> Result<(u16, String), Unanswered> {
    let heard = |why: String| Unanswered { why, reached: true };
    let sent = client.post(url).body(text).send().await;
    let response = sent.map_err(|e| Unanswered {
        reached: !e.is_connect(),
        why: e.without_url().to_string(),
    })?;
    let status = response.status().as_u16();
    let bytes = body(response, ANSWER_BYTES_MAX).await;
    let bytes = bytes.map_err(|e| heard(e.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_ignored| heard("not UTF-8".to_owned()))?;
    Ok((status, text))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_body_is_read_up_to_its_limit_and_no_further() {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().unwrap();
                let mut asked = [0; 1_024];
                assert!(stream.read(&mut asked).unwrap() > 0);
                let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 100\r\n\r\n";
                stream.write_all(head.as_bytes()).unwrap();
                stream.write_all(&[b'x'; 100]).unwrap();
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let read = |bytes_max| {
            runtime.block_on(async {
                let response = client(5_000).unwrap().get(&url).send().await.unwrap();
                body(response, bytes_max).await
            })
        };
        assert_eq!(read(100).unwrap().len(), 100);
        assert!(matches!(read(99), Err(BodyError::TooLarge)));
        server.join().unwrap();
    }
}
