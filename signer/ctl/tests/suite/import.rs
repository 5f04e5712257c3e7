//! A key comes in by keystore or descriptor, is sealed, and opens again for
//! its journal and its passphrase alone.

use frame::{Header, Kdf, SEALED_BYTES};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use crate::kit::{ADDRESS, Desk, JOURNAL_ID, KEY, PASSPHRASE, Ran, holds};

const KEYSTORE: &str = include_str!("keystore.json");

const RAW: [&str; 10] = [
    "import",
    "--journal",
    "journal.db",
    "--out",
    "key.sealed",
    "--raw-fd",
    "4",
    "--kdf-memory-mib",
    "64",
    "--yes-i-have-an-offline-copy",
];

pub(crate) fn desk() -> Desk {
    let desk = Desk::new();
    drop(desk.journal());
    desk.write("passphrase", format!("{PASSPHRASE}\n"), 0o400);
    desk.write("key.hex", format!("0x{KEY}\n"), 0o400);
    desk.write("keystore.json", KEYSTORE, 0o400);
    desk.write("old", "testpassword\n", 0o400);
    desk
}

pub(crate) fn raw(desk: &Desk, more: &[&str]) -> Ran {
    desk.run_with("3<passphrase 4<key.hex", &[&RAW, more].concat())
}

/// Opens a sealed file as the signer does.
pub(crate) fn open(file: &[u8], journal: &[u8; 16], sealing: &[u8]) -> Option<Vec<u8>> {
    let (header, sealed) = Header::split(file).ok()?;
    let mut body = sealed.to_vec();
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, sealing).unwrap())
        .open_in_place(
            Nonce::assume_unique_for_key(header.nonce),
            Aad::from(header.associated_data(journal)),
            &mut body,
        )
        .ok()
        .map(|key| key.to_vec())
}

pub(crate) fn derive(header: &Header, passphrase: &str) -> [u8; 32] {
    let params =
        argon2::Params::new(header.kdf.memory_kib, header.kdf.passes, 1, Some(32)).unwrap();
    let mut memory = vec![argon2::Block::new(); params.block_count()];
    let mut key = [0; 32];
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into_with_memory(passphrase.as_bytes(), &header.salt, &mut key, &mut memory)
        .unwrap();
    key
}

#[test]
fn a_raw_key_is_sealed_under_a_passphrase() {
    let desk = desk();
    let ran = raw(
        &desk,
        &["--passphrase-fd", "3", "--json", "--generation", "7"],
    )
    .done();
    let said = ran.json();
    assert_eq!(said["address"], ADDRESS);
    assert_eq!(said["generation"], "7");
    assert_eq!(said["journal_id"], hex::encode(JOURNAL_ID));
    assert_eq!(said["wallet_type_0_eoa"], ADDRESS);
    assert!(ran.err.contains("Argon2id, 64 MiB, 3 passes"), "{ran:?}");
    assert!(ran.err.contains("next: "), "{ran:?}");
    assert!(!ran.err.contains(KEY) && !ran.out.contains(KEY));

    assert_eq!(desk.mode("key.sealed"), 0o400);
    let file = desk.read("key.sealed");
    assert_eq!(file.len(), SEALED_BYTES);
    let (header, _) = Header::split(&file).unwrap();
    assert_eq!(header.address.to_string(), ADDRESS);
    assert_eq!(header.generation, 7);
    let expected = Kdf {
        memory_kib: 64 * 1024,
        ..Kdf::TODAY
    };
    assert_eq!(header.kdf, expected);
    let sealing = derive(&header, PASSPHRASE);
    assert_eq!(
        hex::encode(open(&file, &JOURNAL_ID, &sealing).unwrap()),
        KEY
    );

    // Of another journal, another passphrase, or changed anywhere: nothing.
    assert_eq!(open(&file, &[1; 16], &sealing), None);
    assert_eq!(open(&file, &JOURNAL_ID, &derive(&header, "another")), None);
    for index in [24, 44, 60, 80, SEALED_BYTES - 1] {
        let mut bent = file.clone();
        bent[index] ^= 1;
        assert_eq!(open(&bent, &JOURNAL_ID, &sealing), None, "byte {index}");
    }
    assert!(
        !holds(desk.0.path(), &hex::decode(KEY).unwrap()),
        "the plain key is on disk"
    );
}

