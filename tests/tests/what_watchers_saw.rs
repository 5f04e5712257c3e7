//! What watchers saw on chain, and nobody else's word, lets a trade be copied.
//!
//! Two of three watchers sign a leader's final fill; the orchestrator brings their note with its order, and
//! one who owns it can neither do without, nor use it twice, nor alter it; what ours came to narrows the figures.

use std::fs;
use std::process::Command;

use frame::intent::{Intent, Kind, Observed, Size};
use frame::local::Verb;
use order::{B256, PriceE4, ShareUnits, U256};
use serde_json::{Value, json};
use tests::ask;
use tests::bins::{self, Bins};
use tests::desk::{CHAIN_ID, Desk, LEADER};
use tests::hand::Hand;
use tests::process::Server;
use tests::session::Session;
use wire::sign_order_response::Outcome;

/// A tenth of the leader's trade is the most.
const RATIO_BPS: u32 = 1_000;
/// A process a try: some seconds, whatever the host.
const TRIES: usize = 600;

struct Stand {
    desk: Desk,
    venue: Server,
    signer: Server,
    runtime: tokio::runtime::Runtime,
}

impl Stand {
    fn new() -> Self {
        let books = bins::workspace().join("tests/fixtures/books/standard.json");
        let desk = Desk::unfounded(Bins::debug(), &books);
        let keys: Vec<String> = (1..=3).map(|nth| identity(&desk, nth)).collect();
        let watching = format!(
            "on\nwatch_threshold 2\nwatchers 3\nkey {}\nattested_buys_only yes\n\
             copy_ratio_bps {RATIO_BPS}",
            keys.join("\nkey ")
        );
        desk.found(&[("watching", &watching)]);
        let (venue, signer) = (desk.start_venue(), desk.start_signer());
        let nothing_else = desk.authority.holds_nothing_else(&desk.journal_id);
        desk.ask(Verb::Note, &nothing_else).expect("a declaration");
        fs::create_dir(desk.file("notes")).expect("the folder is ours");
        for nth in 1..=3 {
            watcher(&desk, &venue, nth);
        }
        desk.write_orchestrator_config(&signer.address, &venue.address);
        let path = desk.file("orchestrator.toml");
        let text = fs::read_to_string(&path).expect("it was written");
        let more = format!(
            "\n[intake]\nhttp = \"127.0.0.1:0\"\ntoken = \"intent.token\"\n\n[trading]\npoll_ms = 100\nidle_ms = 400\nabsence_ms = 1000\n\n[copy]\n\
             gamma_url = \"{}/gamma\"\nnotes = \"notes\"\nnotes_signatures = 2\n\n\
             [[strategy]]\nname = \"fixed\"\nfollow_traders = [\"{LEADER}\"]\n\
             allow_all_markets = true\ncopy_sizing_strategy = \"FIXED\"\ncopy_size = \"4.0\"\n",
            venue.address
        );
        tests::pki::secret_file(&desk.file("intent.token"), &[b'k'; 40]);
        fs::write(path, text + &more).expect("the folder is ours");
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let stand = Self {
            desk,
            venue,
            signer,
            runtime,
        };
        // Deep enough that a copy is no impact.
        let book = &stand.desk.book;
        let offer = json!({
            "market": book.market, "asset_id": book.token, "hash": "", "tick_size": "0.01",
            "timestamp": tests::clock::now_ms().to_string(), "min_order_size": "5",
            "bids": [{"price": "0.40", "size": "20000"}],
            "asks": [{"price": "0.41", "size": "20000"}], "neg_risk": book.neg_risk,
        });
        stand.sim("book", &offer);
        // What was before is not told.
        stand.look(1);
        stand
    }

    /// One look of a watcher.
    fn look(&self, nth: usize) {
        let config = format!("watch-{nth}.toml");
        let ran = self
            .desk
            .orchestrator(&["watch", "--once", "--config", &config]);
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
    }

    /// The leader buys so many shares at 0.41.
    fn trade(&self, shares: u64) {
        let row = json!({"proxy_wallet": LEADER, "token_id": self.desk.book.token,
            "side": "BUY", "size": shares, "price": "0.41"});
        self.sim("leader-trade", &row);
    }

    fn sim(&self, what: &str, said: &Value) {
        let url = format!("{}/sim/{what}", self.venue.address);
        self.runtime
            .block_on(tests::http::post(&url, said))
            .expect("the venue is ours");
    }

