//! Requests as the simulator noted them down.

use std::collections::BTreeMap;

use serde_json::Value;

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    /// Names in capitals.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    pub(crate) answered: Option<u16>,
}

/// Everything that one party asked.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) requests: Vec<Request>,
    /// The posts that all parties make alike, by their names.
    pub(crate) pairs: BTreeMap<String, Request>,
}

impl Request {
    /// Reads what `GET /sim/requests` answered.
    pub(crate) fn all(rows: &Value) -> Vec<Self> {
        rows.as_array().into_iter().flatten().map(of).collect()
    }

    /// The path, with ids replaced by what they are.
    pub(crate) fn template(&self) -> String {
        let part = |part: &str| match part {
            id if id.starts_with("0x") => "{hash}".to_owned(),
            id if id.len() > 20 && id.bytes().all(|b| b.is_ascii_digit()) => "{token}".to_owned(),
            other => other.to_owned(),
        };
        self.path.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    /// The headers by which the venue knows who asks.
    pub(crate) fn poly(&self) -> BTreeMap<&str, &str> {
        self.headers
            .iter()
            .filter(|(name, _)| name.starts_with("POLY_"))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    /// The orders in the body of a POST; none in any other request.
    pub(crate) fn orders(&self) -> Vec<Value> {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        match (self.method.as_str(), self.path.as_str()) {
            ("POST", "/order") => vec![body],
            ("POST", "/orders") => body.as_array().cloned().unwrap_or_default(),
            _ => Vec::new(),
        }
    }
}

fn of(row: &Value) -> Request {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        // The only character that any party here escapes.
        (name.to_owned(), value.replace("%3D", "="))
    };
    let query = text("query");
    let headers = row["headers"].as_object().into_iter().flatten();
    Request {
        method: text("method"),
        path: text("path"),
        query: query
            .split('&')
            .filter(|p| !p.is_empty())
            .map(pair)
            .collect(),
        headers: headers
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
        body: text("body"),
        answered: row["answered"].as_u64().and_then(|n| n.try_into().ok()),
    }
}
