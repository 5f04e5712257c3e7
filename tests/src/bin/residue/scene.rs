//! One life of a signer, looked at from unlocking to its core.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use frame::local::{DONE, Verb};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tests::bins::{self, Bins};
use tests::desk::Desk;
use tests::keys;
use tests::pki::secret_file;
use tests::process::Server;

use crate::load::{IN_FLIGHT, Load, Signed};
use crate::look::{self, Dump, Halted, Seen};
use crate::needles::{self, Needles};

/// Ceilings that no load here meets, and the demand that is measured.
const POLICY: &[(&str, &str)] = &[
    ("hour_usdc", "none"),
    ("day_usdc", "100000000"),
    ("wallet_usdc_max", "100000000"),
    ("orders_per_minute", "65535"),
    ("leader_age_ms_max", "300000"),
    ("require_memfd_secret", "yes"),
];
/// Longer than a window, which is thirty seconds, with the vault's rest.
const WINDOW: Duration = Duration::from_secs(33);
/// Signatures before each look under load.
const BETWEEN: usize = 40;
/// What is in flight at a look is answered by this many later ones.
const AFTER: usize = 8 * IN_FLIGHT;
/// Signatures whose nonces are looked for, the latest: each is some hundred
/// runs of bytes.
const NONCES: usize = 4_000;

/// A desk whose key was sealed under a passphrase by `signerctl` itself.
pub(crate) struct Scene {
    desk: Desk,
    passphrase: String,
}

/// One row: when, and what was seen.
pub(crate) type Row = (String, Seen);

/// What a whole life came to.
pub(crate) struct Life {
    pub(crate) rows: Vec<Row>,
    /// Orders.
    pub(crate) signed: usize,
    /// The search of this very program.
    pub(crate) mine: Seen,
    /// What became of the vault when it aborted.
    pub(crate) aborted: Aborted,
}

/// A vault that aborted.
pub(crate) struct Aborted {
    /// Whether its limit of no core could be lifted.
    pub(crate) is_lifted: bool,
    /// Whether the kernel wrote a core of it.
    pub(crate) is_cored: bool,
}

