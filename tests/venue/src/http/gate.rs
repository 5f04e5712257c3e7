//! The gate: requests are noted down, and faults are injected.
//!
//! Invariant: `/sim` never misbehaves and is never noted down.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::App;
use super::course::{Course, Said};
use super::reply::{Abandon, abandoned, json_response};
use crate::core::refusal::Refusal;
use crate::core::rules::Record;
use crate::venue::Noted;

/// Bodies are small; the largest, 3000 ids to cancel, is a fifth of this.
const BODY_MAX: usize = 1_048_576;
/// Older requests are forgotten.
const REQUESTS_MAX: u64 = 20_000;

/// Every request passes here.
pub(crate) async fn gate(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/sim") {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_MAX).await else {
        let body = json!({"error": "body too large"});
        return json_response(StatusCode::PAYLOAD_TOO_LARGE, &body);
    };
    let (rule, serial) = {
        let mut venue = app.venue();
        let now_ms = venue.exchange.now_ms();
        let record = venue.exchange.rules.record;
        let noted = record == Record::All || is_noted(parts.uri.path());
        let serial = noted.then(|| {
            let serial = venue.note(note(&parts, &body, now_ms, record));
            venue.requests.remove(&serial.wrapping_sub(REQUESTS_MAX));
            serial
        });
        (
            venue
                .faults
                .take(now_ms, parts.method.as_str(), parts.uri.path()),
            serial,
        )
    };
    let course = rule.map_or_else(Course::default, Course::of);
    let response = follow(&app, course, parts, body, next).await;
    if let Some(serial) = serial
        && response.extensions().get::<Abandon>().is_none()
        && let Some(noted) = app.venue().requests.get_mut(&serial)
    {
        noted.answered = Some(response.status().as_u16());
    }
    response
}

async fn follow(app: &App, course: Course, parts: Parts, body: Bytes, next: Next) -> Response {
    let posted = body.clone();
    pause(course.before_ms).await;
    let honest = if course.process {
        let mut request = Request::from_parts(parts, Body::from(body));
        request.extensions_mut().insert(course.view);
        request.extensions_mut().insert(course.treatment);
        Some(next.run(request).await)
    } else {
        None
    };
    pause(course.after_ms).await;
    match (course.said, honest) {
        (Said::Honest, Some(response)) | (Said::Instead(response), _) => response,
        (Said::Cut(bytes), Some(response)) => cut(response, bytes).await,
        (Said::Honest | Said::Nothing | Said::Cut(_), _) => abandoned(),
        // What was refused cannot have been there before.
        (Said::Duplicated, Some(refused)) if refused.status() != StatusCode::OK => refused,
        (Said::Duplicated, _) => {
            let id = app.venue().exchange.id_of(&posted);
            id.map_or(Refusal::Payload, Refusal::Duplicated)
                .into_response()
        }
    }
}

/// An answer's beginning, as whole an answer as the transport can tell.
async fn cut(response: Response, bytes: usize) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return abandoned();
    };
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(body.slice(..bytes.min(body.len()))))
}

/// The latency that a test's script asked for: here, time is what is simulated,
/// and nothing else waits for it.
async fn pause(ms: u64) {
    if ms > 0 {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

/// Private requests, and those of the Data API.
fn is_noted(path: &str) -> bool {
    [
        "/order",
        "/cancel",
        "/data/",
        "/balance-allowance",
        "/v1/",
        "/v2/",
        "/auth/",
    ]
    .iter()
    .any(|prefix| path.starts_with(prefix))
}

/// A request as it came, for comparison with other clients'.
fn note(parts: &Parts, body: &Bytes, now_ms: u64, record: Record) -> Noted {
    let headers = parts
        .headers
        .iter()
        .filter(|(name, _)| record == Record::All || name.as_str().starts_with("poly_"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Noted {
        at_ms: now_ms,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers
            .map(|(name, value)| (name.as_str().to_ascii_uppercase(), text(value.as_bytes())))
            .collect(),
        body: text(body),
        answered: None,
    }
}
