//! A signed order as the exchange reads it.

use hostile::Signed;
use order::{Side, U256};
use serde_json::json;

fn words(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// What an approval is worth to whoever holds it.
pub(crate) fn signed(approved: &wire::Approved) -> Signed {
    let order = approved.order.as_ref().expect("an approval has its order");
    let side = match order.side() {
        wire::Side::Sell => Side::Sell,
        wire::Side::Buy | wire::Side::Unspecified => Side::Buy,
    };
    let token = U256::from_be_slice(&order.token_id);
    let posted = json!({
        "order": {
            "salt": order.salt,
            "maker": words(&order.maker),
            "signer": words(&order.signer),
            "tokenId": token.to_string(),
            "makerAmount": order.maker_amount_units.to_string(),
            "takerAmount": order.taker_amount_units.to_string(),
            "side": if side == Side::Buy { "BUY" } else { "SELL" },
            "signatureType": order.signature_type,
            "timestamp": order.timestamp_ms.to_string(),
            "expiration": "0",
            "metadata": words(&order.metadata),
            "builder": words(&order.builder),
            "signature": words(&approved.signature),
        },
        "owner": "nobody",
        "orderType": "GTC",
        "postOnly": false,
        "deferExec": false,
    });
    Signed {
        hash: approved.order_hash.clone().try_into().expect("32 bytes"),
        side,
        token,
        maker: order.maker_amount_units,
        taker: order.taker_amount_units,
        charge: approved.charge_units,
        posted: json!({
            "posted": posted,
            "neg_risk": order.exchange() == wire::Exchange::V2NegRisk,
        })
        .to_string(),
    }
}
