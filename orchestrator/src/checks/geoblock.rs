//! Whether this host may trade, as the venue's own page says.
//!
//! Invariant: no answer, or another than documented, is a no.

use serde_json::Value;

/// The page has a few words; more are not read.
const PAGE_BYTES_MAX: usize = 65_536;

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

    /// What the page alone says of this host.
    #[must_use]
    pub fn of_page(page: Result<Value, String>) -> Self {
        let page = match page {
            Ok(page) => page,
            Err(why) => return Self::Unknown(why),
        };
        let flag = |name: &str| match page.get(name) {
            None => Ok(None),
            Some(Value::Bool(is)) => Ok(Some(*is)),
            Some(_) => Err(format!("the page's {name} is neither true nor false")),
        };
        match (flag("blocked"), flag("close_only")) {
            (Err(why), _) | (_, Err(why)) => Self::Unknown(why),
            (Ok(None), _) => Self::Unknown("the page does not say".to_owned()),
            (Ok(Some(true)), _) => {
                let country = page.get("country").and_then(Value::as_str);
                Self::Blocked(country.unwrap_or("country not told").to_owned())
            }
            (Ok(Some(false)), Ok(Some(true))) => Self::CloseOnly,
            (Ok(Some(false)), Ok(None | Some(false))) => Self::Allowed,
        }
    }

    /// What both answers say together: the page's of this host, and the
    /// venue's of this account.
    #[must_use]
    pub fn of(page: Result<Value, String>, closed_only: Result<bool, String>) -> Self {
        match (Self::of_page(page), closed_only) {
            (Self::Allowed | Self::CloseOnly, Err(why)) => Self::Unknown(why),
            (Self::Allowed, Ok(true)) => Self::CloseOnly,
            (said, _) => said,
        }
    }
}

/// Asks the page at `url`.
///
/// # Errors
///
/// Why there is no usable answer.
pub async fn ask(url: &str, timeout_ms: u64) -> Result<Value, String> {
    let told = |e: reqwest::Error| e.without_url().to_string();
    let http = crate::http::client(timeout_ms).map_err(told)?;
    let answer = http.get(url).send().await.map_err(told)?;
    if !answer.status().is_success() {
        return Err(format!("the page answered {}", answer.status().as_u16()));
    }
    let bytes = crate::http::body(answer, PAGE_BYTES_MAX).await;
    let bytes = bytes.map_err(|e| e.to_string())?;
    serde_json::from_slice(&bytes).map_err(|_ignored| "the page is no JSON".to_owned())
}
