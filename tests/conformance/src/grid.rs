//! A second reading of the strict rules, so that strict's yes and no can be held
//! against something on any vectors.
//!
//! For: telling from the fields alone whether a well-signed order of the right
//! wallet is a limit order on the grid.
//!
//! Never touches: `order::strict`, on purpose; and it reckons in 256 bits where
//! strict reckons in 64.

use alloy_primitives::uint;
use order::raw::{self, Side, SignatureType};
use order::{Chain, Exchange, U256, Venue};

const E4: U256 = uint!(10_000_U256);
const MOST: U256 = uint!(1_000_000_000_000_000_U256);
const RESERVED: U256 = uint!(0xffffffffffffffff0000000000_U256);

/// Whether strict should accept this order, given a good signature.
pub(crate) fn is_strict_limit_order(venue: Venue, order: &raw::Order) -> bool {
    let (collateral, shares) = if order.side == Side::Buy.to_u8() {
        (order.makerAmount, order.takerAmount)
    } else {
        (order.takerAmount, order.makerAmount)
    };
    let deposit_on_amoy =
        order.signatureType == SignatureType::Deposit.to_u8() && venue.chain == Chain::Amoy;
    order.metadata.is_zero()
        && order.salt.bit_len() <= 53
        && order.timestamp.bit_len() <= 64
        && !deposit_on_amoy
        && (venue.exchange != Exchange::V3 || is_book_position(order.tokenId))
        && in_range(collateral)
        && in_range(shares)
        && is_on_grid(collateral, shares).unwrap_or(false)
}

fn in_range(amount: U256) -> bool {
    !amount.is_zero() && amount <= MOST
}

/// collateral × 10^4 = price × shares for a whole price in 1..=9999.
fn is_on_grid(collateral: U256, shares: U256) -> Option<bool> {
    let scaled = collateral.checked_mul(E4)?;
    let price = scaled.checked_div(shares)?;
    let whole = price.checked_mul(shares)? == scaled;
    Some(whole && !price.is_zero() && price < E4 && shares.checked_rem(E4)?.is_zero())
}

fn is_book_position(token: U256) -> bool {
    let module = token.byte(31);
    let outcome = token.byte(0);
    (module == 1 || module == 2) && outcome < 2 && token & RESERVED == U256::ZERO
}
