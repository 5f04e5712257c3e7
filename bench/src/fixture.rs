//! What is measured: the release programs at desks of their own, and the echo.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tests::bins::{self, Bins};
use tests::client;
use tests::desk::Desk;
use tests::process::Server;
use tests::session::Session;
use tonic::transport::Channel;
use wire::SignOrderRequest;
use wire::signer_client::SignerClient;

use crate::load::{self, Load};
use crate::{clock, echo};

/// Ceilings that a measurement never meets; the rate's is the highest there is.
const CEILINGS: &[(&str, &str)] = &[
    ("hour_usdc", "none"),
    ("day_usdc", "100000000"),
    ("wallet_usdc_max", "100000000"),
    ("orders_per_minute", "65535"),
    ("leader_age_ms_max", "300000"),
];
/// Orders in a minute that are surely below that rate.
const MINUTE_MAX: usize = 65_000;
const MINUTE: Duration = Duration::from_secs(61);

/// Where the programs are.
pub(crate) struct Programs {
    /// As released.
    pub(crate) bins: Bins,
    /// The signer that records nothing.
    pub(crate) unrecorded: PathBuf,
    /// The folder of the bench's own.
    pub(crate) own: PathBuf,
}

impl Programs {
    /// As `make bench` builds them.
    pub(crate) fn built() -> Result<Self, String> {
        let target = bins::workspace().join("target");
        let released = |name| target.join("release").join(name);
        let own = target.join("bench/release");
        let programs = Self {
            bins: Bins {
                signer: released("signer"),
                vault: released("signer-vault"),
                signerctl: released("signerctl"),
                orchestrator: released("orchestrator"),
                venue: released("venue"),
            },
            unrecorded: own.join("signer"),
            own,
        };
        let unrecorded = programs.own.join("signer-vault");
        for path in [&programs.bins.vault, &programs.unrecorded, &unrecorded] {
            if !path.is_file() {
                return Err(format!("{} is not built; run `make bench`", path.display()));
            }
        }
        Ok(programs)
    }
}

/// A desk for one signer, with ceilings far away.
pub(crate) fn desk(bins: &Bins) -> Desk {
    let books = bins::workspace().join("tests/fixtures/books/standard.json");
    Desk::with_policy(bins, &books, CEILINGS)
}

/// A running signer and the one connection to it.
pub(crate) struct Signer {
    pub(crate) desk: Desk,
    pub(crate) server: Server,
    session: Session,
    /// When so many orders were asked for.
    recent: VecDeque<(Instant, usize)>,
    /// Orders signed so far.
    pub(crate) signed: usize,
}

impl Signer {
    /// Starts `program` at a desk that the released signer founded.
    pub(crate) async fn start(bins: &Bins, program: &Path) -> Self {
        let desk = desk(bins);
        let server = Server::start(desk.signer_command(program), &desk.file("signer.log"));
        desk.unlock().unwrap_or_else(|e| panic!("unlock: {e}"));
        let session = desk.session(&server.address).await;
        Self {
            desk,
            server,
            session,
            recent: VecDeque::new(),
            signed: 0,
        }
    }

    /// Stops it and starts `program` on the same journal: how long until it
    /// listens, and until it answers.
    pub(crate) async fn restart(self, program: &Path) -> Restart {
        let Self { desk, server, .. } = self;
        assert!(server.stop().success(), "the signer stops cleanly");
        let command = desk.signer_command(program);
        let began = clock::now();
        let server = Server::start(command, &desk.file("signer.log"));
        let listening = began.elapsed();
        // A hello is answered by the vault, when it has read its journal.
        drop(desk.session(&server.address).await);
        Restart {
            listening,
            answering: began.elapsed(),
        }
    }

    /// `count` orders, `in_flight` at a time; `name` is like no other.
    pub(crate) async fn load(
        &mut self,
        name: &str,
        count: usize,
        in_flight: usize,
    ) -> Result<Load, String> {
        self.wait_for_room(count).await;
        let requests = self.requests(name, count);
        let client = self.session.client.clone();
        let load = load::drive(&client, requests, in_flight, self.server.pid()).await?;
        self.recent.push_back((clock::now(), count));
        self.signed += count;
        Ok(load)
    }

    /// Questions that are proven, for whoever asks them.
    pub(crate) fn requests(&mut self, name: &str, count: usize) -> Vec<SignOrderRequest> {
        load::requests(&mut self.session, &self.desk.book, name, count)
    }

    /// Waits until `count` more orders fit the policy's minute.
    async fn wait_for_room(&mut self, count: usize) {
        while self.recent.iter().map(|(_, n)| n).sum::<usize>() + count > MINUTE_MAX
            && let Some((at, _)) = self.recent.pop_front()
        {
            clock::rest(MINUTE.saturating_sub(at.elapsed())).await;
        }
    }
}

/// A start on a journal that is not empty.
pub(crate) struct Restart {
    pub(crate) listening: Duration,
    pub(crate) answering: Duration,
}

/// The echo and the one connection to it.
pub(crate) struct Echo {
    pub(crate) server: Server,
    client: SignerClient<Channel>,
}

impl Echo {
    /// Starts it with the certificates of `desk`, and with a floor that writes in
    /// `floor`, if there is one.
    pub(crate) async fn start(desk: &Desk, floor: Option<&Path>) -> Result<Self, String> {
        let server = echo::start(&desk.signer_pair, floor, &desk.file("echo.log"))?;
        let connected = client::connect(&server.address, &desk.orchestrator_pair).await;
        let client = connected.map_err(|e| format!("echo: {e}"))?;
        Ok(Self { server, client })
    }

    /// The same questions as a signer is asked.
    pub(crate) async fn load(
        &self,
        requests: Vec<SignOrderRequest>,
        in_flight: usize,
    ) -> Result<Load, String> {
        load::drive(&self.client, requests, in_flight, self.server.pid()).await
    }
}
