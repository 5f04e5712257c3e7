//! What a case says the chain held before the contract was asked.
//!
//! Never touches: what does not bear on a signature (pauses, fills).

use crate::text;
use order::{Address, U256};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// One step of a case's preparation.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "camelCase")]
pub(super) enum State {
    /// A deposit wallet was deployed for an owner.
    #[serde(rename_all = "camelCase")]
    DepositWallet { owner: String, wallet: String },
    /// A wallet authorised a session key, or moved its end.
    #[serde(rename_all = "camelCase")]
    SessionSigner {
        wallet: String,
        signer: String,
        valid_until: Value,
    },
    /// The operator preapproved the order.
    Preapprove {},
    /// Some other contract answers for signatures.
    #[serde(rename = "erc1271Mock")]
    Erc1271Mock {},
    /// The maker paused itself.
    PauseUser {},
    /// The order was filled in part.
    Matched {},
}

/// The facts that bear on signatures.
#[derive(Default)]
pub(super) struct Facts {
    /// Owner of each deployed deposit wallet.
    pub(super) owners: BTreeMap<Address, Address>,
    /// End of each session key, in seconds, by wallet and key; the last one counts.
    sessions: BTreeMap<(Address, Address), U256>,
    /// Why no model without a chain can answer.
    pub(super) undecidable: Option<&'static str>,
    now_s: u64,
}

impl Facts {
    pub(super) fn read(states: &[State], now_s: u64) -> Result<Self, String> {
        let mut facts = Self {
            now_s,
            ..Self::default()
        };
        for state in states {
            match state {
                State::DepositWallet { owner, wallet } => {
                    facts
                        .owners
                        .insert(text::address(wallet)?, text::address(owner)?);
                }
                State::SessionSigner {
                    wallet,
                    signer,
                    valid_until,
                } => {
                    let end = text::number(valid_until.to_string().trim_matches('"'))?;
                    facts
                        .sessions
                        .insert((text::address(wallet)?, text::address(signer)?), end);
                }
                State::Preapprove {} => {
                    facts.undecidable = Some("the operator preapproved this order");
                }
                State::Erc1271Mock {} => {
                    facts.undecidable = Some("another contract answers for this maker");
                }
                State::PauseUser {} | State::Matched {} => {}
            }
        }
        Ok(facts)
    }

    /// Whether `key` may sign for `wallet` now.
    pub(super) fn is_live_session(&self, wallet: Address, key: Address) -> bool {
        self.sessions
            .get(&(wallet, key))
            .is_some_and(|end| *end > U256::from(self.now_s))
    }

    /// A session key that may sign for `wallet` now.
    pub(super) fn live_session_of(&self, wallet: Address) -> Option<Address> {
        let keys = self
            .sessions
            .keys()
            .filter(|(of, _)| *of == wallet)
            .map(|(_, key)| *key);
        keys.into_iter()
            .find(|key| self.is_live_session(wallet, *key))
    }
}

/// The start of a date, `2026-11-20`, in Unix seconds.
pub(super) fn midnight_s(date: &str) -> Option<u64> {
    let mut parts = date
        .get(..10)?
        .splitn(3, '-')
        .map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    // Years begin in March here, so that the leap day comes last (the usual
    // days-from-civil reckoning).
    let (year, month) = match month {
        1 | 2 => (year.checked_sub(1)?, month.checked_add(9)?),
        3..=12 => (year, month.checked_sub(3)?),
        _ => return None,
    };
    let leap_days = year.checked_div(4)?.checked_sub(year.checked_div(100)?)?;
    let leap_days = leap_days.checked_add(year.checked_div(400)?)?;
    let month_days = month.checked_mul(153)?.checked_add(2)?.checked_div(5)?;
    let days = year
        .checked_mul(365)?
        .checked_add(leap_days)?
        .checked_add(month_days)?
        .checked_add(day)?
        .checked_sub(719_469)?;
    days.checked_mul(86_400)
}

#[cfg(test)]
mod tests {
    use super::midnight_s;

    #[test]
    fn a_date_is_its_first_second() {
        for (date, seconds) in [
            ("1970-01-01", Some(0)),
            ("2000-02-29", Some(951_782_400)),
            ("2000-03-01", Some(951_868_800)),
            ("2026-11-20", Some(1_795_132_800)),
            ("2026-11-20T11:58:00Z", Some(1_795_132_800)),
            ("2026-13-01", None),
            ("yesterday!", None),
            ("", None),
        ] {
            assert_eq!(midnight_s(date), seconds, "{date}");
        }
    }
}
