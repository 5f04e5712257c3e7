//! A day of the desk, and everything that was said on the way.

use std::fs;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use frame::local::Verb;
use serde_json::{Value, json};
use tests::book::decimal;
use tests::clock::now_ms;
use tests::desk::{Desk, LEADER};
use tests::process::Server;
use tests::session::{Session, run};
use tests::{ask, control, http, keys, pki};
use wire::sign_order_response::Outcome;

use crate::search::Secret;

const PASSPHRASE: &str = "the canary sings in the coal mine at noon";
const WRONG: &str = "another canary that opens nothing at all";

/// What a day left.
pub(super) struct Life {
    pub(super) desk: Desk,
    pub(super) secrets: Vec<Secret>,
    /// What was said by whom: outputs, answers, command lines, environments.
    pub(super) said: Vec<(String, Vec<u8>)>,
    /// Of the order that was asked for directly.
    pub(super) signature: Vec<u8>,
}

/// The scalar of a P-256 key in PKCS #8, which has it in one place (RFC 5915).
fn scalar(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(body).expect("PEM made for us");
    der[36..68].to_vec()
}

impl Life {
    pub(super) fn lived() -> Self {
        let desk = Desk::standard();
        fs::create_dir(desk.file("tmp")).expect("the folder is ours");
        let mut life = Self {
            desk,
            secrets: Vec::new(),
            said: Vec::new(),
            signature: Vec::new(),
        };
        life.name_the_secrets();
        life.import();
        life.refused_files();
        life.trade();
        life
    }

    fn name_the_secrets(&mut self) {
        let desk = &self.desk;
        desk.write_credential("sealing.key");
        let text = |name: &str| fs::read_to_string(desk.file(name)).expect("it was written");
        let clob: Value = serde_json::from_str(&text("clob.json")).expect("JSON");
        let clob = |field: &str| clob[field].as_str().expect("text").as_bytes().to_vec();
        let secrets = [
            ("trading key", desk.key.bytes.to_vec()),
            ("passphrase", PASSPHRASE.as_bytes().to_vec()),
            ("wrong passphrase", WRONG.as_bytes().to_vec()),
            ("request key", desk.request_key.to_vec()),
            (
                "sealing key",
                fs::read(desk.file("sealing.key")).expect("it was written"),
            ),
            ("API secret", clob("secret")),
            (
                "API secret",
                STANDARD.decode(clob("secret")).expect("base64"),
            ),
            ("API passphrase", clob("passphrase")),
            ("signer's TLS key", scalar(&text("signer.key"))),
            ("orchestrator's TLS key", scalar(&text("orchestrator.key"))),
        ];
        self.secrets = secrets.map(|(name, bytes)| Secret { name, bytes }).into();
    }

    /// Runs a program as talkative as it can be made.
    fn ran(&mut self, command: &mut Command) -> i32 {
        let command = loud(&self.desk, command);
        let shown = format!("{command:?}");
        let child = command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("it starts");
        self.started(child.id());
        let out = child.wait_with_output().expect("our own child");
        let code = out.status.code().unwrap_or(-1);
        self.said.push((shown, [out.stdout, out.stderr].concat()));
        code
    }

    /// Keeps what a running program was started with.
    fn started(&mut self, pid: u32) {
        for what in ["cmdline", "environ"] {
            // One that is over already has neither.
            let text = fs::read(format!("/proc/{pid}/{what}")).unwrap_or_default();
            self.said.push((format!("{what} of {pid}"), text));
        }
    }

    /// `signerctl` with descriptors 3 and 4 open on these files.
    fn ctl(&mut self, three: &str, four: &str, args: &[&str]) -> i32 {
        let mut command = Command::new("sh");
        let line = "exec \"$0\" \"$@\" 3<\"$THREE\" 4<\"$FOUR\"";
        command.args(["-c", line]).arg(&self.desk.bins.signerctl);
        command.args(args).env("THREE", three).env("FOUR", four);
        self.ran(&mut command)
    }

