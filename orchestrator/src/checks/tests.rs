//! The five checks, up and down.

use super::*;

fn strategy(leaders: usize, least: u64, most: u64) -> StrategySummary {
    StrategySummary {
        name: "s1".to_owned(),
        leaders,
        usdc_min: CollateralUnits::new(least),
        usdc_max: CollateralUnits::new(most),
        slippage_max: Bps(500),
    }
}

/// M64: a strategy that follows nobody fails, in words.
#[test]
fn a_strategy_that_follows_nobody_fails() {
    let good = strategy(2, 1_000_000, 9_000_000);
    assert_eq!(allowlist(std::slice::from_ref(&good)).1, Level::Well);
    let (name, level, words) = allowlist(&[good, strategy(0, 1_000_000, 9_000_000)]);
    assert_eq!((name, level), ("Trader allowlist configured", Level::Fails));
    assert_eq!(
        words,
        "strategy s1 follows nobody; name its leaders (FOLLOW_TRADERS)"
    );
}

/// M65: the largest buy at least the least, and such as the venue takes.
#[test]
fn sizes_that_contradict_one_another_fail() {
    let level = |least, most| sizes(&[strategy(1, least, most)]).1;
    assert_eq!(level(1_000_000, 1_000_000), Level::Well);
    assert_eq!(level(2_000_000, 1_999_999), Level::Fails);
    assert_eq!(level(1, 999_999), Level::Fails, "below the venue's dollar");
    assert_eq!(sizes(&[]).0, "Size limits sensible");
}

/// M66: a database that is whole and can be written, and those that cannot.
#[test]
fn storage_is_written_and_read_and_has_room_or_fails() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orchestrator.sqlite");
    assert_eq!(storage(&path).1, Level::Fails, "there is none yet");
    drop(Store::open(&path).unwrap());
    let (name, level, words) = storage(&path);
    assert_eq!(
        (name, level),
        ("Storage backend working", Level::Well),
        "{words}"
    );
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
    assert!(
        left.iter()
            .all(|e| !e.file_name().to_string_lossy().starts_with(".health")),
        "{left:?}"
    );
    assert_eq!(room(FREE_BYTES_MIN).1, Level::Well);
    assert_eq!(room(FREE_BYTES_MIN.wrapping_sub(1)).1, Level::Fails);
    let gone = write_and_read(&folder.path().join("nowhere"));
    assert!(gone.is_err(), "a folder that cannot be written");
    fs::write(&path, "not a database, and longer than a header").unwrap();
    assert_eq!(storage(&path).1, Level::Fails);
}

fn answers() -> Answers {
    Answers {
        up: Ok(()),
        skew_ms: Ok(10),
        version: Ok(2),
        standing: Some(Standing::Allowed),
    }
}

/// M67: each answer of the venue that is missing or wrong fails.
#[test]
fn the_venue_must_answer_in_our_time_and_version_and_let_us_trade() {
    let no = || Err("no answer".to_owned());
    let level = |answers: Answers| connectivity(&answers, 5_000).1;
    assert_eq!(level(answers()), Level::Well);
    let unasked = Answers {
        standing: None,
        ..answers()
    };
    assert_eq!(level(unasked), Level::Well);
    let close_only = Answers {
        standing: Some(Standing::CloseOnly),
        ..answers()
    };
    assert_eq!(level(close_only), Level::Warns);
    let blocked = Standing::of(Err("no answer".to_owned()), Ok(false));
    for down in [
        Answers {
            up: Err("no answer".to_owned()),
            ..answers()
        },
        Answers {
            skew_ms: no(),
            ..answers()
        },
        Answers {
            skew_ms: Ok(5_001),
            ..answers()
        },
        Answers {
            version: no(),
            ..answers()
        },
        Answers {
            version: Ok(3),
            ..answers()
        },
        Answers {
            standing: Some(blocked),
            ..answers()
        },
        Answers {
            standing: Some(Standing::Blocked("US".to_owned())),
            ..answers()
        },
    ] {
        assert_eq!(level(down.clone()), Level::Fails, "{down:?}");
    }
    assert_eq!(connectivity(&answers(), 1).0, "Polymarket API connectivity");
}

