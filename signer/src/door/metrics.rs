//! Figures for a scraper, on loopback, off unless configured.
//!
//! Invariant: whatever is asked, the answer is the same text; nothing that
//! comes in is looked at but its end.

use std::net::SocketAddr;
use std::sync::mpsc::Sender;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::decisions::Decisions;
use crate::vault::seam::{Answer, Call, Local, Reply, Request};

/// A scrape takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most of a request that is read.
const REQUEST_MAX: usize = 4 * 1024;

/// Takes the address `at`.
///
/// # Errors
///
/// The problem and its fix, when the address cannot be had.
pub(crate) async fn bind(at: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(at)
        .await
        .map_err(|e| format!("CONFIG metrics: cannot bind {at}: {e}; free it or choose another"))
}

/// Answers every scrape with the vault's figures.
///
/// # Errors
///
/// When the system does not say where it listens.
pub(crate) fn serve(
    listener: TcpListener,
    vault: Sender<Call>,
    decisions: Decisions,
) -> Result<(), String> {
    let bound = listener.local_addr().map_err(|e| e.to_string())?;
    tracing::info!("metrics http://{bound}/metrics");
    tokio::spawn(async move {
        loop {
            // One scrape at a time: whoever is slow delays only other scrapes.
            if let Ok((socket, _)) = listener.accept().await {
                drop(timeout(PATIENCE, one(socket, &vault, &decisions)).await);
            }
        }
    });
    Ok(())
}

async fn one(
    mut socket: TcpStream,
    vault: &Sender<Call>,
    decisions: &Decisions,
) -> std::io::Result<()> {
    let mut request = [0; REQUEST_MAX];
    let mut filled = 0_usize;
    while let Some(rest) = request.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let read = socket.read(rest).await?;
        filled = filled.saturating_add(read);
        let ended = request
            .get(..filled)
            .is_some_and(|r| r.ends_with(b"\r\n\r\n"));
        if read == 0 || ended {
            break;
        }
    }
    let (tell, told) = oneshot::channel();
    let call = Call {
        request: Request::Local(Local::Metrics),
        reply: Box::new(Waiting(tell)),
    };
    let text = match vault.send(call) {
        Ok(()) => match told.await {
            Ok(Answer::Local(Ok(text))) => decisions.text() + &text,
            Ok(_) | Err(_) => return Ok(()),
        },
        Err(_) => return Ok(()),
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        text.len()
    );
    socket.write_all(head.as_bytes()).await?;
    socket.write_all(text.as_bytes()).await
}

struct Waiting(oneshot::Sender<Answer>);

impl Reply for Waiting {
    fn is_wanted(&self) -> bool {
        !self.0.is_closed()
    }

    fn answer(self: Box<Self>, answer: Answer) {
        // A scraper that hung up asks again.
        drop(self.0.send(answer));
    }
}
