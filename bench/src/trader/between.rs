//! Between orchestrator and venue: an order's POST is seen and answered at once
//! with the venue's documented refusal of a FOK, so that nothing follows from
//! it; every other question is the simulator's.

use std::time::Instant;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedSender;

use super::Event;
use crate::clock;

const KILLED: &str =
    r#"{"error":"order couldn't be fully filled. FOK orders are fully filled or killed."}"#;
const BODY_BYTES_MAX: usize = 1024 * 1024;

#[derive(Clone)]
struct Between {
    venue: String,
    http: reqwest::Client,
    tell: UnboundedSender<Event>,
}

/// Serves until the process ends.
pub(super) async fn serve(listener: TcpListener, venue: String, tell: UnboundedSender<Event>) {
    let http = reqwest::Client::builder().no_proxy().build();
    let between = Between {
        venue,
        http: http.expect("a plain client"),
        tell,
    };
    let router = Router::new()
        .route("/echo", axum::routing::post(|| async { "ok" }))
        .fallback(pass)
        .with_state(between);
    axum::serve(listener, router).await.expect("our own socket");
}

async fn pass(State(between): State<Between>, request: Request) -> Response {
    let began = clock::now();
    if request.method() == Method::POST && request.uri().path() == "/order" {
        between.tell.send(Event::Posted(began)).ok();
        let json = [(header::CONTENT_TYPE, "application/json")];
        return (StatusCode::BAD_REQUEST, json, KILLED).into_response();
    }
    let answer = between.ask(request, began).await;
    answer.unwrap_or_else(|problem| (StatusCode::BAD_GATEWAY, problem).into_response())
}

impl Between {
    async fn ask(&self, request: Request, began: Instant) -> Result<Response, String> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let body = to_bytes(body, BODY_BYTES_MAX).await;
        let mut asked = self
            .http
            .request(parts.method, format!("{}{path}", self.venue))
            .body(body.map_err(|e| e.to_string())?);
        for (name, value) in &parts.headers {
            // The length and the host are this connection's own.
            if ![header::HOST, header::CONTENT_LENGTH].contains(name) {
                asked = asked.header(HeaderName::as_str(name), value.as_bytes());
            }
        }
        let answer = asked.send().await.map_err(|e| e.to_string())?;
        let status = answer.status().as_u16();
        let text = answer.bytes().await.map_err(|e| e.to_string())?;
        self.tell
            .send(Event::Asked {
                began,
                ended: clock::now(),
            })
            .ok();
        Response::builder()
            .status(status)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(text))
            .map_err(|e| e.to_string())
    }
}
