//! The Data API, version 2: what a wallet did, whole or not at all.
//!
//! Invariant: a list is complete only if every page came with status 200, every
//! row of every page was understood, and the last page said that it was.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use order::Address;
use serde_json::Value;

use super::budget::{Budget, List};
use super::rest;
use super::rows::Row;
use crate::clock;
use crate::egress::Egress;

/// Rows a page; the most that any list documents.
const PAGE_ROWS: usize = 500;
/// Pages that are read for one question at most: 100,000 rows.
const PAGES_MAX: usize = 200;
/// The longest wait for our own budget that is sat out within a read.
const BUDGET_WAIT_MS_MAX: u64 = 10_000;

/// What a question was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read<T> {
    /// Every row that there is.
    Complete(Vec<T>),
    /// No answer that could be taken for all of it.
    Incomplete {
        /// Why not.
        reason: String,
        /// How long the other side wants to be left alone.
        retry_after_ms: Option<u64>,
    },
}

/// The way to the Data API.
#[derive(Clone, Debug)]
pub struct DataApi {
    egress: Egress,
    base: String,
    budget: Arc<Mutex<Budget>>,
    asked: Arc<AtomicU64>,
}

/// One page, understood.
#[derive(Debug)]
struct Page<T> {
    rows: Vec<T>,
    next: Option<String>,
}

/// Why a page is none.
struct Failed {
    reason: String,
    retry_after_ms: Option<u64>,
}

impl From<String> for Failed {
    fn from(reason: String) -> Self {
        Self {
            reason,
            retry_after_ms: None,
        }
    }
}

impl DataApi {
    /// Prepares the way to `base` for so many leaders.
    ///
    /// # Errors
    ///
    /// When the host gives no HTTP client.
    pub fn new(
        base: &str,
        hosts: &[String],
        timeout_ms: u64,
        leaders: usize,
    ) -> Result<Self, String> {
        Ok(Self {
            egress: Egress::new(hosts, timeout_ms)?,
            base: base.trim_end_matches('/').to_owned(),
            budget: Arc::new(Mutex::new(Budget::new(leaders))),
            asked: Arc::default(),
        })
    }

    /// All of `user`'s rows of a list, for the leader of this number; trades
    /// and activity from `start_s` on, newest first.
    pub async fn all<T: Row>(
        &self,
        list: List,
        leader: usize,
        user: Address,
        start_s: u64,
    ) -> Read<T> {
        let filters = filters(list, user, start_s);
        match self.pages(list, leader, user, &filters).await {
            Ok(rows) => Read::Complete(rows),
            Err(Failed {
                reason,
                retry_after_ms,
            }) => Read::Incomplete {
                reason: format!("{}: {reason}", list.path()),
                retry_after_ms,
            },
        }
    }

    async fn pages<T: Row>(
        &self,
        list: List,
        leader: usize,
        user: Address,
        filters: &str,
    ) -> Result<Vec<T>, Failed> {
        let mut rows = Vec::new();
        let mut cursors = BTreeSet::new();
        let mut cursor = String::new();
        for _ in 0..PAGES_MAX {
            self.wait_turn(list, leader).await?;
            // The edge answers the very same question from its memory, for
            // minutes.
            let nonce = self.asked.fetch_add(1, Ordering::Relaxed);
            let fresh = format!("_={}-{nonce}", clock::now_us());
            let url = format!("{}{}?{filters}{cursor}&{fresh}", self.base, list.path());
            let said = self.egress.get(&url).await?;
            if said.status != 200 {
                let told_ms = said.retry_after_s.map(|s| s.saturating_mul(1_000));
                return Err(Failed {
                    reason: format!("status {}", said.status),
                    retry_after_ms: told_ms,
                });
            }
            let page = page(&said.text, user)?;
            rows.extend(page.rows);
            let Some(next) = page.next else {
                return Ok(rows);
            };
            if !cursors.insert(next.clone()) {
                return Err("a page comes twice".to_owned().into());
            }
            cursor = format!("&cursor={}", escaped(&next));
        }
        Err(format!("more than {PAGES_MAX} pages").into())
    }

