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
/// Lone questions to one server, before the next is asked.
const SLICE: usize = 50;
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
    /// The echo with a floor behind it, pinned: everything that a lone recorded
    /// order needs, in one way.
    pub(crate) floor: Load,
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
    floor: Echo,
    disk: Disk,
    trader: Trader,
}

/// Measures `rounds` times, with `orders` signed in all.
pub(crate) async fn run(rounds: usize, orders: usize) -> Result<Measured, String> {
    let programs = Programs::built()?;
    let signer = Signer::start(&programs.bins, &programs.bins.signer).await;
    let unrecorded = Signer::start(&programs.bins, &programs.unrecorded).await;
    let floor = signer.desk.file("floor");
    std::fs::create_dir(&floor).map_err(|e| format!("{}: {e}", floor.display()))?;
    let mut stand = Stand {
        cpus: Cpus::read()?,
        echo: Echo::start(&signer.desk, None).await?,
        floor: Echo::start(&signer.desk, Some(&floor)).await?,
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
        let mut floor = Load::default();
        for shape in &SHAPES {
            let count = (orders * shape.percent / 100).max(1);
            let name = format!("r{round}-{}-{}", shape.in_flight, u8::from(shape.pinned));
            let mut all = <[Load; 4]>::default();
            // Lone ones in slices, so that a host that is slow for a second is
            // slow for everything that is compared. Nothing is always the first.
            let slice = if shape.in_flight == 1 { SLICE } else { count };
            for (nth, from) in (0..count).step_by(slice).enumerate() {
                let count = slice.min(count - from);
                for turn in 0..all.len() {
                    let which = (turn + nth + round) % all.len();
                    let name = format!("{name}-{which}-{nth}");
                    let load = self.slice(shape, which, &name, count).await?;
                    all[which].extend(load);
                }
            }
            let [recorded, without, at_once, least] = all;
            signer.push(recorded);
            unrecorded.push(without);
            if shape.in_flight == 1 {
                echo.push(at_once);
            }
            if shape.pinned {
                floor = least;
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
            floor,
            signer,
            unrecorded,
            ways: self.trader.round(INTENTS).await?,
        })
    }

    /// So many questions to the one at this place: signer, unrecorded signer,
    /// echo, floor. The last two have nothing to say of more than one in flight.
    async fn slice(
        &mut self,
        shape: &Shape,
        which: usize,
        name: &str,
        count: usize,
    ) -> Result<Load, String> {
        let pid = match which {
            0 => self.signer.server.pid(),
            1 => self.unrecorded.server.pid(),
            2 if shape.in_flight == 1 => self.echo.server.pid(),
            3 if shape.pinned => self.floor.server.pid(),
            _ => return Ok(Load::default()),
        };
        self.place(shape, pid)?;
        let load = match which {
            0 => self.signer.load(name, count, shape.in_flight).await,
            1 => {
                let count = (count / 2).max(1);
                self.unrecorded.load(name, count, shape.in_flight).await
            }
            _ => {
                let requests = self.signer.requests(name, count);
                let server = if which == 2 { &self.echo } else { &self.floor };
                server.load(requests, shape.in_flight).await
            }
        };
        self.cpus.unpin(pid)?;
        load
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
