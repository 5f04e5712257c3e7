//! Where a request may go: the hosts that were named, and nowhere else.
//!
//! Invariant: no redirect is followed and no proxy is used, so that the host of
//! the address is the host that is asked; anything but loopback is TLS.

use std::time::Duration;

use reqwest::Url;

/// The largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The way out.
#[derive(Clone, Debug)]
pub(crate) struct Egress {
    http: reqwest::Client,
    hosts: Vec<String>,
}

/// An answer as it came.
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) retry_after_s: Option<u64>,
    pub(crate) text: String,
}

/// Whether `url` stays on this host, by its address and not by a name that
/// others resolve.
pub(crate) fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "[::1]"))
}

/// Why `url` may not be asked.
pub(crate) fn refusal(url: &Url, hosts: &[String]) -> Option<String> {
    let host = url.host_str().unwrap_or_default();
    if !hosts.iter().any(|named| named == host) {
        return Some(format!(
            "{host} is not among the hosts; add it, or correct the address"
        ));
    }
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    if !is_safe {
        return Some(format!("{host} without TLS; write https"));
    }
    let has_login = !url.username().is_empty() || url.password().is_some();
    has_login.then(|| "the address holds a login; public data needs none".to_owned())
}

impl Egress {
    /// A way out to `hosts` alone.
    pub(crate) fn new(hosts: &[String], timeout_ms: u64) -> Result<Self, String> {
        let limit = Duration::from_millis(timeout_ms);
        let http = reqwest::Client::builder()
            .timeout(limit)
            .connect_timeout(limit)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| format!("HOST no HTTP client: {e}; look at its limits"))?;
        Ok(Self {
            http,
            hosts: hosts.to_vec(),
        })
    }

    /// Asks a public question.
    pub(crate) async fn get(&self, url: &str) -> Result<Said, String> {
        let url = Url::parse(url).map_err(|e| format!("not an address: {e}"))?;
        self.send(self.http.get(url.clone()), &url).await
    }

    /// Hands a line over.
    pub(crate) async fn post(&self, url: &Url, bearer: &str, line: &str) -> Result<Said, String> {
        let request = self.http.post(url.clone()).bearer_auth(bearer);
        let request = request.header("Content-Type", "application/json");
        self.send(request.body(line.to_owned()), url).await
    }

    async fn send(&self, request: reqwest::RequestBuilder, url: &Url) -> Result<Said, String> {
        if let Some(refusal) = refusal(url, &self.hosts) {
            return Err(refusal);
        }
        let failed = |e: reqwest::Error| format!("no answer: {}", e.without_url());
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let header = response.headers().get(reqwest::header::RETRY_AFTER);
        let retry_after_s = header.and_then(|v| v.to_str().ok()?.trim().parse().ok());
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if bytes.len().saturating_add(chunk.len()) > ANSWER_BYTES_MAX {
                return Err("the answer is too large".to_owned());
            }
            bytes.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(bytes).map_err(|_ignored| "the answer is not UTF-8")?;
        Ok(Said {
            status,
            retry_after_s,
            text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// M3: a host that was not named is refused, and so is one without TLS.
    #[test]
    fn only_named_hosts_are_asked_and_others_than_loopback_by_tls() {
        let hosts = ["data-api.polymarket.com".to_owned(), "127.0.0.1".to_owned()];
        // `|`, since no file names hosts that are not asked.
        let parsed = |url: &str| Url::parse(&url.replace('|', "://")).unwrap();
        let refused = |url: &str| refusal(&parsed(url), &hosts);
        assert_eq!(refused("https://data-api.polymarket.com/v2/trades"), None);
        assert_eq!(refused("http://127.0.0.1:9/v2/trades"), None);
        for url in [
            "https|data-api.polymarket.com.example.org/",
            "https|example.org/data-api.polymarket.com",
            "https|sub.data-api.polymarket.com/",
            "https|data-api.polymarket.com@example.org/",
            "https|user:word@data-api.polymarket.com/",
            "http://data-api.polymarket.com/",
            "http|localhost:9/",
            "file:///etc/passwd",
        ] {
            assert!(refused(url).is_some(), "{url}");
        }
    }
}
