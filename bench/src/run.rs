//! One run: rounds in which everything is measured once, one after the other,
//! so that a machine that grows slower grows slower for all of it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::clock;
use crate::disk::Disk;
use crate::fixture::{Echo, Programs, Restart, Signer};
use crate::hop;
use crate::host::{self, Cpus, Resident};
use crate::load::Load;
use crate::trader::{Trader, Ways};

/// Writes and syncs of a page in a round.
const SYNCS: usize = 300;
/// Questions over a pair of sockets in a round.
const HOPS: usize = 1_000;
/// How long a lone request leaves the disk alone, about: what is not recording.
const PACE: Duration = Duration::from_micros(200);
/// Lone intents in a round: below the sixty that the venue takes in a burst.
const INTENTS: usize = 50;
/// Orders in one load at most, when only their number matters.
const PORTION: usize = 10_000;

/// How many are asked for how.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) in_flight: usize,
    /// Server and client on one named processor.
    pub(crate) pinned: bool,
    /// Its part of a round's orders, percent.
    percent: usize,
}

/// Every way a signer is asked.
pub(crate) const SHAPES: [Shape; 5] = [
    Shape {
        name: "1, pinned",
        in_flight: 1,
        pinned: true,
        percent: 5,
    },
    Shape {
        name: "1",
        in_flight: 1,
        pinned: false,
        percent: 5,
    },
    Shape {
        name: "8",
        in_flight: 8,
        pinned: false,
        percent: 15,
    },
    Shape {
        name: "64",
        in_flight: 64,
        pinned: false,
        percent: 40,
    },
    Shape {
        name: "256",
        in_flight: 256,
        pinned: false,
        percent: 35,
    },
];
/// Where in [`SHAPES`] the lone pinned question stands, the lone one, and the
/// one of 64.
pub(crate) const LONE_PINNED: usize = 0;
pub(crate) const LONE: usize = 1;
pub(crate) const SIXTY_FOUR: usize = 3;

/// Medians of the two operations on the curve, nanoseconds.
#[derive(Clone, Copy)]
pub(crate) struct Curve {
    pub(crate) sign_ns: u64,
    pub(crate) sign_and_check_ns: u64,
}

/// What others sign with.
#[derive(Clone, Copy)]
pub(crate) struct Peers {
    pub(crate) secp256k1_ns: u64,
    pub(crate) client_ns: u64,
}

/// One round.
pub(crate) struct Round {
    pub(crate) curve: Curve,
    pub(crate) bare_curve: Curve,
    pub(crate) peers: Option<Peers>,
    pub(crate) sync_ns: Vec<u64>,
    /// The same, each a lone request's time after the one before.
    pub(crate) paced_sync_ns: Vec<u64>,
    /// A question and its answer over a pair of sockets, pinned.
    pub(crate) hop_ns: Vec<u64>,
    /// The echo, pinned and not.
    pub(crate) echo: [Load; 2],
    pub(crate) signer: Vec<Load>,
    pub(crate) unrecorded: Vec<Load>,
    pub(crate) ways: Ways,
}

/// All of it.
pub(crate) struct Measured {
    pub(crate) rounds: Vec<Round>,
    pub(crate) cpu: usize,
    pub(crate) cpus: usize,
    /// Resident memory of the signer's processes before its first order, and
    /// after its last.
    pub(crate) resident: (Resident, Resident),
    /// How many orders it signed.
    pub(crate) signed: usize,
    /// Its start on the journal of them.
    pub(crate) restart: Restart,
}

/// Everything that runs meanwhile.
struct Stand {
    programs: Programs,
    cpus: Cpus,
    signer: Signer,
    unrecorded: Signer,
    echo: Echo,
    disk: Disk,
    trader: Trader,
}

/// Measures `rounds` times, with `orders` signed in all.
pub(crate) async fn run(rounds: usize, orders: usize) -> Result<Measured, String> {
    let programs = Programs::built()?;
    let signer = Signer::start(&programs.bins, &programs.bins.signer).await;
    let unrecorded = Signer::start(&programs.bins, &programs.unrecorded).await;
    let mut stand = Stand {
        cpus: Cpus::read()?,
        echo: Echo::start(&signer.desk).await?,
        disk: Disk::new(&signer.desk.folder)?,
        trader: Trader::start(&programs).await?,
        programs,
        signer,
        unrecorded,
    };
    let pid = stand.signer.server.pid();
    let before = host::resident(pid)?;
    let mut measured = Vec::new();
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        measured.push(stand.round(round, orders / rounds).await?);
    }
    while stand.signer.signed < orders {
        let count = (orders - stand.signer.signed).min(PORTION);
        let name = format!("rest-{}", stand.signer.signed);
        stand.signer.load(&name, count, 64).await?;
    }
    let resident = (before, host::resident(pid)?);
    let Stand {
        programs,
        cpus,
        signer,
        ..
    } = stand;
    Ok(Measured {
        rounds: measured,
        cpu: cpus.named,
        cpus: cpus.count,
        resident,
        signed: signer.signed,
        restart: signer.restart(&programs.bins.signer).await,
    })
}

