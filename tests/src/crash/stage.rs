//! The stage: venue, signer and orchestrator in one folder, kept alive by
//! something like an init system and an operator.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{self, Receiver, Sender};

use frame::local::Verb;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::{Fuses, Program, judge};
use crate::control;
use crate::desk::Desk;
use crate::fused::{Death, Event, Fused};
use crate::process::{self, PATIENCE, Server};

/// Short times, so that a play takes as long as it must.
const MORE: &str = "post_only_after_restart_ms = 0\n\
    [trading]\npoll_ms = 100\nidle_ms = 300\nabsence_ms = 250\n";

/// What runs, and what became of what ran.
pub(super) struct Stage<'a> {
    desk: &'a Desk,
    pub(super) folder: PathBuf,
    venue: Server,
    fuses: BTreeMap<Program, std::vec::IntoIter<u64>>,
    to: Sender<(Program, Event)>,
    events: Receiver<(Program, Event)>,
    signer: Option<Fused>,
    address: Option<String>,
    orchestrator: Option<Fused>,
    /// Its end, when that was told while a signer was being raised.
    ended: Option<Death>,
    alive_serial: u64,
    pub(super) deaths: Vec<(Program, String)>,
    pub(super) effects: BTreeMap<Program, u64>,
    runtime: Runtime,
}