/// M100: fresh salt and nonce each time.
#[test]
fn two_seals_of_one_key_share_nothing() {
    let desk = desk();
    raw(&desk, &["--credential-out", "one.key"]).done();
    let one = desk.read("key.sealed");
    std::fs::remove_file(desk.path("key.sealed")).unwrap();
    raw(&desk, &["--credential-out", "two.key"]).done();
    let two = desk.read("key.sealed");
    let ((one, one_box), (two, two_box)) =
        (Header::split(&one).unwrap(), Header::split(&two).unwrap());
    assert_ne!(one.salt, two.salt);
    assert_ne!(one.nonce, two.nonce);
    assert_ne!(one.key_id, two.key_id);
    assert_ne!(one_box, two_box);
    assert_ne!(desk.read("one.key"), desk.read("two.key"));
}

#[test]
fn a_keystore_is_sealed_under_a_random_credential() {
    let desk = desk();
    let ran = desk.run_with(
        "5<old",
        &[
            "import",
            "--journal",
            "journal.db",
            "--out",
            "key.sealed",
            "--keystore",
            "keystore.json",
            "--keystore-passphrase-fd",
            "5",
            "--credential-out",
            "sealing.key",
            "--yes-i-have-an-offline-copy",
        ],
    );
    let ran = ran.done();
    assert!(
        ran.out
            .contains(&format!("address {ADDRESS}\ngeneration 1\n")),
        "{ran:?}"
    );
    assert_eq!(desk.mode("sealing.key"), 0o400);
    let sealing = desk.read("sealing.key");
    assert_eq!(sealing.len(), 32);
    let key = open(&desk.read("key.sealed"), &JOURNAL_ID, &sealing).unwrap();
    assert_eq!(hex::encode(key), KEY);
}

#[test]
fn a_keystore_that_does_not_open_changes_nothing() {
    let desk = desk();
    desk.write("wrong", "testpassworD", 0o400);
    desk.write("dear.json", KEYSTORE.replace("262144", "20000000"), 0o400);
    desk.write("loose.json", KEYSTORE, 0o644);
    let before = desk.names();
    let import = |keystore, fd| {
        desk.run_with(
            "4<wrong 5<old",
            &[
                "import",
                "--journal",
                "journal.db",
                "--out",
                "key.sealed",
                "--keystore",
                keystore,
                "--keystore-passphrase-fd",
                fd,
                "--credential-out",
                "sealing.key",
                "--yes-i-have-an-offline-copy",
            ],
        )
    };
    let ran = import("keystore.json", "4").refused("KEYSTORE");
    assert!(ran.err.contains("passphrase: is not the one"), "{ran:?}");
    let ran = import("dear.json", "5").refused("KEYSTORE");
    assert!(ran.err.contains(" c: "), "{ran:?}");
    let ran = import("loose.json", "5").refused("FILE");
    assert!(ran.err.contains("mode 0644 lets others in"), "{ran:?}");
    assert_eq!(desk.names(), before);
}

