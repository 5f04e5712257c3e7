//! Connections: who gets a place, for how long, and with what limits.
//!
//! Invariant: a stranger can hold a place of a handshake, for seconds and until
//! somebody newer needs it, and never one of a caller's; a caller can hold its
//! own places and no other's.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;

use super::decisions::Decisions;
use super::health::Routes;
use super::hop::Vault;
use super::pin::Pin;
use super::refusals::{Refusals, Why};
use super::{CALLS_MAX, Caller, Door};

/// Handshakes under way at most. Each takes under a millisecond of work, and
/// no stranger's lasts longer than [`HANDSHAKE_MAX`]. When there is no place the
/// oldest gives way: a caller needs milliseconds, whoever waits has had them.
const HANDSHAKES_MAX: usize = 128;
/// Connections of one caller; it needs one, and one more while it reconnects.
const CONNECTIONS_MAX: usize = 8;
/// A pinned caller needs milliseconds; a slow one is not one of ours.
const HANDSHAKE_MAX: Duration = Duration::from_secs(5);
/// A connection that asks nothing for this long after it opened is no use.
const BEGIN_MAX: Duration = Duration::from_secs(10);
/// Requests in flight on one connection.
const STREAMS_MAX: u32 = 256;
/// All header text of one request. gRPC needs a few hundred bytes.
const HEADERS_BYTES_MAX: u32 = 8 * 1024;
/// The largest request message: a note with all its signatures.
const MESSAGE_BYTES_MAX: usize = 96 * 1024;
/// Streams a peer may open and reset before it is cut off (reset floods).
const RESETS_MAX: usize = 64;
/// A silent connection is asked, then dropped.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// How long a stop waits for answers that are under way.
const DRAIN_MAX: Duration = Duration::from_secs(10);
/// How often refused strangers are reported, and how long a failed accept (no
/// descriptors left, most likely) waits for others to close.
const TICK: Duration = Duration::from_secs(1);

/// A caller's places.
struct Places {
    caller: Caller,
    connections: Arc<Semaphore>,
}

/// The door, fitted but not yet open.
pub(crate) struct Fitted {
    acceptor: TlsAcceptor,
    callers: Arc<BTreeMap<Pin, Places>>,
}

impl Fitted {
    /// Fits a lock for these callers.
    pub(super) fn new(tls: ServerConfig, pins: BTreeMap<Pin, String>) -> Self {
        let places = |name: String| Places {
            caller: Caller {
                name: name.into(),
                calls: Arc::new(Semaphore::new(CALLS_MAX)),
            },
            connections: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
        };
        let callers = pins
            .into_iter()
            .map(|(pin, name)| (pin, places(name)))
            .collect();
        Self {
            acceptor: TlsAcceptor::from(Arc::new(tls)),
            callers: Arc::new(callers),
        }
    }

    /// Serves until `stop` resolves, then lets answers under way finish.
    pub(super) async fn serve(
        self,
        listener: TcpListener,
        vault: Vault,
        decisions: Decisions,
        stop: impl Future<Output = ()>,
    ) {
        let refusals = Arc::new(Refusals::default());
        let mut handshakes = Handshakes::default();
        let (closing, closed) = watch::channel(());
        let mut open = JoinSet::new();
        let mut tick = interval(TICK);
        let mut resting = false;
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                _ = tick.tick() => {
                    refusals.report();
                    resting = false;
                    continue;
                }
                Some(_) = open.join_next(), if !open.is_empty() => continue,
                accepted = listener.accept(), if !resting => accepted,
            };
            let socket = match accepted {
                Ok((socket, _)) => socket,
                Err(e) => {
                    tracing::warn!(error = %e, "accept failed; resting for a second");
                    resting = true;
                    continue;
                }
            };
            let (gives_way, crowded) = handshakes.begin();
            if crowded {
                refusals.count(Why::Crowded);
            }
            let connection = Connection {
                acceptor: self.acceptor.clone(),
                callers: Arc::clone(&self.callers),
                vault: vault.clone(),
                decisions: decisions.clone(),
                closed: closed.clone(),
                refusals: Arc::clone(&refusals),
            };
            open.spawn(async move {
                let opened = tokio::select! {
                    opened = connection.open(socket) => opened,
                    _ = gives_way => None,
                };
                if let Some((tls, pin)) = opened {
                    connection.serve(tls, pin).await;
                }
            });
        }
        drop(listener);
        closing.send_replace(());
        let drained = async { while open.join_next().await.is_some() {} };
        if timeout(DRAIN_MAX, drained).await.is_err() {
            tracing::warn!("stopped with answers under way");
        }
    }
}