/// M68: enough collateral, and each exchange may take it.
#[test]
fn a_wallet_needs_the_balance_and_the_allowance_of_each_exchange() {
    let chain = Chain::Polygon;
    let contract = |exchange| Venue { chain, exchange }.verifying_contract();
    let all = [Exchange::V2Standard, Exchange::V2NegRisk, Exchange::V3].map(contract);
    let least = CollateralUnits::new(25_000_000);
    let level = |balance_units, allowances: Vec<_>| {
        let found = Ok(Wallet {
            balance_units,
            allowances,
        });
        wallet(&found, chain, least).1
    };
    let full = || all.map(|contract| (contract, u64::MAX)).to_vec();
    assert_eq!(level(25_000_000, full()), Level::Well);
    assert_eq!(level(24_999_999, full()), Level::Fails);
    for nth in 0..3 {
        let mut low = full();
        low[nth].1 = 24_999_999;
        assert_eq!(level(u64::MAX, low), Level::Fails);
        let mut missing = full();
        missing.remove(nth);
        assert_eq!(level(u64::MAX, missing), Level::Fails);
    }
    let down = wallet(&Err("no answer".to_owned()), chain, least);
    assert_eq!(
        (down.0, down.1),
        ("Wallet balance sufficient", Level::Fails)
    );
}

/// M77: what looks like a wallet's key is found, by its place alone.
#[test]
fn a_key_in_the_environment_or_beside_our_files_is_found_and_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let digits = "ab".repeat(32);
    let own = write("request.key", &digits);
    write("intents.jsonl", "{\"token\": \"123\"}\n");
    let reach = |env: &[(&str, &str)]| keys::Reach {
        env: env
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect(),
        known: vec![own.clone()],
        folders: vec![folder.path().to_owned()],
    };
    let clean = [("PATH", "/usr/bin"), ("SSH_AUTH_SOCK", "")];
    assert_eq!(keys::found(&reach(&clean)).unwrap(), Vec::<String>::new());
    for (name, value) in [
        ("POLYGON_WALLET_PRIVATE_KEY", "anything"),
        ("HARMLESS", digits.as_str()),
        ("SSH_AUTH_SOCK", "/run/agent"),
    ] {
        let found = keys::found(&reach(&[(name, value)])).unwrap();
        assert_eq!(found.len(), 1, "{name}");
        assert!(found[0].contains(name) && !found[0].contains(&digits));
    }
    let hex = format!("0x{digits}\n");
    let sealed = "{\"crypto\": {\"ciphertext\": \"00\", \"kdf\": \"scrypt\"}}";
    for (name, text) in [
        ("wallet.txt", hex.as_str()),
        (".env", "KEY=1\nfoo\n-----BEGIN EC PRIVATE KEY-----\n"),
        ("keystore.json", sealed),
        ("wallet.sealed", "countersign/sealed/v1\n\0\0"),
        ("request.key", sealed),
    ] {
        let path = write(name, text);
        let found = keys::found(&reach(&[])).unwrap();
        assert_eq!(found, [path.display().to_string()]);
        write(name, if name == "request.key" { &digits } else { "" });
    }
    let nobodys = format!("builder = \"0x{}\"", "0".repeat(64));
    write("orchestrator.toml", &nobodys);
    assert_eq!(keys::found(&reach(&[])).unwrap(), Vec::<String>::new());
    let nowhere = keys::Reach {
        folders: vec![folder.path().join("nowhere")],
        ..keys::Reach::default()
    };
    assert!(keys::found(&nowhere).is_err());
}

/// M88: the page is asked over the network; what it does not say is a no.
#[tokio::test]
async fn a_page_that_fails_or_says_nothing_is_no_leave_to_trade() {
    use axum::http::StatusCode;
    use axum::routing::get;
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let page = |text: &'static str| get(move || async move { text });
    let app = axum::Router::new()
        .route("/free", page("{\"blocked\": false}"))
        .route("/blocked", page("{\"blocked\": true, \"country\": \"US\"}"))
        .route("/html", page("<html>"))
        .route("/fault", get(|| async { StatusCode::SERVICE_UNAVAILABLE }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let ask = async |path: &str| {
        let page = geoblock::ask(&format!("{url}{path}"), 5_000).await;
        Standing::of(page, Ok(false))
    };
    assert_eq!(ask("/free").await, Standing::Allowed);
    assert_eq!(ask("/blocked").await, Standing::Blocked("US".to_owned()));
    for path in ["/html", "/fault", "/nowhere"] {
        assert!(matches!(ask(path).await, Standing::Unknown(_)), "{path}");
    }
    let nobody = geoblock::ask("http://127.0.0.1:1/", 5_000).await;
    assert!(matches!(
        Standing::of(nobody, Ok(false)),
        Standing::Unknown(_)
    ));
}
