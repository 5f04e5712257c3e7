//! `bench echo`: a process of its own that answers every question for an order
//! with an answer of an order's size. What the way there and back costs, and no
//! more; or, with a floor behind it, the least that a recorded order can cost.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::pki::Pair;
use tests::process::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::Mutex;
use tonic::{Request, Response, Status};

use crate::hop::{ANSWER, QUESTION};
use crate::{door, floor};

/// Starts one, with the signer's certificate in `pair`, and with a floor that
/// writes in the folder, if there is one.
pub(crate) fn start(pair: &Pair, floor: Option<&Path>, log: &Path) -> Result<Server, String> {
    let me = std::env::current_exe().map_err(|e| format!("echo: {e}"))?;
    let mut command = Command::new(me);
    command
        .arg("echo")
        .arg(&pair.certificate)
        .arg(&pair.private_key)
        .args(floor);
    Ok(Server::start(command, log))
}

/// Serves.
pub(crate) fn run(
    certificate: PathBuf,
    private_key: PathBuf,
    folder: Option<&Path>,
) -> Result<(), String> {
    let (mut behind, hop) = folder.map(floor::start).transpose()?.unzip();
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
        let hop = hop.map(|hop| {
            hop.set_nonblocking(true)?;
            UnixStream::from_std(hop).map(Mutex::new)
        });
        let hop = hop.transpose().map_err(|e: std::io::Error| e.to_string())?;
        door::serve(listener, &pair, Echo { hop }).await;
        Ok::<_, String>(())
    })?;
    // It ends when the socket to it does.
    behind.as_mut().map_or(Ok(()), |floor| {
        floor.wait().map(drop).map_err(|e| format!("floor: {e}"))
    })
}

struct Echo {
    /// The way to the floor.
    hop: Option<Mutex<UnixStream>>,
}

/// One question to the floor, and its answer.
async fn ask(hop: &Mutex<UnixStream>) -> std::io::Result<()> {
    let mut hop = hop.lock().await;
    hop.write_all(&[1; QUESTION]).await?;
    hop.read_exact(&mut [0; ANSWER]).await?;
    Ok(())
}

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
        if let Some(hop) = &self.hop {
            let asked = ask(hop).await;
            asked.map_err(|e| Status::internal(format!("floor: {e}")))?;
        }
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
