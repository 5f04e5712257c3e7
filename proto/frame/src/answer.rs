//! What may be answered, as bytes.
//!
//! Invariant: denied and approved never share a byte of meaning; the lack of an
//! answer has no frame at all.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use order::raw;
use order::{Address, B256, Chain, Exchange, U256, Venue};

use crate::read::Reader;
use crate::write::Writer;

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A recorded order with its signature.
    Approved(Box<Approval>),
    /// What would be answered, without signature, leaf or charge.
    WouldApprove {
        /// Base units given.
        maker_amount: u64,
        /// Base units received.
        taker_amount: u64,
        /// What the meters would be charged.
        charge_units: u64,
    },
    /// No.
    Denied {
        /// The stable code.
        code: String,
        /// One sentence for a person.
        sentence: String,
        /// When it passes by itself, Unix milliseconds.
        retry_at_ms: Option<u64>,
        /// Where the decision stands; none if it was not recorded.
        leaf_index: Option<u64>,
    },
    /// What the signer is.
    Status(Standing),
    /// A note was taken.
    Noted {
        /// What kind it was.
        kind: String,
        /// When it comes into force, Unix seconds; none if it is.
        effective_at_s: Option<u64>,
        /// Where it stands in the journal.
        leaf_index: u64,
    },
    /// All signing but tickets has stopped.
    Frozen {
        /// The leaf that an unfreezing note must name.
        leaf_index: u64,
    },
}

/// An order with its signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Approval {
    /// The exchange contract and chain.
    pub venue: Venue,
    /// The eleven fields.
    pub order: raw::Order,
    /// The venue's order id.
    pub order_hash: B256,
    /// The form that the order's signature type asks for.
    pub signature: Vec<u8>,
    /// Where the decision stands in the journal.
    pub leaf_index: u64,
    /// What the meters were charged, collateral base units.
    pub charge_units: u64,
}

/// What the signer says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The journal's random id.
    pub journal_id: [u8; 16],
    /// Leaves recorded.
    pub journal_size: u64,
    /// Whose key it holds.
    pub signing_address: [u8; 20],
    /// Everything else, by name, in a fixed order: state, policy, meters,
    /// figures with their terms.
    pub lines: Vec<Line>,
}

/// One named figure or fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Snake case, ending in its unit.
    pub name: String,
    /// In that unit; or a word.
    pub value: String,
}

impl Answer {
    /// Adds its kind and fields to `frame`.
    pub(crate) fn write(&self, frame: &mut Writer) {
        match self {
            Self::Approved(approval) => {
                frame.u8(1);
                approval.write(frame);
            }
            Self::WouldApprove {
                maker_amount,
                taker_amount,
                charge_units,
            } => {
                frame.u8(2);
                frame.u64(*maker_amount);
                frame.u64(*taker_amount);
                frame.u64(*charge_units);
            }
            Self::Denied {
                code,
                sentence,
                retry_at_ms,
                leaf_index,
            } => {
                frame.u8(3);
                frame.text(code);
                frame.text(sentence);
                frame.optional(*retry_at_ms);
                frame.optional(*leaf_index);
            }
            Self::Status(standing) => {
                frame.u8(4);
                standing.write(frame);
            }
            Self::Noted {
                kind,
                effective_at_s,
                leaf_index,
            } => {
                frame.u8(5);
                frame.text(kind);
                frame.optional(*effective_at_s);
                frame.u64(*leaf_index);
            }
            Self::Frozen { leaf_index } => {
                frame.u8(6);
                frame.u64(*leaf_index);
            }
        }
    }
}

