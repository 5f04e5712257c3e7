//! The programs under test, built by the harness itself so that no test runs
//! last week's.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where the programs are.
#[derive(Clone, Debug)]
pub struct Bins {
    /// The signer.
    pub signer: PathBuf,
    /// What it keeps the key in; it starts the one beside it.
    pub vault: PathBuf,
    /// Its operator's tool.
    pub signerctl: PathBuf,
    /// The orchestrator.
    pub orchestrator: PathBuf,
    /// The venue simulator.
    pub venue: PathBuf,
}

const NAMES: [&str; 5] = [
    "signer",
    "signer-vault",
    "signerctl",
    "orchestrator",
    "venue",
];

impl Bins {
    /// Debug builds of today's source, built once a test process.
    pub fn debug() -> &'static Self {
        static BINS: OnceLock<Bins> = OnceLock::new();
        BINS.get_or_init(|| {
            let _turn = turn();
            cargo(&[
                "build",
                "--locked",
                "-p",
                "signer",
                "-p",
                "vault",
                "-p",
                "signerctl",
                "-p",
                "orchestrator",
                "-p",
                "venue",
            ]);
            Self::in_folder(&harness_copy())
        })
    }

    /// The programs beside the running one, as `make demo` built them.
    pub fn beside_me() -> Self {
        let me = std::env::current_exe().expect("a running program has a path");
        Self::in_folder(me.parent().expect("a program stands in a folder"))
    }

    fn in_folder(folder: &Path) -> Self {
        let [signer, vault, signerctl, orchestrator, venue] = NAMES.map(|name| folder.join(name));
        Self {
            signer,
            vault,
            signerctl,
            orchestrator,
            venue,
        }
    }

    /// A signer that does not sync: the control of the sync test.
    pub fn signer_without_sync() -> PathBuf {
        let _turn = turn();
        // Whatever happens meanwhile, the real one stands under its name again.
        let _restored = Restored;
        let args = "rustc --locked -p vault -- --cfg countersign_sync_off";
        cargo(&args.split(' ').collect::<Vec<_>>());
        let folder = target().join("harness/without-sync");
        fs::create_dir_all(&folder).expect("the target folder is ours");
        for name in ["signer", "signer-vault"] {
            fs::copy(target().join("debug").join(name), folder.join(name)).expect("cargo built it");
        }
        folder.join("signer")
    }
}

/// Builds the real vault when dropped.
struct Restored;

impl Drop for Restored {
    fn drop(&mut self) {
        let built = try_cargo(&["build", "--locked", "-p", "vault"]);
        // Without it, the control would stand where a program is expected.
        if !built.status.success() {
            fs::remove_file(target().join("debug/signer-vault")).ok();
        }
    }
}

/// Runs cargo on the workspace and insists.
pub fn cargo(args: &[&str]) {
    let out = try_cargo(args);
    assert!(
        out.status.success(),
        "cargo {args:?} failed:\n{}",
        String::from_utf8_lossy(&out.stderr)
    );
}

/// Runs cargo on the workspace.
pub fn try_cargo(args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO"))
        .current_dir(workspace())
        .env("CARGO_TARGET_DIR", target())
        .args(args)
        .output()
        .expect("cargo runs")
}

/// The workspace's folder.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ stands in the workspace")
}

/// The target folder that this very program was built into.
fn target() -> PathBuf {
    let me = std::env::current_exe().expect("a running program has a path");
    me.ancestors()
        .find(|p| p.join("CACHEDIR.TAG").is_file())
        .expect("cargo marks its target folder")
        .to_owned()
}

/// Copies of the built programs, which a later build cannot swap under a test.
fn harness_copy() -> PathBuf {
    let folder = target().join("harness");
    fs::create_dir_all(&folder).expect("the target folder is ours");
    for name in NAMES {
        let (from, to) = (target().join("debug").join(name), folder.join(name));
        let newer = |a: &Path, b: &Path| {
            let time = |p: &Path| fs::metadata(p).and_then(|m| m.modified()).ok();
            time(b).is_none() || time(a) > time(b)
        };
        if newer(&from, &to) {
            // By rename: a running copy keeps its own file.
            let draft = folder.join(format!("{name}.{}", std::process::id()));
            fs::copy(&from, &draft).expect("cargo built it");
            fs::rename(&draft, &to).expect("the target folder is ours");
        }
    }
    folder
}

/// One harness builds at a time.
fn turn() -> File {
    let file = File::create(target().join("harness.lock")).expect("the target folder is ours");
    file.lock().expect("a lock can be waited for");
    file
}
