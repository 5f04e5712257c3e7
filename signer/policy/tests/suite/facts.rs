//! What intents are judged by is what the admitted notes say.

use note::{Authority, Body, Envelope, Now, PublicKey, Seed, UtcSeconds, VerifierKey};
use policy::{Disk, Facts, Held, Host, Key};

const KEYSET: &str = include_str!("../../../../proto/note/tests/suite/texts/keyset.txt");
const POLICY: &str = include_str!("../../../../proto/note/tests/suite/texts/policy.txt");
const HOST: Host = Host {
    key: Key::Locked,
    disk: Disk::Ample,
    held: Held {
        leaves: 0,
        at_ms: 0,
    },
};

/// 2026-11-20T12:00:00Z, when both notes begin.
fn noon() -> Now {
    let time = UtcSeconds::new(1_795_176_000).unwrap();
    Now::new(time, time)
}

/// The two of the three keys that are enough, as they sign `text`.
fn signed(text: &str) -> (Vec<u8>, Vec<VerifierKey>) {
    let mut envelope = Envelope::new(text).unwrap();
    let sign = |number: u8| {
        let (seed, name) = (
            Seed::new([number; 32]),
            format!("example.com/quorum-{number}"),
        );
        envelope.sign(&name, &seed).unwrap();
        VerifierKey::new(&name, PublicKey::of_seed(&seed)).unwrap()
    };
    let keys = [1, 2].map(sign).into();
    (envelope.to_string().into_bytes(), keys)
}

#[test]
fn a_policy_in_force_is_what_is_judged_by_and_without_one_nothing_is() {
    let journal = Body::parse(KEYSET).unwrap().journal();
    let born = Authority::born(journal);
    assert!(Facts::of(&born, HOST).is_none());
    let (envelope, keys) = signed(KEYSET);
    let verified = note::verify(&envelope, &keys).unwrap();
    let keyed = note::admit(&verified, &born, noon()).unwrap().apply();
    assert!(Facts::of(&keyed, HOST).is_none());
    let (envelope, _) = signed(POLICY);
    let desk = note::receive(&envelope, &keyed, noon()).unwrap().apply();
    let facts = Facts::of(&desk, HOST).expect("a policy is in force");
    let Body::Policy(policy) = Body::parse(POLICY).unwrap() else {
        panic!("no policy")
    };
    assert_eq!(*facts.policy(), *policy);
}
