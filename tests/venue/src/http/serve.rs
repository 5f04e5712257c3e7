//! Listening, serving and stopping.
//!
//! Connections are served one by one here, and not by the framework's own loop,
//! because a dropped answer means closing the connection without a byte: the
//! service fails, and hyper then closes.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::Request;
use axum::response::Response;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::{BoxError, Service, ServiceExt};

use super::reply::Abandon;
use super::{App, OpenError, router};
use crate::books::Assumption;
use crate::clock::Clock;
use crate::config::Config;
use crate::venue::Venue;

/// How long a stop waits for requests under way.
const GRACE: Duration = Duration::from_secs(2);

/// A venue that listens.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    assumptions: Vec<Assumption>,
    app: App,
}

/// Opens the venue and its listener. `state` is where its journal lives.
///
/// # Errors
///
/// If the state does not replay or the address cannot be listened on.
pub async fn start(
    config: Config,
    clock: Clock,
    state: Option<&Path>,
    listen: SocketAddr,
) -> Result<Server, OpenError> {
    let venue = Venue::open(config, clock, state)?;
    let assumptions = venue.assumptions.clone();
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    Ok(Server {
        listener,
        address,
        assumptions,
        app: App::new(venue),
    })
}

impl Server {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the book files did not say.
    #[must_use]
    pub fn assumptions(&self) -> &[Assumption] {
        &self.assumptions
    }

    /// Serves until `stop` is ready, then lets requests under way finish.
    ///
    /// # Errors
    ///
    /// If the listener fails.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send) -> io::Result<()> {
        let face = Face(router(&self.app));
        let graceful = GracefulShutdown::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let stream = tokio::select! {
                accepted = self.listener.accept() => accepted?.0,
                () = &mut stop => break,
            };
            stream.set_nodelay(true)?;
            let service = TowerToHyperService::new(face.clone());
            let connection = Builder::new(TokioExecutor::new())
                .serve_connection_with_upgrades(TokioIo::new(stream), service)
                .into_owned();
            let connection = graceful.watch(connection);
            // How a connection ends is the client's affair, or was ordered.
            tokio::spawn(async move { drop(connection.await) });
        }
        if tokio::time::timeout(GRACE, graceful.shutdown())
            .await
            .is_err()
        {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "requests were still under way",
            ));
        }
        Ok(())
    }
}

/// The router as a service that may fail.
#[derive(Clone)]
struct Face(Router);

/// An answer was dropped on purpose.
#[derive(Debug, thiserror::Error)]
#[error("the answer was dropped on command")]
struct Dropped;

type Answering = Pin<Box<dyn Future<Output = Result<Response, Dropped>> + Send>>;

impl<B> Service<Request<B>> for Face
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Dropped;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Dropped>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let router = self.0.clone();
        Box::pin(async move {
            let response = match router.oneshot(request.map(Body::new)).await {
                Ok(response) => response,
                Err(never) => absurd(never),
            };
            match response.extensions().get::<Abandon>() {
                Some(Abandon) => Err(Dropped),
                None => Ok(response),
            }
        })
    }
}

fn absurd(never: Infallible) -> Response {
    match never {}
}
