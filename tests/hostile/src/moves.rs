//! What an adversary tries.

use frame::intent::Intent;
use order::{PriceE4, Side, TickSize, U256};

use crate::book::Open;
use crate::hands::{Broken, Hands};
use crate::notes::{self, Seen};
use crate::scene::{price, token};
use crate::wants::{DEAREST, mislabelled, twisted};
use crate::world::{By, World};

/// One thing to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// The largest BUY that would pass, held back.
    BuyLargest,
    /// Several BUYs at once, most of which must not fit.
    BuyBurst,
    /// A BUY that is filled at once, so that its shares can be sold.
    BuyAndFill,
    /// A BUY filled at the finest price: a windfall that gives rights to sell.
    Windfall,
    /// The largest EXIT at the floor, held back.
    SellLargest,
    /// The same as a copy of a sale that no watcher saw.
    SellCopied,
    /// EXITs of the same shares, several at once, and one below the floor.
    SellBurst,
    /// Part of something that is held back is filled.
    FillPart,
    /// What was asked is asked again, and under the next attempt.
    Again,
    /// One attempt, two contents.
    Twisted,
    /// Market, venue, tick, kind or budget mislabelled.
    Mislabelled,
    /// Freezes, asks for everything again, and keeps the note that ends it.
    Freeze,
    /// A note that was kept back is carried after all.
    Release,
    /// The operator turns the day down, or up again; the note is kept back.
    Dial,
    /// Watchers tell of fills; their note is carried, or kept back.
    Tell,
}

impl Move {
    pub(crate) const ALL: [Self; 15] = [
        Self::BuyLargest,
        Self::BuyBurst,
        Self::BuyAndFill,
        Self::Windfall,
        Self::SellLargest,
        Self::SellCopied,
        Self::SellBurst,
        Self::FillPart,
        Self::Again,
        Self::Twisted,
        Self::Mislabelled,
        Self::Freeze,
        Self::Release,
        Self::Dial,
        Self::Tell,
    ];

    /// Those that buy nothing.
    pub(crate) const WITHOUT_BUYS: [Self; 9] = [
        Self::SellLargest,
        Self::SellCopied,
        Self::SellBurst,
        Self::FillPart,
        Self::Again,
        Self::Freeze,
        Self::Release,
        Self::Dial,
        Self::Tell,
    ];
}

/// Tokens that the wallet never held.
const STRANGE: [u64; 3] = [10, 11, 12];

