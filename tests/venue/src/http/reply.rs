//! Answers: JSON, refusals with their texts, and no answer at all.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::core::refusal::Refusal;

/// Marks a response that must not be sent: the connection closes instead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Abandon;

/// What a handler returns: a JSON value or a refusal.
pub(crate) type Answer = Result<Json, Refusal>;

/// A JSON answer with status 200.
#[derive(Clone, Debug)]
pub(crate) struct Json(pub(crate) Value);

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        json_response(StatusCode::OK, &self.0)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::BAD_REQUEST);
        if let Self::Heartbeat(expected) = &self {
            let body = json!({"error_msg": self.to_string(), "heartbeat_id": expected});
            return json_response(status, &body);
        }
        json_response(status, &json!({"error": self.to_string()}))
    }
}

/// A JSON answer with any status.
pub(crate) fn json_response(status: StatusCode, body: &impl Serialize) -> Response {
    let mut response = Response::new(Body::from(serde_json::to_vec(body).unwrap_or_default()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The answer that never is.
pub(crate) fn abandoned() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Abandon);
    response
}
