//! The door's process: a straight line from its part to its end.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Barrier};
use std::thread;

use cage::{Paths, calls};
use child::channel::{Channel, told};
use frame::channel::{DoorPart, Message};
use tokio::sync::oneshot;

use super::decisions::Decisions;
use super::hop::Vault;
use super::pin::Pin;
use super::{Fitted, metrics, tls};

/// Lives the door's life; the supervisor is at the other end of `channel`.
///
/// # Errors
///
/// What ended it, which the supervisor was told if it was at the start.
pub(crate) fn run(channel: Channel) -> Result<(), String> {
    let (fitted, beside) = told(&channel, begin(&channel))?;
    let mut beside = beside.into_iter();
    let (Some(listener), Some(hop)) = (beside.next(), beside.next()) else {
        return Err("the supervisor sent other descriptors".to_owned());
    };
    // It opens nothing by name from here on, and its threads are born so.
    let fence = cage::fence(&Paths::default());
    let (stop, stopped) = oneshot::channel();
    let both = Arc::new(Barrier::new(2));
    let begun = Arc::clone(&both);
    thread::Builder::new()
        .name("orders".to_owned())
        .spawn(move || {
            begun.wait();
            obey(&channel, stop);
        })
        .map_err(|e| format!("cannot start a thread: {e}"))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| format!("cannot start the door's runtime: {e}"))?;
    // No other thread is made: what a thread needs to begin is behind both.
    both.wait();
    cage::told("door", [fence, cage::filter(calls::door::CALLS)]);
    runtime.block_on(serve(fitted, listener, hop, beside.next(), stopped))
}

/// Reads the certificate, and waits for the word to begin.
fn begin(channel: &Channel) -> Result<(Fitted, Vec<OwnedFd>), String> {
    let part = match channel.receive() {
        Ok(Some((Message::Door(part), _))) => part,
        Ok(_) => return Err("the supervisor sent no part".to_owned()),
        Err(e) => return Err(format!("the supervisor's socket failed: {e}")),
    };
    let fitted = fit(part)?;
    channel.say(&Message::Ready)?;
    Ok((fitted, channel.told_to_begin()?))
}

fn fit(part: DoorPart) -> Result<Fitted, String> {
    let path = |bytes| PathBuf::from(OsString::from_vec(bytes));
    let pins = part.pins.into_iter();
    let pins: BTreeMap<_, _> = pins.map(|(name, pin)| (Pin::new(pin), name)).collect();
    let certificate = path(part.tls_certificate);
    let config = tls::server_config(&certificate, &path(part.tls_private_key), &pins);
    Ok(Fitted::new(config.map_err(|e| e.to_string())?, pins))
}

/// Waits for the supervisor's word. Without a supervisor there is no door.
fn obey(channel: &Channel, stop: oneshot::Sender<()>) {
    match channel.receive() {
        // Whoever drains already has heard enough.
        Ok(Some((Message::Stop, _))) => drop(stop.send(())),
        Ok(_) | Err(_) => std::process::exit(1),
    }
    // Nothing more is said: this waits for the supervisor's end.
    drop(channel.receive());
    std::process::exit(1);
}

async fn serve(
    fitted: Fitted,
    listener: OwnedFd,
    hop: OwnedFd,
    scraped: Option<OwnedFd>,
    stopped: oneshot::Receiver<()>,
) -> Result<(), String> {
    let hop = UnixStream::from(hop);
    let nonblocking = hop.set_nonblocking(true);
    let hop = nonblocking.and_then(|()| tokio::net::UnixStream::from_std(hop));
    let (vault, work) = Vault::over(hop.map_err(|e| e.to_string())?);
    let decisions = Decisions::default();
    if let Some(scraped) = scraped {
        let listener = listening(scraped).map_err(|e| e.to_string())?;
        metrics::serve(listener, vault.clone(), decisions.clone())?;
    }
    let listener = listening(listener).map_err(|e| e.to_string())?;
    let stop = async { drop(stopped.await) };
    tokio::select! {
        () = fitted.serve(listener, vault, decisions, stop) => Ok(()),
        () = work => Err("the vault is gone".to_owned()),
    }
}

fn listening(socket: OwnedFd) -> std::io::Result<tokio::net::TcpListener> {
    let listener = TcpListener::from(socket);
    listener.set_nonblocking(true)?;
    tokio::net::TcpListener::from_std(listener)
}