/// M96: the document's words for what is no key, and nothing is written.
#[test]
fn what_is_not_a_key_or_not_confirmed_changes_nothing() {
    let desk = desk();
    desk.write("short", "short", 0o400);
    desk.write("zero", "0".repeat(64), 0o400);
    desk.write("long", "a".repeat(2000), 0o400);
    let before = desk.names();
    let fd = ["--passphrase-fd", "3"];
    let run = |redirections: &str, args: &[&str]| desk.run_with(redirections, args);
    let all = [&RAW[..], &fd].concat();

    run("3<short 4<key.hex", &all).refused("PASSPHRASE");
    for bad in ["short", "zero"] {
        let ran = run(&format!("3<passphrase 4<{bad}"), &all).refused("KEY");
        assert!(ran.err.contains(": Invalid private key: "), "{ran:?}");
    }
    run("3<passphrase 4<long", &all).refused("DESCRIPTOR");
    run("3<passphrase 4</dev/null", &all).refused("DESCRIPTOR");
    run("3<passphrase 4<&-", &all).refused("DESCRIPTOR");
    let unconfirmed: Vec<_> = all
        .iter()
        .copied()
        .filter(|arg| !arg.contains("offline"))
        .collect();
    run("3<passphrase 4<key.hex", &unconfirmed).refused("OFFLINE_COPY");
    // Without a descriptor and without a terminal there is nobody to ask.
    run("4<key.hex", &RAW).refused("TERMINAL");
    assert_eq!(desk.names(), before);
}

#[test]
fn a_journal_in_use_or_none_is_refused() {
    let desk = desk();
    let fd = ["--passphrase-fd", "3"];
    desk.write("other.db", "this is no database", 0o600);
    let mut other = RAW.to_vec();
    other[2] = "other.db";
    desk.run_with("3<passphrase 4<key.hex", &[&other[..], &fd].concat())
        .refused("JOURNAL");
    other[2] = "none.db";
    desk.run_with("3<passphrase 4<key.hex", &[&other[..], &fd].concat())
        .refused("FILE");

    // As a signer holds it: write-ahead log, exclusive.
    let db = rusqlite::Connection::open(desk.path("journal.db")).unwrap();
    db.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; \
         BEGIN IMMEDIATE; INSERT INTO journal SELECT * FROM journal WHERE 0; COMMIT;",
    )
    .unwrap();
    let ran = raw(&desk, &fd).refused("JOURNAL");
    assert!(
        ran.err.contains("is in use; stop the signer first"),
        "{ran:?}"
    );
    drop(db);
    raw(&desk, &["--credential-out", "sealing.key"]).done();
}

#[test]
fn nothing_is_written_over() {
    let desk = desk();
    desk.write("key.sealed", "mine", 0o600);
    let ran = raw(&desk, &["--credential-out", "sealing.key"]).refused("FILE");
    assert!(ran.err.contains("key.sealed: is there already"), "{ran:?}");
    std::fs::remove_file(desk.path("key.sealed")).unwrap();
    desk.write("sealing.key", "mine", 0o600);
    raw(&desk, &["--credential-out", "sealing.key"]).refused("FILE");
    assert_eq!(desk.read("sealing.key"), b"mine");
    assert!(!desk.path("key.sealed").exists());
}

/// M94: no secret is taken from where every user of the machine reads it.
#[test]
fn a_secret_has_no_place_on_the_command_line() {
    let desk = desk();
    for args in [
        ["import", "--raw", KEY],
        ["import", "--passphrase", PASSPHRASE],
        ["unlock", "--passphrase", PASSPHRASE],
    ] {
        assert_eq!(desk.run(&args).code, 2, "{args:?}");
    }
}

#[test]
fn derivation_bounds_are_the_signers() {
    let desk = desk();
    for mib in ["63", "4097"] {
        let mut args = RAW.to_vec();
        args[8] = mib;
        assert_eq!(desk.run_with("4<key.hex", &args).code, 2, "{mib}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_said_before_anything_is_asked() {
    let desk = desk();
    let mut args = RAW;
    args[4] = "nowhere/key.sealed";
    // The key would be read first of all, and its descriptor is not open.
    let ran = desk.run(&args).refused("FILE");
    assert!(
        ran.err.contains("check that its folder is there"),
        "{ran:?}"
    );
}
