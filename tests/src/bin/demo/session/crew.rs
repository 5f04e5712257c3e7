//! The four programs of the session, each of which may fall and come back.

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tests::desk::{CHAIN_ID, Desk};
use tests::pki;
use tests::process::Server;

use crate::verdict;

/// What runs.
pub(crate) struct Crew<'a> {
    desk: &'a Desk,
    pub(crate) venue: Server,
    signer: Option<Server>,
    orchestrator: Option<Server>,
    watcher: Option<Watcher>,
}

/// A watcher: it listens nowhere.
struct Watcher(Child);

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl<'a> Crew<'a> {
    /// Starts all of them.
    pub(crate) fn start(
        desk: &'a Desk,
        strategies: &str,
        wallets: &[&str],
    ) -> Result<Self, String> {
        let venue = desk.start_venue();
        let signer = desk.start_signer();
        pin_address(desk, &signer.address)?;
        desk.write_orchestrator_config(&signer.address, &venue.address);
        pki::secret_file(&desk.file("intent.token"), &[b'k'; 40]);
        let path = desk.file("orchestrator.toml");
        let text = fs::read_to_string(&path).map_err(|e| e.to_string())?;
        let url = &venue.address;
        let more = format!(
            "\n[intake]\ntail_ms = 20\nhttp = \"127.0.0.1:0\"\ntoken = \"intent.token\"\n\n\
             [trading]\npoll_ms = 100\nidle_ms = 400\nabsence_ms = 1000\n\n[copy]\ngamma_url = \"{url}/gamma\"\n{strategies}"
        );
        fs::write(path, text + &more).map_err(|e| e.to_string())?;
        let watched: Vec<String> = wallets.iter().map(|wallet| format!("{wallet:?}")).collect();
        let watched = watched.join(", ");
        let text = format!(
            "MONITORED_TRADERS = [{watched}]\nOUTPUT_MODE = \"file\"\nOUTPUT_FILE = \"intents.jsonl\"\n\
             database = \"watch.sqlite\"\npoll_ms = 100\ndata_api = \"{url}\"\n\
             hosts = [\"127.0.0.1\"]\nchain_id = {CHAIN_ID}\noverlap_s = 900\nsettle_s = 1\n"
        );
        fs::write(desk.file("watch.toml"), text).map_err(|e| e.to_string())?;
        let mut crew = Self {
            desk,
            venue,
            signer: Some(signer),
            orchestrator: None,
            watcher: None,
        };
        // It begins with what leaders hold; what they do from now on is told.
        let first = desk.orchestrator(&["watch", "--once", "--config", "watch.toml"]);
        if first.code() != 0 {
            return Err(format!("the watcher does not begin: {}", first.stderr));
        }
        crew.orchestrator = Some(crew.start_orchestrator());
        crew.watcher = Some(crew.start_watcher()?);
        Ok(crew)
    }

    fn start_orchestrator(&self) -> Server {
        let mut command = Command::new(&self.desk.bins.orchestrator);
        command.current_dir(&self.desk.folder).arg("run");
        Server::start(command, &self.desk.file("orchestrator.log"))
    }

    fn start_watcher(&self) -> Result<Watcher, String> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.desk.file("watch.log"))
            .map_err(|e| e.to_string())?;
        let mut command = Command::new(&self.desk.bins.orchestrator);
        command
            .current_dir(&self.desk.folder)
            .args(["watch", "--config", "watch.toml"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        command.spawn().map(Watcher).map_err(|e| e.to_string())
    }

    /// Kills the orchestrator, and starts it again.
    pub(crate) fn restart_orchestrator(&mut self) {
        if let Some(running) = self.orchestrator.take() {
            running.kill();
        }
        self.orchestrator = Some(self.start_orchestrator());
    }

    /// Kills the watcher, and starts it again.
    pub(crate) fn restart_watcher(&mut self) -> Result<(), String> {
        self.watcher = None;
        self.watcher = Some(self.start_watcher()?);
        Ok(())
    }

    pub(crate) const fn has_signer(&self) -> bool {
        self.signer.is_some()
    }

    pub(crate) fn kill_signer(&mut self) {
        if let Some(running) = self.signer.take() {
            running.kill();
        }
    }

    pub(crate) fn start_signer(&mut self) {
        self.signer = Some(self.desk.start_signer());
    }

    /// Posts to the venue's control face.
    pub(crate) fn script(&self, path: &str, body: &Value) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| e.to_string())?;
        let url = format!("{}/sim/{path}", self.venue.address);
        runtime.block_on(tests::http::post(&url, body)).map(drop)
    }

    /// Ends watcher and orchestrator, and hands over who is asked for books.
    pub(crate) fn end(mut self) -> Result<(Server, Server), String> {
        self.watcher = None;
        if let Some(running) = self.orchestrator.take() {
            let status = running.stop();
            if !status.success() {
                return Err(format!("the orchestrator ended with {status}"));
            }
        }
        let signer = self
            .signer
            .take()
            .ok_or("the signer was not started again")?;
        verdict::get(&format!("{}/sim/state", self.venue.address))?;
        Ok((self.venue, signer))
    }
}

/// The signer listens where it listened: its callers know one address.
fn pin_address(desk: &Desk, address: &str) -> Result<(), String> {
    let path = desk.file("signer.toml");
    let text = fs::read_to_string(&path).map_err(|e| e.to_string())?;
    let pinned = text.replace("127.0.0.1:0", address);
    fs::write(path, pinned).map_err(|e| e.to_string())
}
