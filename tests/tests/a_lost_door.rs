//! The door is taken over: what faces the network now belongs to someone else,
//! who has the hop to the vault and every word that crosses it.
//!
//! It can read, drop and delay. It can neither ask, repeat, promote itself nor
//! answer, and whatever it sends, the vault goes on.

use frame::hop::{Asked, Proof, QUESTION_BYTES_MAX, Question, Reply, Unproven};
use frame::local::Verb;
use frame::{Answer, Approval};
use tests::control::value;
use tests::desk::{CALLER, Desk};
use tests::lost_door::{Caller, Hop, Vault};
use tests::{ask, audit, pki};

const CALLERS: [(&str, &str); 2] = [(CALLER, "orchestrator"), ("monitor-1", "monitor")];
const MONITOR_KEY: [u8; 32] = [2; 32];

/// A vault with the key unlocked, and its door, which is ours.
fn taken_over() -> (Desk, Vault, Hop) {
    let desk = Desk::standard();
    let monitor = pki::pair(&desk.folder, "monitor");
    desk.add_caller("monitor-1", "monitor", &monitor.pin, &MONITOR_KEY);
    let (vault, hop) = Vault::start(&desk, &CALLERS);
    desk.unlock().expect("unlocks");
    (desk, vault, hop)
}

fn unproven(reply: &Reply) -> Unproven {
    let Reply::Unproven(why) = reply else {
        panic!("it must not be answered: {reply:?}")
    };
    *why
}

fn approval(reply: &Reply) -> &Approval {
    match reply {
        Reply::Proven { answer, .. } => match answer.as_ref() {
            Answer::Approved(approval) => approval,
            other => panic!("approved: {other:?}"),
        },
        other => panic!("approved: {other:?}"),
    }
}

/// How many leaves name an intent.
fn decided(desk: &Desk) -> u64 {
    audit::open(&desk.file("journal.sqlite"))
        .query_row(
            "SELECT count(*) FROM leaf WHERE intent_id IS NOT NULL",
            [],
            |r| r.get(0),
        )
        .expect("the journal")
}

/// The key is at hand, and nobody froze it.
fn still_stands(desk: &Desk) {
    let status = desk.ask(Verb::Status, &[]).expect("the vault goes on");
    assert!(value(&status, "key_generation").is_some(), "{status}");
    assert_eq!(value(&status, "state"), Some("ACTIVE"), "{status}");
}

/// M38: whoever holds the network side asks for whatever they like and gains nothing.
#[test]
fn it_cannot_ask_and_cannot_promote_itself() {
    let (desk, vault, mut hop) = taken_over();
    let mut honest = Caller::new(CALLER, desk.request_key);
    honest.hello(&mut hop, 1);
    let sign = || Asked::Sign(Box::new(ask::buy(&desk.book, "forged")), Vec::new());
    // Forged: it saw the epoch and may guess the counter; it has no key.
    let (known, _) = honest.prove(sign());
    let Question::Proven { proof, .. } = known else {
        panic!("a proven question")
    };
    let mac = [7; 32];
    let forged = |caller: &str, asked| Question::Proven {
        caller: caller.to_owned(),
        proof: Proof { mac, ..proof },
        asked,
    };
    let mut number = 1;
    // Under its name, another's, the host's own, and nobody's.
    for caller in [CALLER, "monitor-1", "local", "vault", "operator"] {
        for asked in [sign(), Asked::Freeze("no".to_owned()), Asked::Status] {
            number += 1;
            let reply = hop.ask(number, &forged(caller, asked));
            assert_eq!(unproven(&reply), Unproven::NotYou, "{caller}");
        }
        let hello = Question::Hello {
            caller: caller.to_owned(),
            challenge: [1; 32],
            mac,
        };
        number += 1;
        assert_eq!(unproven(&hop.ask(number, &hello)), Unproven::NotYou);
    }
    // Not even together with a monitor, whose key is real.
    let mut monitor = Caller::new("monitor-1", MONITOR_KEY);
    monitor.hello(&mut hop, number + 1);
    number += 1;
    for asked in [
        sign(),
        Asked::Explain(Box::new(ask::buy(&desk.book, "forged"))),
        Asked::Freeze("no".to_owned()),
        Asked::Note(b"note".to_vec()),
    ] {
        number += 1;
        let (question, _) = monitor.prove(asked);
        assert_eq!(unproven(&hop.ask(number, &question)), Unproven::NotYours);
        // The monitor's proof under the orchestrator's name is nobody's.
        let Question::Proven { proof, asked, .. } = question else {
            panic!("a proven question")
        };
        let caller = CALLER.to_owned();
        let promoted = Question::Proven {
            caller,
            proof,
            asked,
        };
        number += 1;
        assert_eq!(unproven(&hop.ask(number, &promoted)), Unproven::NotYou);
    }
    still_stands(&desk);
    assert!(vault.stop().success());
    assert_eq!(decided(&desk), 0, "nothing was looked at");
}

