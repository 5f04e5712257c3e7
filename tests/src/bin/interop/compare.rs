//! The same orders and the same reads, by the two clients and by ours: method,
//! path, query, the headers that identify an account, and every field of the
//! body with its JSON type.
//!
//! Invariant: what may differ is listed here, and must still have the form that
//! the clients give it.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::Value;

use crate::orders::at_market;
use crate::run::Must::Is;
use crate::run::Run;
use crate::say;
use crate::stage::{Market, Stage};
use crate::wire::{Log, Request};

/// An order that every party posts.
pub(crate) struct Pair {
    pub(crate) kind: &'static str,
    pub(crate) side: &'static str,
    neg_risk: bool,
    pub(crate) price: &'static str,
    pub(crate) shares: &'static str,
    /// What the clients are told: dollars for a purchase, shares for a sale.
    amount: f64,
}

const fn pair(
    kind: &'static str,
    side: &'static str,
    neg_risk: bool,
    price: &'static str,
    shares: &'static str,
    amount: f64,
) -> Pair {
    Pair {
        kind,
        side,
        neg_risk,
        price,
        shares,
        amount,
    }
}

/// What the orchestrator posts: FOK and FAK, both sides, both exchanges. The
/// amounts are such that the `PyPI` client does not lose a cent of them: it cuts
/// binary fractions, and makes 8.19 of 8.2.
pub(crate) const PAIRS: [Pair; 8] = [
    pair("FOK", "BUY", false, "0.41", "25", 10.25),
    pair("FAK", "BUY", false, "0.41", "12", 4.92),
    pair("FOK", "SELL", false, "0.39", "18", 18.0),
    pair("FAK", "SELL", false, "0.39", "9.5", 9.5),
    pair("FOK", "BUY", true, "0.131", "40", 5.24),
    pair("FAK", "BUY", true, "0.131", "20", 2.62),
    pair("FOK", "SELL", true, "0.125", "30", 30.0),
    pair("FAK", "SELL", true, "0.125", "9.5", 9.5),
];

/// Whether a value has the form that it must have.
type HasForm = fn(&Value) -> bool;

/// Body fields that no two orders share, with the form that each must have.
const UNLIKE: [(&str, HasForm); 3] = [
    ("order.salt", |v| {
        v.as_u64().is_some_and(|salt| salt < 1 << 53)
    }),
    ("order.timestamp", |v| digits(v, 13)),
    ("order.signature", |v| {
        let hex = v.as_str().and_then(|text| text.strip_prefix("0x"));
        hex.is_some_and(|hex| hex.len() == 130 && hex::decode(hex).is_ok())
    }),
];

/// Query fields whose value is a matter of when one asks.
const UNLIKE_QUERY: [&str; 1] = ["after"];

fn digits(value: &Value, count: usize) -> bool {
    let text = value.as_str().unwrap_or_default();
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

impl Pair {
    pub(crate) fn name(&self) -> String {
        let market = if self.neg_risk {
            "neg-risk"
        } else {
            "standard"
        };
        format!("{} {}, {market}", self.kind, self.side)
    }

    pub(crate) fn market<'a>(&self, stage: &'a Stage) -> &'a Market {
        if self.neg_risk {
            &stage.neg_risk
        } else {
            &stage.standard
        }
    }
}

/// A client posts every pair.
pub(crate) fn same_orders(run: &mut Run<'_>) {
    for pair in &PAIRS {
        let market = pair.market(run.stage).clone();
        run.restore(&market);
        let price = pair.price.parse().expect("a price");
        let order = at_market(&market, pair.side, price, pair.amount, pair.kind);
        let name = pair.name();
        run.step(
            &format!("as ours: {name}"),
            &order,
            ("POST", "/order", 200),
            &[("/value/status", Is("matched".into()))],
        );
        run.pair(&name);
    }
}

