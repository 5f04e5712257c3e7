//! Whether this host may trade, as the venue's own page says.
//!
//! Invariant: no answer, or another than documented, is a no.

use std::time::Duration;

use serde_json::Value;

/// Where we stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// We may trade.
    Allowed,
    /// We may only close positions.
    CloseOnly,
    /// We may not trade; the country, where it is told.
    Blocked(String),
    /// Nobody knows, so we may not.
    Unknown(String),
}

impl Standing {
    /// For people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Allowed => "this host may trade".to_owned(),
            Self::CloseOnly => "positions may only be closed from here".to_owned(),
            Self::Blocked(place) => format!(
                "this host is where trading is not allowed ({place}): see https://polymarket.com/tos"
            ),
            Self::Unknown(why) => {
                format!("whether this host may trade is not known, so it may not: {why}")
            }
        }
    }

    /// What both answers say together: the page's of this host, and the
    /// venue's of this account.
    #[must_use]
    pub fn of(page: Result<Value, String>, closed_only: Result<bool, String>) -> Self {
        let page = match page {
            Ok(page) => page,
            Err(why) => return Self::Unknown(why),
        };
        match page.get("blocked").and_then(Value::as_bool) {
            None => return Self::Unknown("the page does not say".to_owned()),
            Some(true) => {
                let country = page.get("country").and_then(Value::as_str);
                return Self::Blocked(country.unwrap_or("country not told").to_owned());
            }
            Some(false) => {}
        }
        match closed_only {
            Err(why) => Self::Unknown(why),
            Ok(true) => Self::CloseOnly,
            Ok(false) => Self::Allowed,
        }
    }
}

/// Asks the page at `url`.
///
/// # Errors
///
/// Why there is no usable answer.
pub async fn ask(url: &str, timeout_ms: u64) -> Result<Value, String> {
    let limit = Duration::from_millis(timeout_ms);
    let told = |e: reqwest::Error| e.without_url().to_string();
    let http = reqwest::Client::builder()
        .timeout(limit)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(told)?;
    let answer = http.get(url).send().await.map_err(told)?;
    if !answer.status().is_success() {
        return Err(format!("the page answered {}", answer.status().as_u16()));
    }
    let text = answer.text().await.map_err(told)?;
    serde_json::from_str(&text).map_err(|_ignored| "the page is no JSON".to_owned())
}