impl<'a> Stage<'a> {
    /// Starts the venue in `folder`, and prepares for the rest.
    pub(super) fn open(
        desk: &'a Desk,
        folder: &Path,
        number: u16,
        fuses: &Fuses,
    ) -> Result<Self, String> {
        // An address of its own: a port that a dead signer left is not taken by
        // a neighbour before its next life.
        let [high, low] = number.to_be_bytes();
        let config = folder.join("signer.toml");
        let text = fs::read_to_string(&config).map_err(|e| e.to_string())?;
        let text = text.replace("127.0.0.1:0", &format!("127.77.{high}.{low}:0"));
        fs::write(&config, text).map_err(|e| e.to_string())?;
        let (to, events) = mpsc::channel();
        Ok(Self {
            desk,
            folder: folder.to_owned(),
            venue: desk.start_venue_in(folder),
            fuses: fuses
                .0
                .iter()
                .map(|(program, at)| (*program, at.clone().into_iter()))
                .collect(),
            to,
            events,
            signer: None,
            address: None,
            orchestrator: None,
            ended: None,
            // The first was said when the desk was founded.
            alive_serial: 1,
            deaths: Vec::new(),
            effects: BTreeMap::new(),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|e| e.to_string())?,
        })
    }

    /// Intents, then an exit from what they bought, then a clean stop.
    pub(super) fn play(&mut self) -> Result<(), String> {
        self.raise_signer()?;
        self.configure()?;
        self.work()?;
        let mut exit = Command::new(&self.desk.bins.orchestrator);
        exit.current_dir(&self.folder)
            .args(["exit", "all", "--price", "0.3"]);
        let exit = process::run(exit);
        // 3: everything was denied, so there is nothing to sell.
        if exit.code() != 0 && exit.code() != 3 {
            return Err(format!("exit ended with {}: {}", exit.code(), exit.stderr));
        }
        self.work()?;
        self.stop_signer()
    }

    /// Starts the signer until it is up and the operator said so.
    fn raise_signer(&mut self) -> Result<(), String> {
        loop {
            let command = self.command(Program::Signer, &["--config", "signer.toml"]);
            let fused = self.fused(command, Program::Signer);
            self.signer = Some(fused);
            if self.signer_is_up()? {
                return Ok(());
            }
        }
    }

    /// Whether it came up and took the operator's note before it died.
    fn signer_is_up(&mut self) -> Result<bool, String> {
        loop {
            match self.next()? {
                (Program::Signer, Event::Ended(death)) => {
                    self.died(Program::Signer, &death)?;
                    return Ok(false);
                }
                (Program::Signer, Event::Listening(address)) => {
                    self.stay_at(&address)?;
                    if self.say_alive() {
                        return Ok(true);
                    }
                    // It died of it; that will be told.
                }
                (Program::Orchestrator, Event::Ended(death)) => self.ended = Some(death),
                (Program::Orchestrator, Event::Listening(_)) => {}
            }
        }
    }

    /// Later lives listen where the first one did.
    fn stay_at(&mut self, address: &str) -> Result<(), String> {
        if self.address.is_some() {
            return Ok(());
        }
        let ip = address.rsplit_once(':').map_or(address, |(ip, _)| ip);
        let config = self.folder.join("signer.toml");
        let text = fs::read_to_string(&config).map_err(|e| e.to_string())?;
        let text = text.replace(&format!("{ip}:0\""), &format!("{address}\""));
        fs::write(&config, text).map_err(|e| e.to_string())?;
        self.address = Some(address.to_owned());
        Ok(())
    }

    /// An unattended start waits for a person before it buys.
    fn say_alive(&mut self) -> bool {
        self.alive_serial += 1;
        let note = self
            .desk
            .authority
            .alive(&self.desk.journal_id, self.alive_serial, 70);
        control::ask(&self.folder.join("signer.sock"), Verb::Note, &note).is_ok()
    }

    fn configure(&self) -> Result<(), String> {
        let signer = self.address.as_deref().ok_or("the signer never listened")?;
        self.desk
            .write_orchestrator_config_in(&self.folder, signer, &self.venue.address);
        let path = self.folder.join("orchestrator.toml");
        let text = fs::read_to_string(&path).map_err(|e| e.to_string())?;
        fs::write(&path, text + MORE).map_err(|e| e.to_string())
    }

    /// Runs the orchestrator, as often as it takes, until nothing is open.
    fn work(&mut self) -> Result<(), String> {
        loop {
            let args = ["run", "--until-idle", "--wait", "45"];
            let command = self.command(Program::Orchestrator, &args);
            let fused = self.fused(command, Program::Orchestrator);
            self.orchestrator = Some(fused);
            let death = loop {
                if let Some(death) = self.ended.take() {
                    break death;
                }
                match self.next()? {
                    (Program::Orchestrator, Event::Ended(death)) => break death,
                    (Program::Orchestrator, Event::Listening(_)) => {}
                    (Program::Signer, Event::Ended(death)) => {
                        self.died(Program::Signer, &death)?;
                        self.raise_signer()?;
                    }
                    (Program::Signer, Event::Listening(_)) => {
                        return Err("the signer listens twice".to_owned());
                    }
                }
            };
            if death.code == Some(0) {
                return Ok(());
            }
            self.died(Program::Orchestrator, &death)?;
            judge::at_death(self)?;
        }
    }

    fn stop_signer(&mut self) -> Result<(), String> {
        self.signer.as_ref().ok_or("no signer runs")?.terminate();
        match self.next()? {
            (Program::Signer, Event::Ended(death)) if death.code == Some(0) => Ok(()),
            (Program::Signer, Event::Ended(death)) => self.died(Program::Signer, &death),
            (who, event) => Err(format!("{} {event:?} while stopping", who.name())),
        }
    }

    /// Writes a death down; it must have been the fuse.
    fn died(&mut self, who: Program, death: &Death) -> Result<(), String> {
        match &death.at {
            Some(at) => {
                self.deaths.push((who, at.clone()));
                Ok(())
            }
            None => Err(format!("{} ended by itself: {death:?}", who.name())),
        }
    }

    fn next(&mut self) -> Result<(Program, Event), String> {
        let (who, event) = self
            .events
            .recv_timeout(PATIENCE)
            .map_err(|_| "nothing happened for a minute".to_owned())?;
        if let Event::Ended(death) = &event {
            let most = self.effects.entry(who).or_default();
            *most = death.effects.max(*most);
        }
        Ok((who, event))
    }

    fn command(&self, program: Program, args: &[&str]) -> Command {
        let path = match program {
            Program::Signer => &self.desk.bins.signer,
            Program::Orchestrator => &self.desk.bins.orchestrator,
        };
        let mut command = Command::new(path);
        command.current_dir(&self.folder).args(args);
        command
    }

    fn fused(&mut self, command: Command, who: Program) -> Fused {
        let fuse = self.fuses.get_mut(&who).and_then(Iterator::next);
        let log = self.folder.join(format!("{}.log", who.name()));
        Fused::start(command, &log, fuse, who, self.to.clone())
    }

    /// Asks the venue's control face.
    pub(super) fn venue(&self, path: &str) -> Result<Value, String> {
        let url = format!("{}/sim/{path}", self.venue.address);
        let text = self.runtime.block_on(crate::http::get(&url))?;
        serde_json::from_str(&text).map_err(|e| format!("{url}: {e}"))
    }

    /// The last lines of both logs, for a report.
    pub(super) fn logs(&self) -> String {
        ["signer.log", "orchestrator.log"]
            .map(|name| {
                let text = fs::read_to_string(self.folder.join(name)).unwrap_or_default();
                let lines: Vec<_> = text.lines().collect();
                let tail = lines[lines.len().saturating_sub(25)..].join("\n");
                format!("-- {name}\n{tail}")
            })
            .join("\n")
    }
}
