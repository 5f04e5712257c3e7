//! Policy: what the signer may sign for its one wallet, and who may say what
//! else to it.
//!
//! Typed and total: no patterns, no order of rules, no scripts. Every figure
//! is the ceiling (or floor) that a dial moves under (or above), so the loss
//! figures can be computed from this text alone.
//!
//! Invariant: a policy that parses passed `rules`; one built by hand did not,
//! until [`Policy::check`] ran.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;

use order::{
    Address, B256, Chain, CollateralUnits, Exchange, ShareUnits, SignatureType, TickSize, Venue,
};

use crate::key::{VerifierKey, WitnessKey};
use crate::kind::Window;
use crate::limits::{Budgets, Exits, OrderLimits, Presence, Stage};
use crate::market::Markets;
use crate::rules;
use crate::signed::NoteHash;
use crate::spelling::{JournalId, spelled};
use crate::text::{Field, Item, Reader, Spelling, Writer, record};
use crate::text_refusal::TextRefusal;
use crate::time::UtcSeconds;
use crate::watching::Watching;

record! {
    /// One version of the policy.
    pub struct Policy {
        /// The one journal it is for.
        pub journal: JournalId,
        /// 1 for the first, then one more each time.
        pub version: u64,
        /// The hash of the previous version's text; zeros for the first.
        pub previous: NoteHash,
        /// When it may be applied.
        pub window: Window,
        /// When buys stop, unless a next version came into force.
        pub expires: UtcSeconds,
        /// How long the next version waits before it is in force.
        pub delay_hours: u16,
        /// Whose orders these are, and on which contracts.
        pub wallet: Wallet,
        /// What they may be about.
        pub scope: Scope,
        /// Bounds on one order.
        pub order: OrderLimits,
        /// Bounds on many.
        pub budgets: Budgets,
        /// The ways out, which keep bounds of their own.
        pub exits: Exits,
        /// Whether other bots may ask, and for how much.
        pub strategy: Strategy,
        /// Who sees what happens on chain, and what their word is good for.
        pub watching: Watching,
        /// Smaller ceilings for the first days.
        pub rollout: BTreeSet<Stage>,
        /// When silence reduces and locks, and how long a lease lasts.
        pub presence: Presence,
        /// Who watches that the journal never goes back.
        pub witnessing: Witnessing,
        /// What the host must offer.
        pub host: Host,
        /// The most the wallet may ever hold, USDC: no loss exceeds it.
        pub wallet_usdc_max: CollateralUnits,
        /// What most policies have none of.
        pub extras: Extras,
        /// Whose single signature dials, writes tickets and says alive.
        pub operators: BTreeSet<VerifierKey>,
    }
}

impl Policy {
    /// Runs the rules that tie its figures together.
    ///
    /// # Errors
    ///
    /// The first rule that does not hold.
    pub fn check(&self) -> Result<(), TextRefusal> {
        rules::check(self)
    }
}

// The largest body by far, so it is kept out of line.
impl Field for Box<Policy> {
    fn read(name: &'static str, reader: &mut Reader<'_>) -> Result<Self, TextRefusal> {
        Field::read(name, reader).map(Self::new)
    }

    fn write(&self, name: &'static str, writer: &mut Writer) {
        self.as_ref().write(name, writer);
    }
}

record! {
    /// The wallet, and the form its orders take.
    pub struct Wallet {
        /// Real money or the simulator's.
        pub mode: Mode,
        /// The exchange contracts that may be signed for.
        pub venues: BTreeSet<Venue>,
        /// The address whose key signs.
        pub signing_address: Address,
        /// The address whose funds move.
        pub maker: Address,
        /// How the two relate.
        pub signature_type: SignatureType,
        /// When the session key ends, if it is one.
        pub session_expires: Option<UtcSeconds>,
        /// The builder code of every order; zeros for none.
        pub builder: B256,
        /// What that builder takes, basis points of a fill's cash value.
        pub builder_fee_bps: u16,
    }
}

record! {
    /// Which leaders, markets and grids.
    pub struct Scope {
        /// The grids on which buys may be priced.
        pub ticks: BTreeSet<TickSize>,
        /// The traders whose trades may be copied.
        pub leaders: BTreeSet<Address>,
        /// The markets that may be bought.
        pub markets: Markets,
    }
}

record! {
    /// Who remembers the journal's largest head (C2SP tlog-witness).
    pub struct Witnessing {
        /// How many must have cosigned.
        pub witness_threshold: u8,
        /// Their keys.
        pub witnesses: BTreeSet<WitnessKey>,
        /// A head older than this reduces, seconds.
        pub witness_late_seconds: u32,
        /// Authority taken ahead of a cosignature, USDC charged.
        pub advance_usdc: CollateralUnits,
    }
}

record! {
    /// What the signer demands of the machine before it signs.
    pub struct Host {
        /// Key pages that even root cannot read.
        pub require_memfd_secret: bool,
        /// Landlock and seccomp.
        pub require_cage: bool,
    }
}

