//! `clob-auth`: the venue's login (L1), of fixed words, signed by the running
//! signer where its policy permits it. What comes back creates or derives API
//! credentials, and signs no order.

use clap::Args;
use frame::local::Verb;

use crate::say::{Refusal, Said};
use crate::socket::Socket;

#[derive(Args)]
pub(crate) struct ClobAuth {
    #[command(flatten)]
    socket: Socket,
    /// The venue's number of the credentials: 0 for the first.
    #[arg(long, value_name = "N", default_value_t = 0)]
    nonce: u64,
}

pub(crate) fn run(args: &ClobAuth) -> Result<Said, Refusal> {
    let told = args.socket.ask(Verb::ClobAuth, &args.nonce.to_be_bytes())?;
    Ok(Said::line(told.trim_end())
        .with_aside("next, within minutes: these four as headers of POST /auth/api-key"))
}
