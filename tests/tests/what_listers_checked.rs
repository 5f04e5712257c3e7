//! Two listers check a market for themselves, and then it may be bought.
//!
//! One is told lies by a catalogue that somebody took over: it refuses each by
//! its name, and nothing is listed. When both find the same they sign the same
//! bytes, whenever they look, `run` carries them, and a restart changes nothing.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Map, Value, json};
use tests::ask;
use tests::bins::{self, Bins};
use tests::desk::{CHAIN_ID, Desk};
use tests::hand::Hand;
use tests::http;
use tests::process::Server;

/// A question a try: some seconds, whatever the host.
const TRIES: usize = 2_000;
/// When the simulator's markets end.
const END: &str = "2030-01-01T12:00:00Z";
const SECOND: &str =
    "71183960810705820955071415844881728181970340514894896943812046065452395013351";

struct Stand {
    desk: Desk,
    venue: Server,
    signer: Server,
    /// Another venue, whose catalogue says what it is told to.
    liar: Server,
    runtime: tokio::runtime::Runtime,
}

impl Stand {
    fn new() -> Self {
        let books = bins::workspace().join("tests/fixtures/listed.json");
        let desk = Desk::unfounded(Bins::debug(), &books);
        let keys = [1, 2].map(|nth| identity(&desk, nth));
        let listers = format!(
            "listers\nlist_threshold 2\nlisters 2\nkey {}\nlistings_per_day 400\n\
             listing_day_usdc 25",
            keys.join("\nkey ")
        );
        desk.found(&[("markets", &listers)]);
        let text = fs::read_to_string(desk.file("venue.json")).expect("it was written");
        let mut venue: Value = serde_json::from_str(&text).expect("JSON");
        venue["end_date"] = json!(END);
        fs::create_dir(desk.file("liar")).expect("the folder is ours");
        for file in ["venue.json", "liar/venue.json"] {
            fs::write(desk.file(file), venue.to_string()).expect("the folder is ours");
        }
        let (venue, signer) = (desk.start_venue(), desk.start_signer());
        let liar = desk.start_venue_in(&desk.file("liar"));
        fs::create_dir(desk.file("notes")).expect("the folder is ours");
        desk.write_orchestrator_config(&signer.address, &venue.address);
        let path = desk.file("orchestrator.toml");
        let text = fs::read_to_string(&path).expect("it was written");
        let more = "\n[intake]\nhttp = \"127.0.0.1:0\"\ntoken = \"intent.token\"\n\n[copy]\nnotes = \"notes\"\nnotes_signatures = 2\n";
        fs::write(path, text + more).expect("the folder is ours");
        tests::pki::secret_file(&desk.file("intent.token"), &[b'k'; 40]);
        fs::write(desk.file("intents.jsonl"), "").expect("the folder is ours");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        Self {
            desk,
            venue,
            signer,
            liar,
            runtime,
        }
    }

    /// One look of a lister that is asked for the market by name; its exit code
    /// and what it says.
    fn look(&self, nth: usize, gamma: &str, rpc: &str) -> (i32, Value) {
        let named = format!("markets = [\"{}\"]", self.desk.book.market);
        self.look_for(nth, (&named, ""), gamma, rpc)
    }

    /// The same of one that is asked for it otherwise.
    fn look_for(
        &self,
        nth: usize,
        (top, sections): (&str, &str),
        gamma: &str,
        rpc: &str,
    ) -> (i32, Value) {
        let (clob, journal) = (&self.venue.address, &self.desk.journal_id);
        let text = format!(
            "{top}\nnew_per_day = 400\ngamma = \"{gamma}/gamma\"\n\
             clob = \"{clob}\"\nhosts = [\"127.0.0.1\"]\nidentity = \"lister-{nth}.key\"\n\
             database = \"lister-{nth}.sqlite\"\nchain_id = {CHAIN_ID}\n\n[notes]\n\
             rpc = \"{rpc}/rpc\"\nfolder = \"notes\"\nname = \"desk.example/lister-{nth}\"\n\
             journal = \"{journal}\"\npolicy = 1\n{sections}"
        );
        let config = format!("lister-{nth}.toml");
        fs::write(self.desk.file(&config), text).expect("the folder is ours");
        let args = ["--json", "lister", "--once", "--config", &config];
        let ran = self.desk.orchestrator(&args);
        let said = serde_json::from_str(&ran.stdout);
        (
            ran.code(),
            said.unwrap_or_else(|e| panic!("{e}: {}", ran.stderr)),
        )
    }

