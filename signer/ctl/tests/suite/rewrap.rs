//! A sealed key takes another passphrase: the new one opens it, the old one
//! does not, and whatever goes wrong leaves it as it was.

use frame::{Header, Kdf};

use crate::import::{derive, desk, open, raw};
use crate::kit::{ADDRESS, Desk, JOURNAL_ID, KEY, PASSPHRASE, Ran, holds};

const NEW: &str = "another horse in another stable";

fn sealed() -> Desk {
    let desk = desk();
    desk.write("new", format!("{NEW}\n"), 0o400);
    raw(&desk, &["--passphrase-fd", "3", "--generation", "4"]).done();
    desk
}

fn rewrap(desk: &Desk, redirections: &str, more: &[&str]) -> Ran {
    let head = [
        "rewrap",
        "--journal",
        "journal.db",
        "--sealed",
        "key.sealed",
    ];
    let light = ["--kdf-memory-mib", "64"];
    desk.run_with(redirections, &[&head, more, &light].concat())
}

/// M102: another passphrase opens the key, and the old one no longer does.
#[test]
fn a_new_passphrase_opens_and_the_old_one_does_not() {
    let desk = sealed();
    let before = desk.read("key.sealed");
    let fds = ["--passphrase-fd", "3", "--new-passphrase-fd", "4"];
    let ran = rewrap(&desk, "3<passphrase 4<new", &fds).done();
    assert!(
        ran.out
            .contains(&format!("address {ADDRESS}\ngeneration 5\n")),
        "{ran:?}"
    );
    let after = desk.read("key.sealed");
    assert_eq!(desk.mode("key.sealed"), 0o400);
    let ((old, _), (new, _)) = (
        Header::split(&before).unwrap(),
        Header::split(&after).unwrap(),
    );
    let expected = Header {
        generation: 5,
        salt: new.salt,
        nonce: new.nonce,
        ..old
    };
    assert_eq!(new, expected);
    assert!(old.salt != new.salt && old.nonce != new.nonce);
    let key = open(&after, &JOURNAL_ID, &derive(&new, NEW)).unwrap();
    assert_eq!(hex::encode(key), KEY);
    assert_eq!(open(&after, &JOURNAL_ID, &derive(&new, PASSPHRASE)), None);
    assert!(!holds(desk.0.path(), &hex::decode(KEY).unwrap()));
    // And the tool itself takes the old one no more.
    rewrap(&desk, "3<passphrase 4<new", &fds).refused("KEY_CLOSED");
}

#[test]
fn a_passphrase_becomes_a_credential_and_back() {
    let desk = sealed();
    let out = ["--passphrase-fd", "3", "--credential-out", "sealing.key"];
    rewrap(&desk, "3<passphrase", &out).done();
    assert_eq!(desk.mode("sealing.key"), 0o400);
    let (sealing, file) = (desk.read("sealing.key"), desk.read("key.sealed"));
    assert!(open(&file, &JOURNAL_ID, &sealing).is_some());
    let back = ["--credential", "sealing.key", "--new-passphrase-fd", "3"];
    rewrap(&desk, "3<new", &back).done();
    let file = desk.read("key.sealed");
    let (header, _) = Header::split(&file).unwrap();
    assert_eq!(header.generation, 6);
    assert_eq!(header.kdf.memory_kib, 64 * 1024);
    assert_eq!(header.kdf.passes, Kdf::TODAY.passes);
    assert_eq!(open(&file, &JOURNAL_ID, &sealing), None);
    assert!(open(&file, &JOURNAL_ID, &derive(&header, NEW)).is_some());
}

#[test]
fn what_does_not_open_or_is_no_change_leaves_the_key_as_it_was() {
    let desk = sealed();
    desk.write("short", "short", 0o400);
    desk.write("taken.key", "mine", 0o400);
    desk.write("no.sealed", "mine", 0o400);
    let (before, names) = (desk.read("key.sealed"), desk.names());
    let fds = ["--passphrase-fd", "3", "--new-passphrase-fd", "4"];
    rewrap(&desk, "3<new 4<passphrase", &fds).refused("KEY_CLOSED");
    rewrap(&desk, "3<passphrase 4<short", &fds).refused("PASSPHRASE");
    let ran = rewrap(&desk, "3<passphrase 4<passphrase", &fds).refused("PASSPHRASE");
    assert!(ran.err.contains("is the one of today"), "{ran:?}");
    let taken = ["--passphrase-fd", "3", "--credential-out", "taken.key"];
    rewrap(&desk, "3<passphrase", &taken).refused("FILE");
    let other = ["rewrap", "--journal", "journal.db", "--sealed", "no.sealed"];
    desk.run(&other).refused("SEALED");
    // Of another journal it is not this journal's key.
    let db = rusqlite::Connection::open(desk.path("journal.db")).unwrap();
    db.execute("UPDATE journal SET journal_id = ?1", [[1_u8; 16]])
        .unwrap();
    drop(db);
    rewrap(&desk, "3<passphrase 4<new", &fds).refused("KEY_CLOSED");
    assert_eq!(desk.read("key.sealed"), before);
    assert_eq!(desk.names(), names);
}
