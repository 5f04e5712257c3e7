//! `run`: everything, until told to stop.

mod before;

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use orchestrator::alerts::Caller;
use orchestrator::alerts::exports::Bell;
use orchestrator::clob::Gamma;
use orchestrator::clob::age::{Due, REMINDER};
use orchestrator::config::{self, Config, Witnesses};
use orchestrator::copy::Copy;
use orchestrator::intake::tail::Tail;
use orchestrator::intake::{self, Arrival, QUEUE, http};
use orchestrator::metrics::Metrics;
use orchestrator::pipeline::{Ended, Pipeline, Until};
use orchestrator::relay::{Relay, Running};
use orchestrator::signer::SignerClient;
use orchestrator::store::Store;
use orchestrator::{Trouble, carry, clock};
use order::Chain;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use self::before::{each_has_its_day, no_open_incident, no_orphan, nothing_under_way};
use super::{Answer, CODE_INCIDENT, CODE_OPEN, Failure};

/// Takes intents in and works on them until SIGTERM, which lets what is under
/// way come to its answer.
///
/// Exit: 0 stopped (or, until idle, all attempts ended); 1 trouble; 3 until
/// idle, and attempts are still open; 42 an incident that a person must look at.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    orchestrator run --config /etc/countersign/orchestrator.toml\n  \
    orchestrator run --mode live               # with real money, on chain 137\n  \
    orchestrator run --mode shadow             # decide everything, ask for nothing\n  \
    orchestrator run --until-idle --wait 30    # the file once, then stop\n\n\
    What was recorded is decided once more by `orchestrator replay FILE`.")]
pub(crate) struct Args {
    /// What it is done for. Without it: paper, and no start on chain 137.
    #[arg(long, value_enum)]
    mode: Option<Mode>,
    /// Read the intents file once, and stop when every attempt has ended.
    #[arg(long)]
    until_idle: bool,
    /// With it: give up after this many seconds; open attempts are kept.
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,
}

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Mode {
    /// Orders on the test chain, 80002, where nothing is worth anything.
    Paper,
    /// Orders with real money, on chain 137.
    Live,
    /// Everything up to the decision; nobody is asked for an order.
    Shadow,
}

impl Mode {
    /// The mode that was asked for, where the configuration's chain agrees: real
    /// money takes two switches.
    fn of(asked: Option<Self>, chain: Chain) -> Result<Self, Failure> {
        let refused = |problem: &str, fix: &str| {
            let id = chain.id();
            let sentence = format!("MODE {problem}, and signer.chain_id is {id}; {fix}");
            Err(Failure::trouble(sentence))
        };
        match (asked, chain) {
            (Some(Self::Shadow), Chain::Amoy | Chain::Polygon) => Ok(Self::Shadow),
            (None | Some(Self::Paper), Chain::Amoy) => Ok(Self::Paper),
            (Some(Self::Live), Chain::Polygon) => Ok(Self::Live),
            (None, Chain::Polygon) => refused(
                "not named",
                "write --mode live to trade with real money, or --mode shadow to look on",
            ),
            (Some(Self::Paper), Chain::Polygon) => refused(
                "paper",
                "write --mode live to trade with real money, or correct signer.chain_id",
            ),
            (Some(Self::Live), Chain::Amoy) => refused(
                "live",
                "write --mode paper, or correct signer.chain_id to 137",
            ),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Paper => "PAPER",
            Self::Live => "LIVE",
            Self::Shadow => "SHADOW",
        }
    }
}

pub(crate) fn run(config: Config, args: &Args) -> Result<Answer, Failure> {
    let runtime = super::runtime()?;
    // Before anything that may be refused: a run that does not start is told too.
    let caller = caller(&config)?;
    let bell = caller.as_ref().map(Caller::bell).unwrap_or_default();
    let ended = runtime.block_on(work(config, args, bell));
    if let Some(caller) = caller {
        caller.stop();
    }
    ended
}

/// Who calls a person, beside the run: nobody unless configured.
fn caller(config: &Config) -> Result<Option<Caller>, Failure> {
    let Some(alerts) = &config.alerts else {
        return Ok(None);
    };
    let (database, age_ms) = (config.database.clone(), config.trading.unknown_age_ms);
    let caller = Caller::start(alerts, database, age_ms);
    caller.map(Some).map_err(Failure::trouble)
}

