//! Outcome tokens as the Conditional Tokens contract computes them: pure.
//!
//! A token's id is a hash of the condition, of the outcome's place and of the
//! collateral. So whoever knows a condition knows its tokens, which of them is
//! the first, and on which exchange they trade: nobody has to be believed.
//!
//! Source: `CTHelpers.sol` of the contract, and the exchange's collaterals.

use alloy_primitives::{Address, B256, U256, address, keccak256};
use order::{Chain, Exchange};

/// The prime of the field of `alt_bn128`.
const P: U256 = U256::from_limbs([
    0x3c20_8c16_d87c_fd47,
    0x9781_6a91_6871_ca8d,
    0xb850_45b6_8181_585d,
    0x3064_4e72_e131_a029,
]);
/// (P + 1) / 4: a square's root is its power, since P is 3 modulo 4.
const ROOT: U256 = U256::from_limbs([
    0x4f08_2305_b61f_3f52,
    0x65e0_5aa4_5a1c_72a3,
    0x6e14_116d_a060_5617,
    0x0c19_139c_b84c_680a,
]);
/// The curve is y² = x³ + 3.
const B: U256 = U256::from_limbs([3, 0, 0, 0]);
/// Where a compressed point says that its y is odd.
const ODD: U256 = U256::from_limbs([0, 0, 0, 1 << 62]);
/// Every second x is on the curve: so many in a row that are not, there are none.
const TRIES_MAX: usize = 256;
/// What stands behind the tokens of the standard exchange: bridged USDC.
const STANDARD: Address = address!("2791Bca1f2de4661ED88A30C99A7a9449Aa84174");
/// What stands behind those of the neg-risk exchange: its adapter's wrapping of it.
const NEG_RISK: Address = address!("3A3BD7bb9528E159577F7C2e685CC81A765002E2");

/// The collateral that tokens of this exchange are hashed with.
#[must_use]
pub const fn collateral(neg_risk: bool) -> Address {
    if neg_risk { NEG_RISK } else { STANDARD }
}

/// The exchange whose tokens those are.
#[must_use]
pub const fn exchange(neg_risk: bool) -> Exchange {
    if neg_risk {
        Exchange::V2NegRisk
    } else {
        Exchange::V2Standard
    }
}

/// The Conditional Tokens contract.
#[must_use]
pub const fn contract(chain: Chain) -> Address {
    match chain {
        Chain::Polygon => address!("4D97DCd97eC945f40cF65F87097ACe5EA0476045"),
        Chain::Amoy => address!("69308FB512518e39F9b16112fA8d994F4e2Bf8bB"),
    }
}

/// The condition of a question with two outcomes that `oracle` decides.
#[must_use]
pub fn condition(oracle: Address, question: B256) -> B256 {
    let outcomes = U256::from(2).to_be_bytes::<32>();
    keccak256([oracle.as_slice(), question.as_slice(), &outcomes].concat())
}

/// The two tokens of `condition`, the first outcome's first.
///
/// None if no point of the curve is found, which no condition has been seen to do.
#[must_use]
pub fn tokens(condition: B256, neg_risk: bool) -> Option<[U256; 2]> {
    let collateral = collateral(neg_risk);
    let token = |outcome: u64| {
        let collection = collection(condition, outcome)?;
        let hashed = [collateral.as_slice(), &collection.to_be_bytes::<32>()].concat();
        Some(U256::from_be_bytes(keccak256(hashed).0))
    };
    Some([token(1)?, token(2)?])
}

/// The collection of one outcome, `1` or `2` as a set of one place.
fn collection(condition: B256, outcome: u64) -> Option<U256> {
    let set = U256::from(outcome).to_be_bytes::<32>();
    let hash = keccak256([condition.as_slice(), &set].concat());
    let mut x = U256::from_be_bytes(hash.0);
    let wants_odd = x.bit(255);
    for _ in 0..TRIES_MAX {
        x = x.add_mod(U256::ONE, P);
        let square = x.mul_mod(x, P).mul_mod(x, P).add_mod(B, P);
        let root = square.pow_mod(ROOT, P);
        if root.mul_mod(root, P) != square {
            continue;
        }
        let y = if root.bit(0) == wants_odd {
            root
        } else {
            P.checked_sub(root)?
        };
        return Some(if y.bit(0) { x ^ ODD } else { x });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Conditions and tokens as the venue's own answers had them.
    const RECORDED: [(&str, bool, [&str; 2]); 3] = [
        (
            "0x78443f961b9a65869dcb39359de9960165c7e5cbad0904eac7f29cd77872a63b",
            false,
            [
                "104239898038807136052399800151408521467737075933964991162589336683346093173875",
                "71183960810705820955071415844881728181970340514894896943812046065452395013351",
            ],
        ),
        (
            "0x4c27acaae6b9528e6121c226f0c7e253073c0ecdee87eed1bca5b2fe4028e6ee",
            false,
            [
                "58932827438818170513230893392684302873716776312144361528238673171092470840229",
                "40344658068671585656605708535625590803520666310734316014770600867572158300800",
            ],
        ),
        (
            "0xdd22472e552920b8438158ea7238bfadfa4f736aa4cee91a6b86c39ead110917",
            true,
            [
                "21742633143463906290569050155826241533067272736897614950488156847949938836455",
                "48331043336612883890938759509493159234755048973500640148014422747788308965732",
            ],
        ),
    ];

    #[test]
    fn tokens_are_those_of_recorded_markets_and_of_one_exchange_alone() {
        for (condition, neg_risk, ids) in RECORDED {
            let condition: B256 = condition.parse().unwrap();
            let ids = ids.map(|id| U256::from_str_radix(id, 10).unwrap());
            assert_eq!(tokens(condition, neg_risk), Some(ids));
            let other = tokens(condition, !neg_risk).unwrap();
            assert!(other.iter().all(|id| !ids.contains(id)), "{condition}");
        }
    }

    #[test]
    fn a_condition_is_of_the_one_who_decides_it() {
        // As recorded: the neg-risk adapter decides neg-risk questions.
        let adapter = address!("d91E80cF2E7be2e162c6513ceD06f1dD0dA35296");
        let question = "0xe3b1bc389210504ebcb9cffe4b0ed06ccac50561e0f24abb6379984cec030f00";
        let question: B256 = question.parse().unwrap();
        let recorded: B256 = RECORDED[2].0.parse().unwrap();
        assert_eq!(condition(adapter, question), recorded);
        assert_ne!(condition(collateral(true), question), recorded);
    }

    #[test]
    fn the_root_is_the_primes_and_conditions_of_any_shape_have_tokens() {
        let (one, four) = (U256::ONE, U256::from(4));
        assert_eq!(ROOT.checked_mul(four).unwrap(), P.checked_add(one).unwrap());
        for number in 0..64_u64 {
            let condition = keccak256(number.to_be_bytes());
            for neg_risk in [false, true] {
                let [yes, no] = tokens(condition, neg_risk).unwrap();
                assert_ne!(yes, no);
            }
        }
    }
}
