//! The standard gRPC health question, and the one fork between it and the rest.
//!
//! Invariant: whoever may not open a connection may not ask this either; and
//! what is answered carries no MAC, so a caller may believe of it only that
//! something answered. It says nothing of orders, keys or standing: a locked
//! signer serves, since it answers.

use std::convert::Infallible;
use std::time::Duration;

use frame::hop::{Question, Reply};
use hyper::body::Incoming;
use hyper::service::Service;
use tokio::time::timeout;
use tonic::codegen::http::{Method, Request as Http, Response as HttpResponse};
use tonic::codegen::{BoxFuture, Service as Tower};
use tonic::{Request, Response, Status, body::Body};
use wire::health::health_check_response::ServingStatus;
use wire::health::health_server::{Health as Asked, HealthServer, SERVICE_NAME as MYSELF};
use wire::health::{HealthCheckRequest, HealthCheckResponse};

use super::Door;
use super::convert::{Handler, SignerServer};

/// A vault that is well answers in milliseconds, and in as long as its disk's
/// slowest sync when it is not.
const PATIENCE: Duration = Duration::from_secs(2);
/// The largest health question: a service's name.
const QUESTION_BYTES_MAX: usize = 1024;

/// The services of one connection.
pub(super) struct Routes {
    signer: SignerServer<Handler>,
    health: HealthServer<Health>,
}

impl Routes {
    /// Everything that is served, through `door`.
    pub(super) fn new(door: &Door, message_bytes_max: usize) -> Self {
        let signer = SignerServer::new(Handler(door.clone()));
        let health = HealthServer::new(Health(door.clone()));
        Self {
            signer: signer.max_decoding_message_size(message_bytes_max),
            health: health.max_decoding_message_size(QUESTION_BYTES_MAX),
        }
    }
}

impl Service<Http<Incoming>> for Routes {
    type Response = HttpResponse<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn call(&self, request: Http<Incoming>) -> Self::Future {
        // gRPC is asked by POST alone (its HTTP/2 protocol, "Request-Headers");
        // the generated code does not look.
        if request.method() != Method::POST {
            let refused = Status::unimplemented("gRPC is asked by POST").into_http();
            return Box::pin(async { Ok(refused) });
        }
        // Each refuses the methods that it does not have.
        let mut path = request.uri().path().split('/').skip(1);
        if path.next() == Some(MYSELF) {
            self.health.clone().call(request)
        } else {
            self.signer.clone().call(request)
        }
    }
}

/// Answers for one connection.
pub(super) struct Health(Door);

#[tonic::async_trait]
impl Asked for Health {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let service = request.into_inner().service;
        if !service.is_empty() && service != wire::signer_server::SERVICE_NAME {
            return Err(Status::not_found(
                "service: not one of this server's; leave it empty",
            ));
        }
        // That too many questions wait is no word about the vault: it is a
        // status of its own.
        let status = match timeout(PATIENCE, self.0.ask(Question::Ping)).await {
            Ok(Ok(Reply::Text(_))) => ServingStatus::Serving,
            Ok(Err(refused)) => return Err(refused),
            Ok(Ok(_)) | Err(_) => ServingStatus::NotServing,
        };
        Ok(Response::new(HealthCheckResponse {
            status: status.into(),
        }))
    }
}
