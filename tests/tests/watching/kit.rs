//! A stand: a venue whose leaders a test scripts, and a watcher with nothing
//! but its own folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};
use tests::bins::{self, Bins};
use tests::clock::now_ms;
use tests::process::{self, PATIENCE, Ran, Server};

pub(crate) const LEADER: &str = "0x52908400098527886e0f7030069857d2e4169ee7";
pub(crate) const TOKEN: &str =
    "31415926535897932384626433832795028841971693993751058209749445923078164062862";

/// A venue and the watcher's folder.
pub(crate) struct Stand {
    pub(crate) folder: tempfile::TempDir,
    venue: Server,
    runtime: tokio::runtime::Runtime,
    /// The watcher's name.
    pub(crate) watcher: String,
}

/// A watcher that runs until it is told or killed.
pub(crate) struct Running(Child);

impl Running {
    /// Ends it at once, whatever it is doing.
    pub(crate) fn kill(mut self) {
        self.0.kill().expect("our own child");
        self.0.wait().expect("our own child");
    }

    /// Asks it to stop; its exit code.
    pub(crate) fn stop(mut self) -> i32 {
        let pid = nix::unistd::Pid::from_raw(self.0.id().try_into().expect("a process id"));
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).expect("our own child");
        process::wait(&mut self.0).code().unwrap_or(-1)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Waited for already, or gone after.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Stand {
    /// A stand with these lines in the watcher's configuration.
    pub(crate) fn new(more: &str) -> Self {
        let bins = Bins::debug();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let books = bins::workspace().join("tests/fixtures/books/standard.json");
        let books = books.canonicalize().expect("the book is there");
        let venue_folder = folder.path().join("venue");
        fs::create_dir(&venue_folder).expect("the folder is ours");
        let config = json!({"chain_id": 80_002, "books": books});
        fs::write(venue_folder.join("venue.json"), config.to_string()).expect("it is ours");
        let mut command = Command::new(&bins.venue);
        let args = [
            "--listen",
            "127.0.0.1:0",
            "--state",
            "state",
            "--config",
            "venue.json",
        ];
        command.current_dir(&venue_folder).args(args);
        let venue = Server::start(command, &venue_folder.join("venue.log"));
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let mut stand = Self {
            folder,
            venue,
            runtime,
            watcher: String::new(),
        };
        fs::create_dir(stand.file("")).expect("the folder is ours");
        let made = stand.watch(&["identity", "new", "watch.key"]);
        assert_eq!(made.code(), 0, "{}", made.stderr);
        made.stdout.trim().clone_into(&mut stand.watcher);
        stand.configure("watch.toml", more);
        stand
    }

    /// Writes a configuration of this name.
    pub(crate) fn configure(&self, name: &str, more: &str) {
        let usual = if more.contains("database") {
            ""
        } else {
            "database = \"watch.sqlite\"\n"
        };
        let settle = if more.contains("settle_s") {
            ""
        } else {
            "settle_s = 0\n"
        };
        let text = format!(
            "MONITORED_TRADERS = \"{LEADER}\"\nidentity = \"watch.key\"\nchain_id = 80002\n\
             data_api = \"{}\"\nhosts = [\"127.0.0.1\"]\npoll_ms = 50\n\
             activity_s = 0\n{settle}{usual}{more}\n",
            self.venue.address
        );
        fs::write(self.file(name), text).expect("the folder is ours");
    }

    /// A file of the watcher.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("watcher").join(name)
    }

