//! One client's steps: each is asked, judged and printed.

use ::tests::desk::CHAIN_ID;
use ::tests::http;
use ::tests::session;
use serde_json::{Value, json};

use crate::client::Client;
use crate::say;
use crate::stage::{Market, Stage};
use crate::wire::{Log, Request};

/// What a place in an answer must hold.
pub(crate) enum Must {
    /// Exactly this.
    Is(Value),
    /// A list, or an object, of so many.
    Count(usize),
    /// Something that is neither empty nor null.
    Given,
    /// Nothing, or nothing at all.
    Absent,
    /// Text with this in it.
    Says(&'static str),
}

impl Must {
    fn expected(&self) -> String {
        match self {
            Self::Is(Value::String(text)) => text.clone(),
            Self::Is(value) => value.to_string(),
            Self::Count(count) => format!("{count} of them"),
            Self::Given => "given".to_owned(),
            Self::Absent => "absent".to_owned(),
            Self::Says(text) => format!("..{text}.."),
        }
    }

    fn holds(&self, found: Option<&Value>) -> bool {
        let empty = |value: &Value| match value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(rows) => rows.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        match (self, found) {
            (Self::Absent, found) => found.is_none_or(empty),
            (Self::Is(value), Some(found)) => value == found,
            (Self::Count(count), Some(Value::Array(rows))) => rows.len() == *count,
            (Self::Count(count), Some(Value::Object(fields))) => fields.len() == *count,
            (Self::Given, Some(found)) => !empty(found),
            (Self::Says(text), Some(found)) => found.as_str().is_some_and(|f| f.contains(text)),
            (_, None) | (Self::Count(_), Some(_)) => false,
        }
    }
}

/// The step's main request: method, path template, status.
pub(crate) type Http = (&'static str, &'static str, u16);

/// A client that works through its steps.
pub(crate) struct Run<'a> {
    pub(crate) stage: &'a Stage,
    client: &'a mut Client,
    url: String,
    log: Log,
    problems: Vec<String>,
}

/// Prints the table's head.
pub(crate) fn head() {
    say(&line(["", "client", "step", "HTTP", "expected", "got"]));
}

fn line(cells: [&str; 6]) -> String {
    let [mark, client, step, http, expected, got] = cells;
    let got = shortened(got, 36);
    let expected = shortened(expected, 44);
    format!("{mark:4} {client:6} {step:34} {http:35} {expected:44} {got}")
}

/// As much of a cell as fits.
pub(crate) fn shortened(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(2)).collect();
    format!("{kept}..")
}

impl<'a> Run<'a> {
    pub(crate) fn new(stage: &'a Stage, client: &'a mut Client, url: &str) -> Self {
        Self {
            stage,
            client,
            url: url.to_owned(),
            log: Log::default(),
            problems: Vec::new(),
        }
    }

    /// Opens the client anew for a kind of wallet, without credentials.
    pub(crate) fn open(&mut self, kind: u8) {
        let stage = self.stage;
        let question = json!({
            "call": "open", "host": self.url, "chain": CHAIN_ID,
            "key": format!("0x{}", hex::encode(stage.desk.key.bytes)),
            "signatureType": kind, "funder": stage.wallet(kind).to_checksum(None),
        });
        self.quietly(&question);
    }

    /// Opens it with the desk's own credentials.
    pub(crate) fn open_with_key(&mut self, kind: u8) {
        self.open(kind);
        let mut question = self.stage.credentials.clone();
        question["call"] = json!("use");
        self.quietly(&question);
    }

    fn quietly(&mut self, question: &Value) {
        let said = self.client.ask(question);
        if said.get("value").is_none() {
            self.problems.push(format!("{}: {said}", self.client.name));
        }
    }

    /// Puts the recorded liquidity back, so that each step meets the same.
    pub(crate) fn restore(&mut self, market: &Market) {
        let url = format!("{}/sim/book", self.url);
        let body = json!([market.book]).to_string();
        if let Err(problem) = session::run(http::send(reqwest::Method::POST, &url, body)) {
            self.problems.push(problem);
        }
    }

    /// What was noted down since the last time.
    fn noted(&mut self) -> Vec<Request> {
        let url = format!("{}/sim/requests", self.url);
        let taken = session::run(async {
            let rows = http::get(&url).await?;
            http::send(reqwest::Method::DELETE, &url, String::new()).await?;
            serde_json::from_str(&rows).map_err(|e| e.to_string())
        });
        match taken {
            Ok(rows) => Request::all(&rows),
            Err(problem) => {
                self.problems.push(problem);
                Vec::new()
            }
        }
    }