#[test]
fn it_cannot_repeat_alter_or_answer() {
    let (desk, vault, mut hop) = taken_over();
    let mut honest = Caller::new(CALLER, desk.request_key);
    honest.hello(&mut hop, 1);
    let intent = ask::buy(&desk.book, "honest");
    let (question, hash) = honest.prove(Asked::Sign(Box::new(intent.clone()), Vec::new()));
    // Altered on its way: not answered, and its counter is not used up.
    let Question::Proven { caller, proof, .. } = question.clone() else {
        panic!("a proven question")
    };
    let mut larger = intent.clone();
    larger.attempt += 1;
    for asked in [
        Asked::Sign(Box::new(larger), Vec::new()),
        Asked::Explain(Box::new(intent)),
        Asked::Status,
    ] {
        let altered = Question::Proven {
            caller: caller.clone(),
            proof,
            asked,
        };
        let reply = hop.ask(2 + altered_number(&altered), &altered);
        assert_eq!(unproven(&reply), Unproven::NotYou);
    }
    // Carried: answered, and only this answer is believed, and only here.
    let reply = hop.ask(10, &question);
    assert!(honest.believes(&hash, &reply));
    let (_, other_hash) = honest.prove(Asked::Status);
    assert!(!honest.believes(&other_hash, &reply), "another question's");
    for altered in altered_answers(&reply) {
        assert!(!honest.believes(&hash, &altered), "{altered:?}");
    }
    // Repeated: within the epoch, over another door, and after a new epoch.
    assert_eq!(unproven(&hop.ask(11, &question)), Unproven::Replayed);
    let mut hop = vault.another_hop();
    assert_eq!(unproven(&hop.ask(1, &question)), Unproven::Replayed);
    let (held_back, _) = honest.prove(Asked::Freeze("held back".to_owned()));
    honest.hello(&mut hop, 2);
    assert_eq!(unproven(&hop.ask(3, &question)), Unproven::NotYou);
    assert_eq!(unproven(&hop.ask(4, &held_back)), Unproven::NotYou);
    still_stands(&desk);
    // The same order comes back to whoever may ask for it, and once.
    let Question::Proven { asked, .. } = question else {
        panic!("a proven question")
    };
    let (again, hash) = honest.prove(asked);
    let same = hop.ask(5, &again);
    assert!(honest.believes(&hash, &same));
    assert_eq!(approval(&same), approval(&reply));
    assert!(vault.stop().success());
    assert_eq!(decided(&desk), 1, "one order was decided, once");
}

/// A number of its own for each kind of question.
fn altered_number(question: &Question) -> u64 {
    match question {
        Question::Proven { asked, .. } => match asked {
            Asked::Sign(..) => 1,
            Asked::Explain(_) => 2,
            Asked::Status | Asked::Note(_) | Asked::Freeze(_) => 3,
        },
        Question::Hello { .. } | Question::Ping | Question::Metrics | Question::GiveUp => 4,
    }
}

