//! A market once, a token once, so many a day, and nothing taken back.

use note::PublicKey;
use order::TickSize;

use super::*;

const T: u64 = 1_795_176_000;

fn key(seed: u8) -> VerifierKey {
    use crate::intent::attest::WatcherKey;
    use crate::notes::Notary;
    let key = WatcherKey::read(&[seed; 32]).unwrap();
    assert!(PublicKey::new(key.public_bytes()).is_some());
    let notary = Notary::new(key, "desk.example/lister").unwrap();
    notary.verifier().clone()
}

fn market(number: u8, yes: u64, no: u64) -> Market {
    Market {
        condition: B256::repeat_byte(number),
        yes: U256::from(yes),
        no: U256::from(no),
        neg_risk: false,
        tick: Some(TickSize::Cent),
        end: UtcSeconds::new(T + 1_000),
    }
}

fn text(name: &str, apply_before_s: u64) -> Text {
    Text {
        subject: name.to_owned(),
        apply_before_s,
        text: format!("countersign/{name}\n"),
    }
}

struct Bench {
    store: Store,
    path: std::path::PathBuf,
    _place: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("lister.sqlite");
        Self {
            store: Store::open(&path, &key(1), 137).unwrap(),
            path,
            _place: place,
        }
    }
}

#[test]
fn a_token_is_one_markets_for_ever_and_what_was_signed_is_found_again() {
    let mut bench = Bench::new();
    let note = text("listing-1", T + 500);
    let one = market(1, 7, 8);
    let texts = [note.clone()];
    assert_eq!(bench.store.take(&one, &texts, T, 9).unwrap(), Ok(()));
    drop(bench.store);
    bench.store = Store::open(&bench.path, &key(1), 137).unwrap();
    assert!(bench.store.has(one.condition).unwrap());
    assert!(!bench.store.has(B256::repeat_byte(2)).unwrap());
    assert_eq!(bench.store.texts(T).unwrap(), [note]);
    let listed = Err(Refusal::TokenListed {
        condition: one.condition,
    });
    for (yes, no) in [(7, 9), (9, 7), (8, 9), (9, 8), (8, 7)] {
        let other = market(2, yes, no);
        let texts = [text("listing-2", T + 500)];
        assert_eq!(bench.store.take(&other, &texts, T, 9).unwrap(), listed);
        assert!(!bench.store.has(other.condition).unwrap());
    }
    assert_eq!(bench.store.take(&one, &[], T, 9).unwrap(), listed);
    assert_eq!(bench.store.texts(T).unwrap().len(), 1, "no text of theirs");
}

#[test]
fn a_text_is_of_use_until_its_window_and_its_market_end() {
    let mut bench = Bench::new();
    let texts = [text("a", T + 500), text("b", T + 5_000)];
    bench
        .store
        .take(&market(1, 7, 8), &texts, T, 9)
        .unwrap()
        .unwrap();
    let names = |at: u64| -> Vec<String> {
        let texts = bench.store.texts(at).unwrap().into_iter();
        texts.map(|text| text.subject).collect()
    };
    assert_eq!(names(T + 499), ["a", "b"]);
    assert_eq!(names(T + 500), ["b"]);
    assert_eq!(names(T + 999), ["b"]);
    assert!(names(T + 1_000).is_empty(), "the market has ended");
}

#[test]
fn a_day_has_so_many_and_a_clock_that_went_back_allows_nothing() {
    let mut bench = Bench::new();
    for (number, at) in [(1_u8, T), (2, T + 10)] {
        let id = u64::from(number) * 10;
        let one = market(number, id, id + 1);
        assert_eq!(bench.store.take(&one, &[], at, 2).unwrap(), Ok(()));
    }
    let full = Err(Refusal::DayFull { new_per_day: 2 });
    let third = market(3, 30, 31);
    for at in [T + 11, T + DAY_S - 1, T - 5 * DAY_S] {
        assert!(bench.store.is_day_full(at, 2).unwrap(), "{at}");
        assert_eq!(bench.store.take(&third, &[], at, 2).unwrap(), full);
    }
    assert!(!bench.store.is_day_full(T + DAY_S, 2).unwrap());
    assert_eq!(bench.store.take(&third, &[], T + DAY_S, 2).unwrap(), Ok(()));
}

#[test]
fn one_lister_at_a_time_has_the_file_and_it_is_of_one_key_and_chain() {
    let Bench {
        store,
        path,
        _place,
    } = Bench::new();
    assert!(Store::open(&path, &key(1), 137).is_err(), "in use");
    drop(store);
    for (seed, chain_id) in [(2, 137), (1, 80_002)] {
        let told = Store::open(&path, &key(seed), chain_id).unwrap_err();
        assert!(
            told.to_string().contains("it is of desk.example/lister"),
            "{told}"
        );
    }
    let db = Connection::open(&path).unwrap();
    db.pragma_update(None, "user_version", VERSION + 1).unwrap();
    drop(db);
    let told = Store::open(&path, &key(1), 137).unwrap_err().to_string();
    assert!(told.contains("schema"), "{told}");
}

#[test]
fn what_was_signed_is_neither_changed_nor_taken_back() {
    let mut bench = Bench::new();
    let texts = [text("a", T + 500)];
    bench
        .store
        .take(&market(1, 7, 8), &texts, T, 9)
        .unwrap()
        .unwrap();
    for statement in [
        "DELETE FROM note",
        "UPDATE note SET text = ''",
        "DELETE FROM token",
        "UPDATE token SET condition = ''",
        "DELETE FROM listing",
        "UPDATE listing SET signed_s = 0",
    ] {
        assert!(bench.store.0.execute(statement, []).is_err(), "{statement}");
    }
}
