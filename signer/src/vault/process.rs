//! The vault's process: a straight line from its part to its end.

use std::os::fd::OwnedFd;

use cage::calls;
use frame::channel::{Message, VaultPart};

use super::Vault;
use super::config::VaultConfig;
use super::run::Sockets;
use crate::channel::{Channel, told};
use crate::clock;

/// Lives the vault's life; the supervisor is at the other end of `channel`.
///
/// # Errors
///
/// What ended it, which the supervisor was told if it was at the start.
pub(crate) fn run(channel: Channel) -> Result<(), String> {
    let (vault, control, hop) = told(&channel, begin(&channel))?;
    let sockets = Sockets::new(channel, control, hop).map_err(|e| e.to_string())?;
    // A fault means that memory and disk may differ: stop at once; what waited
    // was told that there is no answer.
    vault.run(sockets).map_err(|fault| {
        tracing::error!(%fault, "the vault stopped");
        fault.to_string()
    })
}

fn begin(channel: &Channel) -> Result<(Vault, OwnedFd, OwnedFd), String> {
    let config = VaultConfig::read(part(channel)?)?;
    let paths = config.paths();
    let now = clock::read().ok_or("CLOCK a clock of this machine is unusable; set it")?;
    let taken = Vault::take(config, now)?;
    channel.say(&Message::Ready)?;
    let [control, hop] = channel.told_to_begin()?;
    let closed = [cage::fence(&paths), cage::filter(calls::vault::CALLS)];
    let missing = cage::told("vault", closed);
    // Callers wait meanwhile.
    let vault = taken.read()?.caged(missing).begin()?;
    channel.say(&Message::Begun)?;
    Ok((vault, control, hop))
}

fn part(channel: &Channel) -> Result<VaultPart, String> {
    match channel.receive() {
        Ok(Some((Message::Vault(part), _))) => Ok(part),
        Ok(_) => Err("the supervisor sent no part".to_owned()),
        Err(e) => Err(format!("the supervisor's socket failed: {e}")),
    }
}