async fn work(config: Config, args: &Args, bell: Bell) -> Result<Answer, Failure> {
    let mode = Mode::of(args.mode, config.signer.venue.chain)?;
    if mode == Mode::Live {
        each_has_its_day(&config.copy.strategies)?;
    }
    let store = ready(&config, mode)?;
    say_what_for(&config, mode);
    let clob = super::clob(&config).map_err(Failure::trouble)?;
    if clob.age().due(clock::now_ms()) >= Due::Reminded {
        tracing::warn!("KEYS {REMINDER} orchestrator credentials rotate");
    }
    let metrics = Metrics::new();
    let (to, arrivals) = mpsc::channel(QUEUE);
    let (stopper, stop) = watch::channel(false);
    let idle = args.until_idle || args.wait.is_some();
    // Before anyone is told that we listen, so that a stop right after it is a
    // clean one.
    stop_on_signals(stopper.clone())?;
    let listeners = Listeners::open(&config, &metrics, idle, &to).await?;
    let until = if idle {
        let wait_ms = args.wait.unwrap_or(60).saturating_mul(1_000);
        read_once(&config, to)?;
        Until::Idle(clock::now_ms().saturating_add(wait_ms))
    } else {
        follow(&config, to);
        Until::Stopped
    };
    let gamma = Gamma::new(&config.copy.gamma_url, config.clob.timeout_ms);
    let gamma = gamma.map_err(Failure::trouble)?;
    let copy = Copy::from(config.copy);
    let signer = SignerClient::new(config.signer).map_err(Failure::trouble)?;
    let carrier = carrying(&copy, mode, &signer);
    let relay = relay(&config.witnesses, &config.database, &signer, &metrics)?;
    let mut pipeline = Pipeline::new(
        store,
        signer,
        clob,
        config.trading,
        config.intent_ttl_ms,
        metrics,
    )
    .copying(copy, gamma)
    .ringing(bell);
    if let Some(url) = config.checks.geoblock {
        pipeline = pipeline.from_where(url, config.checks.geoblock_ms);
    }
    if mode == Mode::Shadow {
        pipeline = pipeline.in_shadow();
    }
    let ended = pipeline.run(arrivals, stop, until).await;
    if let Some(relay) = relay {
        relay.stop().await;
    }
    listeners.close();
    if let Some(work) = carrier {
        work.abort();
    }
    ended.map(answer).map_err(|trouble| failure(&trouble))
}

/// The database, if a run may begin on it.
fn ready(config: &Config, mode: Mode) -> Result<Store, Failure> {
    let mut store = Store::open(&config.database)?;
    no_open_incident(&store)?;
    no_orphan(&mut store, &config.copy.strategies)?;
    if mode == Mode::Shadow {
        nothing_under_way(&mut store)?;
    }
    Ok(store)
}

/// Carries listings and fill notes beside the pipeline. A shadow tells the signer
/// nothing.
fn carrying(copy: &Copy, mode: Mode, signer: &SignerClient) -> Option<JoinHandle<()>> {
    let notes = copy.attestations.clone().filter(|_| mode != Mode::Shadow)?;
    let work = carry::carry(notes.folder, notes.signatures, signer.clone());
    Some(tokio::spawn(work))
}

/// Carries between the signer and its witnesses, beside the pipeline; nothing
/// where none is named.
fn relay(
    named: &Witnesses,
    database: &Path,
    signer: &SignerClient,
    metrics: &Metrics,
) -> Result<Option<Running>, Failure> {
    if named.each.is_empty() {
        return Ok(None);
    }
    let relay = Relay::new(named, database, signer.clone(), metrics.clone());
    Ok(Some(relay.map_err(Failure::trouble)?.start()))
}

/// What this run trades for, where and with whom, before it does.
fn say_what_for(config: &Config, mode: Mode) {
    let signer = &config.signer;
    let (exchange, chain) = (
        config::exchange_word(signer.venue.exchange),
        signer.venue.chain,
    );
    let mode = mode.word();
    tracing::info!(
        "{mode} trades of {}, signed by {}: {exchange} on chain {}, venue {}, signer {} as {}",
        signer.maker,
        signer.signing_address,
        chain.id(),
        config.clob.url,
        signer.address,
        signer.caller
    );
    for named in &config.copy.strategies {
        let rules = &named.rules;
        tracing::info!(
            "strategy {}: {} leaders, {} only watched, at most {} a copy",
            named.name,
            rules.leaders.len(),
            rules.watch_only.len(),
            rules.intent_usdc_max
        );
    }
    tracing::info!(
        "intents from {}, books in {}, configuration {}",
        config.intents.display(),
        config.database.display(),
        config.hash
    );
}