    fn import(&mut self) {
        let own = hex::encode(self.desk.key.bytes);
        let write = |desk: &Desk, name: &str, text: &str| {
            pki::secret_file(&desk.file(name), text.as_bytes());
        };
        write(&self.desk, "own.hex", &format!("{own}\n"));
        // One letter that is no digit, in the middle of a real key.
        write(
            &self.desk,
            "bent.hex",
            &format!("{}z{}\n", &own[..32], &own[33..]),
        );
        write(&self.desk, "passphrase", &format!("{PASSPHRASE}\n"));
        write(&self.desk, "wrong", &format!("{WRONG}\n"));
        let import = [
            "import",
            "--journal",
            "journal.sqlite",
            "--out",
            "imported.sealed",
            "--raw-fd",
            "3",
            "--passphrase-fd",
            "4",
            "--kdf-memory-mib",
            "64",
            "--yes-i-have-an-offline-copy",
        ];
        assert_eq!(
            self.ctl("bent.hex", "passphrase", &import),
            1,
            "{:?}",
            self.said
        );
        assert_eq!(
            self.ctl("own.hex", "passphrase", &import),
            0,
            "{:?}",
            self.said
        );
        let path = self.desk.file("signer.toml");
        let text = fs::read_to_string(&path).expect("it was written");
        let text = text.replace("wallet.sealed", "imported.sealed");
        fs::write(&path, format!("metrics = \"127.0.0.1:0\"\n{text}")).expect("ours");
    }

    /// Configurations whose secrets are broken in the middle.
    fn refused_files(&mut self) {
        let folder = self.desk.folder.clone();
        let keep = |name: &str| fs::read_to_string(folder.join(name)).expect("it was written");
        pki::secret_file(&folder.join("short.key"), &self.desk.request_key[..31]);
        let torn = keep("clob.json").replace('}', ",,");
        pki::secret_file(&folder.join("torn.json"), torn.as_bytes());
        let tls = keep("signer.key").replace("END PRIVATE", "END PUBLIC");
        pki::secret_file(&folder.join("torn.pem"), tls.as_bytes());
        self.desk
            .write_orchestrator_config("127.0.0.1:1", "http://127.0.0.1:1");
        let bends = [
            ("signer.toml", "signer.key", "torn.pem"),
            ("signer.toml", "signer.key", "own.hex"),
            ("signer.toml", "\"callers\"", "\"request.key\""),
            ("orchestrator.toml", "request.key", "short.key"),
            ("orchestrator.toml", "clob.json", "torn.json"),
            ("orchestrator.toml", "orchestrator.key", "clob.json"),
        ];
        for (file, from, to) in bends {
            let bent = keep(file).replace(from, to);
            fs::write(folder.join("bent.toml"), bent).expect("ours");
            let is_signer = file == "signer.toml";
            let bins = self.desk.bins.clone();
            let mut command = Command::new(if is_signer {
                bins.signer
            } else {
                bins.orchestrator
            });
            let check: &[&str] = if is_signer { &[] } else { &["config", "check"] };
            command.args(check).args(["--config", "bent.toml"]);
            assert_eq!(
                self.ran(&mut command),
                1,
                "{file}: {from} to {to}: {:?}",
                self.said.last()
            );
        }
        fs::remove_file(folder.join("torn.pem")).expect("ours");
    }

    fn trade(&mut self) {
        let venue = self.desk.start_venue();
        let mut command = self.desk.signer_command(&self.desk.bins.signer);
        loud(&self.desk, &mut command);
        let signer = Server::start(command, &self.desk.file("signer.log"));
        for pid in [vec![signer.pid(), venue.pid()], signer.children()].concat() {
            self.started(pid);
        }
        self.unlock();
        self.ask_directly(&signer);
        self.orchestrate(&signer, &venue);
        self.ctl_asks("wrong", &["status", "--json"], 0);
        self.ctl_asks("wrong", &["freeze", "--reason", "over"], 0);
        let denied = self
            .desk
            .order(&signer.address, &ask::buy(&self.desk.book, "frozen"));
        self.said
            .push(("a denial".to_owned(), format!("{denied:?}").into_bytes()));
        // While the journal's write-ahead log is there to be read.
        assert!(signer.kill().code().is_none());
        assert!(venue.stop().success());
    }

    /// `signerctl` beside the running signer, which must end with `code`.
    fn ctl_asks(&mut self, passphrase: &str, args: &[&str], code: i32) {
        let args = [args, &["--socket", "signer.sock"]].concat();
        let ended = self.ctl(passphrase, "wrong", &args);
        assert_eq!(ended, code, "{:?}", self.said.last());
    }

    fn unlock(&mut self) {
        let by_passphrase = [
            "unlock",
            "--sealed",
            "imported.sealed",
            "--passphrase-fd",
            "3",
        ];
        self.ctl_asks("wrong", &by_passphrase, 1);
        self.ctl_asks("passphrase", &by_passphrase, 0);
        // The sealing key of another file opens nothing here.
        self.ctl_asks("wrong", &["unlock", "--credential", "sealing.key"], 1);
    }