/// Compares the posts of every pair; prints a row each.
pub(crate) fn orders(logs: &[(&str, &Log); 3]) -> Vec<String> {
    let unlike: Vec<&str> = UNLIKE.iter().map(|(name, _)| *name).collect();
    say(&format!(
        "\nThe same orders by npm, PyPI and ours; all must be equal but {}:",
        unlike.join(", ")
    ));
    let mut problems = Vec::new();
    for pair in &PAIRS {
        let name = pair.name();
        let found = logs.map(|(party, log)| (party, log.pairs.get(&name)));
        let [(_, Some(npm)), (_, Some(pypi)), (_, Some(ours))] = found else {
            let missing = found.iter().filter(|(_, post)| post.is_none());
            let missing: Vec<&str> = missing.map(|(party, _)| *party).collect();
            problems.push(format!("{name}: not posted by {}", missing.join(", ")));
            continue;
        };
        let mut wrong = differences("npm", npm, ours);
        wrong.extend(differences("PyPI", pypi, ours));
        let (fields, headers) = (leaves(&ours.body).len(), ours.poly().len());
        let mark = if wrong.is_empty() { "OK" } else { "!!" };
        say(&format!(
            "{mark:4} {name:20} {} {}, {headers} POLY_ headers, {fields} fields of the body",
            ours.method, ours.path
        ));
        problems.extend(wrong.into_iter().map(|wrong| format!("{name}: {wrong}")));
    }
    problems
}

/// In what ours is not like the client's.
fn differences(party: &str, client: &Request, ours: &Request) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut same = |what: &str, theirs: String, own: String| {
        if theirs != own {
            wrong.push(format!("{what}: {party} sends {theirs}, we {own}"));
        }
    };
    same("method", client.method.clone(), ours.method.clone());
    same("path", client.path.clone(), ours.path.clone());
    same("query", query(client), query(ours));
    same("headers", headers(client), headers(ours));
    if !ours.body.is_empty() {
        let kind = |r: &Request| r.headers.get("CONTENT-TYPE").cloned().unwrap_or_default();
        same("Content-Type", kind(client), kind(ours));
    }
    let (theirs, own) = (leaves(&client.body), leaves(&ours.body));
    let names: BTreeSet<&String> = theirs.keys().chain(own.keys()).collect();
    for name in names {
        same(
            name,
            told(name, theirs.get(name)),
            told(name, own.get(name)),
        );
    }
    wrong
}

/// A body field as far as it must be equal: its value, or its type and form.
fn told(name: &str, value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "nothing".to_owned();
    };
    match UNLIKE.iter().find(|(unlike, _)| *unlike == name) {
        None => value.to_string(),
        Some((_, form)) if form(value) => format!("{} of the known form", of_kind(value)),
        Some(_) => format!("{value}, which has not the known form"),
    }
}

/// A value's type, and of text its length: of a time always the same, of a
/// signature by the wallet.
fn of_kind(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(text) => format!("{} characters", text.len()),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// Every value of a body by its place.
fn leaves(body: &str) -> BTreeMap<String, Value> {
    fn walk(place: &str, value: &Value, found: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let dot = if place.is_empty() { "" } else { "." };
                    walk(&format!("{place}{dot}{name}"), value, found);
                }
            }
            leaf => {
                found.insert(place.to_owned(), leaf.clone());
            }
        }
    }
    let mut found = BTreeMap::new();
    if !body.is_empty() {
        walk(
            "",
            &serde_json::from_str(body).unwrap_or_default(),
            &mut found,
        );
    }
    found
}

/// The query as far as it must be equal.
fn query(request: &Request) -> String {
    let told = |(name, value): (&String, &String)| {
        let time = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        if UNLIKE_QUERY.contains(&name.as_str()) && time {
            format!("{name}=<{} digits>", value.len())
        } else {
            format!("{name}={value}")
        }
    };
    let all: Vec<String> = request.query.iter().map(told).collect();
    all.join("&")
}

/// The headers that identify the account, as far as they must be equal: a time
/// is ten digits, and a MAC 32 bytes in padded url-safe base64. That it is the
/// right one, the simulator has checked.
fn headers(request: &Request) -> String {
    let told = |(name, value): (&str, &str)| match name {
        "POLY_TIMESTAMP" if digits(&value.into(), 10) => format!("{name}=<10 digits>"),
        "POLY_SIGNATURE" if URL_SAFE.decode(value).is_ok_and(|mac| mac.len() == 32) => {
            format!("{name}=<MAC>")
        }
        _ => format!("{name}={value}"),
    };
    let all: Vec<String> = request.poly().into_iter().map(told).collect();
    all.join(" ")
}

