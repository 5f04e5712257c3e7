//! A desk in a folder of its own: certificates, keys, authority, a journal,
//! and the three programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use frame::intent::Intent;
use frame::local::Verb;
use serde_json::json;
use wire::sign_order_response::Outcome;

use crate::authority::Authority;
use crate::bins::{self, Bins};
use crate::book::{self, Book};
use crate::keys::{self, TradingKey};
use crate::pki::{self, Pair};
use crate::process::{self, Ran, Server};
use crate::session::Session;
use crate::{control, sealed};

/// The chain that the simulator plays.
pub const CHAIN_ID: u64 = 80_002;
/// The fee ceiling in the desk's policy, basis points.
pub const FEE_CEILING_BPS: u64 = 1_000;
/// The most one order may put at stake, collateral base units.
pub const ORDER_MAX_UNITS: u64 = 25_000_000;
/// The one leader in the desk's policy.
pub const LEADER: &str = "0x52908400098527886e0f7030069857d2e4169ee7";
/// The orchestrator's name among the callers.
pub const CALLER: &str = "orchestrator-a";
/// A policy's lines for a key that the owner of a deposit wallet lends; the paper
/// chain has no such wallets. Until when is another line.
pub const LENT: [(&str, &str); 5] = [
    ("maker", "0x4993B677e994b241238D9cdF597DbeE6705Ca097"),
    ("signature_type", "3"),
    ("mode", "live"),
    ("venue v2", "chain 137 domain_version 2"),
    ("venue v2-neg-risk", "chain 137 domain_version 2"),
];
const API_KEY: &str = "7f0f7a52-4a57-4c4e-9a3e-1d2c3b4a5968";
const API_SECRET: &str = "dGhlLXNpbXVsYXRvci1rbm93cy10aGlzLXNlY3JldC0=";
const API_PASSPHRASE: &str = "a-passphrase-of-the-simulator";

/// A desk before its programs run.
pub struct Desk {
    /// Its folder; kept until the desk is dropped.
    pub folder: PathBuf,
    /// The programs it uses.
    pub bins: Bins,
    /// The wallet's key.
    pub key: TradingKey,
    /// The signer's certificate.
    pub signer_pair: Pair,
    /// The orchestrator's certificate.
    pub orchestrator_pair: Pair,
    /// The orchestrator's request key.
    pub request_key: [u8; 32],
    /// Who may say what.
    pub authority: Authority,
    /// The journal's id, hex.
    pub journal_id: String,
    /// The book it trades against.
    pub book: Book,
    sealing: [u8; 32],
    _kept: tempfile::TempDir,
}

impl Desk {
    /// Sets up a desk of debug builds that trades against the standard book.
    pub fn standard() -> Self {
        let books = bins::workspace().join("tests/fixtures/books/standard.json");
        Self::new(Bins::debug(), &books)
    }

    /// Sets up a desk that trades against the books at `books`.
    pub fn new(bins: &Bins, books: &Path) -> Self {
        Self::with_policy(bins, books, &[])
    }

    /// The same with some of the policy's lines bent.
    pub fn with_policy(bins: &Bins, books: &Path, bend: &[(&str, &str)]) -> Self {
        Self::following(bins, books, &[LEADER], bend)
    }

    /// The same with other leaders than [`LEADER`].
    pub fn following(bins: &Bins, books: &Path, leaders: &[&str], bend: &[(&str, &str)]) -> Self {
        let desk = Self::unfounded(bins, books);
        desk.found_for(leaders, bend, 70);
        desk
    }

    /// A desk whose signer has no key set and no policy yet.
    pub fn unfounded(bins: &Bins, books: &Path) -> Self {
        let kept = tempfile::tempdir().expect("a temporary folder");
        let folder = kept.path().to_owned();
        let mut desk = Self {
            bins: bins.clone(),
            key: keys::trading_key(),
            signer_pair: pki::pair(&folder, "signer"),
            orchestrator_pair: pki::pair(&folder, "orchestrator"),
            request_key: keys::random(),
            authority: Authority::new(),
            journal_id: String::new(),
            book: book::read(&book::files(books)[0]),
            sealing: keys::random(),
            folder,
            _kept: kept,
        };
        desk.write_venue_config(&books.canonicalize().expect("the books exist"));
        fs::create_dir(desk.file("callers")).expect("the folder is ours");
        desk.add_caller(
            CALLER,
            "orchestrator",
            &desk.orchestrator_pair.pin,
            &desk.request_key,
        );
        pki::secret_file(&desk.file("request.key"), &desk.request_key);
        desk.write_signer_config("");
        let made = desk.init();
        assert!(made.status.success(), "signerctl init: {}", made.stderr);
        let id = made
            .stdout
            .split(' ')
            .nth(1)
            .expect("init names the journal");
        id.clone_into(&mut desk.journal_id);
        let sealed = sealed::seal(&desk.key, &desk.journal_bytes(), &desk.sealing, 1);
        pki::secret_file(&desk.file("wallet.sealed"), &sealed);
        desk
    }