impl<W: World> Hands<'_, W> {
    /// Tries one.
    pub(crate) fn make(&mut self, way: Move) -> Result<(), Broken> {
        match way {
            Move::BuyLargest => self.buy_largest().map(|_| ()),
            Move::BuyBurst => self.buy_burst(),
            Move::BuyAndFill => self.bought(false),
            Move::Windfall => self.bought(true),
            Move::SellLargest => self.sell_largest().map(|_| ()),
            Move::SellCopied => self.sell_copied(),
            Move::SellBurst => self.sell_burst(),
            Move::FillPart => self.fill_part(),
            Move::Again => self.again(),
            Move::Twisted => self.twist(),
            Move::Mislabelled => self.mislabel(),
            Move::Freeze => self.freeze(),
            Move::Release => self.release(),
            Move::Dial => {
                self.dial();
                Ok(())
            }
            Move::Tell => self.tell(50),
        }
    }

    fn strange(&mut self) -> U256 {
        token(self.rng.pick(&STRANGE))
    }

    fn one_price(&mut self) -> PriceE4 {
        if self.rng.chance(70) {
            price(DEAREST)
        } else {
            price(self.rng.between(5, 95) * 100)
        }
    }

    /// The most lots that an order's cap may let pass at a price.
    fn most_lots(&self, at: PriceE4) -> u64 {
        let most = self.scene.limit("order_usdc_max").unwrap_or(1);
        most * 1_000_000 / u64::from(at.get())
    }

    /// Whether it was signed.
    pub(crate) fn buy_largest(&mut self) -> Result<bool, Broken> {
        let (token, at) = (self.strange(), self.one_price());
        let (want, most) = (self.want(), self.most_lots(at));
        let lots = self.largest(most, |lots| want.buy(token, lots, at));
        if lots == 0 {
            return Ok(false);
        }
        Ok(self.ask(&[want.buy(token, lots, at)])? > 0)
    }

    fn buy_burst(&mut self) -> Result<(), Broken> {
        let count = self.rng.between(2, 7);
        let intents: Vec<Intent> = (0..count)
            .map(|_| {
                let (token, at) = (self.strange(), self.one_price());
                let most = self.most_lots(at);
                let lots = self.rng.between(most / 20 + 1, most);
                self.want().buy(token, lots, at)
            })
            .collect();
        self.ask(&intents)?;
        Ok(())
    }

    fn bought(&mut self, improved: bool) -> Result<(), Broken> {
        let known = self.book.open.len();
        // Of what it holds as well: then there is more to sell.
        let token = match self.scene.declared.first() {
            Some((token, _)) if self.rng.chance(20) => *token,
            _ => self.strange(),
        };
        let at = self.one_price();
        let lots = self.most_lots(at).min(self.rng.between(200, 2_600));
        let intent = self.want().buy(token, lots, at);
        self.ask(&[intent])?;
        for at in known..self.book.open.len() {
            let most = self.book.open[at].left;
            let share = self.rng.between(1, 100);
            self.settle(at, most * share / 100, improved)?;
        }
        Ok(())
    }

    fn held_token(&mut self) -> Option<U256> {
        let held: Vec<U256> = self
            .wallet
            .held
            .iter()
            .filter(|(_, held)| **held > 0)
            .map(|(token, _)| *token)
            .collect();
        (!held.is_empty()).then(|| self.rng.pick(&held))
    }

    fn sell_largest(&mut self) -> Result<bool, Broken> {
        match self.held_token() {
            Some(token) => self.sell_out(token),
            None => Ok(false),
        }
    }

    /// Signs away as much of a token as it may; whether anything was.
    pub(crate) fn sell_out(&mut self, token: U256) -> Result<bool, Broken> {
        let (want, at) = (self.want(), self.scene.floor);
        let most = self.lots_of(token);
        let lots = self.largest(most, |lots| want.exit(token, lots, at));
        if lots == 0 {
            return Ok(false);
        }
        Ok(self.ask(&[want.exit(token, lots, at)])? > 0)
    }

    fn sell_copied(&mut self) -> Result<(), Broken> {
        let Some(token) = self.held_token() else {
            return Ok(());
        };
        let lots = self.rng.between(1, self.lots_of(token).max(1));
        let low = price(
            u64::from(self.scene.floor.get())
                .saturating_sub(50)
                .max(100),
        );
        let at = self.rng.pick(&[self.scene.floor, low]);
        let intent = self.want().copied_sell(token, lots, at);
        self.ask(&[intent])?;
        Ok(())
    }

    fn sell_burst(&mut self) -> Result<(), Broken> {
        let Some(token) = self.held_token() else {
            return Ok(());
        };
        let most = self.lots_of(token).max(1);
        let floor = self.scene.floor;
        let mut intents: Vec<Intent> = (0..self.rng.between(2, 5))
            .map(|_| {
                let lots = self.rng.between(most / 3 + 1, most);
                self.want().exit(token, lots, floor)
            })
            .collect();
        // Shares that it may only have bought, and a price that nobody allowed.
        intents.push(self.want().exit(token, most * 3, floor));
        let below = u64::from(floor.get()) / 2;
        let mut cheap = self.want().exit(token, 1, price(below.max(1)));
        cheap.tick_size = TickSize::TenThousandth;
        intents.push(cheap);
        self.ask(&intents)?;
        Ok(())
    }

    fn fill_part(&mut self) -> Result<(), Broken> {
        let mut live = self.book.live(Side::Buy);
        live.extend(self.book.live(Side::Sell));
        if live.is_empty() {
            return Ok(());
        }
        let at = self.rng.pick(&live);
        if !self.pays(at) && self.rng.chance(90) {
            return Ok(());
        }
        let percent = self.rng.between(1, 100);
        let most = self.book.open[at].left * percent / 100;
        let improved = self.rng.chance(20);
        self.settle(at, most, improved)
    }

    fn again(&mut self) -> Result<(), Broken> {
        if self.asked.is_empty() {
            return Ok(());
        }
        let mut intents: Vec<Intent> = Vec::new();
        for _ in 0..4 {
            let old = self.asked[self.rng.index(self.asked.len())].clone();
            if !intents.contains(&old) {
                intents.push(old);
            }
        }
        let mut next = intents[0].clone();
        next.attempt += 1;
        if !intents.contains(&next) {
            intents.push(next);
        }
        self.ask(&intents)?;
        Ok(())
    }

    /// A signed attempt with another content never becomes a second order; the
    /// book tells if it does.
    fn twist(&mut self) -> Result<(), Broken> {
        if self.book.open.is_empty() {
            return Ok(());
        }
        let at = self.rng.index(self.book.open.len());
        let old = self.book.open[at].intent.clone();
        let bent = twisted(old, &mut self.rng);
        self.ask(&[bent])?;
        Ok(())
    }

    fn mislabel(&mut self) -> Result<(), Broken> {
        let (token, at) = (self.strange(), self.one_price());
        let lots = self.most_lots(at);
        let honest = self.want().buy(token, lots, at);
        let bent = mislabelled(honest, &mut self.rng);
        self.ask(&[bent])?;
        Ok(())
    }

    fn freeze(&mut self) -> Result<(), Broken> {
        if self.frozen.is_some() {
            return Ok(());
        }
        let leaf = self.world.freeze();
        self.frozen = Some(leaf);
        let all: Vec<Intent> = self.asked.iter().rev().take(6).cloned().collect();
        self.ask(&all)?;
        Ok(())
    }

    /// The quorum ends a freeze when it is asked to.
    pub(crate) fn thaw(&mut self) -> Result<(), Broken> {
        let Some(leaf) = self.frozen else {
            return Ok(());
        };
        let (journal, now_s) = (self.world.journal(), self.world.now_ms() / 1_000);
        let text = notes::unfreeze(&journal, leaf, now_s);
        let note = self.world.signed(&text, By::Quorum);
        match self.world.carry(&note) {
            Ok(()) => self.frozen = None,
            // A slow time that lags by days lets it in later.
            Err(code) if code == "NOTE_NOT_YET" => {
                *self.outcome.denied.entry(code).or_default() += 1;
            }
            Err(code) => return Err(format!("the quorum's note is refused: {code}")),
        }
        Ok(())
    }

    fn release(&mut self) -> Result<(), Broken> {
        if self.frozen.is_some() {
            return self.thaw();
        }
        if self.withheld.is_empty() {
            return Ok(());
        }
        let at = self.rng.index(self.withheld.len());
        let note = self.withheld.swap_remove(at);
        if let Err(code) = self.world.carry(&note) {
            *self.outcome.denied.entry(code).or_default() += 1;
        }
        Ok(())
    }

    fn dial(&mut self) {
        let day = self.scene.day_usdc;
        let value = self.rng.pick(&[day, day / 2, 1]);
        let (journal, now_s) = (self.world.journal(), self.world.now_ms() / 1_000);
        let text = notes::dial(&journal, self.serial, now_s, value);
        self.serial += 1;
        let note = self.world.signed(&text, By::Operator);
        self.withheld.push(note);
    }

    /// Watchers say what was filled so far, `percent` of all orders; half of
    /// their notes are kept back.
    pub(crate) fn tell(&mut self, percent: u64) -> Result<(), Broken> {
        if !self.scene.watched {
            return Ok(());
        }
        let mut seen: Vec<Seen> = self.book.open.iter().filter_map(Open::seen).collect();
        seen.retain(|_| self.rng.chance(percent));
        // As many as a note may name.
        seen.truncate(100);
        if seen.is_empty() {
            return Ok(());
        }
        let (journal, now_s) = (self.world.journal(), self.world.now_ms() / 1_000);
        let note = notes::fills(&journal, (now_s, self.rng.draw()), &seen);
        if percent < 100 && self.rng.chance(50) {
            self.withheld.push(note);
            return Ok(());
        }
        match self.world.carry(&note) {
            Ok(()) => Ok(()),
            // As with a freeze's end: it is let in later.
            Err(code) if code == "NOTE_NOT_YET" => {
                *self.outcome.denied.entry(code).or_default() += 1;
                Ok(())
            }
            Err(code) => Err(format!("the watchers' note is refused: {code}")),
        }
    }

    /// The operator lets one exit below the floor, and the order that it asked
    /// for is kept back.
    pub(crate) fn ticket(&mut self) -> Result<(), Broken> {
        let Some(token) = self.held_token() else {
            return Ok(());
        };
        let shares = self.lots_of(token) / 100;
        let least = u64::from(self.scene.floor.get()) / 2;
        if shares == 0 || least < 100 {
            return Ok(());
        }
        let low = price(least / 100 * 100);
        let (journal, now_s) = (self.world.journal(), self.world.now_ms() / 1_000);
        let id = self.rng.draw();
        let text = notes::ticket(&journal, (now_s, id), token, (shares, low));
        let note = self.world.signed(&text, By::Operator);
        self.world
            .carry(&note)
            .map_err(|code| format!("the operator's ticket is refused: {code}"))?;
        let intent = self.want().exit(token, shares * 100, low);
        self.ticketed.push(intent.clone());
        self.ask(&[intent])?;
        Ok(())
    }
}
