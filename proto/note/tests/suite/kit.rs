//! A desk to attack: three quorum keys, two operators, one journal, noon.

use std::sync::LazyLock;

use note::{
    Admitted, Authority, Body, Envelope, JournalId, NoteHash, NoteRefusal, Now, PublicKey, Seed,
    UtcSeconds, VerifierKey, receive, verify,
};

pub(crate) const POLICY: &str = include_str!("texts/policy.txt");
pub(crate) const POLICY_FULL: &str = include_str!("texts/policy-full.txt");
pub(crate) const KEYSET: &str = include_str!("texts/keyset.txt");
pub(crate) const CANCEL: &str = include_str!("texts/cancel.txt");
pub(crate) const DIAL: &str = include_str!("texts/dial.txt");
pub(crate) const TICKET: &str = include_str!("texts/ticket.txt");
pub(crate) const ALIVE: &str = include_str!("texts/alive.txt");
pub(crate) const DECLARE: &str = include_str!("texts/declare.txt");
pub(crate) const UNFREEZE: &str = include_str!("texts/unfreeze.txt");
pub(crate) const WRITE_OFF: &str = include_str!("texts/write-off.txt");
pub(crate) const LISTING: &str = include_str!("texts/listing.txt");
pub(crate) const ATTESTATION: &str = include_str!("texts/attestation.txt");
pub(crate) const FILL: &str = include_str!("texts/fill.txt");
pub(crate) const RECOVERY: &str = include_str!("texts/recovery.txt");
pub(crate) const EXPORT: &str = include_str!("texts/export.txt");
/// The starter policy with listers and watchers.
pub(crate) const POLICY_LISTERS: &str = include_str!("texts/policy-listers.txt");

/// Every example text: at least one of each kind.
pub(crate) const TEXTS: [&str; 16] = [
    POLICY,
    POLICY_FULL,
    KEYSET,
    CANCEL,
    DIAL,
    TICKET,
    ALIVE,
    DECLARE,
    UNFREEZE,
    WRITE_OFF,
    LISTING,
    ATTESTATION,
    FILL,
    RECOVERY,
    EXPORT,
    POLICY_LISTERS,
];

/// 2026-11-20T12:00:00Z, when every example begins.
pub(crate) const NOON: u64 = 1_795_176_000;
pub(crate) const HOUR: u64 = 3_600;

pub(crate) const QUORUM: [(&str, u8); 3] = [
    ("example.com/quorum-1", 1),
    ("example.com/quorum-2", 2),
    ("example.com/quorum-3", 3),
];
/// Enough of them.
pub(crate) const TWO: &[(&str, u8)] = &[QUORUM[0], QUORUM[1]];
pub(crate) const OPERATOR: (&str, u8) = ("example.com/operator-1", 11);
/// Who tells the owner of an export, where a policy names one.
pub(crate) const NOTIFIER: (&str, u8) = ("example.com/notifier-1", 41);
/// Enough of the watchers, and of the listers.
pub(crate) const WATCHERS: &[(&str, u8)] =
    &[("example.com/watcher-1", 21), ("example.com/watcher-2", 22)];
pub(crate) const LISTERS: &[(&str, u8)] =
    &[("example.com/lister-1", 31), ("example.com/lister-2", 32)];

pub(crate) fn seed(number: u8) -> Seed {
    Seed::new([number; 32])
}

pub(crate) fn key((name, number): (&str, u8)) -> VerifierKey {
    VerifierKey::new(name, PublicKey::of_seed(&seed(number))).unwrap()
}

pub(crate) fn at(seconds: u64) -> Now {
    let time = UtcSeconds::new(seconds).unwrap();
    Now::new(time, time)
}

/// The envelope of `text`, signed in turn.
pub(crate) fn signed(text: &str, signers: &[(&str, u8)]) -> Vec<u8> {
    let mut envelope = Envelope::new(text).unwrap();
    for (name, number) in signers {
        envelope.sign(name, &seed(*number)).unwrap();
    }
    envelope.to_string().into_bytes()
}

/// `text` with the values of some lines replaced.
pub(crate) fn edit(text: &str, edits: &[(&str, &str)]) -> String {
    let mut text = text.to_owned();
    for (field, value) in edits {
        let start = text.find(&format!("\n{field} ")).expect(field) + 1;
        let end = start + text[start..].find('\n').unwrap();
        text.replace_range(start..end, &format!("{field} {value}"));
    }
    text
}

pub(crate) fn hash(text: &str) -> String {
    format!("{:?}", NoteHash::of(text))
}

/// The next policy after `text`, one week's window from noon.
pub(crate) fn next(text: &str, version: u64, edits: &[(&str, &str)]) -> String {
    let chained = edit(
        text,
        &[("version", &version.to_string()), ("previous", &hash(text))],
    );
    edit(&chained, edits)
}

/// The journal with its first key set.
pub(crate) fn keyed() -> Authority {
    static KEYED: LazyLock<Authority> = LazyLock::new(|| {
        let born = Authority::born(journal());
        let verified = verify(&signed(KEYSET, &QUORUM[..2]), &QUORUM.map(key)).unwrap();
        note::admit(&verified, &born, at(NOON)).unwrap().apply()
    });
    KEYED.clone()
}

/// The journal with its first key set and its first policy.
pub(crate) fn desk() -> Authority {
    static DESK: LazyLock<Authority> = LazyLock::new(|| {
        receive(&signed(POLICY, &QUORUM[..2]), &keyed(), at(NOON))
            .unwrap()
            .apply()
    });
    DESK.clone()
}

/// The same with a policy that has listers and watchers.
pub(crate) fn watched() -> Authority {
    static WATCHED: LazyLock<Authority> = LazyLock::new(|| {
        receive(&signed(POLICY_LISTERS, &QUORUM[..2]), &keyed(), at(NOON))
            .unwrap()
            .apply()
    });
    WATCHED.clone()
}

pub(crate) fn journal() -> JournalId {
    Body::parse(KEYSET).unwrap().journal()
}

/// Carries a note to the desk a second after noon.
pub(crate) fn carry(
    state: &Authority,
    text: &str,
    signers: &[(&str, u8)],
) -> Result<Admitted, NoteRefusal> {
    receive(&signed(text, signers), state, at(NOON + 1))
}

/// The stable code with which the desk refuses a note.
pub(crate) fn code(state: &Authority, text: &str, signers: &[(&str, u8)]) -> &'static str {
    carry(state, text, signers)
        .expect_err("it was admitted")
        .code()
}
