//! `POST /intent`: one line a request, from this host alone.
//!
//! For: senders that want to hear what became of a line.
//!
//! Never touches: the store; what a line says.
//!
//! Invariant: a request without the token is answered 401 before its body is
//! read, and the token is compared in constant time.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use ring::hmac;
use ring::rand::SystemRandom;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::tail::Line;
use super::{Arrival, Reply};
use crate::files;
use crate::intent::{LINE_BYTES_MAX, twin};

/// The shortest token that is taken, in bytes.
const TOKEN_BYTES_MIN: usize = 32;
/// How long a body may take to arrive.
const BODY: Duration = Duration::from_secs(5);

/// The bearer token, as something that can only be compared.
pub struct Token {
    key: hmac::Key,
    tag: hmac::Tag,
}

impl Token {
    /// Reads the token from a file that only its owner can read.
    ///
    /// # Errors
    ///
    /// A sentence that names the file, its problem and the fix.
    pub fn read(path: &Path) -> Result<Self, String> {
        let bytes = files::read_secret(path)?;
        let text = bytes.trim_ascii();
        if text.len() < TOKEN_BYTES_MIN || !text.iter().all(u8::is_ascii_graphic) {
            return Err(format!(
                "FILE {}: not a token; write at least {TOKEN_BYTES_MIN} random characters, as \
                 head -c 32 /dev/urandom | base64",
                path.display()
            ));
        }
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
            .map_err(|_ignored| "the system gives no randomness; check the host".to_owned())?;
        let tag = hmac::sign(&key, text);
        Ok(Self { key, tag })
    }

    /// Whether `given` is the token. Takes as long whatever it is: both sides
    /// are hashed under a key of this process first.
    #[must_use]
    pub fn is(&self, given: &[u8]) -> bool {
        hmac::verify(&self.key, given, self.tag.as_ref()).is_ok()
    }
}

#[derive(Clone)]
struct Door {
    token: Arc<Token>,
    to: mpsc::Sender<Arrival>,
}

/// The routes. Lines go to `to`.
pub fn router(token: Token, to: mpsc::Sender<Arrival>) -> Router {
    let door = Door {
        token: Arc::new(token),
        to,
    };
    Router::new()
        .route("/intent", post(take))
        .fallback(|| async {
            said(
                StatusCode::NOT_FOUND,
                &refusal("NO_SUCH_PLACE", "there is only POST /intent; send it there"),
            )
        })
        .method_not_allowed_fallback(|| async {
            said(
                StatusCode::METHOD_NOT_ALLOWED,
                &refusal("NOT_POSTED", "intents are posted; use POST"),
            )
        })
        .with_state(door)
}

async fn take(State(door): State<Door>, request: Request) -> Response {
    if !authorized(&door.token, &request) {
        let body = refusal(
            "UNAUTHORIZED",
            "the bearer token is missing or wrong; send the one in intake.token",
        );
        return said(StatusCode::UNAUTHORIZED, &body);
    }
    let is_message = is_message(&request);
    let body = to_bytes(request.into_body(), LINE_BYTES_MAX);
    let bytes = match tokio::time::timeout(BODY, body).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            let sentence =
                format!("line: too long, or cut off; send at most {LINE_BYTES_MAX} bytes");
            return said(
                StatusCode::PAYLOAD_TOO_LARGE,
                &refusal("LINE_TOO_LONG", &sentence),
            );
        }
        Err(_) => {
            let body = refusal(
                "TOO_SLOW",
                "the body did not arrive in 5 s; send it at once",
            );
            return said(StatusCode::REQUEST_TIMEOUT, &body);
        }
    };
    let text = match line_in(bytes.into(), is_message) {
        Ok(text) => text,
        Err(sentence) => return said(StatusCode::BAD_REQUEST, &refusal("BAD_LINE", &sentence)),
    };
    let (reply, told) = oneshot::channel();
    let arrival = Arrival {
        line: Line::Text(text),
        at: "POST /intent".to_owned(),
        reply: Some(reply),
    };
    if door.to.try_send(arrival).is_err() {
        let body = refusal("BUSY", "too many lines wait, or it stops; send it again");
        return said(StatusCode::SERVICE_UNAVAILABLE, &body);
    }
    let Ok(reply) = told.await else {
        let sentence = "it stopped before the line was on disk; send it again";
        return said(
            StatusCode::SERVICE_UNAVAILABLE,
            &refusal("STOPPED", sentence),
        );
    };
    answer(&reply)
}

/// Whether the body is the line's twin in protobuf.
fn is_message(request: &Request) -> bool {
    let named = request.headers().get(header::CONTENT_TYPE);
    named.is_some_and(|named| named.as_bytes() == b"application/x-protobuf")
}

/// The line that a body is, or says.
fn line_in(bytes: Vec<u8>, is_message: bool) -> Result<String, String> {
    if is_message {
        return twin::line_of(&bytes);
    }
    String::from_utf8(bytes).map_err(|_ignored| "line: not UTF-8; write one JSON object".to_owned())
}

