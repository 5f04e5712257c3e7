//! One campaign: a past, a figure, and everything that follows it.

use order::Address;

use crate::choice::Choice;
use crate::hands::{Broken, Hands};
use crate::moves::Move;
use crate::notes;
use crate::outcome::Outcome;
use crate::rng::Rng;
use crate::scene::{Horizon, Scene};
use crate::world::{By, World};

const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 24 * HOUR_S;
/// What a campaign's own questions may take of real time, before its horizon.
const MARGIN_S: u64 = 120;
/// Moves in a row that bring nothing before time passes.
const DRY: u64 = 5;
/// Edges of windows that it waits for at the end.
const EDGES: u64 = 6;

/// Plays one campaign against a signer that was founded with the scene's
/// policy and an `alive` of its hours, a moment ago.
///
/// # Errors
///
/// The promise that did not hold. That a figure was exceeded is no error here:
/// the outcome says how much was taken.
pub fn run(
    world: &mut impl World,
    scene: &Scene,
    rng: Rng,
    leader: Address,
) -> Result<Outcome, Broken> {
    let founded_ms = world.now_ms();
    let (journal, now_s) = (world.journal(), founded_ms / 1_000);
    let text = notes::declare(&journal, now_s, &scene.declared);
    let note = world.signed(&text, By::Quorum);
    world
        .carry(&note)
        .map_err(|code| format!("the declaration is refused: {code}"))?;
    let mut hands = Hands::new(world, scene, rng, leader);
    hands.past()?;
    hands.begin()?;
    let figure = hands.figure()?;
    let began_ms = hands.world.now_ms();
    let ends_ms = match scene.horizon {
        Horizon::Day => began_ms + (DAY_S - MARGIN_S) * 1_000,
        // The last buys are long over.
        Horizon::Locked => founded_ms + (scene.alive_hours + 1) * HOUR_S * 1_000,
    };
    hands.attack(ends_ms)?;
    hands.measure()?;
    let mut outcome = hands.outcome;
    outcome.horizon = Some(scene.horizon);
    outcome.figure = figure;
    Ok(outcome)
}

impl<W: World> Hands<'_, W> {
    fn seconds_to(&mut self, at_ms: u64) -> u64 {
        at_ms.saturating_sub(self.world.now_ms()) / 1_000
    }

    /// What happened before anybody looked at a figure.
    fn past(&mut self) -> Result<(), Broken> {
        for _ in 0..self.scene.past {
            let way = if self.scene.past_buys {
                self.rng.pick(&Move::ALL)
            } else {
                self.rng.pick(&Move::WITHOUT_BUYS)
            };
            self.make(way)?;
            if self.rng.chance(10) && self.frozen.is_none() {
                self.ticket()?;
            }
            if self.rng.chance(20) {
                let seconds = self.rng.below(HOUR_S);
                self.world.pass(seconds);
            }
        }
        self.thaw()?;
        self.past_edge()?;
        if self.rng.chance(70) {
            self.cash_in()?;
            self.tell(100)?;
        }
        Ok(())
    }

    /// Sometimes a day is nearly over when the figure is read.
    fn past_edge(&mut self) -> Result<(), Broken> {
        if self.scene.past > 0 && self.rng.chance(40) {
            while self.scene.past_buys && self.buy_largest()? {}
            let seconds = match self.scene.horizon {
                Horizon::Day => self.rng.below(12 * HOUR_S),
                Horizon::Locked => self.rng.below(2 * HOUR_S),
            };
            self.world.pass(seconds);
        }
        Ok(())
    }

    /// The figure that is printed now.
    fn figure(&mut self) -> Result<Option<u64>, Broken> {
        let lines = self.world.status();
        let name = self.scene.horizon.figure();
        let text = lines.get(name).ok_or(format!("no {name} is printed"))?;
        if text == "unbounded" {
            return Ok(None);
        }
        let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{rest:0<6}").replace(',', "");
        digits
            .parse()
            .map(Some)
            .map_err(|_| format!("{name} {text} is no amount"))
    }

    fn attack(&mut self, ends_ms: u64) -> Result<(), Broken> {
        let mut choice = Choice::new(&Move::ALL);
        for _ in 0..self.scene.moves {
            let way = choice.next(&mut self.rng);
            let reach = self.within_reach();
            self.make(way)?;
            choice.learn(way, self.within_reach() - reach);
            if choice.dry >= DRY {
                self.wait(ends_ms)?;
                choice.hope();
            }
        }
        for _ in 0..EDGES {
            self.harvest()?;
            self.wait(ends_ms)?;
        }
        let rest = self.seconds_to(ends_ms);
        self.world.pass(rest);
        self.harvest()?;
        self.cash_in()?;
        self.outcome.taken = self.taken();
        Ok(())
    }

    /// Until something passes that did not, or a second before.
    fn wait(&mut self, ends_ms: u64) -> Result<(), Broken> {
        if self.rng.chance(50) {
            self.thaw()?;
        }
        let left = self.seconds_to(ends_ms);
        let edge = self.retry_at_ms.take().map(|at_ms| self.seconds_to(at_ms));
        let seconds = match edge {
            Some(edge) if self.rng.chance(80) => edge + self.rng.below(3),
            Some(edge) => edge.saturating_sub(1),
            None => self.rng.below(left / 4 + 1),
        };
        self.world.pass(seconds.min(left));
        Ok(())
    }

    /// Everything that can be had at this moment, the greediest first.
    fn harvest(&mut self) -> Result<(), Broken> {
        self.thaw()?;
        let tokens: Vec<_> = self.before.held.keys().copied().collect();
        for token in tokens {
            while self.lots_of(token) > 0 && self.sell_out(token)? {
                for at in self.book.cheapest() {
                    if self.pays(at) {
                        self.settle(at, u64::MAX, false)?;
                    }
                }
            }
        }
        while self.buy_largest()? {}
        Ok(())
    }
}