/// What a lost door may say instead.
fn altered_answers(reply: &Reply) -> Vec<Reply> {
    let Reply::Proven { mac, .. } = reply else {
        panic!("an answer")
    };
    let whole = approval(reply);
    let mut other_leaf = whole.clone();
    other_leaf.leaf_index += 1;
    let mut other_signature = whole.clone();
    other_signature.signature[0] ^= 1;
    let mut other_order = whole.clone();
    other_order.order.side ^= 1;
    let mut other_charge = whole.clone();
    other_charge.charge_units = 0;
    let approved = [other_leaf, other_signature, other_order, other_charge];
    let denied = Answer::Denied {
        code: "FROZEN".to_owned(),
        sentence: "no".to_owned(),
        retry_at_ms: None,
        leaf_index: None,
    };
    let answers = approved.map(|approval| Answer::Approved(Box::new(approval)));
    let mut altered: Vec<_> = answers
        .into_iter()
        .chain([denied])
        .map(|answer| Reply::Proven {
            answer: Box::new(answer),
            mac: *mac,
        })
        .collect();
    altered.push(Reply::Failed);
    altered
}

#[test]
fn whatever_it_sends_the_vault_gives_it_up_and_goes_on() {
    let (desk, vault, mut hop) = taken_over();
    let ping = Question::Ping.frame(1).expect("short");
    let body = |kind: u8| [&[0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 2][..], &[kind]].concat();
    let mut sent = vec![
        (
            "too long a frame",
            (QUESTION_BYTES_MAX + 1).to_be_bytes().to_vec(),
        ),
        ("too long a frame", vec![0xff; 64]),
        ("no question", vec![0; 64]),
        ("a number again", [&ping[..], &ping].concat()),
        (
            "no question",
            [&[0, 0, 0, 10][..], &ping[4..], &[0]].concat(),
        ),
    ];
    sent.extend([0, 6, 7, 255].map(|kind| ("no question", body(kind))));
    for (nth, (why, bytes)) in (1..).zip(sent) {
        hop.send(&bytes);
        let (lost, said) = vault.lost();
        assert!(lost == nth && said.contains(why), "{nth} {why}: {said}");
        hop = vault.another_hop();
        assert_eq!(hop.ask(1, &Question::Ping), Reply::Text(String::new()));
    }
    still_stands(&desk);
    // One that hangs up is one that is gone.
    drop(hop);
    assert!(vault.lost().1.contains("hung up"));
    let mut hop = vault.another_hop();
    // Half a frame, and silence.
    hop.send(&ping[..7]);
    still_stands(&desk);
    assert!(vault.lost().1.contains("in the middle of a frame"));
    assert!(hop.is_closed());
    assert!(vault.stop().success());
    assert_eq!(decided(&desk), 0);
}

#[test]
fn a_door_that_does_not_read_holds_nobody_up() {
    let (desk, vault, hop) = taken_over();
    let flood = hop.flood();
    // Before, while and after the vault stops to listen to it.
    for _ in 0..10 {
        still_stands(&desk);
    }
    assert!(vault.lost().1.contains("does not read"));
    flood.join().expect("it was cut off");
    let mut hop = vault.another_hop();
    let mut honest = Caller::new(CALLER, desk.request_key);
    honest.hello(&mut hop, 1);
    let intent = ask::buy(&desk.book, "after");
    let (question, hash) = honest.prove(Asked::Sign(Box::new(intent), Vec::new()));
    let reply = hop.ask(2, &question);
    assert!(honest.believes(&hash, &reply));
    approval(&reply);
    assert!(vault.stop().success());
}

#[test]
fn a_vault_without_a_supervisor_ends() {
    let (_desk, vault, mut hop) = taken_over();
    assert_eq!(vault.leave(), Some(1));
    assert!(hop.is_closed());
}