/// Each kind of read that ours makes is one that both clients make, in the
/// same words; prints a row each.
pub(crate) fn reads(logs: &[(&str, &Log); 3]) -> Vec<String> {
    say("\nWhat ours reads, and both clients read alike; only the value of after may differ:");
    let [(_, npm), (_, pypi), (_, ours)] = logs;
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    for own in ours.requests.iter().filter(|r| r.orders().is_empty()) {
        let mark = if own.query.is_empty() { "" } else { "?" };
        let words = format!("{} {}{mark}{}", own.method, own.template(), query(own));
        if !seen.insert(words.clone()) {
            continue;
        }
        let mut wrong = Vec::new();
        for (party, log) in [("npm", npm), ("PyPI", pypi)] {
            let like = |r: &&Request| {
                r.method == own.method && r.template() == own.template() && query(r) == query(own)
            };
            match log.requests.iter().find(like) {
                None => wrong.push(format!("{party} never asks this")),
                Some(r) if headers(r) != headers(own) => {
                    wrong.push(format!("{party} sends {}, we {}", headers(r), headers(own)));
                }
                Some(_) => {}
            }
        }
        let mark = if wrong.is_empty() { "OK" } else { "!!" };
        say(&format!(
            "{mark:4} {}, {} POLY_ headers",
            crate::run::shortened(&words, 110),
            own.poly().len()
        ));
        problems.extend(wrong.into_iter().map(|wrong| format!("{words}: {wrong}")));
    }
    if seen.is_empty() {
        problems.push("ours read nothing at all".to_owned());
    }
    problems
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn post() -> Request {
        let order = json!({"salt": 7, "side": "BUY", "timestamp": "1795000000000",
            "signature": format!("0x{}", "ab".repeat(65))});
        let poly = [
            ("POLY_TIMESTAMP", "1795000000".to_owned()),
            ("POLY_SIGNATURE", URL_SAFE.encode([7; 32])),
            ("POLY_API_KEY", "a".to_owned()),
            ("CONTENT-TYPE", "application/json".to_owned()),
        ];
        Request {
            method: "POST".to_owned(),
            path: "/order".to_owned(),
            query: BTreeMap::from([("after".to_owned(), "5".to_owned())]),
            headers: poly.map(|(name, value)| (name.to_owned(), value)).into(),
            body: json!({"order": order, "postOnly": false}).to_string(),
            answered: Some(200),
        }
    }

    #[test]
    fn what_no_two_orders_share_may_differ_within_its_form() {
        let mut ours = post();
        ours.body = ours.body.replace("\"salt\":7", "\"salt\":8");
        ours.body = ours.body.replace("1795000000000", "1795000000001");
        ours.body = ours.body.replace("abab", "cdcd");
        ours.query.insert("after".to_owned(), "6".to_owned());
        let mac = URL_SAFE.encode([8; 32]);
        ours.headers.insert("POLY_SIGNATURE".to_owned(), mac);
        ours.headers
            .insert("USER-AGENT".to_owned(), "us".to_owned());
        assert_eq!(differences("them", &post(), &ours), [""; 0]);
    }

    #[test]
    fn every_other_difference_is_named() {
        let bent = |bend: &dyn Fn(&mut Request)| {
            let mut ours = post();
            bend(&mut ours);
            differences("them", &post(), &ours)
        };
        let header = |name: &str, value: &str| {
            bent(&|r| {
                r.headers.insert(name.to_owned(), value.to_owned());
            })
        };
        let asked = |name: &str, value: &str| {
            bent(&|r| {
                r.query.insert(name.to_owned(), value.to_owned());
            })
        };
        let written = |from: &str, to: &str| bent(&|r| r.body = r.body.replace(from, to));
        for (what, found) in [
            ("method", bent(&|r| r.method = "PUT".to_owned())),
            ("path", bent(&|r| r.path.push('s'))),
            ("query", asked("id", "")),
            ("query", asked("after", "now")),
            ("headers", header("POLY_NONCE", "0")),
            ("headers", header("POLY_API_KEY", "b")),
            ("headers", header("POLY_TIMESTAMP", "1")),
            ("headers", header("POLY_SIGNATURE", "AA==")),
            ("Content-Type", header("CONTENT-TYPE", "text/plain")),
            ("order.salt", written(":7", ":\"7\"")),
            ("order.side", written("BUY", "SELL")),
            ("order.timestamp", written("1795000000000", "1795000000")),
            ("order.signature", written("0xab", "ab")),
            (
                "order.taker",
                written("\"salt\"", "\"taker\":\"0x\",\"salt\""),
            ),
            ("postOnly", written(",\"postOnly\":false", "")),
        ] {
            assert_eq!(found.len(), 1, "{what}: {found:?}");
            assert!(found[0].starts_with(what), "{found:?}");
        }
    }
}
