//! Which wallets a key can trade for, without asking a chain.

use alloy_primitives::Address;
use order::raw::wallet;

use crate::say::{Fact, fact};

/// The wallet of each signature type: what a policy names as its maker.
pub(crate) fn of(owner: Address) -> Vec<Fact> {
    vec![
        fact("wallet_type_0_eoa", owner),
        fact("wallet_type_1_proxy", wallet::proxy(owner)),
        fact("wallet_type_2_safe", wallet::safe(owner)),
        fact("wallet_type_3_deposit", wallet::deposit_beacon(owner)),
        fact("wallet_type_3_deposit_older", wallet::deposit_uups(owner)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// M93: the wallets that the official clients derive for one owner.
    #[test]
    fn each_type_is_the_wallet_that_the_official_clients_derive() {
        let owner = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
        let told = of(owner.parse().unwrap());
        let wallets: Vec<&str> = told.iter().map(|(_, wallet)| wallet.as_str()).collect();
        assert_eq!(
            wallets,
            [
                owner,
                "0xbb060E20e4989d0a6aB7859f2Af87F928c0Ca875",
                "0x724838ed27e41a664730b5243d9748F815a156d4",
                "0x4993B677e994b241238D9cdF597DbeE6705Ca097",
                "0xa4B6e380120e2852F185118100f0eB8540fe7e0b",
            ]
            .map(|text| text.parse::<Address>().unwrap().to_string())
        );
    }
}
