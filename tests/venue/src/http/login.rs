//! Who is asking: the MAC of every private request, and the keys themselves.

use std::collections::BTreeMap;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::{HeaderMap, Uri};
use serde_json::json;

use super::App;
use super::course::View;
use super::reply::{Answer, Json};
use crate::core::place::Treatment;
use crate::core::refusal::Refusal;
use crate::crypto::login::proves_control;
use crate::crypto::mac::request_mac;
use crate::crypto::word::{Address, Word};
use crate::journal::Command;
use crate::venue::{Venue, credentials};

/// A private request whose sender is known.
#[derive(Debug)]
pub(crate) struct Private {
    pub(crate) key: String,
    pub(crate) body: Vec<u8>,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) view: View,
    pub(crate) treatment: Treatment,
}

impl FromRequest<App> for Private {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        // The gate has bounded it.
        let body = to_bytes(body, usize::MAX)
            .await
            .map_err(|_read| Refusal::Payload)?
            .to_vec();
        let method = parts.method.as_str();
        let path = parts.uri.path();
        let key = authenticate(&app.venue(), &parts.headers, method, path, &body)?;
        Ok(Self {
            key,
            body,
            query: query(&parts.uri)?,
            view: parts.extensions.remove().unwrap_or_default(),
            treatment: parts.extensions.remove().unwrap_or_default(),
        })
    }
}

/// The query as names and values.
pub(crate) fn query(uri: &Uri) -> Result<BTreeMap<String, String>, Refusal> {
    let Query(query) = Query::try_from_uri(uri)
        .map_err(|error| Refusal::Request(format!("invalid query: {error}")))?;
    Ok(query)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Whether a timestamp in seconds is within the tolerated skew.
fn timely(venue: &Venue, timestamp: &str) -> bool {
    let now_s = venue.exchange.now_ms().checked_div(1_000).unwrap_or(0);
    let sent_s = timestamp.parse::<u64>().ok();
    sent_s.is_some_and(|sent_s| now_s.abs_diff(sent_s) <= venue.exchange.rules.auth_skew_s)
}

fn authenticate(
    venue: &Venue,
    headers: &HeaderMap,
    method: &str,
    path: &str,
    body: &[u8],
) -> Result<String, Refusal> {
    let value = |name| header(headers, name).ok_or(Refusal::Unauthorized);
    let account = venue
        .exchange
        .key(value("poly_api_key")?)
        .ok_or(Refusal::Unauthorized)?;
    let timestamp = value("poly_timestamp")?;
    let expected = request_mac(&account.secret_bytes, timestamp, method, path, body);
    let genuine = Address::parse(value("poly_address")?) == Some(account.address)
        && value("poly_passphrase")? == account.passphrase
        && expected.as_deref() == Some(value("poly_signature")?)
        && timely(venue, timestamp);
    if genuine {
        Ok(account.key.clone())
    } else {
        Err(Refusal::Unauthorized)
    }
}

/// The address and nonce of a first login, if its signature proves control.
fn first_login(venue: &Venue, headers: &HeaderMap) -> Result<(Address, Word), Refusal> {
    let value = |name| header(headers, name).ok_or(Refusal::LoginHeaders);
    let address = Address::parse(value("poly_address")?).ok_or(Refusal::LoginHeaders)?;
    let nonce = Word::from_decimal(value("poly_nonce")?).ok_or(Refusal::LoginHeaders)?;
    let timestamp = value("poly_timestamp")?;
    let signature = value("poly_signature")?.strip_prefix("0x");
    let signature = signature
        .and_then(|text| hex::decode(text).ok())
        .unwrap_or_default();
    let chain_id = venue.exchange.rules.chain_id;
    if timely(venue, timestamp) && proves_control(chain_id, address, timestamp, nonce, &signature) {
        Ok((address, nonce))
    } else {
        Err(Refusal::LoginHeaders)
    }
}

/// `POST /auth/api-key`: new credentials, once per address and nonce.
pub(crate) async fn create(State(app): State<App>, headers: HeaderMap) -> Answer {
    let mut venue = app.venue();
    let (address, nonce) = first_login(&venue, &headers)?;
    let command = Command::CreateKey {
        address: address.to_string(),
        nonce: nonce.to_decimal(),
    };
    venue.submit(command).map(Json)
}

/// `DELETE /auth/api-key`: the key that asks is forgotten.
pub(crate) async fn forget(State(app): State<App>, request: Private) -> Answer {
    let command = Command::ForgetKey {
        api_key: request.key.clone(),
    };
    app.venue().submit(command).map(Json)
}

/// `GET /auth/derive-api-key`: the credentials that were created.
pub(crate) async fn derive(State(app): State<App>, headers: HeaderMap) -> Answer {
    let venue = app.venue();
    let (address, nonce) = first_login(&venue, &headers)?;
    let mut keys = venue.exchange.keys_of(address);
    let key = keys.find(|key| key.nonce == nonce).ok_or(Refusal::NoKey)?;
    Ok(Json(credentials(key)))
}

/// `GET /auth/api-keys`: the keys of this address.
pub(crate) async fn list(State(app): State<App>, request: Private) -> Answer {
    let venue = app.venue();
    let account = venue
        .exchange
        .key(&request.key)
        .ok_or(Refusal::Unauthorized)?;
    let keys = venue
        .exchange
        .keys_of(account.address)
        .map(|key| key.key.as_str());
    Ok(Json(json!({"apiKeys": keys.collect::<Vec<_>>()})))
}
