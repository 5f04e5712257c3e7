//! The session, step by step: what leaders do, what befalls the programs, and
//! how each copy must end.

use std::collections::BTreeMap;

use tests::book::Book;
use tests::desk::LEADER;

use super::market::{Trade, touch};

/// A second leader, copied with two dollars a trade.
pub(crate) const SECOND: &str = "0x27b1fdb04752bbc536007a920d24acb045561c26";
/// A wallet that is only watched.
pub(crate) const WATCHED: &str = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed";
/// A wallet that the watcher tells of, and nobody follows.
pub(crate) const STRANGER: &str = "0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359";

/// A leader whose trades are copied within a second or not at all.
pub(crate) const HASTY: &str = "0xde709f2102306220921060314715629080e2fb77";

/// What befalls a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blow {
    /// The orchestrator is killed and started again.
    Orchestrator,
    /// The signer is killed.
    SignerDown,
    /// It comes back.
    SignerUp,
    /// The watcher is killed and started again.
    Watcher,
    /// Every line so far comes in once more.
    Replay,
}

/// How a copy must end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// Filled, and final on chain.
    Settled,
    /// Not copied, for this reason.
    Rejected(&'static str),
    /// Somehow: it is only shown.
    Any,
}

/// One step.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The book offers so many levels of so many shares (hundredths) each, its
    /// best prices moved by ticks.
    Offer {
        book: usize,
        levels: u64,
        shares: u64,
        moved: u64,
    },
    /// The market's tick changes.
    Tick(u64),
    /// Something befalls a program.
    Blow(Blow),
    /// A leader trades; what became of it is waited for, or only after the
    /// next step that waits.
    Trade {
        name: &'static str,
        trade: Trade,
        end: End,
        wait: bool,
    },
}

/// The session as it is written, with what each leader holds by then.
struct Script<'a> {
    steps: Vec<Step>,
    books: &'a [Book],
    prices: Vec<(u64, u64)>,
    /// By wallet and book, hundredths of shares.
    held: BTreeMap<(&'static str, usize), u64>,
}