    async fn wait_turn(&self, list: List, leader: usize) -> Result<(), Failed> {
        let since_ms = clock::now_ms();
        loop {
            let now_ms = clock::now_ms();
            let taken = self
                .budget
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(list, leader, now_ms);
            let Err(wait_ms) = taken else {
                return Ok(());
            };
            let waited_ms = now_ms.saturating_sub(since_ms);
            if waited_ms.saturating_add(wait_ms) > BUDGET_WAIT_MS_MAX {
                return Err("our own budget is used up".to_owned().into());
            }
            rest(wait_ms).await;
        }
    }
}

/// What every page repeats.
fn filters(list: List, user: Address, start_s: u64) -> String {
    let user = format!("user={user:#x}");
    match list {
        // Without it the fills of a leader's resting orders are left out.
        List::Trades => {
            format!("{user}&taker_only=false&start={start_s}&limit={PAGE_ROWS}")
        }
        List::Activity => format!("{user}&start={start_s}&limit={PAGE_ROWS}"),
        // Otherwise less than a tenth of a share is left out.
        List::Positions => format!(
            "{user}&status=OPEN&include_archived=true&filter_type=TOKENS&filter_amount=0\
             &limit={PAGE_ROWS}"
        ),
    }
}

fn page<T: Row>(text: &str, user: Address) -> Result<Page<T>, String> {
    let value: Value = serde_json::from_str(text).map_err(|_ignored| "not JSON, or cut off")?;
    let data = value.get("data").and_then(Value::as_array);
    let data = data.ok_or("data is missing or not a list")?;
    let rows: Result<Vec<T>, &str> = data.iter().map(|row| T::read(row, user)).collect();
    let rows = rows.map_err(|field| format!("a row's {field} is not as documented"))?;
    let pagination = value.get("pagination").ok_or("pagination is missing")?;
    let has_more = pagination.get("has_more").and_then(Value::as_bool);
    let next = match (has_more, pagination.get("next_cursor")) {
        (Some(false), _) => None,
        (Some(true), Some(Value::String(next))) if !next.is_empty() => Some(next.clone()),
        (Some(true), _) => return Err("there is more, and no cursor to it".to_owned()),
        (None, _) => return Err("has_more is missing".to_owned()),
    };
    Ok(Page { rows, next })
}

/// A cursor as part of a query.
fn escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    let escape = |b: u8| {
        if plain(b) {
            char::from(b).to_string()
        } else {
            format!("%{b:02X}")
        }
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::super::rows::Position;
    use super::*;
    use serde_json::json;

    fn user() -> Address {
        Address::repeat_byte(0x11)
    }

    fn row() -> Value {
        json!({"proxy_wallet": format!("0x{}", "11".repeat(20)), "token_id": "7",
            "current_size": 2})
    }

    fn read(value: &Value) -> Result<Page<Position>, String> {
        page(&value.to_string(), user())
    }

    /// M2: what is not a whole answer is no answer, and never "no trades".
    #[test]
    fn a_page_is_whole_or_an_error() {
        let last = json!({"has_more": false, "next_cursor": null});
        let good = read(&json!({"data": [row()], "pagination": last})).unwrap();
        assert_eq!((good.rows.len(), good.next), (1, None));
        let more = json!({"has_more": true, "next_cursor": "a=="});
        let more = read(&json!({"data": [], "pagination": more})).unwrap();
        assert_eq!(more.next.as_deref(), Some("a=="));
        let mut bad = row();
        bad["current_size"] = json!("much");
        for wrong in [
            json!({"data": [row(), bad], "pagination": last}),
            json!({"data": null, "pagination": last}),
            json!({"pagination": last}),
            json!({"data": {}, "pagination": last}),
            json!({"data": []}),
            json!({"data": [], "pagination": {}}),
            json!({"data": [], "pagination": {"has_more": true, "next_cursor": null}}),
            json!({"data": [], "pagination": {"has_more": true}}),
            json!({"data": [], "pagination": {"has_more": "no", "next_cursor": "b"}}),
            json!([]),
            json!({"error": "internal"}),
        ] {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
        let whole = json!({"data": [row()], "pagination": last}).to_string();
        for end in 0..whole.len() {
            assert!(
                page::<Position>(whole.get(..end).unwrap(), user()).is_err(),
                "cut at {end}"
            );
        }
        assert!(page::<Position>("<html></html>", user()).is_err());
    }

    #[test]
    fn a_cursor_keeps_its_meaning_in_a_query() {
        assert_eq!(escaped("aZ09-_.~"), "aZ09-_.~");
        assert_eq!(escaped("a+b/c=&d"), "a%2Bb%2Fc%3D%26d");
    }
}
