//! Keystores: the published test vectors (ethereum.org, Web3 Secret Storage
//! Definition), and each bound from both sides.

use crate::keystore::{Bad, Keystore};

const PASSWORD: &[u8] = b"testpassword";
const KEY: &str = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";

const SCRYPT: &str = r#"{
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": { "iv": "83dbcc02d8ccb40e466191a123791e0e" },
        "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
        "kdf": "scrypt",
        "kdfparams": {
            "dklen": 32, "n": 262144, "r": 1, "p": 8,
            "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"
        },
        "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3
}"#;

const PBKDF2: &str = r#"{
    "crypto": {
        "cipher": "aes-128-ctr",
        "cipherparams": { "iv": "6087dab2f9fdbbfaddc31a909735c1e6" },
        "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        "kdf": "pbkdf2",
        "kdfparams": {
            "c": 262144, "dklen": 32, "prf": "hmac-sha256",
            "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"
        },
        "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"
    },
    "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
    "version": 3
}"#;

const ADDRESS: &str = "008aeeda4d805471df9b2a5b0f38a0c3bcba786b";

fn with(json: &str, from: &str, to: &str) -> String {
    assert!(json.contains(from), "{from}");
    json.replacen(from, to, 1)
}

/// The field that a keystore is refused for.
fn field(json: &str) -> &'static str {
    let Err(Bad(field, ..)) = Keystore::parse(json.as_bytes()) else {
        panic!("it parsed: {json}")
    };
    field
}

#[test]
fn the_published_vectors_open() {
    for json in [SCRYPT, PBKDF2] {
        let key = Keystore::parse(json.as_bytes())
            .unwrap()
            .open(PASSWORD)
            .unwrap();
        assert_eq!(hex::encode(*key), KEY);
        let address = crate::seal::address_of(&key).unwrap();
        assert_eq!(hex::encode(address), ADDRESS);
    }
}

#[test]
fn the_address_it_names_must_be_its_keys() {
    let named = |address: &str| {
        with(
            PBKDF2,
            "\"version\"",
            &format!("\"address\": \"{address}\", \"version\""),
        )
    };
    for right in [
        ADDRESS,
        &format!("0x{ADDRESS}"),
        "008AEEDA4d805471df9b2a5b0f38a0c3bcba786b",
    ] {
        let json = named(right);
        assert!(
            Keystore::parse(json.as_bytes())
                .unwrap()
                .open(PASSWORD)
                .is_ok(),
            "{right}"
        );
    }
    let json = named("108aeeda4d805471df9b2a5b0f38a0c3bcba786b");
    let Bad(field, ..) = Keystore::parse(json.as_bytes())
        .unwrap()
        .open(PASSWORD)
        .unwrap_err();
    assert_eq!(field, "address");
}

#[test]
fn a_wrong_passphrase_and_a_changed_keystore_are_told() {
    let open = |json: &str, password: &[u8]| {
        let Bad(field, ..) = Keystore::parse(json.as_bytes())
            .unwrap()
            .open(password)
            .unwrap_err();
        field
    };
    assert_eq!(open(PBKDF2, b"testpassworD"), "passphrase");
    assert_eq!(open(PBKDF2, b""), "passphrase");
    for (from, to) in [
        ("5318b4d5", "5318b4d4"),
        ("517ead92", "517ead93"),
        ("ae3cd4e7", "ae3cd4e6"),
    ] {
        assert_eq!(
            open(&with(PBKDF2, from, to), PASSWORD),
            "passphrase",
            "{from}"
        );
    }
}

#[test]
fn costs_are_bounded_before_they_are_paid() {
    let scrypt = |from: &str, to: &str| Keystore::parse(with(SCRYPT, from, to).as_bytes()).is_ok();
    assert!(scrypt("262144", "1048576"));
    assert!(scrypt("262144", "2"));
    assert!(scrypt("\"r\": 1", "\"r\": 32"), "1 GiB, the most");
    assert!(scrypt("\"p\": 8", "\"p\": 16"));
    for (from, to, named) in [
        ("262144", "2097152", "n"),
        ("262144", "262143", "n"),
        ("262144", "1", "n"),
        ("262144", "0", "n"),
        ("\"r\": 1", "\"r\": 0", "r"),
        ("\"r\": 1", "\"r\": 33", "r"),
        ("\"p\": 8", "\"p\": 0", "p"),
        ("\"p\": 8", "\"p\": 17", "p"),
        ("\"dklen\": 32", "\"dklen\": 31", "dklen"),
        ("\"dklen\": 32", "\"dklen\": 64", "dklen"),
        (
            "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
            "ab0c",
            "salt",
        ),
        ("\"scrypt\"", "\"bcrypt\"", "kdf"),
        ("aes-128-ctr", "aes-128-cbc", "cipher"),
        ("\"version\": 3", "\"version\": 1", "version"),
        ("d172bf74", "d172bf", "ciphertext"),
        ("2103ac29", "2103ac2", "mac"),
        ("83dbcc02", "83dbcc", "iv"),
        ("\"n\": 262144,", "", "n"),
        ("\"mac\"", "\"mic\"", "keystore"),
    ] {
        assert_eq!(field(&with(SCRYPT, from, to)), named, "{to}");
    }
    let wide = with(SCRYPT, "262144", "1048576");
    assert_eq!(
        field(&with(&wide, "\"r\": 1", "\"r\": 9")),
        "n",
        "over 1 GiB together"
    );
    let pbkdf2 = |c: &str| with(PBKDF2, "262144", c);
    assert!(Keystore::parse(pbkdf2("10000000").as_bytes()).is_ok());
    assert!(Keystore::parse(pbkdf2("1").as_bytes()).is_ok());
    assert_eq!(field(&pbkdf2("10000001")), "c");
    assert_eq!(field(&pbkdf2("0")), "c");
    assert_eq!(field(&with(PBKDF2, "hmac-sha256", "hmac-sha1")), "prf");
}
