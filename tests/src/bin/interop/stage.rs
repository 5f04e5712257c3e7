//! The desk whose key all parties sign with, and the books they trade against.

use std::fs;
use std::path::PathBuf;

use order::raw::wallet;
use order::{Address, Exchange};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::bins::{Bins, workspace};
use tests::desk::Desk;
use tests::process::Server;

/// A market of the fixtures.
#[derive(Clone)]
pub(crate) struct Market {
    pub(crate) name: &'static str,
    pub(crate) condition: String,
    pub(crate) token: String,
    pub(crate) exchange: Exchange,
    /// The exchange version that the clients must be told, if any.
    pub(crate) version: Option<u64>,
    pub(crate) book: Value,
}

/// What every party plays on.
pub(crate) struct Stage {
    /// The signature type: in which of the key's wallets the money lies.
    pub(crate) kind: u8,
    pub(crate) desk: Desk,
    pub(crate) standard: Market,
    pub(crate) neg_risk: Market,
    pub(crate) newest: Market,
    pub(crate) credentials: Value,
    _books: TempDir,
}

/// A position of protocol V2: module 1, and zeros where it must have them.
const POSITION: &str =
    "452312848583266388375067799560903390538701304402606168940237992752867966976";

/// Its condition: the same bytes, the outcome's taken away.
const CONDITION: &str = "0x0100000000000000001234567890abcdef000000000000000000000000000000";

impl Stage {
    /// Makes the desk and its books, with the wallet of a signature type.
    pub(crate) fn new(kind: u8) -> Self {
        let fixtures = workspace().join("tests/fixtures/books");
        let read = |name: &str| -> Value {
            let text = fs::read_to_string(fixtures.join(name)).expect("a fixture");
            serde_json::from_str(&text).expect("a fixture is JSON")
        };
        let (standard, neg_risk) = (read("standard.json"), read("neg-risk.json"));
        let mut newest = standard.clone();
        newest["asset_id"] = json!(POSITION);
        newest["market"] = json!(CONDITION);
        let books = tempfile::tempdir().expect("a temporary folder");
        let file = |name: &str| books.path().join(name);
        for (name, book) in [("a", &standard), ("b", &neg_risk), ("c", &newest)] {
            let path = file(&format!("{name}.json"));
            fs::write(path, book.to_string()).expect("the folder is ours");
        }
        let desk = Desk::unfounded(&Bins::beside_me(), books.path());
        let text = fs::read_to_string(desk.file("clob.json")).expect("the desk wrote it");
        let stage = Self {
            kind,
            desk,
            standard: market("standard", &standard, Exchange::V2Standard, None),
            neg_risk: market("neg-risk", &neg_risk, Exchange::V2NegRisk, None),
            newest: market("newest", &newest, Exchange::V3, Some(3)),
            credentials: serde_json::from_str(&text).expect("the desk wrote JSON"),
            _books: books,
        };
        let (maker, number) = (stage.wallet(kind).to_checksum(None), kind.to_string());
        let bend = [("maker", maker.as_str()), ("signature_type", &number)];
        stage.desk.found(&bend);
        stage.fund();
        stage
    }

    /// Gives each wallet of the key money and shares, and has everything noted
    /// down that is asked.
    fn fund(&self) {
        let path = self.desk.file("venue.json");
        let text = fs::read_to_string(&path).expect("the desk wrote it");
        let mut config: Value = serde_json::from_str(&text).expect("the desk wrote JSON");
        config["record"] = json!("all");
        // The desk's own account buys what it sells, as its signer insists.
        let positions: Value = self
            .markets()
            .iter()
            .map(|market| (market.token.clone(), json!("500")))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let accounts = config["accounts"].as_array_mut().expect("a list");
        accounts[0]["positions"] = positions.clone();
        accounts[0]["signature_type"] = json!(self.kind);
        for kind in (0..=3_u8).filter(|kind| *kind != self.kind) {
            let mut account = accounts[0].clone();
            account["api_key"] = json!(format!("f{kind}000000-0000-4000-8000-000000000000"));
            account["signature_type"] = json!(kind);
            accounts.push(account);
        }
        fs::write(path, config.to_string()).expect("the folder is ours");
    }

    /// All markets.
    pub(crate) fn markets(&self) -> [&Market; 3] {
        [&self.standard, &self.neg_risk, &self.newest]
    }

    /// The market that a token belongs to.
    pub(crate) fn market_of(&self, token: &str) -> Option<&Market> {
        self.markets().into_iter().find(|m| m.token == token)
    }

    /// The address that signs.
    pub(crate) fn owner(&self) -> Address {
        self.desk.key.address.parse().expect("an address")
    }

    /// The wallet of a signature type.
    pub(crate) fn wallet(&self, kind: u8) -> Address {
        match kind {
            0 => self.owner(),
            1 => wallet::proxy(self.owner()),
            2 => wallet::safe(self.owner()),
            _ => wallet::deposit_beacon(self.owner()),
        }
    }

    /// Writes the orchestrator's configuration, for this wallet.
    pub(crate) fn configure_ours(&self, signer: &str, venue: &str) {
        self.desk.write_orchestrator_config(signer, venue);
        let path = self.desk.file("orchestrator.toml");
        let text = fs::read_to_string(&path).expect("the desk wrote it");
        let maker = format!("\nmaker = \"{}\"\n", self.desk.key.address);
        let wallet = format!("\nmaker = \"{}\"\n", self.wallet(self.kind));
        assert!(text.contains(&maker), "the desk's maker is its own address");
        let text = text.replace(&maker, &wallet);
        // Its last section is the venue's.
        let text = format!("{text}signature_type = {}\n", self.kind);
        fs::write(path, text).expect("the folder is ours");
    }

    /// A venue of its own for `name`, with the same books and accounts.
    pub(crate) fn venue(&self, name: &str) -> Server {
        let folder: PathBuf = self.desk.file(name);
        fs::create_dir(&folder).expect("the folder is ours");
        fs::copy(self.desk.file("venue.json"), folder.join("venue.json"))
            .expect("the folder is ours");
        self.desk.start_venue_in(&folder)
    }
}

fn market(name: &'static str, book: &Value, exchange: Exchange, version: Option<u64>) -> Market {
    let text = |field: &str| book[field].as_str().unwrap_or_default().to_owned();
    Market {
        name,
        condition: text("market"),
        token: text("asset_id"),
        exchange,
        version,
        book: book.clone(),
    }
}
