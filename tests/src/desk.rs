//! A desk in a folder of its own: certificates, keys, configurations, a
//! journal, and the three programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::bins::Bins;
use crate::book::{self, Book};
use crate::keys::{self, TradingKey};
use crate::pki::{self, Pair};
use crate::process::{self, Ran, Server};

/// The chain that the simulator plays.
pub const CHAIN_ID: u64 = 80_002;
/// The fee ceiling in the desk's policy, basis points.
pub const FEE_CEILING_BPS: u64 = 1_000;
/// The most one order may put at stake, collateral base units.
pub const ORDER_MAX_UNITS: u64 = 25_000_000;
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
    /// The book it trades against.
    pub book: Book,
    _kept: tempfile::TempDir,
}

impl Desk {
    /// Sets up a desk that trades against the books at `books`.
    pub fn new(bins: &Bins, books: &Path) -> Self {
        let kept = tempfile::tempdir().expect("a temporary folder");
        let folder = kept.path().to_owned();
        let book = book::read(&book::files(books)[0]);
        let key = keys::trading_key();
        let signer_pair = pki::pair(&folder, "signer");
        let orchestrator_pair = pki::pair(&folder, "orchestrator");
        let books = books.canonicalize().expect("the books exist");
        pki::secret_file(&folder.join("trading.key"), &key.bytes);
        let credentials =
            json!({"apiKey": API_KEY, "secret": API_SECRET, "passphrase": API_PASSPHRASE});
        pki::secret_file(
            &folder.join("clob.json"),
            credentials.to_string().as_bytes(),
        );
        let venue = json!({
            "chain_id": CHAIN_ID,
            "books": books,
            "fees": {"rate": "0.05", "exponent": 1},
            "mined_after_ms": 20,
            "confirmed_after_ms": 60,
            "accounts": [{
                "api_key": API_KEY, "secret": API_SECRET, "passphrase": API_PASSPHRASE,
                "address": key.address, "collateral_balance": "1000",
            }],
        });
        fs::write(folder.join("venue.json"), venue.to_string()).expect("the folder is ours");
        let desk = Self {
            folder,
            bins: bins.clone(),
            key,
            signer_pair,
            orchestrator_pair,
            book,
            _kept: kept,
        };
        desk.write_signer_config(&desk.orchestrator_pair.pin);
        let made = desk.init();
        assert!(made.status.success(), "signerctl init: {}", made.stderr);
        desk
    }

    /// Makes the journal.
    pub fn init(&self) -> Ran {
        let (address, chain_id) = (self.key.address.as_str(), CHAIN_ID.to_string());
        self.signerctl(&[
            "init",
            "--journal",
            "journal.sqlite",
            "--address",
            address,
            "--chain-id",
            &chain_id,
        ])
    }

    /// Writes the signer's configuration, letting in `pin`.
    pub fn write_signer_config(&self, pin: &str) {
        let exchange = self.exchange();
        let address = &self.key.address;
        let text = format!(
            r#"listen = "127.0.0.1:0"
journal = "journal.sqlite"
key = "trading.key"

[tls]
certificate = "signer.pem"
private_key = "signer.key"

[[caller]]
name = "orchestrator-a"
pin = "{pin}"

[wallet]
chain_id = {CHAIN_ID}
exchange = "{exchange}"
signing_address = "{address}"
maker = "{address}"
signature_type = 0
builder = "0x{zero}"

[policy]
order_at_stake_max_usdc = "{max}"
fee_ceiling_bps = {FEE_CEILING_BPS}
"#,
            zero = "0".repeat(64),
            max = book::decimal(ORDER_MAX_UNITS, 6),
        );
        fs::write(self.folder.join("signer.toml"), text).expect("the folder is ours");
    }

    /// Writes the orchestrator's configuration for running servers.
    pub fn write_orchestrator_config(&self, signer: &str, venue: &str) {
        let exchange = self.exchange();
        let address = &self.key.address;
        let pin = &self.signer_pair.pin;
        let text = format!(
            r#"database = "orchestrator.sqlite"
intents = "intents.jsonl"
intent_ttl_ms = 60000

[signer]
address = "{signer}"
pin = "{pin}"
certificate = "orchestrator.pem"
private_key = "orchestrator.key"
signing_address = "{address}"
maker = "{address}"
chain_id = {CHAIN_ID}
exchange = "{exchange}"
timeout_ms = 5000

[clob]
url = "{venue}"
credentials = "clob.json"
timeout_ms = 5000
"#
        );
        fs::write(self.folder.join("orchestrator.toml"), text).expect("the folder is ours");
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

    /// Starts the signer.
    pub fn start_signer(&self) -> Server {
        Server::start(
            self.signer_command(&self.bins.signer),
            &self.folder.join("signer.log"),
        )
    }

    /// Starts the venue.
    pub fn start_venue(&self) -> Server {
        let mut command = Command::new(&self.bins.venue);
        command.current_dir(&self.folder).args([
            "--listen",
            "127.0.0.1:0",
            "--state",
            "venue-state",
            "--config",
            "venue.json",
        ]);
        Server::start(command, &self.folder.join("venue.log"))
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
