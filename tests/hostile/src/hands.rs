//! The adversary's hands: what it asks, what it settles, and what that took.

use std::collections::BTreeMap;

use frame::intent::Intent;
use order::{Address, Side, U256};

use crate::book::{Book, part};
use crate::rng::Rng;
use crate::scene::{Horizon, Scene};
use crate::wants::Want;
use crate::world::{Answer, Fill, Kill, Signed, Wallet, World};
use crate::{LOT, Outcome};

/// What a promise is broken with, as a sentence.
pub(crate) type Broken = String;

/// Denials that a smaller order would not get.
const BY_SIZE: [&str; 5] = [
    "BUDGET_",
    "ORDER_TOO_LARGE",
    "SHARES_TOO_MANY",
    "HOLDINGS",
    "SELL_REUSE",
];

/// Processes that one campaign kills.
const KILLS_MAX: u64 = 4;

pub(crate) struct Hands<'w, W> {
    pub(crate) world: &'w mut W,
    pub(crate) scene: &'w Scene,
    pub(crate) rng: Rng,
    pub(crate) book: Book,
    pub(crate) outcome: Outcome,
    /// What the wallet holds now, and held when the figure was read.
    pub(crate) wallet: Wallet,
    pub(crate) before: Wallet,
    pub(crate) asked: Vec<Intent>,
    /// Notes that others signed and nobody has carried yet.
    pub(crate) withheld: Vec<Vec<u8>>,
    pub(crate) frozen: Option<u64>,
    /// What a ticket lets through, frozen or not, the first time that it is decided.
    pub(crate) ticketed: Vec<Intent>,
    /// The first moment at which something passes that did not.
    pub(crate) retry_at_ms: Option<u64>,
    pub(crate) serial: u64,
    leader: Address,
    paid: BTreeMap<[u8; 32], u64>,
    least: i128,
    named: u64,
}

impl<'w, W: World> Hands<'w, W> {
    pub(crate) fn new(world: &'w mut W, scene: &'w Scene, rng: Rng, leader: Address) -> Self {
        let wallet = world.wallet();
        Self {
            world,
            scene,
            rng,
            book: Book::default(),
            outcome: Outcome::default(),
            before: wallet.clone(),
            wallet,
            asked: Vec::new(),
            withheld: Vec::new(),
            frozen: None,
            ticketed: Vec::new(),
            retry_at_ms: None,
            serial: 1,
            leader,
            paid: BTreeMap::new(),
            least: i128::MAX,
            named: 0,
        }
    }

    /// From here on what is taken counts.
    pub(crate) fn begin(&mut self) -> Result<(), Broken> {
        self.measure()?;
        self.before = self.wallet.clone();
        self.least = self.before.worth(&self.before);
        Ok(())
    }

    /// What was taken at most since it began.
    pub(crate) fn taken(&self) -> i128 {
        self.before.worth(&self.before) - self.least
    }

    /// What was taken, and what could be with what it holds, without another
    /// question.
    pub(crate) fn within_reach(&self) -> i128 {
        let emptied = self
            .book
            .emptied(&self.wallet, &self.before, self.scene.taken_bps);
        self.before.worth(&self.before) - emptied.min(self.least)
    }

    /// A name that nobody used before, now.
    pub(crate) fn want(&mut self) -> Want {
        self.named += 1;
        Want {
            name: format!("h{}", self.named),
            now_ms: self.world.now_ms(),
            leader: self.leader,
        }
    }

    /// Asks for all of these, and perhaps kills a process meanwhile; how many
    /// new orders came of it.
    pub(crate) fn ask(&mut self, intents: &[Intent]) -> Result<u64, Broken> {
        let killed: u64 = self.outcome.kills.values().sum();
        // A door that dies often comes back later each time.
        let answers = if killed < KILLS_MAX && self.rng.chance(self.scene.kills) {
            let whom = match self.scene.horizon {
                // Whoever starts a vault again also unlocks it.
                Horizon::Locked => Kill::Door,
                Horizon::Day => self.rng.pick(&[Kill::Door, Kill::Vault, Kill::Supervisor]),
            };
            let after = self.rng.index(intents.len() + 1);
            *self.outcome.kills.entry(whom).or_default() += 1;
            self.world.kill(whom, intents, after)
        } else {
            self.world.ask(intents)
        };
        let mut new = 0;
        for (intent, answer) in intents.iter().zip(answers) {
            if !self.asked.contains(intent) {
                self.asked.push(intent.clone());
            }
            match answer {
                Answer::Signed(signed) => new += u64::from(self.take(intent, &signed)?),
                Answer::Denied { code, retry_at_ms } => {
                    self.retry(retry_at_ms);
                    *self.outcome.denied.entry(code).or_default() += 1;
                }
                Answer::Lost => self.outcome.lost += 1,
                Answer::Would => return Err("an order was explained and not decided".to_owned()),
            }
        }
        Ok(new)
    }

    fn retry(&mut self, at_ms: Option<u64>) {
        self.retry_at_ms = match (self.retry_at_ms, at_ms) {
            (Some(known), Some(at_ms)) => Some(known.min(at_ms)),
            (known, at_ms) => known.or(at_ms),
        };
    }

