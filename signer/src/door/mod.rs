//! The door: TLS, HTTP/2 and protobuf, facing the network.
//!
//! It decides nothing. What it cannot parse it refuses; what it can, it hands
//! to the vault and waits.
//!
//! Invariant: who calls is a property of the connection, fixed by the
//! handshake; no message can say otherwise.

mod convert;
pub(crate) mod pin;
mod tls;

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tonic::Status;

use self::convert::{Handler, SignerServer, no_answer};
use self::pin::Pin;
use crate::clock::Stopwatch;
use crate::config::Config;
use crate::vault::seam::{Answer, Call, Request};

/// Open connections at most; a desk has a handful of callers.
const CONNECTIONS_MAX: usize = 64;
/// A pinned caller needs milliseconds; a slow one is not one of ours.
const HANDSHAKE_MAX: Duration = Duration::from_secs(5);
/// Requests in flight on one connection.
const STREAMS_MAX: u32 = 256;
/// All header text of one request. gRPC needs a few hundred bytes.
const HEADERS_BYTES_MAX: u32 = 8 * 1024;
/// The largest request message; an intent is under 300 bytes.
const MESSAGE_BYTES_MAX: usize = 4 * 1024;
/// Streams a peer may open and reset before it is cut off (reset floods).
const RESETS_MAX: usize = 64;
/// A silent connection is asked, then dropped.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// How long a stop waits for answers that are under way.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// The configured name of whoever opened a connection.
#[derive(Clone)]
struct Caller(String);

/// The way to the vault.
#[derive(Clone)]
struct Door {
    vault: Sender<Call>,
}

impl Door {
    /// Asks the vault and waits for its answer.
    async fn ask(&self, caller: &Caller, request: Request) -> Result<Answer, Status> {
        let watch = Stopwatch::start();
        let (tell, told) = oneshot::channel();
        let reply = Box::new(move |answer| {
            // A caller that hung up no longer wants its answer; the decision
            // stands in the journal all the same.
            drop(tell.send(answer));
        });
        let call = Call {
            caller: caller.0.clone(),
            request,
            reply,
        };
        self.vault.send(call).map_err(|_ignored| no_answer())?;
        let answer = told.await.map_err(|_ignored| no_answer())?;
        log(caller, &answer, watch.micros());
        Ok(answer)
    }
}

/// One line a decision, without what was asked and without signatures.
fn log(caller: &Caller, answer: &Answer, micros: u64) {
    match answer {
        Answer::Signed(signed) => tracing::info!(
            caller = caller.0,
            outcome = "approved",
            leaf = signed.leaf_index,
            micros,
            "order"
        ),
        Answer::Denied { denial, leaf_index } => tracing::info!(
            caller = caller.0,
            outcome = "denied",
            code = denial.code(),
            leaf = leaf_index,
            micros,
            "order"
        ),
        Answer::Failed => {
            tracing::error!(caller = caller.0, outcome = "failed", micros, "order");
        }
        Answer::Status(_) => {}
    }
}

/// The door, fitted but not yet open.
pub(crate) struct Fitted {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    callers: Arc<BTreeMap<Pin, String>>,
}

impl Fitted {
    /// Binds the address and reads the certificate.
    pub(crate) async fn new(config: Config) -> Result<Self, String> {
        let tls = tls::server_config(
            &config.tls_certificate,
            &config.tls_private_key,
            &config.callers,
        )
        .map_err(|e| e.to_string())?;
        let listener = TcpListener::bind(config.listen).await.map_err(|e| {
            format!(
                "CONFIG listen: cannot bind {}: {e}; free it or choose another",
                config.listen
            )
        })?;
        Ok(Self {
            listener,
            acceptor: TlsAcceptor::from(Arc::new(tls)),
            callers: Arc::new(config.callers),
        })
    }

    /// Where it listens, with the port the system chose.
    pub(crate) fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` resolves, then lets answers under way finish.
    pub(crate) async fn serve(self, vault: Sender<Call>, stop: impl Future<Output = ()>) {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let (closing, closed) = watch::channel(());
        let mut open = JoinSet::new();
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = self.listener.accept() => accepted,
                Some(_) = open.join_next(), if !open.is_empty() => continue,
            };
            let (socket, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(e) => {
                    // Out of descriptors, most likely: one that closes lets the
                    // next one in.
                    tracing::warn!(error = %e, "accept failed");
                    tokio::task::yield_now().await;
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                tracing::warn!(%peer, "connection refused: all places are taken");
                continue;
            };
            let connection = Connection {
                acceptor: self.acceptor.clone(),
                callers: Arc::clone(&self.callers),
                door: Door {
                    vault: vault.clone(),
                },
                closed: closed.clone(),
            };
            open.spawn(async move {
                connection.serve(socket, peer).await;
                drop(place);
            });
        }
        drop(self.listener);
        closing.send_replace(());
        let drained = async { while open.join_next().await.is_some() {} };
        if timeout(DRAIN_MAX, drained).await.is_err() {
            tracing::warn!("stopped with answers under way");
        }
    }
}

/// What one connection needs.
struct Connection {
    acceptor: TlsAcceptor,
    callers: Arc<BTreeMap<Pin, String>>,
    door: Door,
    closed: watch::Receiver<()>,
}

impl Connection {
    async fn serve(mut self, socket: TcpStream, peer: SocketAddr) {
        if let Err(e) = socket.set_nodelay(true) {
            tracing::debug!(%peer, error = %e, "nodelay");
        }
        let tls = match timeout(HANDSHAKE_MAX, self.acceptor.accept(socket)).await {
            Ok(Ok(tls)) => tls,
            Ok(Err(e)) => {
                tracing::warn!(%peer, error = %e, "handshake refused");
                return;
            }
            Err(_) => {
                tracing::warn!(%peer, "handshake too slow");
                return;
            }
        };
        let certificate = tls.get_ref().1.peer_certificates().and_then(<[_]>::first);
        // The handshake let in only pinned keys; this finds which one it was.
        let Some(name) = certificate
            .and_then(Pin::of)
            .and_then(|pin| self.callers.get(&pin))
        else {
            tracing::error!(%peer, "a handshake passed without a pinned key");
            return;
        };
        let handler = Handler {
            door: self.door.clone(),
            caller: Caller(name.clone()),
        };
        let service = SignerServer::new(handler).max_decoding_message_size(MESSAGE_BYTES_MAX);
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(HEADERS_BYTES_MAX)
            .max_pending_accept_reset_streams(RESETS_MAX)
            .max_local_error_reset_streams(RESETS_MAX)
            .keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(HANDSHAKE_MAX)
            .serve_connection(TokioIo::new(tls), TowerToHyperService::new(service));
        tokio::pin!(connection);
        let served = tokio::select! {
            served = connection.as_mut() => served,
            // The one change there is: the door closes.
            _ = self.closed.changed() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(e) = served {
            tracing::debug!(%peer, error = %e, "connection ended");
        }
    }
}
