//! The same with money in each kind of wallet.

use serde_json::json;

use crate::orders::{at_market, limit};
use crate::run::Must::{Count, Given, Is};
use crate::run::Run;

const KINDS: [(u8, &str); 3] = [(1, "proxy"), (2, "Safe"), (3, "deposit wallet")];

/// Proxy, Safe and deposit wallet: an order that rests and one that fills on
/// each exchange.
pub(crate) fn each_kind(run: &mut Run<'_>) {
    for (kind, name) in KINDS {
        run.open_with_key(kind);
        run.step(
            &format!("collateral, {name}"),
            &json!({"call": "balance", "asset": "COLLATERAL"}),
            ("GET", "/balance-allowance", 200),
            &[("/value/balance", Is(json!("1000000000")))],
        );
        for market in run.stage.markets().map(Clone::clone) {
            run.restore(&market);
            let bid = limit(&market, "BUY", 0.05, 10.0, "GTC");
            run.step(
                &format!("GTC BUY, {name}, {}", market.name),
                &bid,
                ("POST", "/order", 200),
                &[
                    ("/value/status", Is(json!("live"))),
                    ("/value/orderID", Given),
                ],
            );
            let price = if market.book["neg_risk"] == json!(true) {
                0.125
            } else {
                0.39
            };
            let sale = at_market(&market, "SELL", price, 7.0, "FOK");
            run.step(
                &format!("FOK SELL, {name}, {}", market.name),
                &sale,
                ("POST", "/order", 200),
                &[
                    ("/value/status", Is(json!("matched"))),
                    ("/value/makingAmount", Given),
                ],
            );
        }
        run.step(
            &format!("cancel all, {name}"),
            &json!({"call": "cancelAll"}),
            ("DELETE", "/cancel-all", 200),
            &[("/value/canceled", Count(3))],
        );
    }
    run.open_with_key(0);
}
