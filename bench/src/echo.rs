//! `bench echo`: a process of its own that answers every question for an order
//! at once, with an answer of an order's size. What the way there and back
//! costs, and no more.

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use tests::pki::Pair;
use tests::process::Server;
use tokio::net::TcpListener;
use tonic::{Request, Response, Status};

use crate::door;

/// Starts one, with the signer's certificate in `pair`.
pub(crate) fn start(pair: &Pair, log: &std::path::Path) -> Result<Server, String> {
    let me = std::env::current_exe().map_err(|e| format!("echo: {e}"))?;
    let mut command = Command::new(me);
    command
        .arg("echo")
        .arg(&pair.certificate)
        .arg(&pair.private_key);
    Ok(Server::start(command, log))
}

/// Serves.
pub(crate) fn run(certificate: PathBuf, private_key: PathBuf) -> Result<(), String> {
    let pair = Pair {
        certificate,
        private_key,
        pin: String::new(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.map_err(|e| e.to_string())?;
        let address = listener.local_addr().map_err(|e| e.to_string())?;
        let mut out = std::io::stdout();
        writeln!(out, "listening {address}")
            .and_then(|()| out.flush())
            .map_err(|e| e.to_string())?;
        door::serve(listener, &pair, Echo).await;
        Ok(())
    })
}

struct Echo;

/// As large as a real one, and as costly to write.
fn answer() -> wire::SignOrderResponse {
    let order = wire::Order {
        salt: 1 << 52,
        maker: vec![1; 20],
        signer: vec![1; 20],
        token_id: vec![2; 32],
        maker_amount_units: 4_100_000,
        taker_amount_units: 10_000_000,
        side: wire::Side::Buy.into(),
        signature_type: 0,
        timestamp_ms: 1_795_132_800_000,
        metadata: vec![0; 32],
        builder: vec![0; 32],
        chain_id: 80_002,
        exchange: wire::Exchange::V2Standard.into(),
    };
    wire::SignOrderResponse {
        outcome: Some(wire::sign_order_response::Outcome::Approved(
            wire::Approved {
                order: Some(order),
                order_hash: vec![3; 32],
                signature: vec![4; 65],
                leaf_index: 100_000,
                charge_units: 4_510_000,
            },
        )),
        mac: vec![5; 32],
    }
}

fn absent<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("an echo answers for orders alone"))
}

#[tonic::async_trait]
impl wire::signer_server::Signer for Echo {
    async fn sign_order(
        &self,
        _: Request<wire::SignOrderRequest>,
    ) -> Result<Response<wire::SignOrderResponse>, Status> {
        Ok(Response::new(answer()))
    }

    async fn explain_order(
        &self,
        _: Request<wire::ExplainOrderRequest>,
    ) -> Result<Response<wire::ExplainOrderResponse>, Status> {
        absent()
    }

    async fn get_status(
        &self,
        _: Request<wire::GetStatusRequest>,
    ) -> Result<Response<wire::GetStatusResponse>, Status> {
        absent()
    }

    async fn apply_note(
        &self,
        _: Request<wire::ApplyNoteRequest>,
    ) -> Result<Response<wire::ApplyNoteResponse>, Status> {
        absent()
    }

    async fn freeze(
        &self,
        _: Request<wire::FreezeRequest>,
    ) -> Result<Response<wire::FreezeResponse>, Status> {
        absent()
    }
}
