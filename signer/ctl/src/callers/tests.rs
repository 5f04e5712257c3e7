//! Names have edges, and a crash between any two steps is mended.

use std::fs;
use std::path::Path;

use zeroize::Zeroizing;

use super::add::{Add, add, steps, take};
use super::record::{Role, caller, name, paths, pin, record};
use super::{Remove, remove};

fn args(folder: &Path) -> Add {
    Add {
        name: "desk-1".to_owned(),
        role: Role::Orchestrator,
        pin: format!("sha256/{}", "ab".repeat(32)),
        callers: folder.join("callers"),
        key_out: folder.join("out.key"),
        json: false,
    }
}

#[test]
fn names_and_pins_have_edges() {
    for good in ["a", "desk-1", "9._-", &"a".repeat(32)] {
        assert!(name(good).is_ok(), "{good}");
    }
    for bad in ["", ".a", "A", "a/b", "a b", "ü", &"a".repeat(33)] {
        assert!(name(bad).is_err(), "{bad}");
    }
    let digits = "ab".repeat(32);
    assert!(pin(&format!("sha256/{digits}")).is_ok());
    for bad in [
        digits.clone(),
        format!("sha256/a{digits}"),
        format!("sha256/{digits}0"),
        format!("sha256/{}", digits.to_uppercase()),
        format!("sha256/{}", "0".repeat(64)),
    ] {
        assert!(pin(&bad).is_err(), "{bad}");
    }
}

#[test]
fn after_a_crash_at_any_step_the_same_command_works() {
    for crash_before in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let args = args(folder.path());
        fs::create_dir(&args.callers).unwrap();
        let (toml, key_path) = paths(&args.callers, &args.name);
        let first = Zeroizing::new([1; 32]);
        let record = record(args.role, &args.pin);
        let steps = steps(&args, &first, &toml, &key_path, &record).unwrap();
        let crashed = crash_before < steps.len();
        for step in steps.iter().take(crash_before) {
            take(step).unwrap();
        }
        // No record, so no caller, until the last step.
        assert_eq!(caller(&args.callers, "desk-1").is_ok(), !crashed);
        let again = add(&args, &Zeroizing::new([2; 32]));
        assert_eq!(
            again.is_ok(),
            crashed,
            "before step {crash_before}: {again:?}"
        );
        assert!(caller(&args.callers, "desk-1").is_ok());
        let key = fs::read(&key_path).unwrap();
        assert_eq!(key, fs::read(&args.key_out).unwrap());
        assert_eq!(key, if crashed { [2; 32] } else { [1; 32] });
        if !crashed {
            break;
        }
    }
}

#[test]
fn a_removal_cut_short_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let args = args(folder.path());
    fs::create_dir(&args.callers).unwrap();
    let removal = Remove {
        name: args.name.clone(),
        callers: args.callers.clone(),
    };
    add(&args, &Zeroizing::new([1; 32])).unwrap();
    fs::remove_file(args.callers.join("desk-1.toml")).unwrap();
    fs::write(args.callers.join(".desk-1.key.draft"), [1; 32]).unwrap();
    remove(&removal).unwrap();
    assert_eq!(fs::read_dir(&args.callers).unwrap().count(), 0);
    assert!(remove(&removal).is_err());
}

#[test]
fn someone_elses_file_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let args = args(folder.path());
    fs::create_dir(&args.callers).unwrap();
    fs::write(&args.key_out, b"mine").unwrap();
    let refused = add(&args, &Zeroizing::new([1; 32])).unwrap_err();
    assert!(
        refused.to_string().contains("is there already"),
        "{refused}"
    );
    assert_eq!(fs::read(&args.key_out).unwrap(), b"mine");
    assert_eq!(fs::read_dir(&args.callers).unwrap().count(), 0);
}