impl Stand {
    async fn round(&mut self, round: usize, orders: usize) -> Result<Round, String> {
        let me = std::process::id();
        // Children inherit the one processor; so does the sync.
        self.cpus.pin(me)?;
        let own = &self.programs.own;
        let curve = curve(&own.join("curve"))?;
        let bare_curve = self::curve(&own.join("curve-without-tables"))?;
        let peers = peers(&own.join("peers"), self.trader.venue())?;
        let sync_ns = self.syncs(Duration::ZERO)?;
        let paced_sync_ns = self.syncs(PACE)?;
        let hop_ns = hop::ping_pong(HOPS)?;
        self.cpus.unpin(me)?;
        let (mut signer, mut unrecorded, mut echo) = (Vec::new(), Vec::new(), Vec::new());
        for shape in &SHAPES {
            let count = (orders * shape.percent / 100).max(1);
            let name = format!("r{round}-{}-{}", shape.in_flight, u8::from(shape.pinned));
            if shape.in_flight == 1 {
                let requests = self.signer.requests(&format!("e{name}"), count);
                let pid = self.echo.server.pid();
                self.place(shape, pid)?;
                echo.push(self.echo.load(requests, 1).await?);
                self.cpus.unpin(pid)?;
            }
            // Neither is always the first.
            let first = round.is_multiple_of(2);
            for recorded in [first, !first] {
                let server = if recorded {
                    &self.signer
                } else {
                    &self.unrecorded
                };
                let pid = server.server.pid();
                self.place(shape, pid)?;
                let load = if recorded {
                    self.signer.load(&name, count, shape.in_flight).await?
                } else {
                    let count = (count / 2).max(1);
                    self.unrecorded.load(&name, count, shape.in_flight).await?
                };
                self.cpus.unpin(pid)?;
                if recorded {
                    &mut signer
                } else {
                    &mut unrecorded
                }
                .push(load);
            }
        }
        Ok(Round {
            curve,
            bare_curve,
            peers,
            sync_ns,
            paced_sync_ns,
            hop_ns,
            echo: echo.try_into().map_err(|_| "two echoes a round")?,
            signer,
            unrecorded,
            ways: self.trader.round(INTENTS).await?,
        })
    }

    /// Pages written and synced, each so long after the one before.
    fn syncs(&mut self, pace: Duration) -> Result<Vec<u64>, String> {
        let one = |_| {
            clock::work(pace);
            self.disk.sync()
        };
        (0..SYNCS).map(one).collect()
    }

    fn place(&self, shape: &Shape, pid: u32) -> Result<(), String> {
        if shape.pinned {
            self.cpus.pin(pid)
        } else {
            Ok(())
        }
    }
}

/// The curve's two figures, by a program that was built with these features.
fn curve(program: &Path) -> Result<Curve, String> {
    let text = said(Command::new(program))?;
    Ok(Curve {
        sign_ns: figure(&text, "sign_ns")?,
        sign_and_check_ns: figure(&text, "sign_and_check_ns")?,
    })
}

/// What others sign with, if that was built.
fn peers(program: &Path, venue: &str) -> Result<Option<Peers>, String> {
    if !program.is_file() {
        return Ok(None);
    }
    let mut command = Command::new(program);
    command.arg(venue);
    let text = said(command)?;
    Ok(Some(Peers {
        secp256k1_ns: figure(&text, "secp256k1_sign_ns")?,
        client_ns: figure(&text, "client_sign_ns")?,
    }))
}

fn said(mut command: Command) -> Result<String, String> {
    let out = command
        .output()
        .map_err(|e| format!("{command:?}: {e}; run `make bench`"))?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    if out.status.success() {
        Ok(text)
    } else {
        let why = String::from_utf8_lossy(&out.stderr);
        Err(format!("{command:?}: {}: {why}", out.status))
    }
}

fn figure(text: &str, name: &str) -> Result<u64, String> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = line.and_then(|value| value.parse().ok());
    value.ok_or_else(|| format!("no {name} in {text:?}"))
}