fn authorized(token: &Token, request: &Request) -> bool {
    request
        .headers()
        .get(header::AUTHORIZATION)
        .map(HeaderValue::as_bytes)
        .and_then(|value| value.strip_prefix(b"Bearer "))
        .is_some_and(|given| token.is(given))
}

fn answer(reply: &Reply) -> Response {
    match reply {
        Reply::Taken {
            intent_id,
            new,
            differs: true,
            state,
        } => {
            let sentence = "id: it names an intent that asked for something else, which stays; \
                            give this one a name of its own";
            let body = json!({
                "intent_id": intent_id, "known": !new, "differs": true, "state": state.name(),
                "sentence": sentence,
            });
            said(StatusCode::CONFLICT, &body)
        }
        Reply::Taken {
            intent_id,
            new,
            differs: false,
            state,
        } => {
            let status = if *new {
                StatusCode::ACCEPTED
            } else {
                StatusCode::OK
            };
            let body = json!({"intent_id": intent_id, "known": !new, "state": state.name()});
            said(status, &body)
        }
        Reply::Rejected(reject) => {
            let status = StatusCode::from_u16(reject.code.http_status())
                .unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            said(status, &refusal(reject.code.name(), &reject.sentence))
        }
    }
}

fn refusal(code: &str, sentence: &str) -> Value {
    json!({"code": code, "sentence": sentence})
}

fn said(status: StatusCode, body: &Value) -> Response {
    let json = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, json)], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use axum::body::Body;
    use tower::ServiceExt;

    use super::*;
    use crate::intent::{Code, Reject};
    use crate::state::State as AttemptState;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn token(text: &str, mode: u32) -> Result<Token, String> {
        let name = format!("token-{}-{mode:o}-{}", std::process::id(), text.len());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let token = Token::read(&path);
        std::fs::remove_file(path).unwrap();
        token
    }

    async fn ask(
        bearer: Option<&str>,
        method: &str,
        body: String,
        reply: Option<Reply>,
    ) -> (u16, Value) {
        let (to, mut from) = mpsc::channel(1);
        let router = router(token(&format!("{SECRET}\n"), 0o400).unwrap(), to);
        let mut request = Request::builder().method(method).uri("/intent");
        if let Some(bearer) = bearer {
            request = request.header("Authorization", format!("Bearer {bearer}"));
        }
        let answering = async {
            if let Some(arrival) = from.recv().await
                && let Some(reply) = reply
            {
                arrival.reply.unwrap().send(reply).unwrap();
            }
        };
        let asking = router.oneshot(request.body(Body::from(body)).unwrap());
        let (answer, ()) = tokio::join!(asking, answering);
        let answer = answer.unwrap();
        let status = answer.status().as_u16();
        let bytes = to_bytes(answer.into_body(), 10_000).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    #[tokio::test]
    async fn only_the_token_gets_in_and_each_outcome_has_its_status() {
        let taken = |new| Reply::Taken {
            intent_id: "20261120-x".to_owned(),
            new,
            differs: false,
            state: AttemptState::Intent,
        };
        let line = || "{}".to_owned();
        for bearer in [
            None,
            Some(""),
            Some("wrong"),
            Some(&format!("{SECRET}x")),
            Some(&*SECRET.repeat(2)),
        ] {
            let (status, body) = ask(bearer, "POST", line(), None).await;
            assert_eq!(
                (status, &body["code"]),
                (401, &json!("UNAUTHORIZED")),
                "{bearer:?}"
            );
        }
        let (status, body) = ask(Some(SECRET), "POST", line(), Some(taken(true))).await;
        assert_eq!((status, &body["intent_id"]), (202, &json!("20261120-x")));
        let (status, body) = ask(Some(SECRET), "POST", line(), Some(taken(false))).await;
        assert_eq!((status, &body["known"]), (200, &json!(true)));
        let reject = Reply::Rejected(Reject::new(Code::NoToken, "token_id: missing".to_owned()));
        let (status, body) = ask(Some(SECRET), "POST", line(), Some(reject)).await;
        assert_eq!((status, &body["code"]), (422, &json!("NO_TOKEN")));
        let (status, body) = ask(Some(SECRET), "POST", line(), None).await;
        assert_eq!((status, &body["code"]), (503, &json!("STOPPED")));
        let (status, _) = ask(Some(SECRET), "GET", line(), None).await;
        assert_eq!(status, 405);
        let long = "x".repeat(LINE_BYTES_MAX + 1);
        let (status, body) = ask(Some(SECRET), "POST", long, None).await;
        assert_eq!((status, &body["code"]), (413, &json!("LINE_TOO_LONG")));
    }

    #[test]
    fn a_loose_or_short_token_is_refused() {
        for (text, mode, says) in [
            (SECRET, 0o440, "chmod 0400"),
            ("0123456789abcdef0123456789abcde", 0o400, "at least 32"),
            (
                "a b c d e f g h i j k l m n o p q r s",
                0o400,
                "at least 32",
            ),
        ] {
            let said = token(text, mode).err().unwrap();
            assert!(said.contains(says), "{said}");
        }
    }
}
