//! Who is answered, once, and by which key.

use super::*;

const EPOCH: Epoch = [9; 16];

fn add(callers: &mut Callers, name: &str, role: Role, key: [u8; 32]) -> Result<(), Unadded<()>> {
    callers.add(name.to_owned(), role, |at| {
        at.copy_from_slice(&key);
        Ok(())
    })
}

fn one(role: Role) -> (Callers, Prover<'static>) {
    let mut callers = Callers::new().unwrap();
    add(&mut callers, "a", role, [1; 32]).unwrap();
    let key = Prover::new(&[1; 32]);
    let challenge = [2; 32];
    let welcome = callers
        .hello("a", &challenge, &key.hello("a", &challenge), EPOCH)
        .unwrap();
    assert!(frame::same(&welcome, &key.welcome("a", &challenge, &EPOCH)));
    (callers, key)
}

fn ask(
    callers: &mut Callers,
    key: Prover<'_>,
    epoch: Epoch,
    counter: u64,
) -> Result<RequestHash, Unproven> {
    let (mac, _) = key.ask("a", &epoch, counter, &Ask::Status);
    callers.check(
        "a",
        &Proof {
            epoch,
            counter,
            mac,
        },
        &Ask::Status,
    )
}

#[test]
fn a_counter_counts_once_within_the_window() {
    let (mut callers, key) = one(Role::Monitor);
    assert_eq!(ask(&mut callers, key, EPOCH, 0), Err(Unproven::Replayed));
    for counter in [1, 2, 5, 3, 5_000] {
        assert!(ask(&mut callers, key, EPOCH, counter).is_ok(), "{counter}");
        assert_eq!(
            ask(&mut callers, key, EPOCH, counter),
            Err(Unproven::Replayed)
        );
    }
    // 5,000 − 4,096 is the first that lies too far back.
    assert_eq!(ask(&mut callers, key, EPOCH, 904), Err(Unproven::Replayed));
    assert!(ask(&mut callers, key, EPOCH, 905).is_ok());
    assert!(ask(&mut callers, key, EPOCH, u64::MAX).is_ok());
    assert_eq!(ask(&mut callers, key, EPOCH, 905), Err(Unproven::Replayed));
    assert!(ask(&mut callers, key, EPOCH, u64::MAX - 4_095).is_ok());
    assert_eq!(
        ask(&mut callers, key, EPOCH, u64::MAX - 4_096),
        Err(Unproven::Replayed)
    );
}

#[test]
fn each_caller_has_a_key_of_its_own_and_a_page_has_an_end() {
    let mut callers = Callers::new().unwrap();
    for number in 0..128 {
        add(
            &mut callers,
            &number.to_string(),
            Role::Monitor,
            [number; 32],
        )
        .unwrap();
    }
    assert_eq!(
        add(&mut callers, "one more", Role::Monitor, [200; 32]),
        Err(Unadded::Full)
    );
    let (mut callers, _) = one(Role::Monitor);
    assert_eq!(
        add(&mut callers, "b", Role::Monitor, [1; 32]),
        Err(Unadded::SameKey("a".to_owned()))
    );
    let unread = callers.add("c".to_owned(), Role::Monitor, |_| Err("gone"));
    assert_eq!(unread, Err(Unadded::Unread("gone")));
    add(&mut callers, "d", Role::Monitor, [4; 32]).unwrap();
    let (mac, challenge) = (Prover::new(&[4; 32]), [0; 32]);
    let hello = mac.hello("d", &challenge);
    assert!(callers.hello("d", &challenge, &hello, EPOCH).is_ok());
}

#[test]
fn a_new_hello_ends_the_old_epoch() {
    let (mut callers, key) = one(Role::Monitor);
    assert!(ask(&mut callers, key, EPOCH, 1).is_ok());
    let next = [8; 16];
    let challenge = [3; 32];
    callers
        .hello("a", &challenge, &key.hello("a", &challenge), next)
        .unwrap();
    assert_eq!(ask(&mut callers, key, EPOCH, 2), Err(Unproven::NotYou));
    assert!(ask(&mut callers, key, next, 1).is_ok());
}

#[test]
fn nothing_is_answered_without_the_key() {
    let (mut callers, key) = one(Role::Orchestrator);
    let other = Prover::new(&[2; 32]);
    assert_eq!(ask(&mut callers, other, EPOCH, 1), Err(Unproven::NotYou));
    let challenge = [4; 32];
    let forged = other.hello("a", &challenge);
    assert_eq!(
        callers.hello("a", &challenge, &forged, [7; 16]),
        Err(Unproven::NotYou)
    );
    assert!(
        ask(&mut callers, key, EPOCH, 1).is_ok(),
        "a forged hello ends nothing"
    );
    let (mac, _) = key.ask("a", &EPOCH, 2, &Ask::Status);
    let proof = Proof {
        epoch: EPOCH,
        counter: 2,
        mac,
    };
    let other_ask = Ask::Freeze { reason: "" };
    assert_eq!(
        callers.check("a", &proof, &other_ask),
        Err(Unproven::NotYou)
    );
    assert_eq!(
        callers.check("b", &proof, &Ask::Status),
        Err(Unproven::NotYou)
    );
    assert!(
        callers.check("a", &proof, &Ask::Status).is_ok(),
        "and uses no counter up"
    );
}

/// M223: five methods, and who may ask each.
#[test]
fn each_role_has_its_methods_and_no_other() {
    use frame::Method::{ApplyNote, ExplainOrder, Freeze, GetStatus, SignOrder};
    for (role, may) in [
        (
            Role::Orchestrator,
            &[SignOrder, ExplainOrder, GetStatus, ApplyNote, Freeze][..],
        ),
        (Role::Operator, &[GetStatus, ApplyNote, Freeze]),
        (Role::Monitor, &[GetStatus]),
    ] {
        for method in [SignOrder, ExplainOrder, GetStatus, ApplyNote, Freeze] {
            assert_eq!(
                role.may(method),
                may.contains(&method),
                "{role:?} {method:?}"
            );
        }
    }
    let (mut callers, key) = one(Role::Monitor);
    let ask = Ask::Freeze { reason: "" };
    let (mac, _) = key.ask("a", &EPOCH, 1, &ask);
    let proof = Proof {
        epoch: EPOCH,
        counter: 1,
        mac,
    };
    assert_eq!(callers.check("a", &proof, &ask), Err(Unproven::NotYours));
}
