//! Orders whose maker is a wallet, and the balances of each.

use serde_json::json;

use super::bench::{Bench, Ticket, Trader, buy, config};
use crate::crypto::order::SignatureType;
use crate::crypto::wallet;

#[tokio::test]
async fn each_signature_type_trades_from_its_own_wallet() {
    let one = Trader::new(1);
    for (kind, maker) in [
        (SignatureType::Proxy, wallet::proxy(one.address)),
        (SignatureType::Safe, wallet::safe(one.address)),
        (SignatureType::Deposit, wallet::deposit_beacon(one.address)),
    ] {
        let mut config = config();
        config["accounts"][0]["signature_type"] = json!(kind.number());
        let bench = Bench::with(&config, None).await;
        let ticket = Ticket {
            kind,
            maker,
            ..buy("FOK", 10, 50)
        };
        let answer = bench.post(&one, &ticket).await;
        assert_eq!(answer.status, 200, "{kind:?}: {}", answer.text);
        let query = |kind: SignatureType| {
            format!(
                "/balance-allowance?asset_type=COLLATERAL&signature_type={}",
                kind.number()
            )
        };
        assert_eq!(bench.own(&one, &query(kind)).await["balance"], "994875000");
        assert_eq!(
            bench.own(&one, &query(SignatureType::Eoa)).await["balance"],
            "0"
        );
        // The key may also trade for itself, but there is nothing there.
        let bare = bench.post(&one, &buy("FOK", 10, 50)).await;
        assert!(bare.error().starts_with("not enough balance / allowance"));
    }
}

#[tokio::test]
async fn a_configured_deposit_wallet_is_as_good_as_a_derived_one() {
    let (one, two) = (Trader::new(1), Trader::new(2));
    let mut config = config();
    // Someone else's wallet, of which our key is told to be the signer.
    let foreign = wallet::deposit_uups(two.address).unwrap();
    config["accounts"][0]["signature_type"] = json!(3);
    config["accounts"][0]["wallet"] = json!(foreign.to_string());
    let bench = Bench::with(&config, None).await;
    let ticket = Ticket {
        kind: SignatureType::Deposit,
        maker: Some(foreign),
        ..buy("FOK", 10, 50)
    };
    assert_eq!(bench.post(&one, &ticket).await.status, 200);
    let mut changed = one.body(&Ticket { salt: 2, ..ticket });
    let signature = changed["order"]["signature"]
        .as_str()
        .unwrap()
        .replace("00ba", "00bb");
    changed["order"]["signature"] = json!(signature);
    let body = changed.to_string();
    let answer = bench.private(&one, "POST", "/order", &body).await.unwrap();
    assert_eq!(answer.error(), "invalid signature");
    // Signer and maker must both be the wallet.
    let mut split = one.body(&Ticket {
        salt: 3,
        ..buy("FOK", 10, 50)
    });
    split["order"]["signatureType"] = json!(3);
    split["order"]["maker"] = json!(foreign.to_string());
    let body = split.to_string();
    let answer = bench.private(&one, "POST", "/order", &body).await.unwrap();
    assert_eq!(
        answer.error(),
        "the order signer address has to be the address of the API KEY"
    );
}

#[tokio::test]
async fn a_session_key_signs_in_its_envelope_and_its_owner_without() {
    let (one, two) = (Trader::new(1), Trader::new(2));
    let wallet = wallet::deposit_beacon(two.address).unwrap();
    let mut config = config();
    for (at, session) in [(0, true), (1, false)] {
        config["accounts"][at]["signature_type"] = json!(3);
        config["accounts"][at]["wallet"] = json!(wallet.to_string());
        config["accounts"][at]["session_key"] = json!(session);
    }
    let bench = Bench::with(&config, None).await;
    let ticket = Ticket {
        kind: SignatureType::Deposit,
        maker: Some(wallet),
        ..buy("FOK", 10, 50)
    };
    assert_eq!(bench.post(&one, &ticket).await.error(), "invalid signature");
    let enveloped = |trader: &Trader| {
        let mut body = trader.body(&ticket);
        let inner = body["order"]["signature"]
            .as_str()
            .unwrap()
            .trim_start_matches("0x")
            .to_owned();
        let key = hex::encode(trader.address.to_word().0);
        let words = format!("{key}{:064x}{:064x}{:064x}", 0, 96, 317);
        body["order"]["signature"] = json!(format!("0x{words}{inner}000000{}", "6492".repeat(16)));
        body.to_string()
    };
    let post = async |trader: &Trader, body: String| {
        bench
            .private(trader, "POST", "/order", &body)
            .await
            .unwrap()
    };
    assert_eq!(
        post(&two, enveloped(&two)).await.error(),
        "invalid signature"
    );
    assert_eq!(post(&one, enveloped(&one)).await.status, 200);
    // One wallet, so one balance: both accounts' money lies in it.
    let owner = Ticket {
        salt: 2,
        ..ticket.clone()
    };
    assert_eq!(bench.post(&two, &owner).await.status, 200);
    let balance = bench
        .own(&one, "/balance-allowance?asset_type=COLLATERAL")
        .await;
    assert_eq!(balance["balance"], "1989750000");
}
