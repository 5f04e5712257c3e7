//! The signer's configuration, and a caller's file beside it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::LazyLock;

use tempfile::TempDir;

use crate::config::Config;

/// What stands between the two files.
const BETWEEN: &[u8] = b"\n---\n";

/// One folder for all: a configuration, and a caller beside it.
struct Place {
    _folder: TempDir,
    settings: PathBuf,
    caller: PathBuf,
}

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let callers = folder.path().join("callers");
    fs::create_dir(&callers).expect("a folder in it");
    fs::set_permissions(&callers, Permissions::from_mode(0o700)).expect("only ours");
    let (settings, caller) = (folder.path().join("signer.toml"), callers.join("desk.toml"));
    for file in [&settings, &caller] {
        fs::write(file, "").expect("a file");
        fs::set_permissions(file, Permissions::from_mode(0o600)).expect("only ours");
    }
    Place {
        _folder: folder,
        settings,
        caller,
    }
});

/// Every key of both files.
const KEYS: [&str; 15] = [
    "listen",
    "control",
    "journal",
    "sealed_key",
    "callers",
    "credential",
    "metrics",
    "questions_per_second",
    "reserve_mib",
    "tls",
    "certificate",
    "private_key",
    "role",
    "pin",
    "file",
];

/// A configuration, and after a line of three dashes a caller's file.
pub(crate) fn holds(bytes: &[u8]) -> bool {
    let place = &*PLACE;
    let cut = bytes
        .windows(BETWEEN.len())
        .position(|part| part == BETWEEN);
    let (settings, caller) = match cut {
        Some(at) => (&bytes[..=at], &bytes[at + BETWEEN.len()..]),
        None => (bytes, GOOD_CALLER),
    };
    fs::write(&place.settings, settings).expect("a file that is ours");
    fs::write(&place.caller, caller).expect("a file that is ours");
    match (Config::read(&place.settings), Config::read(&place.settings)) {
        (Ok(config), Ok(_)) => {
            is_bounded(&config);
            true
        }
        (Err(first), Err(second)) => {
            assert_eq!(first, second, "one file has one complaint");
            says_where(&first.to_string());
            false
        }
        _ => panic!("one file has two readings"),
    }
}

const GOOD_CALLER: &[u8] = b"role = \"orchestrator\"\n\
    pin = \"sha256/1111111111111111111111111111111111111111111111111111111111111111\"\n";

fn is_bounded(config: &Config) {
    let asked = config.vault.questions_per_second;
    assert!((1..=100_000).contains(&asked), "{asked} questions a second");
    let reserve = config.vault.reserve_bytes.div_euclid(1024 * 1024);
    assert!((16..=65_536).contains(&reserve), "{reserve} MiB kept");
    assert!(
        config
            .metrics
            .is_none_or(|address| address.ip().is_loopback())
    );
    let [(name, role)] = config.vault.roles.as_slice() else {
        panic!("one file is one caller")
    };
    let [(pinned, pin)] = config.door.pins.as_slice() else {
        panic!("one file is one pin")
    };
    assert_eq!((name.as_str(), pinned.as_str()), ("desk", "desk"));
    assert!(["orchestrator", "operator", "monitor"].contains(&role.as_str()));
    assert_ne!(pin, &[0; 32], "nobody has that key");
    assert!(!config.vault.callers.is_empty());
}

/// A complaint names a key or a line, says the problem and the fix, and stands
/// on one line of a log.
fn says_where(text: &str) {
    let rest = text.strip_prefix("CONFIG ").expect(text);
    let (field, rest) = rest.split_once(": ").expect(text);
    let last = field.rsplit('.').next().unwrap_or_default();
    let line = field
        .strip_prefix("line ")
        .is_some_and(|n| n.parse::<u64>().is_ok());
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    assert!(
        line || KEYS.contains(&last) || (!last.is_empty() && last.chars().all(plain)),
        "{text}"
    );
    let (problem, fix) = rest.rsplit_once("; ").expect(text);
    assert!(!problem.is_empty() && !fix.is_empty(), "{text}");
    assert!(!text.chars().any(char::is_control), "{text:?}");
}
