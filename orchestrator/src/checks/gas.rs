//! Whether whoever pays for transactions can: the POL of a plain key, or of one
//! that pays for its wallet.
//!
//! Invariant: amounts are whole wei. A wallet whose relayer pays is not asked
//! about; what could not be asked is never well.

use order::Address;

use super::{Check, Level, chain};
use crate::config::Config;

/// The check's name.
pub const GAS: &str = "POL for gas";
/// What is said below the least, as the document words it.
pub const LOW: &str = "Low MATIC for gas";
/// A tenth of a POL.
const LEAST_WEI: u128 = 100_000_000_000_000_000;
const POL_WEI: u128 = 1_000_000_000_000_000_000;
/// A ten-thousandth of a POL, the last digit that is shown.
const SHOWN_WEI: u128 = 100_000_000_000_000;

/// A wallet that is its own key.
const EOA: u8 = 0;

/// Who pays for transactions, if we do: the key itself where it is the maker,
/// and where `checks.own_gas` says that it sends its wallet's transactions.
#[must_use]
pub fn payer(config: &Config) -> Option<Address> {
    let pays = config.clob.signature_type == EOA || config.checks.own_gas;
    pays.then_some(config.signer.signing_address)
}

/// Asks the node at `url` what `payer` has on our chain, wei.
///
/// # Errors
///
/// Why there is no usable answer.
pub async fn ask(config: &Config, url: &str, payer: Address) -> Result<u128, String> {
    let chain = config.signer.venue.chain;
    chain::balance(url, config.clob.timeout_ms, chain, payer).await
}

/// What `found`, asked of a node if one is configured, says of `payer`.
#[must_use]
pub fn check(payer: Address, found: Option<&Result<u128, String>>) -> Check {
    match found {
        None => {
            let words = format!(
                "{payer} pays its own gas: set checks.polygon_rpc to a node to have its POL looked at"
            );
            (GAS, Level::Unset, words)
        }
        Some(Err(e)) => (GAS, Level::Warns, format!("not known: {e}")),
        Some(Ok(wei)) => match low(payer, *wei) {
            Some(words) => (GAS, Level::Warns, words),
            None => (GAS, Level::Well, format!("{} POL", shown(*wei))),
        },
    }
}

/// What is said where there is less than the least.
#[must_use]
pub fn low(payer: Address, wei: u128) -> Option<String> {
    (wei < LEAST_WEI).then(|| {
        let has = shown(wei);
        format!(
            "{LOW}: {has} of {} POL; send some to {payer}",
            shown(LEAST_WEI)
        )
    })
}

/// In POL, rounded down.
fn shown(wei: u128) -> String {
    let digits = wei.rem_euclid(POL_WEI).div_euclid(SHOWN_WEI);
    format!("{}.{digits:04}", wei.div_euclid(POL_WEI))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// M98: a wei below a tenth warns in the document's words; a tenth does not.
    #[test]
    fn gas_is_low_below_a_tenth_of_a_pol_to_the_wei() {
        let payer = Address::repeat_byte(1);
        let of = |wei: u128| check(payer, Some(&Ok(wei)));
        for (wei, shown) in [
            (90_000_000_000_000_000, "0.0900"),
            (LEAST_WEI - 1, "0.0999"),
            (0, "0.0000"),
        ] {
            let (_, level, words) = of(wei);
            assert_eq!(level, Level::Warns, "{wei}");
            let said = format!("Low MATIC for gas: {shown} of 0.1000 POL; send some to {payer}");
            assert_eq!(words, said);
        }
        assert_eq!(of(LEAST_WEI).1, Level::Well);
        assert_eq!(of(LEAST_WEI).2, "0.1000 POL");
        assert_eq!(of(u128::MAX).1, Level::Well);
        let unknown = Err("no answer".to_owned());
        assert_eq!(check(payer, Some(&unknown)).1, Level::Warns);
        assert_eq!(
            check(payer, None).1,
            Level::Unset,
            "nobody asked is no pass"
        );
    }
}
