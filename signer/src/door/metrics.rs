//! Figures for a scraper, on loopback, off unless configured.
//!
//! Invariant: whatever is asked, the answer is the same text; nothing that
//! comes in is looked at but its end.

use std::sync::Arc;
use std::time::Duration;

use frame::hop::{Question, Reply};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::decisions::Decisions;
use super::hop::Vault;

/// A scrape takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);
/// The most of a request that is read.
const REQUEST_MAX: usize = 4 * 1024;

/// Answers every scrape with the vault's figures.
///
/// # Errors
///
/// When the system does not say where it listens.
pub(super) fn serve(
    listener: TcpListener,
    vault: Vault,
    decisions: Decisions,
) -> Result<(), String> {
    let bound = listener.local_addr().map_err(|e| e.to_string())?;
    tracing::info!("metrics http://{bound}/metrics");
    // A scrape that was given up holds its place until the vault let go of it.
    let place = Arc::new(Semaphore::new(1));
    tokio::spawn(async move {
        loop {
            // One scrape at a time: whoever is slow delays only other scrapes.
            if let Ok((socket, _)) = listener.accept().await {
                drop(timeout(PATIENCE, one(socket, &vault, &place, &decisions)).await);
            }
        }
    });
    Ok(())
}

async fn one(
    mut socket: TcpStream,
    vault: &Vault,
    place: &Arc<Semaphore>,
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
    let Ok(place) = Arc::clone(place).try_acquire_owned() else {
        return Ok(());
    };
    let Some(Reply::Text(text)) = vault.ask(Question::Metrics, place).await else {
        return Ok(());
    };
    let text = decisions.text() + &text;
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        text.len()
    );
    socket.write_all(head.as_bytes()).await?;
    socket.write_all(text.as_bytes()).await
}