    /// The watcher's command: nothing of the environment, nothing but its folder.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&Bins::debug().orchestrator);
        command
            .env_clear()
            .current_dir(self.file(""))
            .arg("watch")
            .args(args);
        command
    }

    /// Runs the watcher to its end.
    pub(crate) fn watch(&self, args: &[&str]) -> Ran {
        process::run(self.command(args))
    }

    /// One look: its exit code, and what it says came of it.
    pub(crate) fn look(&self) -> (i32, Value) {
        let ran = self.watch(&["--once", "--json"]);
        let said = serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}{}", ran.stdout, ran.stderr));
        (ran.code(), said)
    }

    /// Starts the watcher and leaves it running.
    pub(crate) fn start(&self, config: &str) -> Running {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.file("log"));
        let child = self
            .command(&["--config", config])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("the folder is ours"))
            .spawn();
        Running(child.expect("it starts"))
    }

    /// What running watchers logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.file("log")).unwrap_or_default()
    }

    /// Asks the venue.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.venue.address);
        self.runtime.block_on(async {
            let method: reqwest::Method = method.parse().expect("a method");
            let request = reqwest::Client::new()
                .request(method, url)
                .body(body.to_string());
            let answer = request.send().await.expect("it answers");
            let status = answer.status();
            let text = answer.text().await.expect("a whole answer");
            assert!(status.is_success(), "{status} {text}");
            serde_json::from_str(&text).expect("JSON")
        })
    }

    /// The leader trades: `(token, side, size, price)`, all in one transaction.
    pub(crate) fn trade(&self, tx: u32, rows: &[(&str, &str, &str, &str)]) {
        let rows: Vec<Value> = rows
            .iter()
            .map(|(token, side, size, price)| {
                json!({"proxy_wallet": LEADER, "token_id": token, "side": side, "size": size,
                    "price": price, "transaction_hash": hash(tx), "maker": true,
                    "condition_id": format!("0x{}", "cc".repeat(32)), "outcome": "Trump"})
            })
            .collect();
        self.ask("POST", "/sim/leader-trade", &json!(rows));
    }

    /// Lets the venue misbehave.
    pub(crate) fn misbehave(&self, rule: &Value) {
        self.ask("POST", "/sim/misbehave", rule);
    }

    /// The whole lines of a file of intents that are JSON.
    pub(crate) fn intents(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.file(name)).unwrap_or_default();
        let whole = text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        whole
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// Waits until so many watchers have begun, each of which hears a SIGTERM.
    pub(crate) fn until_watching(&self, count: usize) {
        let begun = || self.log().matches("watching 1 leaders").count() >= count;
        self.wait(|| begun().then_some(())).expect("it begins");
    }

    /// Waits until there are so many.
    pub(crate) fn until(&self, name: &str, count: usize) -> Vec<Value> {
        self.wait(|| Some(self.intents(name)).filter(|lines| lines.len() >= count))
            .unwrap_or_else(|| panic!("{} of {count}\n{}", self.intents(name).len(), self.log()))
    }

    /// Asks again and again until there is an answer, or patience ends.
    pub(crate) fn wait<T>(&self, mut answer: impl FnMut() -> Option<T>) -> Option<T> {
        let patience_ms = u64::try_from(PATIENCE.as_millis()).expect("a minute");
        let until_ms = now_ms() + patience_ms / 2;
        while now_ms() < until_ms {
            if let Some(answer) = answer() {
                return Some(answer);
            }
            // The answer stands in another process's file, which tells nobody
            // that it changed; patience bounds how often it is asked.
            self.runtime
                .block_on(async { tokio::time::sleep(Duration::from_millis(10)).await });
        }
        None
    }
}

/// A transaction's hash.
pub(crate) fn hash(tx: u32) -> String {
    format!("0x{tx:064x}")
}

/// Whether a line is as its watcher signed it, by a check of our own.
pub(crate) fn is_signed(line: &str, watcher: &str) -> bool {
    let Some((named, rest)) = line.split_once(",\"signature\":\"") else {
        return false;
    };
    let signed = format!("countersign intent v1\n{named}}}");
    let signature = rest
        .strip_suffix("\"}")
        .and_then(|hex| hex::decode(hex).ok());
    let key = hex::decode(watcher).expect("hex");
    let key = UnparsedPublicKey::new(&ED25519, key);
    named.ends_with(&format!(",\"watcher\":\"{watcher}\""))
        && signature.is_some_and(|signature| key.verify(signed.as_bytes(), &signature).is_ok())
}

/// The text of a file that is there.
pub(crate) fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