record! {
    /// Ceilings for orders of other bots, inside the overall budgets.
    pub struct StrategyCaps {
        /// Most that one such order may put at stake, without fee.
        pub strategy_order_usdc_max: CollateralUnits,
        /// Most shares of one such order.
        pub strategy_order_shares_max: ShareUnits,
        /// Charged to all of them in a rolling day.
        pub strategy_total_day_usdc: CollateralUnits,
        /// How many of them in a rolling minute.
        pub strategy_orders_per_minute: u16,
    }
}

/// Whether STRATEGY intents are taken at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// They are denied.
    Off,
    /// They are taken within these caps.
    On(StrategyCaps),
}

impl Strategy {
    /// The caps, if there are any.
    #[must_use]
    pub const fn caps(&self) -> Option<&StrategyCaps> {
        match self {
            Self::Off => None,
            Self::On(caps) => Some(caps),
        }
    }
}

/// What stands in a policy's text only where there is some.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// Who tells the owner that the key is to be exported, and signs that it did.
    pub notifier: Option<VerifierKey>,
    /// That the key may sign the venue's login (`ClobAuth`).
    pub clob_auth: Option<Permitted>,
}

/// A permission; where there is none, there is no line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permitted;

impl Extras {
    fn count(&self) -> u8 {
        u8::from(self.notifier.is_some()).saturating_add(u8::from(self.clob_auth.is_some()))
    }
}

// Their number stands before them, so that none is lost unseen.
impl Field for Extras {
    fn read(name: &'static str, reader: &mut Reader<'_>) -> Result<Self, TextRefusal> {
        let Some(count) = reader.optional::<u8>(name)? else {
            return Ok(Self::default());
        };
        let extras = Self {
            notifier: reader.optional("notifier")?,
            clob_auth: reader.optional("clob_auth")?,
        };
        let rule = "must say how many lines follow it, one at least";
        let is_right = count > 0 && count == extras.count();
        is_right
            .then_some(extras)
            .ok_or(TextRefusal::Rule { field: name, rule })
    }

    fn write(&self, name: &'static str, writer: &mut Writer) {
        if *self != Self::default() {
            writer.line(name, &self.count().spell());
        }
        writer.optional("notifier", self.notifier.as_ref());
        writer.optional("clob_auth", self.clob_auth.as_ref());
    }
}

/// A word: whether a block of fields follows.
pub(crate) struct Switch(pub(crate) bool);

spelled! {
    Permitted, "permitted", |text| (text == "permitted").then_some(Self), |_| "permitted".to_owned();
    Switch, "on or off",
        |text| Some(Self(text == "on")), |switch| if switch.0 { "on" } else { "off" }.to_owned();
}

impl Field for Strategy {
    fn read(name: &'static str, reader: &mut Reader<'_>) -> Result<Self, TextRefusal> {
        let Switch(on) = reader.value(name)?;
        if on {
            Field::read(name, reader).map(Self::On)
        } else {
            Ok(Self::Off)
        }
    }

    fn write(&self, name: &'static str, writer: &mut Writer) {
        writer.line(name, &Switch(self.caps().is_some()).spell());
        if let Some(caps) = self.caps() {
            caps.write(name, writer);
        }
    }
}

/// Whether signatures are worth anything on the chain with the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Chain 80002 only, which the simulator plays.
    Paper,
    /// Chain 137 only.
    Live,
}

impl Mode {
    /// The one chain it admits.
    #[must_use]
    pub const fn chain(self) -> Chain {
        match self {
            Self::Paper => Chain::Amoy,
            Self::Live => Chain::Polygon,
        }
    }
}

spelled! {
    Mode, "paper or live",
        |text| Some(if text == "live" { Self::Live } else { Self::Paper }),
        |mode| match mode { Self::Paper => "paper", Self::Live => "live" }.to_owned();
    Venue, "a contract, its chain and its domain, such as v2 chain 137 domain_version 2",
        |text| Self::ALL.into_iter().find(|venue| venue.spell() == text),
        |venue| format!(
            "{} chain {} domain_version {}",
            match venue.exchange {
                Exchange::V2Standard => "v2",
                Exchange::V2NegRisk => "v2-neg-risk",
                Exchange::V3 => "v3",
            },
            venue.chain.id(),
            venue.domain_version(),
        );
}

impl Item for Venue {
    const NAME: &'static str = "venue";
    const MAX: usize = 3;
}

impl Item for TickSize {
    const NAME: &'static str = "tick";
    const MAX: usize = 6;
}

// Together the largest lists fill nine tenths of a note's text.
impl Item for Address {
    const NAME: &'static str = "leader";
    const MAX: usize = 256;
}

impl Item for VerifierKey {
    const NAME: &'static str = "key";
    const MAX: usize = 16;
}

impl Item for WitnessKey {
    const NAME: &'static str = "key";
    const MAX: usize = 16;
}