    /// Applies the first key set, policy and alive.
    pub fn found(&self, bend: &[(&str, &str)]) {
        self.found_alive_for(bend, 70);
    }

    /// The same, with an alive that reaches `hours` ahead. The policy's note
    /// stays in `policy.note`.
    pub fn found_alive_for(&self, bend: &[(&str, &str)], hours: u64) {
        self.found_for(&[LEADER], bend, hours);
    }

    fn found_for(&self, leaders: &[&str], bend: &[(&str, &str)], hours: u64) {
        let signer = self.start_locked();
        let say = |verb, note: Vec<u8>| {
            control::ask(&self.file("signer.sock"), verb, &note).unwrap_or_else(|e| panic!("{e}"))
        };
        say(Verb::Found, self.authority.keyset(&self.journal_id));
        let address = &self.key.address;
        let policy = self
            .authority
            .policy(&self.journal_id, address, leaders, bend);
        fs::write(self.file("policy.note"), &policy).expect("the folder is ours");
        say(Verb::Note, policy);
        say(Verb::Note, self.authority.alive(&self.journal_id, 1, hours));
        assert!(signer.stop().success());
    }

    /// The sealing key in a file, for a start without a person.
    pub fn write_credential(&self, name: &str) {
        pki::secret_file(&self.file(name), &self.sealing);
    }

    fn journal_bytes(&self) -> [u8; 16] {
        hex::decode(&self.journal_id)
            .expect("hex")
            .try_into()
            .expect("16 bytes")
    }

    /// Makes the journal.
    pub fn init(&self) -> Ran {
        self.signerctl(&["init", "--journal", "journal.sqlite"])
    }

    /// Lets a caller in.
    pub fn add_caller(&self, name: &str, role: &str, pin: &str, key: &[u8; 32]) {
        let text = format!("role = \"{role}\"\npin = \"{pin}\"\n");
        fs::write(self.file(&format!("callers/{name}.toml")), text).expect("the folder is ours");
        pki::secret_file(&self.file(&format!("callers/{name}.key")), key);
    }

    /// Writes the signer's configuration, with `more` at its top level.
    pub fn write_signer_config(&self, more: &str) {
        let text = format!(
            r#"listen = "127.0.0.1:0"
control = "signer.sock"
journal = "journal.sqlite"
sealed_key = "wallet.sealed"
callers = "callers"
questions_per_second = 100000
reserve_mib = 16
{more}
[tls]
certificate = "signer.pem"
private_key = "signer.key"
"#
        );
        fs::write(self.folder.join("signer.toml"), text).expect("the folder is ours");
    }

    fn write_venue_config(&self, books: &Path) {
        let credentials =
            json!({"apiKey": API_KEY, "secret": API_SECRET, "passphrase": API_PASSPHRASE});
        pki::secret_file(&self.file("clob.json"), credentials.to_string().as_bytes());
        let venue = json!({
            "chain_id": CHAIN_ID,
            "books": books,
            "fees": {"rate": "0.05", "exponent": 1},
            "mined_after_ms": 20,
            "confirmed_after_ms": 60,
            "accounts": [{
                "api_key": API_KEY, "secret": API_SECRET, "passphrase": API_PASSPHRASE,
                "address": self.key.address, "collateral_balance": "1000",
            }],
        });
        fs::write(self.file("venue.json"), venue.to_string()).expect("the folder is ours");
    }

    /// Lets the signer unlock itself at a start, by a credential.
    pub fn unattended(&self) {
        pki::secret_file(&self.file("sealing.key"), &self.sealing);
        self.write_signer_config("credential = \"sealing.key\"\n");
    }

    /// Writes the orchestrator's configuration for running servers.
    pub fn write_orchestrator_config(&self, signer: &str, venue: &str) {
        self.write_orchestrator_config_in(&self.folder, signer, venue);
    }

