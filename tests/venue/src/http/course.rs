//! What a fault does to one request, step by step.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::json;

use super::reply::json_response;
use crate::core::place::Treatment;
use crate::misbehave::{Fault, Rule, Then};

/// Which orders queries do not see.
#[derive(Clone, Debug, Default)]
pub(crate) enum Hidden {
    #[default]
    None,
    One(String),
    All,
}

/// How queries are answered; plainly by default.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    pub(crate) hidden: Hidden,
    /// Trades after this time are hidden.
    pub(crate) trades_until_ms: Option<u64>,
}

/// What is answered.
#[derive(Debug)]
pub(crate) enum Said {
    /// What the handler says.
    Honest,
    /// Not a byte.
    Nothing,
    /// That the order was there before.
    Duplicated,
    /// What the handler says, but no more bytes of it than these.
    Cut(usize),
    /// Something else.
    Instead(Response),
}

/// The course of one request.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) before_ms: u64,
    /// Whether the handler sees the request at all.
    pub(crate) process: bool,
    pub(crate) view: View,
    pub(crate) treatment: Treatment,
    pub(crate) after_ms: u64,
    pub(crate) said: Said,
}

impl Default for Course {
    fn default() -> Self {
        Self {
            before_ms: 0,
            process: true,
            view: View::default(),
            treatment: Treatment::default(),
            after_ms: 0,
            said: Said::Honest,
        }
    }
}

impl Course {
    /// The course that a rule prescribes.
    pub(crate) fn of(rule: Rule) -> Self {
        let mut course = Self::default();
        match rule.fault {
            Fault::DropBeforeAccept => {
                course.process = false;
                course.said = Said::Nothing;
            }
            Fault::DropAnswerAfterAccept => course.said = Said::Nothing,
            Fault::DuplicateAnswer { process } => {
                course.process = process;
                course.said = Said::Duplicated;
            }
            Fault::Status {
                status,
                mode,
                retry_after_s,
                process,
            } => {
                course.process = process;
                let response = documented(status, mode.as_deref(), retry_after_s);
                course.said = Said::Instead(response);
            }
            Fault::HtmlBody { process } => {
                course.process = process;
                course.said = Said::Instead(html());
            }
            Fault::CutBody { bytes } => course.said = Said::Cut(bytes),
            Fault::OtherBody { status, text } => {
                course.process = false;
                course.said = Said::Instead(other(status, text));
            }
            Fault::Redirect { to } => {
                course.process = false;
                course.said = Said::Instead(redirect(&to));
            }
            Fault::DelayMs { ms, before: true } => course.before_ms = ms,
            Fault::DelayMs { ms, before: false } => course.after_ms = ms,
            Fault::DelayedStatus { ms, then } => {
                course.treatment.held_ms = Some(ms);
                course.treatment.unmatched = then == Then::Unmatched;
            }
            Fault::MatchedThenFailed => course.treatment.fail_trades = true,
            Fault::HideFromQueries { order_id } => {
                course.view.hidden = order_id.map_or(Hidden::All, Hidden::One);
            }
            Fault::StaleTrades => course.view.trades_until_ms = Some(rule.since_ms),
        }
        course
    }
}

/// The documented answers of a venue that is not well.
fn documented(status: u16, mode: Option<&str>, retry_after_s: Option<u64>) -> Response {
    let post_only = "post-only mode: only post-only orders and cancels are allowed";
    let text = match (status, mode) {
        (503, Some("cancel_only")) => {
            "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed."
        }
        (503, Some("post_only")) => post_only,
        (503, Some("disabled") | None) => {
            "Trading is currently disabled. Check polymarket.com for updates"
        }
        (_, Some(text)) => text,
        (425, None) => "the matching engine is restarting",
        (429, None) => "Too Many Requests",
        (500, None) => "order timed out",
        (_, None) => "Internal server error",
    };
    let body = if text == post_only {
        let seconds = retry_after_s.unwrap_or(120);
        json!({"error": text, "code": "post_only_mode", "retry_after_seconds": seconds})
    } else {
        json!({"error": text})
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json_response(status, &body);
    let retry_after_s = match status.as_u16() {
        425 | 429 | 503 => Some(retry_after_s.unwrap_or(1)),
        _ => retry_after_s,
    };
    if let Some(seconds) = retry_after_s {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn html() -> Response {
    let page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>";
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

fn other(status: u16, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn redirect(to: &str) -> Response {
    let mut response = other(302, String::new());
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(LOCATION, to);
    }
    response
}