impl Scene {
    pub(crate) fn new(bins: &Bins) -> Self {
        let books = bins::workspace().join("tests/fixtures/books/standard.json");
        let desk = Desk::with_policy(bins, &books, POLICY);
        let passphrase = hex::encode(&keys::random()[..24]);
        fs::remove_file(desk.file("wallet.sealed")).expect("the desk sealed it");
        secret_file(&desk.file("raw"), hex::encode(desk.key.bytes).as_bytes());
        secret_file(&desk.file("passphrase"), passphrase.as_bytes());
        let import = "import --journal journal.sqlite --out wallet.sealed --raw-fd 3 \
                      --passphrase-fd 4 --kdf-memory-mib 64 --yes-i-have-an-offline-copy \
                      3<raw 4<passphrase";
        let done = signerctl(&desk, import).output().expect("signerctl runs");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}");
        Self { desk, passphrase }
    }

    fn start(&self, signer: &Path) -> Server {
        let command = self.desk.signer_command(signer);
        Server::start(command, &self.desk.file("signer.log"))
    }

    /// All that stays the same in a life.
    fn needles(&self, sealing: &[u8; 32]) -> Needles {
        let mut needles = Needles::new();
        needles.add_key(needles::Class::Trading, &self.desk.key.bytes);
        needles.add_key(needles::Class::Sealing, sealing);
        needles.add_words(&self.passphrase);
        needles.add_request_key(&self.desk.request_key);
        needles
    }

    /// The same with the nonces of the latest signatures.
    fn with_nonces(&self, sealing: &[u8; 32], signed: &[Signed]) -> Needles {
        let mut needles = self.needles(sealing);
        let key = &self.desk.key.bytes;
        for Signed { digest, r, s } in signed.iter().rev().take(NONCES) {
            needles.add_nonce(key, digest, r, s);
        }
        let last = signed.last().expect("something was signed");
        let Signed { digest, r, s } = last;
        assert!(
            needles::is_nonce_of(key, digest, r, s),
            "the nonces are computed wrongly"
        );
        needles
    }

    /// Unlocks by `signerctl` and the passphrase, through a socket between that
    /// sees what it sends, and looks at `signerctl` while it waits.
    fn unlock(&self, rows: &mut Vec<Row>) -> [u8; 32] {
        let tap = self.desk.file("tap.sock");
        let listener = UnixListener::bind(&tap).expect("the folder is ours");
        fs::set_permissions(&tap, fs::Permissions::from_mode(0o600)).expect("it is ours");
        let unlock =
            "unlock --socket tap.sock --sealed wallet.sealed --passphrase-fd 4 4<passphrase";
        let mut child = signerctl(&self.desk, unlock)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("signerctl runs");
        let (mut socket, _) = listener.accept().expect("signerctl connects");
        let mut question = [0; 37];
        socket.read_exact(&mut question).expect("a sealing key");
        let sealing: [u8; 32] = question[5..].try_into().expect("32 bytes");
        let halted = Halted::halt(child.id());
        let dump = halted.dump();
        drop(halted);
        rows.push((
            "signerctl, waiting".to_owned(),
            dump.search(&self.needles(&sealing)),
        ));
        let text = self
            .desk
            .ask(Verb::Unlock, &sealing)
            .unwrap_or_else(|e| panic!("{e}"));
        let mut answer = vec![DONE];
        answer.extend_from_slice(&u32::try_from(text.len()).expect("short").to_be_bytes());
        answer.extend_from_slice(text.as_bytes());
        socket.write_all(&answer).expect("signerctl waits");
        assert!(child.wait().expect("our child").success());
        fs::remove_file(&tap).expect("it is ours");
        sealing
    }

    /// `looks` looks under load. Returns every signature.
    fn under_load(
        &self,
        server: &Server,
        sealing: &[u8; 32],
        looks: usize,
        rows: &mut Vec<Row>,
    ) -> Vec<Signed> {
        let load = Load::start(&self.desk, &server.address, "load");
        let mut signed = Vec::new();
        for number in 1..=looks {
            signed.extend(load.take(BETWEEN));
            let dump = dump(server);
            // Those that were in flight are answered now.
            signed.extend(load.take(AFTER));
            let needles = self.with_nonces(sealing, &signed);
            rows.push((
                format!("window, under load, {number}"),
                dump.search(&needles),
            ));
        }
        signed.extend(load.stop());
        signed
    }

    /// The whole life of the released signer.
    pub(crate) fn release(&self, looks: usize) -> Life {
        let mut rows = Vec::new();
        let server = self.start(&self.desk.bins.signer);
        let sealing = self.unlock(&mut rows);
        let mut signed = self.under_load(&server, &sealing, looks, &mut rows);
        let needles = self.with_nonces(&sealing, &signed);
        let mut row = |name: &str, seen: Seen| rows.push((name.to_owned(), seen));
        row("window, idle", dump(&server).search(&needles));
        #[expect(
            clippy::disallowed_methods,
            reason = "the window closes with time alone, and nothing tells of it"
        )]
        std::thread::sleep(WINDOW);
        row("after the window", dump(&server).search(&needles));
        self.desk
            .ask(Verb::Lock, &[])
            .unwrap_or_else(|e| panic!("{e}"));
        row("after lock", dump(&server).search(&needles));
        self.desk
            .ask(Verb::Unlock, &sealing)
            .unwrap_or_else(|e| panic!("{e}"));
        let load = Load::start(&self.desk, &server.address, "last");
        signed.extend(load.take(BETWEEN));
        signed.extend(load.stop());
        let needles = self.with_nonces(&sealing, &signed);
        row("as root dumps it", dump(&server).search(&needles));
        let aborted = abort(server);
        let mine = look::myself(&needles);
        Life {
            rows,
            signed: signed.len(),
            mine,
            aborted,
        }
    }

    /// The same load on a signer that leaks.
    pub(crate) fn control(&self, leaky: &Path) -> Vec<Row> {
        let mut rows = Vec::new();
        let server = self.start(leaky);
        let sealing = self.unlock(&mut rows);
        rows.clear();
        self.under_load(&server, &sealing, 3, &mut rows);
        rows
    }
}

/// Halts all of the signer, copies it, and lets it go on.
fn dump(server: &Server) -> Dump {
    Halted::halt(server.pid()).dump()
}

/// Raises the limit of another process, by the tool for it; whether root may do
/// that here.
fn allow_core(pid: u32) -> bool {
    let raised = Command::new("prlimit")
        .args([
            format!("--pid={pid}"),
            "--core=unlimited:unlimited".to_owned(),
        ])
        .status();
    raised.expect("prlimit runs").success()
}

/// `signerctl` with descriptors, as a shell opens them.
fn signerctl(desk: &Desk, line: &str) -> Command {
    let mut command = Command::new("sh");
    let program = desk.bins.signerctl.display();
    command
        .current_dir(&desk.folder)
        .arg("-c")
        .arg(format!("exec {program} {line}"));
    command
}

/// Has the vault abort, with its limit lifted by root where root may do that.
/// One that is not to be dumped leaves no core.
fn abort(server: Server) -> Aborted {
    let vault = server.child("vault").expect("it runs");
    let is_lifted = allow_core(vault);
    let pid = Pid::from_raw(vault.try_into().expect("a process id"));
    kill(pid, Signal::SIGABRT).expect("our own child");
    let log = server.log.clone();
    server.wait();
    let log = fs::read_to_string(log).expect("its log");
    let end = log.lines().find(|line| line.contains("SIGABRT"));
    let end = end.expect("the supervisor says how it ended");
    Aborted {
        is_lifted,
        is_cored: end.contains("core dumped"),
    }
}