impl Answer {
    /// Reads what [`Answer::write`] wrote.
    pub(crate) fn read(frame: &mut Reader<'_>) -> Option<Self> {
        Some(match frame.u8()? {
            1 => Self::Approved(Box::new(Approval::read(frame)?)),
            2 => Self::WouldApprove {
                maker_amount: frame.u64()?,
                taker_amount: frame.u64()?,
                charge_units: frame.u64()?,
            },
            3 => Self::Denied {
                code: frame.text()?,
                sentence: frame.text()?,
                retry_at_ms: frame.optional()?,
                leaf_index: frame.optional()?,
            },
            4 => Self::Status(Standing::read(frame)?),
            5 => Self::Noted {
                kind: frame.text()?,
                effective_at_s: frame.optional()?,
                leaf_index: frame.u64()?,
            },
            6 => Self::Frozen {
                leaf_index: frame.u64()?,
            },
            _ => return None,
        })
    }
}

impl Approval {
    fn read(frame: &mut Reader<'_>) -> Option<Self> {
        let (venue, order) = read_order(frame)?;
        Some(Self {
            venue,
            order,
            order_hash: B256::from(frame.fixed::<32>()?),
            signature: frame.bytes()?.to_vec(),
            leaf_index: frame.u64()?,
            charge_units: frame.u64()?,
        })
    }

    fn write(&self, frame: &mut Writer) {
        write_order(frame, self.venue, &self.order);
        frame.fixed(&self.order_hash.0);
        frame.bytes(&self.signature);
        frame.u64(self.leaf_index);
        frame.u64(self.charge_units);
    }
}

impl Standing {
    fn read(frame: &mut Reader<'_>) -> Option<Self> {
        let (journal_id, journal_size) = (frame.fixed()?, frame.u64()?);
        let (signing_address, count) = (frame.fixed()?, frame.u64()?);
        let mut lines = Vec::new();
        for _ in 0..count {
            let (name, value) = (frame.text()?, frame.text()?);
            lines.push(Line { name, value });
        }
        Some(Self {
            journal_id,
            journal_size,
            signing_address,
            lines,
        })
    }

    fn write(&self, frame: &mut Writer) {
        frame.fixed(&self.journal_id);
        frame.u64(self.journal_size);
        frame.fixed(&self.signing_address);
        frame.u64(u64::try_from(self.lines.len()).unwrap_or(u64::MAX));
        for Line { name, value } in &self.lines {
            frame.text(name);
            frame.text(value);
        }
    }
}

fn write_order(frame: &mut Writer, venue: Venue, order: &raw::Order) {
    frame.u64(venue.chain.id());
    frame.u8(match venue.exchange {
        Exchange::V2Standard => 1,
        Exchange::V2NegRisk => 2,
        Exchange::V3 => 3,
    });
    let word = |frame: &mut Writer, value: &U256| frame.fixed(&value.to_be_bytes::<32>());
    word(frame, &order.salt);
    frame.fixed(&order.maker.0.0);
    frame.fixed(&order.signer.0.0);
    word(frame, &order.tokenId);
    word(frame, &order.makerAmount);
    word(frame, &order.takerAmount);
    frame.u8(order.side);
    frame.u8(order.signatureType);
    word(frame, &order.timestamp);
    frame.fixed(&order.metadata.0);
    frame.fixed(&order.builder.0);
}

fn read_order(frame: &mut Reader<'_>) -> Option<(Venue, raw::Order)> {
    let chain = Chain::from_id(frame.u64()?)?;
    let exchange = match frame.u8()? {
        1 => Exchange::V2Standard,
        2 => Exchange::V2NegRisk,
        3 => Exchange::V3,
        _ => return None,
    };
    let word = |frame: &mut Reader<'_>| frame.fixed::<32>().map(U256::from_be_bytes);
    let address = |frame: &mut Reader<'_>| frame.fixed::<20>().map(Address::from);
    let order = raw::Order {
        salt: word(frame)?,
        maker: address(frame)?,
        signer: address(frame)?,
        tokenId: word(frame)?,
        makerAmount: word(frame)?,
        takerAmount: word(frame)?,
        side: frame.u8()?,
        signatureType: frame.u8()?,
        timestamp: word(frame)?,
        metadata: frame.fixed()?.into(),
        builder: frame.fixed()?.into(),
    };
    Some((Venue { chain, exchange }, order))
}