    fn ask_directly(&mut self, signer: &Server) {
        let desk = &self.desk;
        let (answer, forged, standing, figures) = run(async {
            let mut session = desk.session(&signer.address).await;
            let mut large = ask::buy(&desk.book, "large");
            large.size = frame::intent::Size::Shares(order::ShareUnits::new(900_000_000_000));
            let denied = session.sign(&large).await.expect("answered");
            let answer = session
                .sign(&ask::buy(&desk.book, "direct"))
                .await
                .expect("answered");
            let pair = &desk.orchestrator_pair;
            let wrong = Session::open(&signer.address, pair, tests::desk::CALLER, keys::random());
            let forged = wrong.await.err().expect("not proven");
            let standing = session.status().await.expect("a status");
            let log = fs::read_to_string(&signer.log).expect("its log");
            let url = log
                .rsplit_once("metrics ")
                .and_then(|(_, rest)| rest.lines().next());
            let figures = http::get(url.expect("where figures are"))
                .await
                .expect("figures");
            ((answer, denied), forged, standing, figures)
        });
        let (Outcome::Approved(approved), Outcome::Denied(denied)) = answer else {
            panic!("one is signed and one is not: {answer:?}");
        };
        self.signature = approved.signature;
        let status =
            control::ask(&desk.file("signer.sock"), Verb::Status, &[]).expect("it answers");
        let said = [
            ("a denial", format!("{denied:?}")),
            ("a forged hello", format!("{forged:?}")),
            ("a standing", format!("{standing:?}")),
            ("figures", figures),
            ("a status", status),
        ];
        self.said
            .extend(said.map(|(what, text)| (what.to_owned(), text.into_bytes())));
    }

    fn orchestrate(&mut self, signer: &Server, venue: &Server) {
        let desk = &self.desk;
        desk.write_orchestrator_config(&signer.address, &venue.address);
        let path = desk.file("orchestrator.toml");
        let text = fs::read_to_string(&path).expect("it was written");
        let text = text.replace("[clob]", "[clob]\npost_only_after_restart_ms = 0");
        let more = "\n[trading]\npoll_ms = 100\nidle_ms = 300\nabsence_ms = 250\n";
        fs::write(&path, text + more).expect("ours");
        let (book, price) = (&desk.book, decimal(desk.book.asks[0].0, 4));
        let lines = [("ten", "10"), ("many", "100000")].map(|(id, shares)| {
            json!({
                "v": 1, "id": id, "kind": "copy", "market": book.market, "token": book.token,
                "side": "BUY", "price": price, "shares": shares, "tick": decimal(book.tick_e4, 4),
                "order_type": "FOK", "neg_risk": book.neg_risk, "leader": LEADER,
                "leader_price": price, "leader_time_ms": now_ms(),
            })
        });
        let text = format!("{}\n{}\n{{\"torn\": \n", lines[0], lines[1]);
        fs::write(desk.file("intents.jsonl"), text).expect("ours");
        let verbs: [&[&str]; 7] = [
            &["run", "--until-idle", "--wait", "20"],
            &["config", "check"],
            &["health", "--json"],
            &["credentials", "status"],
            &["intents", "--json"],
            &["stats"],
            &["audit", "export"],
        ];
        for args in verbs {
            let mut command = Command::new(&self.desk.bins.orchestrator);
            self.ran(command.args(args));
        }
    }

    /// Every signature that the orchestrator keeps, to send the same bytes again.
    pub(super) fn posted(&self) -> Vec<Vec<u8>> {
        let outbox = fs::read(self.desk.file("orchestrator.sqlite")).expect("it ran");
        let text = String::from_utf8_lossy(&outbox);
        let after = text.split("\"signature\":\"0x").skip(1);
        let digits = after.filter_map(|rest| rest.split_once('"'));
        digits
            .filter_map(|(digits, _)| hex::decode(digits).ok())
            .collect()
    }
}

/// In the desk's folder, told to say all it can and to use its temporary folder.
fn loud<'a>(desk: &Desk, command: &'a mut Command) -> &'a mut Command {
    command
        .current_dir(&desk.folder)
        .stdin(std::process::Stdio::null())
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "full")
        .env("TMPDIR", desk.file("tmp"))
}