/// Handshakes under way, the oldest first; dropped, each gives way.
#[derive(Default)]
struct Handshakes(VecDeque<oneshot::Sender<()>>);

impl Handshakes {
    /// Begins one; whether another had to give way to it.
    fn begin(&mut self) -> (oneshot::Receiver<()>, bool) {
        if self.0.len() >= HANDSHAKES_MAX {
            self.0.retain(|place| !place.is_closed());
        }
        let crowded = self.0.len() >= HANDSHAKES_MAX;
        if crowded {
            drop(self.0.pop_front());
        }
        let (place, gives_way) = oneshot::channel();
        self.0.push_back(place);
        (gives_way, crowded)
    }
}

/// What one connection needs.
struct Connection {
    acceptor: TlsAcceptor,
    callers: Arc<BTreeMap<Pin, Places>>,
    vault: Vault,
    decisions: Decisions,
    closed: watch::Receiver<()>,
    refusals: Arc<Refusals>,
}

impl Connection {
    /// Shakes hands; whoever comes out of it holds a pinned key.
    async fn open(&self, socket: TcpStream) -> Option<(TlsStream<TcpStream>, Pin)> {
        if let Err(e) = socket.set_nodelay(true) {
            tracing::debug!(error = %e, "nodelay");
        }
        let tls = match timeout(HANDSHAKE_MAX, self.acceptor.accept(socket)).await {
            Ok(Ok(tls)) => tls,
            Ok(Err(e)) => {
                tracing::debug!(error = %e, "handshake refused");
                self.refusals.count(Why::Handshake);
                return None;
            }
            Err(_) => {
                self.refusals.count(Why::Slow);
                return None;
            }
        };
        let certificate = tls.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let pin = certificate.and_then(Pin::of)?;
        Some((tls, pin))
    }

    /// Serves a caller's connection until either side closes it.
    async fn serve(mut self, tls: TlsStream<TcpStream>, pin: Pin) {
        // The handshake let in only pinned keys; this finds which one it was.
        let Some(places) = self.callers.get(&pin) else {
            tracing::error!("a handshake passed without a pinned key");
            return;
        };
        let Ok(_place) = Arc::clone(&places.connections).try_acquire_owned() else {
            self.refusals.count(Why::Crowded);
            return;
        };
        let used = Arc::new(Notify::new());
        let caller = places.caller.clone();
        let door = Door {
            vault: self.vault.clone(),
            caller,
            decisions: self.decisions.clone(),
            used: Arc::clone(&used),
        };
        let service = Routes::new(&door, MESSAGE_BYTES_MAX);
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(HEADERS_BYTES_MAX)
            .max_pending_accept_reset_streams(RESETS_MAX)
            .max_local_error_reset_streams(RESETS_MAX)
            .keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(HANDSHAKE_MAX)
            .serve_connection(TokioIo::new(tls), service);
        tokio::pin!(connection);
        let began = timeout(BEGIN_MAX, used.notified());
        tokio::pin!(began);
        let mut waiting = true;
        let served = loop {
            tokio::select! {
                served = connection.as_mut() => break served,
                began = began.as_mut(), if waiting => {
                    if began.is_err() {
                        self.refusals.count(Why::Slow);
                        return;
                    }
                    waiting = false;
                }
                // The one change there is: the door closes.
                _ = self.closed.changed() => {
                    connection.as_mut().graceful_shutdown();
                    break timeout(DRAIN_MAX, connection.as_mut()).await.unwrap_or(Ok(()));
                }
            }
        };
        if let Err(e) = served {
            tracing::debug!(error = %e, "connection ended");
        }
    }
}
