//! What a campaign came to, and all of them together.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::scene::Horizon;
use crate::world::Kill;

/// One campaign.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Whether the day's or the whole lease's figure was put to the proof.
    pub horizon: Option<Horizon>,
    /// The figure, collateral base units; nothing where it bounds nothing.
    pub figure: Option<u64>,
    /// What was taken at most, by the exchange's books.
    pub taken: i128,
    /// BUYs and SELLs that were signed.
    pub buys: u64,
    /// See `buys`.
    pub sells: u64,
    /// Asked again, the same order.
    pub again: u64,
    /// Fills.
    pub fills: u64,
    /// Questions without an answer.
    pub lost: u64,
    /// Denials by code.
    pub denied: BTreeMap<String, u64>,
    /// Processes ended.
    pub kills: BTreeMap<Kill, u64>,
    /// The most by which a BUY's payments exceeded its charge.
    pub overshoot: i128,
}

impl Outcome {
    /// What was taken, in thousandths of `percent` of the figure.
    pub fn permille(&self) -> Option<u64> {
        let figure = i128::from(self.figure?);
        let permille = self.taken.max(0) * 1_000 / figure.max(1);
        u64::try_from(permille).ok()
    }

    /// Whether more was taken than `percent` of the figure.
    pub fn exceeds(&self, percent: u64) -> bool {
        let figure = self
            .figure
            .map(|figure| i128::from(figure) * i128::from(percent));
        figure.is_some_and(|bound| self.taken * 100 > bound)
    }
}

/// Many.
#[derive(Clone, Debug, Default)]
pub struct Total {
    /// How many.
    pub campaigns: u64,
    /// Of these, against `loss_until_locked_usdc`.
    pub until_locked: u64,
    /// Those that took nine tenths of their figure or more.
    pub close: u64,
    /// The largest part of its figure that one took, thousandths, and which.
    pub most: Option<(u64, u64)>,
    sums: Outcome,
    ratios: u64,
}

impl Total {
    /// Takes others in.
    pub fn join(&mut self, other: &Self) {
        self.campaigns += other.campaigns;
        self.until_locked += other.until_locked;
        self.close += other.close;
        self.ratios += other.ratios;
        self.most = self.most.max(other.most);
        self.sum(&other.sums);
    }

    /// Takes the campaign `nth` in.
    pub fn add(&mut self, nth: u64, one: &Outcome) {
        self.campaigns += 1;
        self.until_locked += u64::from(one.horizon == Some(Horizon::Locked));
        if let Some(permille) = one.permille() {
            self.ratios += permille;
            self.close += u64::from(permille >= 900);
            let most = self.most.is_none_or(|(most, _)| permille > most);
            if most {
                self.most = Some((permille, nth));
            }
        }
        self.sum(one);
    }

    fn sum(&mut self, one: &Outcome) {
        let sums = &mut self.sums;
        sums.taken += one.taken;
        sums.buys += one.buys;
        sums.sells += one.sells;
        sums.again += one.again;
        sums.fills += one.fills;
        sums.lost += one.lost;
        sums.overshoot = sums.overshoot.max(one.overshoot);
        for (code, count) in &one.denied {
            *sums.denied.entry(code.clone()).or_default() += count;
        }
        for (whom, count) in &one.kills {
            *sums.kills.entry(*whom).or_default() += count;
        }
    }

    /// A line each.
    pub fn table(&self) -> String {
        let sums = &self.sums;
        let kill = |whom| sums.kills.get(&whom).copied().unwrap_or(0);
        let rows = [
            ("campaigns", self.campaigns),
            ("  against loss_until_locked_usdc", self.until_locked),
            ("orders signed: BUYs", sums.buys),
            ("orders signed: SELLs", sums.sells),
            ("asked again, the same order", sums.again),
            ("fills by the exchange's operator", sums.fills),
            ("questions without an answer", sums.lost),
            ("killed: doors", kill(Kill::Door)),
            ("killed: vaults", kill(Kill::Vault)),
            ("killed: supervisors", kill(Kill::Supervisor)),
            ("took nine tenths of the figure or more", self.close),
        ];
        let mut text = String::new();
        let mut line = |what: &str, value: String| {
            writeln!(text, "  {what:<44}{value:>12}").expect("a string takes all");
        };
        for (what, count) in rows {
            line(what, count.to_string());
        }
        let mean = self.ratios / self.campaigns.max(1);
        line("taken of the figure, mean", percent(mean));
        if let Some((permille, nth)) = self.most {
            line("taken of the figure, at most", percent(permille));
            line("  in campaign", nth.to_string());
        }
        line("taken in all, USDC", (sums.taken / 1_000_000).to_string());
        line(
            "a BUY's payments over its charge, units",
            sums.overshoot.to_string(),
        );
        for (code, count) in &sums.denied {
            line(&format!("denied {code}"), count.to_string());
        }
        text
    }
}

fn percent(permille: u64) -> String {
    format!("{}.{} %", permille / 10, permille % 10)
}
