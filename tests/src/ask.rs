//! Requests that stories begin from, and then bend.

use wire::sign_order_request::Size;

use crate::book::Book;
use crate::clock::now_ms;

/// A BUY of ten shares at the book's best ask, good for a minute.
pub fn buy(book: &Book, intent_id: &str) -> wire::SignOrderRequest {
    let (ask, _) = book.asks[0];
    wire::SignOrderRequest {
        kind: wire::OrderKind::Copy.into(),
        intent_id: intent_id.to_owned(),
        attempt: 0,
        market: hex::decode(book.market.trim_start_matches("0x")).expect("a condition id"),
        token_id: word(&book.token),
        side: wire::Side::Buy.into(),
        limit_price_e4: u32::try_from(ask).expect("a price"),
        size: Some(Size::SharesUnits(10_000_000)),
        tick_size_e4: u32::try_from(book.tick_e4).expect("a tick"),
        deadline_ms: now_ms() + 60_000,
    }
}

/// Decimal digits as 32 bytes, big endian.
pub fn word(decimal: &str) -> Vec<u8> {
    let mut word = [0_u8; 32];
    for digit in decimal.bytes() {
        let mut carry = u32::from(digit - b'0');
        for byte in word.iter_mut().rev() {
            let next = u32::from(*byte) * 10 + carry;
            *byte = u8::try_from(next & 0xff).expect("one byte");
            carry = next >> 8;
        }
        assert_eq!(carry, 0, "a token id is below 2^256");
    }
    word.to_vec()
}