impl Script<'_> {
    fn add(
        &mut self,
        name: &'static str,
        (wallet, book, side): (&'static str, usize, &'static str),
        fills: Vec<(u64, u64)>,
        end: End,
    ) {
        let shares: u64 = fills.iter().map(|(shares, _)| shares).sum();
        let held = self.held.entry((wallet, book)).or_default();
        let held_before = *held;
        *held = if side == "BUY" {
            *held + shares
        } else {
            held.saturating_sub(shares)
        };
        let trade = Trade {
            wallet,
            book,
            side,
            fills,
            age_s: 0,
            held_before,
        };
        self.steps.push(Step::Trade {
            name,
            trade,
            end,
            wait: true,
        });
    }

    /// The last trade is not waited for.
    fn at_once(&mut self) {
        if let Some(Step::Trade { wait, .. }) = self.steps.last_mut() {
            *wait = false;
        }
    }

    fn aged(&mut self, seconds: u64) {
        if let Some(Step::Trade { trade, .. }) = self.steps.last_mut() {
            trade.age_s = seconds;
        }
    }

    /// A leader buys for so many dollars at the ask.
    fn buy(&mut self, name: &'static str, wallet: &'static str, usdc: u64, end: End) {
        let ask = self.prices[0].1;
        let fills = vec![(usdc * 1_000_000 / ask, ask)];
        self.add(name, (wallet, 0, "BUY"), fills, end);
    }

    /// A leader sells one in `parts` of what it holds, at the bid.
    fn sell(&mut self, name: &'static str, from: (&'static str, usize), parts: u64, end: End) {
        let bid = self.prices[from.1].0;
        let held = self.held.get(&from).copied().unwrap_or_default();
        let fills = vec![((held / parts).max(100), bid)];
        self.add(name, (from.0, from.1, "SELL"), fills, end);
    }

    fn offer(&mut self, book: usize, levels: u64, shares: u64, moved: u64) {
        self.steps.push(Step::Offer {
            book,
            levels,
            shares: shares * 100,
            moved,
        });
    }

    fn blow(&mut self, blow: Blow) {
        self.steps.push(Step::Blow(blow));
    }

    /// What is copied, and what is not.
    fn one_by_one(&mut self) {
        use End::{Rejected, Settled};
        let (tick, ask) = (self.books[0].tick_e4, self.prices[0].1);
        self.buy("buy", LEADER, 41, Settled);
        self.buy("buy more", LEADER, 25, Settled);
        let parts = (0..16).map(|nth| (1_000, ask + nth % 2 * tick)).collect();
        self.add("16 fills, one tx", (LEADER, 0, "BUY"), parts, Settled);
        self.buy("fixed size", SECOND, 160, Settled);
        self.sell("a quarter out", (LEADER, 0), 4, Settled);
        self.buy("watched only", WATCHED, 40, Rejected("WATCH_ONLY"));
        self.buy("stranger", STRANGER, 40, Rejected("TRADER_NOT_ALLOWED"));
        self.buy("oversized", LEADER, 36_000, Settled);
        self.buy("too small", LEADER, 4, Rejected("BELOW_MINIMUM"));
        self.buy("too small again", LEADER, 4, Rejected("BELOW_MINIMUM"));
        self.buy("adds up", LEADER, 8, Settled);
        self.offer(0, 6, DEEP, ask / 10 / tick + 2);
        self.buy("price moved", LEADER, 40, Rejected("SLIPPAGE_TOO_HIGH"));
        self.offer(0, 1, 20, 0);
        self.buy("thin book", LEADER, 40, Rejected("MARKET_IMPACT_TOO_HIGH"));
        self.offer(0, 0, 0, 0);
        self.buy("empty book", LEADER, 40, Rejected("BOOK_EMPTY"));
        self.offer(0, 6, DEEP, 0);
    }

    /// The other exchange.
    fn neg_risk(&mut self) {
        let ask = self.prices[1].1;
        let fills = vec![(40 * 1_000_000 / ask, ask)];
        self.add("neg-risk", (LEADER, 1, "BUY"), fills, End::Settled);
        self.sell("neg-risk half out", (LEADER, 1), 2, End::Settled);
        self.sell("neg-risk out", (LEADER, 1), 1, End::Settled);
        let none = End::Rejected("NO_TRACKED_PURCHASES");
        self.sell("never bought", (SECOND, 1), 1, none);
    }

    /// Every program falls, in the middle of something.
    fn blows(&mut self) {
        use End::Settled;
        self.blow(Blow::Replay);
        self.blow(Blow::Watcher);
        self.buy("stale", HASTY, 40, End::Rejected("INTENT_STALE"));
        self.aged(3);
        self.buy("watcher restarted", SECOND, 40, Settled);
        self.blow(Blow::SignerDown);
        self.buy("signer away", SECOND, 40, Settled);
        self.at_once();
        self.sell("signer away, out", (LEADER, 0), 8, Settled);
        self.at_once();
        self.blow(Blow::SignerUp);
        for name in ["burst 1", "burst 2", "burst 3", "burst 4"] {
            self.buy(name, LEADER, 20, Settled);
            self.at_once();
        }
        self.blow(Blow::Orchestrator);
        for name in ["burst 5", "burst 6"] {
            self.buy(name, SECOND, 20, Settled);
            self.at_once();
        }
        self.blow(Blow::Watcher);
        self.buy("after the burst", LEADER, 20, Settled);
    }
}

/// Shares on each level of a book that bears everything.
const DEEP: u64 = 20_000;

/// The session on these books: the first is of the standard exchange if there
/// is one, the second of the other.
pub(crate) fn script(books: &[Book]) -> Vec<Step> {
    let mut s = Script {
        steps: Vec::new(),
        books,
        prices: books.iter().map(touch).collect(),
        held: BTreeMap::new(),
    };
    for book in 0..books.len() {
        s.offer(book, 6, DEEP, 0);
    }
    s.one_by_one();
    if books.len() > 1 {
        s.neg_risk();
    }
    s.blows();
    let tick = books[0].tick_e4;
    if tick.is_multiple_of(10) {
        s.steps.push(Step::Tick(tick / 10));
        s.buy("finer tick", LEADER, 20, End::Settled);
    }
    s.sell("second leaves", (SECOND, 0), 1, End::Settled);
    s.sell("third out", (LEADER, 0), 3, End::Settled);
    s.sell("all out, in parts", (LEADER, 0), 1, End::Settled);
    s.steps
}