    /// The subjects of this kind, once these watchers and those before left so
    /// many files of them.
    fn signed(&self, kind: &str, by: &[usize], files: usize) -> Vec<String> {
        for _ in 0..TRIES {
            for nth in by {
                self.look(*nth);
            }
            let subjects = self.subjects(kind);
            if subjects.len() >= files {
                let mut subjects: Vec<String> = subjects;
                subjects.dedup();
                return subjects;
            }
        }
        panic!("nothing final of {kind}");
    }

    fn subjects(&self, kind: &str) -> Vec<String> {
        let files = fs::read_dir(self.desk.file("notes")).expect("the folder is ours");
        let names = files.map(|file| file.expect("a file").file_name());
        let mut names: Vec<String> = names
            .map(|name| name.to_string_lossy().into_owned())
            .filter(|name| name.starts_with(kind))
            .map(|name| name.split('.').next().unwrap_or_default().to_owned())
            .collect();
        names.sort();
        names
    }

    /// The note about `subject` with the signatures of all who signed it.
    fn note(&self, subject: &str) -> String {
        let files = fs::read_dir(self.desk.file("notes")).expect("the folder is ours");
        let mut merged = String::new();
        for file in files {
            let path = file.expect("a file").path();
            if path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(&format!("{subject}.")))
            {
                let note = fs::read_to_string(path).expect("a note");
                let (text, line) = note.rsplit_once("\n\n").expect("a signed note");
                if merged.is_empty() {
                    merged = format!("{text}\n\n");
                }
                assert!(merged.starts_with(text), "watchers write the same");
                merged.push_str(line);
            }
        }
        merged
    }

    fn ask(&self, session: &mut Session, intent: &Intent, note: &str) -> String {
        let answer = self
            .runtime
            .block_on(session.sign_with(intent, note.as_bytes()));
        match answer.expect("an answer") {
            Outcome::Approved(_) => "YES".to_owned(),
            Outcome::Denied(denied) => denied.code,
        }
    }
}

/// Makes a watcher's identity; its key as the policy names it.
fn identity(desk: &Desk, nth: usize) -> String {
    let file = format!("watch-{nth}.key");
    let made = desk.orchestrator(&["watch", "identity", "new", &file]);
    assert_eq!(made.code(), 0, "{}", made.stderr);
    let name = format!("desk.example/watcher-{nth}");
    let shown = desk.orchestrator(&["watch", "identity", "show", "--name", &name, &file]);
    assert_eq!(shown.code(), 0, "{}", shown.stderr);
    shown.stdout.trim().to_owned()
}

/// Only the first tells lines; all sign what is final.
fn watcher(desk: &Desk, venue: &Server, nth: usize) {
    let (url, journal, wallet) = (&venue.address, &desk.journal_id, &desk.key.address);
    let mode = if nth == 1 { "file" } else { "none" };
    let text = format!(
        "MONITORED_TRADERS = \"{LEADER}\"\nOUTPUT_MODE = \"{mode}\"\n\
         OUTPUT_FILE = \"intents.jsonl\"\nidentity = \"watch-{nth}.key\"\n\
         database = \"watch-{nth}.sqlite\"\npoll_ms = 50\ndata_api = \"{url}\"\n\
         hosts = [\"127.0.0.1\"]\nchain_id = {CHAIN_ID}\nsettle_s = 0\nactivity_s = 0\n\n\
         [notes]\nrpc = \"{url}/rpc\"\nfolder = \"notes\"\nname = \"desk.example/watcher-{nth}\"\n\
         journal = \"{journal}\"\npolicy = 1\nwallet = \"{wallet}\"\n"
    );
    fs::write(desk.file(&format!("watch-{nth}.toml")), text).expect("the folder is ours");
}

/// What a note says under `name`.
fn said<'a>(note: &'a str, name: &str) -> &'a str {
    let line = note
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} in {note}"))
}

/// A copy of `shares` of the trade that `note` is of.
fn copy_of(desk: &Desk, name: &str, note: &str, shares: u64) -> Intent {
    let mut intent = ask::buy(&desk.book, name);
    let fill = desk.folder.join("asked.note");
    fs::write(&fill, note).expect("the folder is ours");
    let shown = desk.signerctl(&["note", "show", fill.to_str().expect("a plain path")]);
    let (_, fill) = shown.stdout.split_once("fill_id ").expect("its name");
    let fill = fill.split_whitespace().next().unwrap_or_default();
    let fill = fill.parse::<B256>().expect("a hash");
    let Kind::Copy(seen) = intent.kind else {
        panic!("a buy is a copy")
    };
    let matched = fill_time_ms(said(note, "matched"));
    intent.kind = Kind::Copy(Observed {
        fill,
        price: PriceE4::new(4_100).expect("a price"),
        size: ShareUnits::new(200_000_000),
        traded_ms: matched,
        ..seen
    });
    intent.limit_price = PriceE4::new(4_100).expect("a price");
    intent.size = Size::Shares(ShareUnits::new(shares * 1_000_000));
    intent
}

