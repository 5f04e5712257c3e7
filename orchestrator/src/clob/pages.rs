//! Lists that come by pages.
//!
//! Invariant: either every page was read, or there is no list.

use serde_json::Value;

use super::budget::Endpoint;
use super::{Clob, ClobError, text};

/// Pages that are read for one question at most.
const PAGES_MAX: usize = 100;
const FIRST_CURSOR: &str = "MA==";
const LAST_CURSOR: &str = "LTE=";

impl Clob {
    /// All rows of `path`, filtered by `query` (`a=b&` each, or empty).
    pub(super) async fn all_pages(&self, path: &str, query: &str) -> Result<Vec<Value>, ClobError> {
        let mut rows = Vec::new();
        let mut cursor = FIRST_CURSOR.to_owned();
        for _ in 0..PAGES_MAX {
            let query = format!("?{query}next_cursor={cursor}");
            let mut page = self.private(Endpoint::Data, path, &query).await?;
            match page.get_mut("data") {
                Some(Value::Array(more)) => rows.append(more),
                None
                | Some(
                    Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Object(_),
                ) => {
                    return Err(ClobError::Shape("data is missing or not a list".to_owned()));
                }
            }
            let next = text(&page, "next_cursor")?;
            if next == LAST_CURSOR {
                return Ok(rows);
            }
            if next == cursor {
                return Err(ClobError::Shape(
                    "a page names itself as the next".to_owned(),
                ));
            }
            next.clone_into(&mut cursor);
        }
        Err(ClobError::Shape(format!(
            "{path}: more than {PAGES_MAX} pages"
        )))
    }
}
