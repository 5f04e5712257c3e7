//! Taking orders off the book on their owner's word.

use std::collections::BTreeMap;

use super::exchange::Exchange;
use super::orders::{OrderRecord, OrderStatus};
use crate::crypto::order::OrderId;
use crate::crypto::word::Word;

/// What was cancelled, and why the rest was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Canceled {
    pub(crate) canceled: Vec<String>,
    pub(crate) not_canceled: BTreeMap<String, &'static str>,
}

impl Exchange {
    /// Cancels these orders of one key.
    pub(crate) fn cancel(&mut self, now_ms: u64, key: &str, ids: &[String]) -> Canceled {
        self.advance(now_ms);
        let mut result = Canceled::default();
        for text in ids {
            let found = OrderId::parse(text).and_then(|id| self.orders.get(&id));
            match found
                .filter(|record| record.owner == key)
                .map(|r| (r.id, r.status))
            {
                Some((id, OrderStatus::Live)) => {
                    self.close(id, OrderStatus::Canceled);
                    result.canceled.push(text.clone());
                }
                // A held order is past recall and not yet on the book.
                Some((_, OrderStatus::Delayed)) => {
                    result.not_canceled.insert(text.clone(), "order is delayed");
                }
                Some((
                    _,
                    OrderStatus::Matched | OrderStatus::Canceled | OrderStatus::Unmatched,
                )) => {
                    result
                        .not_canceled
                        .insert(text.clone(), "already canceled or matched");
                }
                None => {
                    result.not_canceled.insert(text.clone(), "order not found");
                }
            }
        }
        result
    }

    /// The live orders of a key, all or those of a market or a token.
    pub(crate) fn live(
        &self,
        key: &str,
        condition: Option<&str>,
        token: Option<Word>,
    ) -> Vec<String> {
        let wanted = |record: &&OrderRecord| {
            record.owner == key
                && record.status == OrderStatus::Live
                && condition.is_none_or(|condition| record.condition == condition)
                && token.is_none_or(|token| record.order.token == token)
        };
        self.orders()
            .filter(wanted)
            .map(|record| record.id.to_string())
            .collect()
    }
}