fn answer(ended: Ended) -> Answer {
    let (code, word, open) = match ended {
        Ended::Idle => (0, "idle", 0),
        Ended::Stopped => (0, "stopped", 0),
        Ended::Open(open) => (CODE_OPEN, "open", open),
    };
    let text = match ended {
        Ended::Idle | Ended::Stopped => String::new(),
        Ended::Open(0) => "VENUE or signer was not looked at whole in that time, so nothing was \
                           signed; see orchestrator health, and run again"
            .to_owned(),
        Ended::Open(open) => format!("{open} attempts still open; run again to go on"),
    };
    Answer {
        code,
        text,
        json: json!({"ended": word, "open": open}),
    }
}

fn failure(trouble: &Trouble) -> Failure {
    let code = match trouble {
        Trouble::Incident { .. } => CODE_INCIDENT,
        Trouble::Store(_) | Trouble::Invariant(_) => 1,
    };
    Failure {
        code,
        sentence: trouble.to_string(),
    }
}

/// Reads on from where the file was read before, and what is added to it.
fn follow(config: &Config, to: mpsc::Sender<Arrival>) {
    let (path, tail_ms) = (config.intents.clone(), config.intake.tail_ms);
    drop(tokio::spawn(async move {
        intake::follow(&path, Duration::from_millis(tail_ms), to).await;
    }));
}

/// Reads the whole file; a last line without its newline is still being
/// written.
fn read_once(config: &Config, to: mpsc::Sender<Arrival>) -> Result<(), Failure> {
    let unreadable = |e: std::io::Error| {
        Failure::trouble(format!(
            "CONFIG intents: cannot read {}: {e}; name a readable file",
            config.intents.display()
        ))
    };
    std::fs::metadata(&config.intents).map_err(unreadable)?;
    let lines = Tail::new(&config.intents).look().map_err(unreadable)?;
    let path = config.intents.clone();
    drop(tokio::spawn(async move {
        for line in lines {
            let arrival = Arrival::of_file(&path, line);
            if to.send(arrival).await.is_err() {
                return;
            }
        }
    }));
    Ok(())
}

fn stop_on_signals(stopper: watch::Sender<bool>) -> Result<(), Failure> {
    let error = |e: std::io::Error| Failure::trouble(format!("HOST no signals: {e}; report it"));
    let mut terminate = signal(SignalKind::terminate()).map_err(error)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(error)?;
    drop(tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: what is under way comes to its answer");
        stopper.send_replace(true);
        // Kept, so that nobody takes its end for a stop.
        stopper.closed().await;
    }));
    Ok(())
}

/// What listens beside the pipeline.
struct Listeners(Vec<JoinHandle<()>>);

impl Listeners {
    /// Opens what the configuration asks for, and says where.
    async fn open(
        config: &Config,
        metrics: &Metrics,
        idle: bool,
        to: &mpsc::Sender<Arrival>,
    ) -> Result<Self, Failure> {
        let mut tasks = Vec::new();
        if let (Some(address), Some(token), false) =
            (config.intake.http, &config.intake.token, idle)
        {
            let token = http::Token::read(token).map_err(Failure::trouble)?;
            let router = http::router(token, to.clone());
            tasks.push(serve("listening", "intake.http", address, router).await?);
        }
        if let Some(address) = config.metrics.listen {
            let router = metrics.router();
            tasks.push(serve("metrics", "metrics.listen", address, router).await?);
        }
        Ok(Self(tasks))
    }

    fn close(self) {
        for task in self.0 {
            task.abort();
        }
    }
}

async fn serve(
    word: &str,
    field: &str,
    address: SocketAddr,
    router: axum::Router,
) -> Result<JoinHandle<()>, Failure> {
    let error = |e: std::io::Error| {
        Failure::trouble(format!("CONFIG {field}: {address}: {e}; name a free port"))
    };
    let listener = TcpListener::bind(address).await.map_err(error)?;
    let bound = listener.local_addr().map_err(error)?;
    let mut out = std::io::stdout();
    if writeln!(out, "{word} http://{bound}")
        .and_then(|()| out.flush())
        .is_err()
    {
        tracing::debug!("nobody reads our output");
    }
    Ok(tokio::spawn(async move {
        if let Err(e) = axum::serve(listener, router).await {
            tracing::error!(error = %e, "the listener ended");
        }
    }))
}
