//! Somebody puts an older copy of the journal back, or runs two of it.
//!
//! A witness that saw the newer head says so, however the copy grows, and of
//! two copies it cosigns one; an edited copy does not even start.

use std::fs;
use std::process::Command;

use rusqlite::Connection;
use tests::ask;
use tests::desk::Desk;
use tests::process::Server;

const JOURNAL: &str = "journal.sqlite";

/// Makes a witness of this journal beside the desk, and starts it.
fn witness(desk: &Desk) -> Server {
    let key = ["witness", "key", "new", "witness.key", "--name"];
    let made = desk.orchestrator(&[&key[..], &["example.com/witness-1"]].concat());
    assert!(made.status.success(), "{}", made.stderr);
    let config = format!(
        "listen = \"127.0.0.1:0\"\nname = \"example.com/witness-1\"\nkey = \"witness.key\"\n\
         database = \"witness.sqlite\"\nlogs = [\"{}\"]\n",
        log_key(desk)
    );
    fs::write(desk.file("witness.toml"), config).expect("the folder is ours");
    let made = desk.orchestrator(&["witness", "init", "--config", "witness.toml"]);
    assert!(made.status.success(), "{}", made.stderr);
    let mut command = Command::new(&desk.bins.orchestrator);
    command
        .current_dir(&desk.folder)
        .args(["witness", "--config", "witness.toml"]);
    Server::start(command, &desk.file("witness.log"))
}

fn audit(desk: &Desk, args: &[&str]) -> Result<String, String> {
    let ran = desk.signerctl(&[&["audit"], args, &["--journal", JOURNAL]].concat());
    if ran.status.success() {
        Ok(ran.stdout)
    } else {
        Err(ran.stderr)
    }
}

fn fact(text: &str, name: &str) -> String {
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value
        .unwrap_or_else(|| panic!("{name} is in {text}"))
        .to_owned()
}

fn log_key(desk: &Desk) -> String {
    fact(&audit(desk, &["verify"]).expect("whole"), "log_key")
}

fn leaves(desk: &Desk) -> u64 {
    let said = audit(desk, &["verify"]).expect("whole");
    fact(&said, "leaves").parse().expect("a number")
}

/// Shows the journal to the witness, which is said to hold `old`.
fn show(desk: &Desk, witness: &Server, old: u64) -> (u16, String) {
    let body = audit(desk, &["ask", "--old", &old.to_string()]).expect("a question");
    let url = format!("{}/add-checkpoint", witness.address);
    let provider = rustls::crypto::ring::default_provider();
    provider.install_default().ok();
    tests::session::run(async {
        let client = reqwest::Client::builder().build().expect("a client");
        let answer = client.post(url).body(body).send().await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.text().await.expect("a body"))
    })
}

/// One life of the signer, with as many orders.
fn live(desk: &Desk, orders: &[&str]) {
    let signer = desk.start_signer();
    for name in orders {
        let buy = ask::buy(&desk.book, name);
        desk.order(&signer.address, &buy).expect("signed");
    }
    let status = desk.signerctl(&["status", "--socket", "signer.sock"]);
    assert_eq!(fact(&status.stdout, "log_key"), log_key(desk));
    assert!(
        fact(&status.stdout, "checkpoint_signature").starts_with("\u{2014} countersign/journal/"),
        "{}",
        status.stdout
    );
    assert!(signer.stop().success());
}

/// Every file of the journal, as it is.
fn keep(desk: &Desk) -> Vec<(String, Option<Vec<u8>>)> {
    let names = [JOURNAL.to_owned(), format!("{JOURNAL}-wal")];
    names
        .map(|name| {
            let bytes = fs::read(desk.file(&name)).ok();
            (name, bytes)
        })
        .to_vec()
}

fn restore(desk: &Desk, kept: &[(String, Option<Vec<u8>>)]) {
    for (name, bytes) in kept {
        match bytes {
            Some(bytes) => fs::write(desk.file(name), bytes).expect("the folder is ours"),
            None => drop(fs::remove_file(desk.file(name))),
        }
    }
    drop(fs::remove_file(desk.file(&format!("{JOURNAL}-shm"))));
}

#[test]
fn a_restored_journal_meets_a_witness_that_saw_more() {
    let desk = Desk::standard();
    live(&desk, &["first"]);
    let witness = witness(&desk);
    assert_eq!(show(&desk, &witness, 0).0, 200);
    let (kept, then) = (keep(&desk), leaves(&desk));

    live(&desk, &["second", "third"]);
    let now = leaves(&desk);
    assert_eq!(show(&desk, &witness, then).0, 200);

    restore(&desk, &kept);
    assert_eq!(leaves(&desk), then);
    // Both the tool, which is told the size, and the witness know.
    let told = show(&desk, &witness, 0);
    assert_eq!(told, (409, format!("{now}\n")));
    let said = audit(&desk, &["ask", "--old", &now.to_string()]).expect_err("rolled back");
    assert!(said.starts_with("ROLLED_BACK "), "{said}");
    // Grown past it, it is another past, and no proof hides that.
    live(&desk, &["fourth", "fifth", "sixth"]);
    assert!(leaves(&desk) > now);
    assert_eq!(show(&desk, &witness, now).0, 422);
    assert_eq!(show(&desk, &witness, 0), (409, format!("{now}\n")));
}

#[test]
fn of_two_copies_that_start_alike_one_is_cosigned() {
    let desk = Desk::standard();
    live(&desk, &["first"]);
    let witness = witness(&desk);
    assert_eq!(show(&desk, &witness, 0).0, 200);
    let (kept, then) = (keep(&desk), leaves(&desk));
    live(&desk, &[]);
    let one = keep(&desk);
    restore(&desk, &kept);
    live(&desk, &[]);
    let size = leaves(&desk);
    // They did the same, and their starts are two leaves all the same.
    assert_eq!(show(&desk, &witness, then).0, 200);
    restore(&desk, &one);
    assert_eq!(leaves(&desk), size);
    assert_eq!(show(&desk, &witness, then), (409, format!("{size}\n")));
    assert_eq!(show(&desk, &witness, size).0, 409);
}

#[test]
fn an_edited_journal_does_not_start_and_names_the_leaf() {
    let desk = Desk::standard();
    live(&desk, &["first"]);
    let db = Connection::open(desk.file(JOURNAL)).expect("a database");
    let edit = "DROP TRIGGER leaf_is_append_only_update; \
                UPDATE leaf SET charge_units = 1 WHERE entry = 'approved'";
    db.execute_batch(edit).expect("edited");
    let select = "SELECT leaf_index FROM leaf WHERE entry = 'approved'";
    let leaf: u64 = db.query_row(select, [], |r| r.get(0)).expect("one order");
    drop(db);
    let expected = format!("leaf {leaf} is not what was recorded");
    let ran = tests::process::run(desk.signer_command(&desk.bins.signer));
    assert_eq!(ran.code(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains(&expected), "{}", ran.stderr);
    let said = audit(&desk, &["verify"]).expect_err("edited");
    assert!(said.contains(&expected), "{said}");
}