    /// The same into a copy of the desk's folder.
    pub fn write_orchestrator_config_in(&self, folder: &Path, signer: &str, venue: &str) {
        let exchange = self.exchange();
        let address = &self.key.address;
        let pin = &self.signer_pair.pin;
        let zeros = "0".repeat(64);
        let text = format!(
            r#"database = "orchestrator.sqlite"
intents = "intents.jsonl"
intent_ttl_ms = 60000

[signer]
address = "{signer}"
pin = "{pin}"
certificate = "orchestrator.pem"
private_key = "orchestrator.key"
caller = "{CALLER}"
request_key = "request.key"
signing_address = "{address}"
maker = "{address}"
builder = "0x{zeros}"
chain_id = {CHAIN_ID}
exchange = "{exchange}"
timeout_ms = 5000

[clob]
url = "{venue}"
credentials = "clob.json"
timeout_ms = 5000
"#
        );
        fs::write(folder.join("orchestrator.toml"), text).expect("the folder is ours");
    }

    fn exchange(&self) -> &'static str {
        if self.book.neg_risk {
            "v2-neg-risk"
        } else {
            "v2-standard"
        }
    }

    /// The command that starts `signer`, a build of the signer.
    pub fn signer_command(&self, signer: &Path) -> Command {
        let mut command = Command::new(signer);
        command
            .current_dir(&self.folder)
            .args(["--config", "signer.toml"]);
        command
    }

    /// Starts the signer, and unlocks it.
    pub fn start_signer(&self) -> Server {
        let signer = self.start_locked();
        self.unlock().unwrap_or_else(|e| panic!("unlock: {e}"));
        signer
    }

    /// Starts the signer.
    pub fn start_locked(&self) -> Server {
        let server = Server::start(
            self.signer_command(&self.bins.signer),
            &self.folder.join("signer.log"),
        );
        // It listens before it has read its journal, and answers after.
        self.ask(Verb::Status, &[])
            .unwrap_or_else(|e| panic!("status: {e}"));
        server
    }

    /// Unlocks the running signer.
    ///
    /// # Errors
    ///
    /// Its refusal.
    pub fn unlock(&self) -> Result<String, String> {
        control::ask(&self.file("signer.sock"), Verb::Unlock, &self.sealing)
    }

    /// Asks the running signer on the operator's socket.
    ///
    /// # Errors
    ///
    /// Its refusal.
    pub fn ask(&self, verb: Verb, payload: &[u8]) -> Result<String, String> {
        control::ask(&self.file("signer.sock"), verb, payload)
    }

    /// Opens an epoch as the orchestrator.
    pub async fn session(&self, address: &str) -> Session {
        Session::open(address, &self.orchestrator_pair, CALLER, self.request_key)
            .await
            .unwrap_or_else(|e| panic!("an epoch: {e}"))
    }

    /// Asks for one order as the orchestrator, over a connection of its own.
    ///
    /// # Errors
    ///
    /// The signer's denial.
    pub fn order(&self, address: &str, intent: &Intent) -> Result<wire::Approved, wire::Denied> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let outcome = runtime.block_on(async { self.session(address).await.sign(intent).await });
        match outcome.expect("an answer") {
            Outcome::Approved(approved) => Ok(approved),
            Outcome::Denied(denied) => Err(denied),
        }
    }

    /// Starts the venue.
    pub fn start_venue(&self) -> Server {
        self.start_venue_in(&self.folder)
    }

    /// The same in a copy of the desk's folder.
    pub fn start_venue_in(&self, folder: &Path) -> Server {
        let mut command = Command::new(&self.bins.venue);
        command.current_dir(folder).args([
            "--listen",
            "127.0.0.1:0",
            "--state",
            "venue-state",
            "--config",
            "venue.json",
        ]);
        Server::start(command, &folder.join("venue.log"))
    }

    /// Runs the orchestrator to its end.
    pub fn orchestrator(&self, args: &[&str]) -> Ran {
        let mut command = Command::new(&self.bins.orchestrator);
        command.current_dir(&self.folder).args(args);
        process::run(command)
    }

    /// Runs the operator's tool.
    pub fn signerctl(&self, args: &[&str]) -> Ran {
        let mut command = Command::new(&self.bins.signerctl);
        command.current_dir(&self.folder).args(args);
        process::run(command)
    }

    /// A file of the desk.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}