    /// Looks again and again until the notes are `these`, then stops.
    fn run_until(&self, nth: usize, these: &[(String, String)]) {
        let config = format!("lister-{nth}.toml");
        let mut command = Command::new(&self.desk.bins.orchestrator);
        command
            .current_dir(&self.desk.folder)
            .args(["lister", "--config", &config]);
        let mut lister = command.spawn().expect("it was built");
        let hand = Hand::new(&self.desk, None);
        let are_there = |_| hand.status("state").is_some() && self.notes() == these;
        let left = (0..TRIES).any(are_there);
        let pid = Pid::from_raw(lister.id().try_into().expect("a process id"));
        kill(pid, Signal::SIGTERM).expect("our own child");
        assert!(lister.wait().expect("our own child").success());
        assert!(left, "they were not left");
    }

    /// The liar's catalogue says of the market what is true, but for this.
    fn lie(&self, but: &Value) {
        let mut fields = json!({
            "clobTokenIds": json!([self.desk.book.token, SECOND]).to_string(),
            "outcomes": "[\"Up\", \"Down\"]", "endDate": END, "negRisk": false,
            "orderPriceMinTickSize": 0.01, "version": "v1", "closed": false,
            "umaResolutionStatus": "active",
        });
        let told: &mut Map<String, Value> = fields.as_object_mut().expect("an object");
        told.extend(but.as_object().expect("an object").clone());
        self.show(&self.liar, &fields);
    }

    /// A catalogue shows these fields of the market.
    fn show(&self, venue: &Server, fields: &Value) {
        let body = json!({"condition_id": self.desk.book.market, "fields": fields});
        let url = format!("{}/sim/market", venue.address);
        let said = self.runtime.block_on(http::post(&url, &body));
        said.expect("the simulator is ours");
    }

    /// What lies in the folder, by name.
    fn notes(&self) -> Vec<(String, String)> {
        let files = fs::read_dir(self.desk.file("notes")).expect("the folder is ours");
        let file = |entry: std::io::Result<fs::DirEntry>| {
            let path = entry.expect("a file").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            let text = fs::read_to_string(&path).expect("a note");
            (name.into_owned(), text)
        };
        let mut notes: Vec<_> = files.map(file).collect();
        notes.sort();
        notes
    }
}

/// Makes a lister's key; how the policy names it.
fn identity(desk: &Desk, nth: usize) -> String {
    let file = format!("lister-{nth}.key");
    let made = desk.orchestrator(&["lister", "identity", "new", &file]);
    assert_eq!(made.code(), 0, "{}", made.stderr);
    let name = format!("desk.example/lister-{nth}");
    let shown = desk.orchestrator(&["lister", "identity", "show", "--name", &name, &file]);
    assert_eq!(shown.code(), 0, "{}", shown.stderr);
    shown.stdout.trim().to_owned()
}

/// An address where nobody answers.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    format!("http://{}", listener.local_addr().expect("it is bound"))
}

fn code(said: &Value) -> &str {
    said["refused"][0]["code"].as_str().unwrap_or_default()
}

/// The second lister refuses what the liar's catalogue tells, each lie by its name.
fn is_not_deceived(stand: &Stand) {
    let (honest, liar) = (stand.venue.address.as_str(), stand.liar.address.as_str());
    let token = stand.desk.book.token.as_str();
    for (lie, expected) in [
        (
            json!({"clobTokenIds": json!([SECOND, token]).to_string()}),
            "TOKENS_DIFFER",
        ),
        (
            json!({"clobTokenIds": json!([token, "7"]).to_string()}),
            "TOKENS_DIFFER",
        ),
        (json!({"outcomes": "[\"Down\", \"Up\"]"}), "OUTCOMES_DIFFER"),
        (json!({"negRisk": true}), "NEG_RISK_DIFFERS"),
        (json!({"orderPriceMinTickSize": 0.001}), "TICK_DIFFERS"),
        (json!({"endDate": "2031-01-01T12:00:00Z"}), "END_DIFFERS"),
        (json!({"endDate": null}), "NO_END"),
        (json!({"closed": true}), "NOT_OPEN"),
        (json!({"version": "v2"}), "PROTOCOL_V2"),
    ] {
        stand.lie(&lie);
        let (done, said) = stand.look(2, liar, honest);
        assert_eq!((done, code(&said)), (3, expected), "{lie}: {said}");
    }
}