fn fill_time_ms(text: &str) -> u64 {
    let mut now = tests::clock::now_ms() / 1_000;
    // A minute back at most: the note was made just now.
    for _ in 0..120 {
        if note::UtcSeconds::new(now)
            .expect("this century")
            .to_string()
            == text
        {
            return now * 1_000;
        }
        now -= 1;
    }
    panic!("{text} is not of just now")
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
fn a_leaders_trade_is_copied_on_what_two_watchers_signed_and_on_nothing_else() {
    let stand = Stand::new();
    let desk = &stand.desk;
    let hand = Hand::new(desk, None);

    // Seen by one, then by two; copied with their note.
    stand.trade(200);
    stand.signed("attestation-", &[1, 2], 2);
    let ran = desk.orchestrator(&["run", "--until-idle", "--wait", "60"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    let intents = desk.orchestrator(&["--json", "intents"]);
    let rows: Value = serde_json::from_str(&intents.stdout).expect("JSON");
    assert!(rows.to_string().contains("SETTLED"), "{rows}");
    let log = desk
        .signerctl(&["log", "--journal", "journal.sqlite"])
        .stdout;
    let lines: Vec<&str> = log.lines().collect();
    let together = |pair: &[&str]| pair[0].contains("attestation") && pair[1].contains("approved");
    assert!(
        lines.windows(2).any(together),
        "the note, then the order: {log}"
    );

    // Our own order's fills, signed by two and carried: the figures hear of it.
    let before = figure(&hand);
    stand.signed("fill-", &[1, 2], 2);
    let mut command = Command::new(&desk.bins.orchestrator);
    command.current_dir(&desk.folder).arg("run");
    let run = Server::start(command, &desk.file("orchestrator.log"));
    let after = (0..TRIES).map(|_| figure(&hand)).find(|now| *now < before);
    assert!(
        after.is_some(),
        "a fill note narrows what may be lost: {before}"
    );
    assert!(run.stop().success());

    // Whoever owns the orchestrator now.
    stand.trade(200);
    // The first is of all three, the second of two.
    let subjects = stand.signed("attestation-", &[2, 3], 5);
    let used = subjects
        .iter()
        .find(|subject| {
            stand
                .note(subject)
                .lines()
                .filter(|l| l.starts_with('\u{2014}'))
                .count()
                == 3
        })
        .expect("the first trade, which all saw");
    let fresh = subjects
        .iter()
        .find(|subject| *subject != used)
        .expect("the second");
    let (used, note) = (stand.note(used), stand.note(fresh));
    let mut session = stand.runtime.block_on(desk.session(&stand.signer.address));
    let mut says = |intent: &Intent, note: &str| stand.ask(&mut session, intent, note);
    let one = copy_of(desk, "one", &note, 20);
    assert_eq!(says(&one, ""), "ATTESTATION_MISSING");
    let text = note.rsplit_once("\n\n").expect("a signed note");
    let alone = format!("{}\n\n{}\n", text.0, text.1.lines().next().expect("a line"));
    assert_eq!(says(&one, &alone), "NOTE_TOO_FEW_SIGNATURES");
    let larger = note.replacen("\nsize 200\n", "\nsize 900\n", 1);
    assert_eq!(says(&one, &larger), "NOTE_BAD_SIGNATURE");
    assert_eq!(
        says(&copy_of(desk, "twice", &used, 20), &used),
        "ATTESTATION_USED"
    );
    let mut relabelled = copy_of(desk, "relabelled", &note, 20);
    relabelled.token_id = U256::from(7);
    assert_eq!(says(&relabelled, &note), "ATTESTATION_DIFFERS");
    assert_eq!(
        says(&copy_of(desk, "larger", &note, 21), &note),
        "COPY_RATIO"
    );
    assert_eq!(says(&one, &note), "YES");
    assert_eq!(says(&one, &note), "YES", "said again");
    let mut next = one.clone();
    next.attempt = 1;
    assert_eq!(says(&next, &note), "COPY_RATIO", "over all attempts");
    assert_eq!(
        says(&copy_of(desk, "other", &note, 5), &note),
        "ATTESTATION_USED"
    );
    assert_eq!(hand.status("state").as_deref(), Some("ACTIVE"));
}

/// The loss figure, in millionths.
fn figure(hand: &Hand<'_>) -> u64 {
    let text = hand.status("loss_next_24h_usdc").expect("a figure");
    tests::book::scaled(&text, 6).expect("an amount")
}
