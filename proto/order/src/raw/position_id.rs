//! Position ids of Protocol V2, the tokens of exchange V3.
//!
//! For: telling such an id from a conditional-token id by its bits, and reading
//! module, condition and outcome out of it.
//!
//! Never touches: which exchange a market is on; market data says that.
//!
//! Layout, big-endian (official client `polymarket-client`): byte 0 the module,
//! bytes 0 to 30 the condition id, byte 31 the outcome; bits 40 to 103 are zero.

use alloy_primitives::{B256, U256};

/// Bits 40 to 103, zero in every Protocol V2 id and, but for one in 2^64, in no other.
const RESERVED: U256 = U256::from_limbs([0xffff_ff00_0000_0000, 0x0000_00ff_ffff_ffff, 0, 0]);

/// The contract that a position belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Module {
    /// 1: two outcomes.
    Binary,
    /// 2: mutually exclusive outcomes.
    NegRisk,
    /// 3: combinations, traded by request for quote only.
    Combo,
}

/// Which of the two tokens of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// 0
    Yes,
    /// 1
    No,
}

/// A decoded position id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionId {
    /// The module.
    pub module: Module,
    /// The condition: the id with a zero last byte.
    pub condition: B256,
    /// The outcome.
    pub outcome: Outcome,
}

/// Why an id is not a position of Protocol V2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAPosition {
    /// Byte 0 is not 1, 2 or 3.
    Module,
    /// Byte 31 is neither 0 nor 1.
    Outcome,
    /// A bit of 40 to 103 is set.
    Reserved,
}

/// Whether the reserved bits are zero. Necessary, not sufficient: 0 and 1 pass too.
#[must_use]
pub fn is_protocol_v2_namespace(token_id: U256) -> bool {
    token_id & RESERVED == U256::ZERO
}

/// Reads a position id.
///
/// # Errors
///
/// Tells which part is not that of a position.
pub fn decode(token_id: U256) -> Result<PositionId, NotAPosition> {
    let bytes: [u8; 32] = token_id.to_be_bytes();
    let [module, .., outcome] = bytes;
    let module = match module {
        1 => Module::Binary,
        2 => Module::NegRisk,
        3 => Module::Combo,
        _ => return Err(NotAPosition::Module),
    };
    let outcome = match outcome {
        0 => Outcome::Yes,
        1 => Outcome::No,
        _ => return Err(NotAPosition::Outcome),
    };
    if !is_protocol_v2_namespace(token_id) {
        return Err(NotAPosition::Reserved);
    }
    let mut condition = bytes;
    if let Some(last) = condition.last_mut() {
        *last = 0;
    }
    Ok(PositionId {
        module,
        condition: B256::from(condition),
        outcome,
    })
}

#[cfg(test)]
mod tests {
    use super::{Module, NotAPosition, Outcome, RESERVED, decode, is_protocol_v2_namespace};
    use alloy_primitives::{B256, U256};

    fn with(module: u8, outcome: u8) -> U256 {
        let mut bytes = [0; 32];
        bytes[0] = module;
        bytes[5] = 0xab;
        bytes[31] = outcome;
        U256::from_be_bytes(bytes)
    }

    #[test]
    fn the_reserved_bits_are_forty_to_one_hundred_and_three() {
        for bit in 0..256 {
            let id = U256::from(1) << bit;
            assert_eq!(
                is_protocol_v2_namespace(id),
                !(40..=103).contains(&bit),
                "bit {bit}"
            );
        }
        assert_eq!(RESERVED, U256::from(u64::MAX) << 40);
    }

    #[test]
    fn both_edges_of_module_and_outcome() {
        assert_eq!(decode(with(0, 0)), Err(NotAPosition::Module));
        assert_eq!(decode(with(1, 0)).map(|id| id.module), Ok(Module::Binary));
        assert_eq!(decode(with(2, 0)).map(|id| id.module), Ok(Module::NegRisk));
        assert_eq!(decode(with(3, 1)).map(|id| id.module), Ok(Module::Combo));
        assert_eq!(decode(with(4, 0)), Err(NotAPosition::Module));
        assert_eq!(decode(with(1, 1)).map(|id| id.outcome), Ok(Outcome::No));
        assert_eq!(decode(with(1, 2)), Err(NotAPosition::Outcome));
        assert_eq!(
            decode(with(1, 0) | (U256::from(1) << 103)),
            Err(NotAPosition::Reserved)
        );
        assert_eq!(decode(U256::MAX), Err(NotAPosition::Module));
    }

    #[test]
    fn both_outcomes_share_their_condition() {
        let (yes, no) = (decode(with(1, 0)), decode(with(1, 1)));
        let condition = B256::from(with(1, 0));
        assert_eq!(yes.map(|id| id.condition), Ok(condition));
        assert_eq!(no.map(|id| id.condition), Ok(condition));
        assert_eq!(yes.map(|id| id.outcome), Ok(Outcome::Yes));
    }
}