/// A lister that begins again finds what it signed, and signs no other.
fn signs_no_other(stand: &Stand, first: &[(String, String)]) {
    let (desk, honest) = (&stand.desk, stand.venue.address.as_str());
    let both = stand.notes();
    assert!(both.len() >= 2);
    let remove_all = || {
        for (name, _) in &both {
            fs::remove_file(desk.file(&format!("notes/{name}"))).expect("the folder is ours");
        }
    };
    remove_all();
    for nth in [1, 2] {
        let (done, said) = stand.look(nth, honest, honest);
        let stands = (0, &json!(1), &json!([]));
        assert_eq!((done, &said["standing"], &said["signed"]), stands);
    }
    assert_eq!(stand.notes(), both, "the same bytes");
    remove_all();
    stand.run_until(1, first);
    stand.run_until(2, &both);
}

/// M40: what two programs did not find to be what it is called is not bought.
#[test]
fn a_market_is_bought_when_two_listers_have_checked_it_and_a_lying_catalogue_lists_nothing() {
    let stand = Stand::new();
    let desk = &stand.desk;
    let hand = Hand::new(desk, None);
    let buy = |name: &str| desk.order(&stand.signer.address, &ask::buy(&desk.book, name));

    let (honest, liar) = (stand.venue.address.as_str(), stand.liar.address.as_str());
    let (done, said) = stand.look(1, honest, honest);
    assert_eq!(
        (done, said["signed"][0].as_str()),
        (0, Some(desk.book.market.as_str())),
        "{said}"
    );
    let alone = stand.notes();
    // In the first hour of a week a market is signed for two windows.
    assert!((1..=2).contains(&alone.len()), "{alone:?}");
    is_not_deceived(&stand);
    // The node's word counts too, and no node at all is no answer.
    stand.lie(&json!({"umaResolutionStatus": "resolved"}));
    let (done, said) = stand.look(2, honest, liar);
    assert_eq!((done, code(&said)), (3, "RESOLVED"), "{said}");
    let nobody = nobody();
    for (gamma, rpc) in [(nobody.as_str(), honest), (honest, &nobody)] {
        let (done, said) = stand.look(2, gamma, rpc);
        let silent = said["unseen"].as_array().map(Vec::len);
        assert_eq!((done, silent, code(&said)), (3, Some(1), ""), "{said}");
    }
    assert_eq!(stand.notes(), alone, "one lister signed, and nobody else");
    let path = format!("notes/{}", alone[0].0);
    let refused = hand.apply(&path).expect_err("one of two");
    assert!(refused.starts_with("NOTE_TOO_FEW_SIGNATURES"), "{refused}");
    assert_eq!(
        buy("early").expect_err("not listed").code,
        "MARKET_NOT_ALLOWED"
    );

    // Both find the same, the second at another time and asked otherwise.
    let mut command = Command::new(&desk.bins.orchestrator);
    command.current_dir(&desk.folder).arg("run");
    let run = Server::start(command, &desk.file("orchestrator.log"));
    let leaves = || hand.status("journal_size").expect("a size");
    let before = leaves();
    let rules = "[rules]\nbusiest = 5\nvolume_usdc_min = 50000\nliquidity_usdc_min = 10000\nend_hours_min = 24\n";
    let by_rule = || stand.look_for(2, ("", rules), honest, honest);
    let (done, said) = by_rule();
    assert_eq!((done, code(&said)), (3, "RULE"), "{said}");
    let traded = json!({"volume24hr": 60_000.5, "liquidityNum": "12000.25"});
    stand.show(&stand.venue, &traded);
    let (done, said) = by_rule();
    assert_eq!(done, 0, "{said}");
    assert!((0..TRIES).any(|_| leaves() != before), "it was not carried");
    assert!(run.stop().success());
    buy("listed").expect("it is listed");

    signs_no_other(&stand, &alone);
}