    fn take(&mut self, intent: &Intent, signed: &Signed) -> Result<bool, Broken> {
        let new = self.book.take(intent, signed)?;
        if let Some(leaf) = self.frozen
            && !(new && self.ticketed.contains(intent))
        {
            return Err(format!(
                "signed behind the freeze of leaf {leaf}: {intent:?}"
            ));
        }
        match (new, signed.side) {
            (false, _) => self.outcome.again += 1,
            (true, Side::Buy) => self.outcome.buys += 1,
            (true, Side::Sell) => self.outcome.sells += 1,
        }
        Ok(new)
    }

    /// The most lots up to `most` that would be signed; nothing where no size
    /// would help.
    pub(crate) fn largest(&mut self, most: u64, want: impl Fn(u64) -> Intent) -> u64 {
        let (mut low, mut high, mut best) = (0, most + 1, 0);
        let mut lots = most;
        while high - low > 1 {
            match self.world.explain(&want(lots)) {
                Answer::Would | Answer::Signed(_) => (low, best) = (lots, lots),
                Answer::Denied { code, .. } if code == "ORDER_TOO_SMALL" => low = lots,
                Answer::Denied { code, retry_at_ms } => {
                    self.retry(retry_at_ms);
                    if !BY_SIZE.iter().any(|begin| code.starts_with(begin)) {
                        return best;
                    }
                    high = lots;
                }
                Answer::Lost => return best,
            }
            lots = low + (high - low) / 2;
        }
        best
    }

    /// Settles up to `most` of an order's maker amount; a BUY `improved` brings
    /// what the venue's finest price does.
    pub(crate) fn settle(&mut self, at: usize, most: u64, improved: bool) -> Result<(), Broken> {
        let open = &self.book.open[at];
        let order = open.signed.clone();
        let held = self.wallet.held.get(&order.token).copied().unwrap_or(0);
        let making = match order.side {
            Side::Buy => open.left.min(most),
            // In whole lots, which the figures are made for.
            Side::Sell => open.left.min(most).min(held) / LOT * LOT,
        };
        if making == 0 {
            return Ok(());
        }
        let due = open.due(making);
        let (taking, fee) = match order.side {
            Side::Buy if improved => (making * 10_000, part(making, self.scene.taken_bps)),
            Side::Buy => (due, part(making, self.scene.taken_bps)),
            Side::Sell => (due, part(due, self.scene.taken_bps)),
        };
        let fill = Fill {
            order: &order,
            making,
            taking: (taking > due).then_some(taking),
            fee,
        };
        self.world
            .settle(fill)
            .map_err(|rule| format!("the exchange refuses a fill: {rule}"))?;
        self.outcome.fills += 1;
        self.book.open[at].left -= making;
        self.book.open[at].got += taking;
        self.moved(&order, making, taking, fee)
    }

    fn moved(&mut self, order: &Signed, making: u64, taking: u64, fee: u64) -> Result<(), Broken> {
        let held = self.wallet.held.entry(order.token).or_default();
        match order.side {
            Side::Buy => {
                *held += taking;
                self.wallet.cash -= i128::from(making + fee);
                let paid = self.paid.entry(order.hash).or_default();
                *paid += making + fee;
                let over = i128::from(*paid) - i128::from(order.charge);
                self.outcome.overshoot = self.outcome.overshoot.max(over);
                if over > 0 && self.scene.taken_bps <= self.scene.fee_bps {
                    return Err(format!("{paid} was paid of a charge of {}", order.charge));
                }
            }
            Side::Sell => {
                *held -= making;
                self.wallet.cash += i128::from(taking - fee);
            }
        }
        self.least = self.least.min(self.wallet.worth(&self.before));
        Ok(())
    }

    /// Reads the wallet from the exchange's books, which must agree.
    pub(crate) fn measure(&mut self) -> Result<(), Broken> {
        let mut said = self.world.wallet();
        said.held.retain(|_, held| *held > 0);
        self.wallet.held.retain(|_, held| *held > 0);
        if said != self.wallet {
            return Err(format!(
                "the exchange holds {said:?}, not {:?}",
                self.wallet
            ));
        }
        Ok(())
    }

    /// Whether a fill takes anything: to sell what was bought since would give
    /// money back.
    pub(crate) fn pays(&self, at: usize) -> bool {
        let order = &self.book.open[at].signed;
        let of = |wallet: &Wallet| wallet.held.get(&order.token).copied().unwrap_or(0);
        order.side == Side::Buy || of(&self.wallet) <= of(&self.before)
    }

    /// Everything that is signed is filled, sells as long as there are shares.
    pub(crate) fn cash_in(&mut self) -> Result<(), Broken> {
        for at in self.book.cheapest() {
            if self.pays(at) {
                self.settle(at, u64::MAX, false)?;
            }
        }
        for at in self.book.live(Side::Buy) {
            self.settle(at, u64::MAX, false)?;
        }
        Ok(())
    }

    /// What is held of a token, in lots.
    pub(crate) fn lots_of(&self, token: U256) -> u64 {
        self.wallet.held.get(&token).copied().unwrap_or(0) / LOT
    }
}