    /// Asks, judges the main request and each named place of the answer,
    /// prints the row, and returns the answer's value.
    pub(crate) fn step(
        &mut self,
        name: &str,
        question: &Value,
        http: Http,
        must: &[(&str, Must)],
    ) -> Value {
        let said = self.client.ask(question);
        let requests = self.noted();
        let (method, path, status) = http;
        let main = requests
            .iter()
            .rev()
            .find(|r| r.method == method && r.template() == path);
        let got_status = main.and_then(|r| r.answered);
        let others = requests.len().saturating_sub(1);
        let http = format!(
            "{method} {path} {}{}",
            got_status.map_or("none".to_owned(), |s| s.to_string()),
            if others > 0 {
                format!(" +{others}")
            } else {
                String::new()
            },
        );
        let mut wrong = Vec::new();
        if got_status != Some(status) {
            wrong.push((format!("HTTP {status}"), http.clone()));
        }
        for (pointer, must) in must {
            let found = said.pointer(pointer);
            if !must.holds(found) {
                let got = found.map_or_else(|| said.to_string(), Value::to_string);
                wrong.push((format!("{} {}", short(pointer), must.expected()), got));
            }
        }
        let all: Vec<String> = must
            .iter()
            .map(|(pointer, must)| format!("{} {}", short(pointer), must.expected()))
            .collect();
        let (mark, expected, got) = match wrong.first() {
            None => ("OK", all.join(", "), "the same".to_owned()),
            Some((expected, got)) => ("!!", expected.clone(), got.clone()),
        };
        say(&line([
            mark,
            self.client.name,
            name,
            &http,
            &expected,
            &got,
        ]));
        for (expected, got) in wrong {
            let client = self.client.name;
            self.problems
                .push(format!("{client}: {name}: expected {expected}, got {got}"));
        }
        self.log.requests.extend(requests);
        said["value"].clone()
    }

    /// Judges what the answers say together; prints a row only if it is wrong.
    pub(crate) fn check(&mut self, what: &str, right: bool, got: &Value) {
        if !right {
            let client = self.client.name;
            say(&line(["!!", client, what, "", "so", &got.to_string()]));
            self.problems.push(format!("{client}: {what}: got {got}"));
        }
    }

    /// The last order that was posted is the one of this name that every
    /// party posts.
    pub(crate) fn pair(&mut self, name: &str) {
        let posted = self.log.requests.iter().rev();
        let posted = posted
            .clone()
            .find(|r| r.path == "/order" && r.method == "POST");
        if let Some(request) = posted {
            self.log.pairs.insert(name.to_owned(), request.clone());
        }
    }

    /// What was asked in all; problems are added to the others'.
    pub(crate) fn end(self, problems: &mut Vec<String>) -> Log {
        problems.extend(self.problems);
        self.log
    }
}

/// A place, without what all places begin with.
fn short(pointer: &str) -> &str {
    let rest = pointer.strip_prefix("/value").unwrap_or(pointer);
    rest.strip_prefix('/').unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Must;

    #[test]
    fn each_demand_is_met_by_some_answers_and_not_by_others() {
        let (full, none) = (json!(["a"]), json!(null));
        for (must, good, bad) in [
            (
                Must::Is(json!("live")),
                Some(json!("live")),
                Some(json!("matched")),
            ),
            (Must::Is(json!(2)), Some(json!(2)), Some(json!("2"))),
            (Must::Count(1), Some(full.clone()), Some(json!([]))),
            (Must::Count(1), Some(json!({"a": 1})), Some(json!("a"))),
            (Must::Given, Some(full.clone()), Some(json!([]))),
            (Must::Given, Some(json!(0)), Some(json!(""))),
            (Must::Given, Some(json!(false)), None),
            (Must::Absent, None, Some(full.clone())),
            (Must::Absent, Some(none), Some(json!(false))),
            (
                Must::Says("full"),
                Some(json!("couldn't be fully")),
                Some(json!(["fully"])),
            ),
        ] {
            assert!(must.holds(good.as_ref()), "{}: {good:?}", must.expected());
            assert!(!must.holds(bad.as_ref()), "{}: {bad:?}", must.expected());
        }
    }
}
