//! `POST /add-checkpoint`, for whoever holds a checkpoint: a log's signature
//! is all that is asked for.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tlog::BODY_BYTES_MAX;

use super::{Reply, Witness};

/// What the specification calls the body of a conflict.
const SIZE: &str = "text/x.tlog.size";
const PLAIN: &str = "text/plain; charset=utf-8";
/// How long a body may take to arrive.
const BODY: Duration = Duration::from_secs(5);

/// The routes.
pub fn router(witness: Witness) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add))
        .with_state(Arc::new(Mutex::new(witness)))
}

async fn add(State(witness): State<Arc<Mutex<Witness>>>, request: Request) -> Response {
    let body = to_bytes(request.into_body(), BODY_BYTES_MAX);
    let bytes = match tokio::time::timeout(BODY, body).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => return said(StatusCode::PAYLOAD_TOO_LARGE, PLAIN, "too long".to_owned()),
        Err(_) => return said(StatusCode::REQUEST_TIMEOUT, PLAIN, "too slow".to_owned()),
    };
    // One at a time: a second question waits for the first one's sync.
    let answered = match witness.lock() {
        Ok(mut witness) => witness.add(&bytes),
        Err(_) => return said(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, String::new()),
    };
    match answered {
        Ok(reply) => answer(reply),
        Err(e) => {
            tracing::error!(error = %e, "nothing was cosigned");
            said(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, String::new())
        }
    }
}

fn answer(reply: Reply) -> Response {
    let (status, kind, body) = match reply {
        Reply::Cosigned(line) => (StatusCode::OK, PLAIN, line),
        Reply::NotOne(why) => (StatusCode::BAD_REQUEST, PLAIN, why.to_owned()),
        Reply::NotSigned => {
            let why = "no key of that log signed it";
            (StatusCode::FORBIDDEN, PLAIN, why.to_owned())
        }
        Reply::UnknownLog => (StatusCode::NOT_FOUND, PLAIN, "unknown log".to_owned()),
        Reply::Conflict(size) => {
            tracing::warn!(
                size,
                "a checkpoint that does not begin where the last one ended"
            );
            (StatusCode::CONFLICT, SIZE, size.to_string())
        }
        Reply::NotConsistent => {
            tracing::warn!("a checkpoint that does not continue what was cosigned");
            let why = "the proof does not verify";
            (StatusCode::UNPROCESSABLE_ENTITY, PLAIN, why.to_owned())
        }
    };
    let body = if status == StatusCode::OK {
        body
    } else {
        format!("{body}\n")
    };
    said(status, kind, body)
}

fn said(status: StatusCode, kind: &'static str, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, kind)], body).into_response()
}
