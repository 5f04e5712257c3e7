//! The intents to play against recorded books, each with what must become of it.
//!
//! Never touches: a program. What a book cannot bear is left out, and said.

use serde_json::{Value, json};
use tests::book::{Book, decimal};
use tests::desk::{LEADER, ORDER_MAX_UNITS};

use crate::ladder::{self, BUY_MIN_UNITS, SHARE, Take};
use crate::lines::as_copytrader;
use crate::table::Must;

/// A leader that no policy names.
const STRANGER: &str = "0x27b1fdb04752bbc536007a920d24acb045561c26";
/// The floor of a desk whose books allow it, ten-thousandths.
const FLOOR_E4: u64 = 500;
/// What an exit of the demonstration sells.
const EXIT_UNITS: u64 = 2 * SHARE;
/// So many books beside the main one are traded.
const OTHERS_MAX: usize = 4;
/// Older than the policy's limit of a minute.
const STALE_MS: u64 = 10 * 60_000;

/// How an intent comes in.
pub(crate) enum Act {
    /// As a line of the intents file.
    Line(Value),
    /// As the same line once more.
    Again(Value),
    /// By `orchestrator exit`.
    Exit { token: String, take: Take },
}

/// One intent.
pub(crate) struct Planned {
    pub(crate) name: String,
    pub(crate) act: Act,
    pub(crate) must: Must,
}

impl Planned {
    fn new(name: &str, act: Act, must: Must) -> Self {
        let name = name.to_owned();
        Self { name, act, must }
    }
}

/// A ticket that a person signs.
pub(crate) struct Ticket {
    pub(crate) token: String,
    pub(crate) take: Take,
}

/// Everything to play.
pub(crate) struct Plan {
    /// Lines that arrive at once.
    pub(crate) lines: Vec<Planned>,
    /// What sells, once the buys are settled.
    pub(crate) sells: Vec<Planned>,
    /// What is asked again after the ticket.
    pub(crate) ticket: Option<(Ticket, Planned)>,
    /// Why some are not there.
    pub(crate) left_out: Vec<String>,
    /// The policy's lowest price of a SELL.
    pub(crate) floor_e4: u64,
}

impl Plan {
    /// What these books can bear.
    pub(crate) fn of(books: &[Book]) -> Self {
        let main = main_book(books);
        let other = books
            .iter()
            .find(|book| book.neg_risk && book.token != main.token && ladder::buy(book).is_ok());
        let mut plan = Self {
            lines: Vec::new(),
            sells: Vec::new(),
            ticket: None,
            left_out: Vec::new(),
            floor_e4: floor(main, other),
        };
        let bought = plan.buys(main).map_or(0, |take| take.shares_units);
        plan.other_exchange(main, other);
        let named = |book: &&Book| other.is_none_or(|other| other.token != book.token);
        let rest = books.iter().filter(|book| book.token != main.token);
        plan.others(rest.filter(named));
        plan.denied(main);
        let sold = plan.sell(main, bought);
        plan.exits(main, bought, sold);
        plan.other_exit(other);
        plan
    }

    fn add(&mut self, name: &str, line: Value, must: Must) {
        self.lines.push(Planned::new(name, Act::Line(line), must));
    }

    fn leave_out(&mut self, name: &str, why: &str) {
        self.left_out.push(format!("{name}: {why}"));
    }

    /// One that fills, one that dies, one in copytrader's words, one twice.
    fn buys(&mut self, book: &Book) -> Option<Take> {
        let bought = match ladder::buy(book) {
            Err(why) => {
                self.leave_out("bought, copytrader, duplicate", &why);
                None
            }
            Ok(take) => {
                let first = line(book, "bought", "BUY", take);
                self.add("bought", first.clone(), Must::fill(take.shares_units));
                self.copytrader(book, take);
                let again = Act::Again(first);
                let must = Must::fill(take.shares_units);
                self.lines.push(Planned::new("duplicate", again, must));
                Some(take)
            }
        };
        match ladder::unfillable(book) {
            Err(why) => self.leave_out("killed", &why),
            Ok(take) => {
                let must = Must::end("REFUSED", "KILLED_FOK");
                self.add("killed", line(book, "killed", "BUY", take), must);
            }
        }
        bought
    }

    /// The line that copytrader's signal generator writes, for two dollars.
    fn copytrader(&mut self, book: &Book, bought: Take) {
        let price = bought.price_e4;
        let within = book.asks.iter().take_while(|(ask, _)| *ask <= price);
        let there = within.fold(0_u64, |sum, (_, size)| sum.saturating_add(*size));
        let (lot, two) = (10_000, 2_000_000);
        let shares = two * 10_000 / price / lot * lot;
        if there.saturating_sub(bought.shares_units) < shares {
            let why = "after the first BUY less than two dollars' worth is left at its price";
            return self.leave_out("copytrader", why);
        }
        let line = json!({
            "intent_id": "copytrader", "timestamp": "", "source_trader": LEADER,
            "market_id": book.market, "outcome": "YES", "side": "BUY", "size_usdc": 2.0,
            "price_limit": decimal(price, 4), "token_id": book.token, "metadata": {},
        });
        self.add("copytrader", line, Must::fill(shares));
    }

    /// One of the other exchange contract.
    fn other_exchange(&mut self, main: &Book, other: Option<&Book>) {
        match other.map(|book| (book, ladder::buy(book))) {
            Some((book, Ok(take))) => {
                let line = line(book, "neg-risk", "BUY", take);
                self.add("neg-risk", line, Must::fill(take.shares_units));
            }
            Some((_, Err(why))) => self.leave_out("neg-risk", &why),
            None if main.neg_risk => {
                self.leave_out("neg-risk", "every row already trades on that exchange");
            }
            None => self.leave_out("neg-risk", "none of the books is of a neg-risk market"),
        }
    }

    /// A small one of each further book.
    fn others<'a>(&mut self, books: impl Iterator<Item = &'a Book>) {
        for (nth, book) in books.enumerate() {
            let name = format!("book {}", nth + 2);
            if nth >= OTHERS_MAX {
                self.leave_out(
                    &name,
                    "and those after it: the day's budget is for the others",
                );
                return;
            }
            match ladder::small_buy(book) {
                Err(why) => self.leave_out(&name, &why),
                Ok(take) => {
                    let line = line(book, &name, "BUY", take);
                    self.add(&name, line, Must::fill(take.shares_units));
                }
            }
        }
    }

    /// What the signer and the orchestrator must not let pass.
    fn denied(&mut self, book: &Book) {
        let ask = ladder::quoted(book);
        let small = Take {
            price_e4: ask,
            shares_units: ladder::at_least(BUY_MIN_UNITS, ask),
        };
        let bent = |name: &str, bend: &dyn Fn(&mut Value)| {
            let mut line = line(book, name, "BUY", small);
            bend(&mut line);
            line
        };
        let denied = |code| Must::end("DENIED", code);
        let stale = bent("stale", &|line| {
            line["leader_time_ms"] = json!(STALE_MS);
        });
        self.add("stale", stale, denied("LEADER_AGE"));
        let stranger = bent("stranger", &|line| line["leader"] = json!(STRANGER));
        self.add("stranger", stranger, denied("LEADER_NOT_ALLOWED"));
        let unlisted = bent("unlisted", &|line| {
            line["market"] = json!(format!("0x{}", "ee".repeat(32)));
            line["token"] = json!("1414213562373095048801688724209698078569671875376948073");
        });
        self.add("unlisted", unlisted, denied("MARKET_NOT_ALLOWED"));
        let large = Take {
            price_e4: ask,
            shares_units: (ORDER_MAX_UNITS * 10_000 / ask / SHARE + 1) * SHARE,
        };
        let large = line(book, "oversized", "BUY", large);
        self.add("oversized", large, denied("ORDER_TOO_LARGE"));
        let between = match book.tick_e4 / 2 {
            0 => format!("{}5", decimal_padded(ask)),
            half => decimal(ask + half, 4),
        };
        let off = bent("off-tick", &|line| line["price"] = json!(between));
        self.add("off-tick", off, Must::end("REJECTED", "BAD_LINE"));
        // The finest tick that is not the market's own.
        let other = if book.tick_e4 == 1 { 10 } else { 1 };
        if ask.is_multiple_of(other) {
            let line = bent("other-tick", &|line| {
                line["tick"] = json!(decimal(other, 4));
            });
            self.add("other-tick", line, denied("TICK"));
        } else {
            self.leave_out("other-tick", "its price lies on no tick but its own");
        }
    }

    /// A leader sells what was bought.
    fn sell(&mut self, book: &Book, held: u64) -> u64 {
        match ladder::sell(book, held) {
            Err(why) => {
                self.leave_out("copied sell", &why);
                0
            }
            Ok(take) => {
                self.sells.push(Planned::new(
                    "sold",
                    Act::Line(line(book, "sold", "SELL", take)),
                    Must::fill(take.shares_units),
                ));
                take.shares_units
            }
        }
    }

    /// A person gets out: at the bid, and below the floor.
    fn exits(&mut self, book: &Book, bought: u64, sold: u64) {
        let bid = ladder::depth(&book.bids, sold + 2 * EXIT_UNITS);
        let Some(bid) = bid.filter(|_| bought - sold >= 2 * EXIT_UNITS) else {
            let why = "too few shares are bought, or bid for";
            return self.leave_out("exits, and the ticket", why);
        };
        let must = || Must::fill(EXIT_UNITS);
        self.sells
            .push(Planned::new("exit", exit(book, bid), must()));
        let below = (self.floor_e4 - 1) / book.tick_e4 * book.tick_e4;
        if below == 0 {
            let why = format!("no price is below the floor {}", decimal(self.floor_e4, 4));
            return self.leave_out("exit below the floor, and its ticket", &why);
        }
        let act = || exit(book, below);
        let denied = Must::end("DENIED", "SELL_FLOOR");
        self.sells.push(Planned::new("below floor", act(), denied));
        let ticket = Ticket {
            token: book.token.clone(),
            take: Take {
                price_e4: below,
                shares_units: EXIT_UNITS,
            },
        };
        let again = Planned::new("with ticket", act(), must());
        self.ticket = Some((ticket, again));
    }

    /// A person gets out of the other exchange's market.
    fn other_exit(&mut self, other: Option<&Book>) {
        let Some(book) = other else { return };
        match ladder::depth(&book.bids, EXIT_UNITS) {
            None => self.leave_out("exit of neg-risk", "too few shares are bid for"),
            Some(bid) => {
                let act = exit(book, bid);
                let must = Must::fill(EXIT_UNITS);
                self.sells.push(Planned::new("neg-risk exit", act, must));
            }
        }
    }
}

fn exit(book: &Book, price_e4: u64) -> Act {
    Act::Exit {
        token: book.token.clone(),
        take: Take {
            price_e4,
            shares_units: EXIT_UNITS,
        },
    }
}

/// The book that most rows trade on: one with both sides, of the standard
/// exchange if there is one.
pub(crate) fn main_book(books: &[Book]) -> &Book {
    let two_sided = |book: &&Book| ladder::buy(book).is_ok() && !book.bids.is_empty();
    let standard = books.iter().filter(|book| !book.neg_risk);
    let found = standard.clone().find(two_sided);
    let found = found.or_else(|| books.iter().find(two_sided));
    found.unwrap_or(&books[0])
}

/// No higher than the bids that the plan sells at.
fn floor(main: &Book, other: Option<&Book>) -> u64 {
    let bought = ladder::buy(main).map_or(0, |take| take.shares_units);
    let sold = ladder::sell(main, bought).ok();
    let shares = sold.map_or(0, |take| take.shares_units) + 2 * EXIT_UNITS;
    [
        sold.map(|take| take.price_e4),
        ladder::depth(&main.bids, shares),
        other.and_then(|book| ladder::depth(&book.bids, EXIT_UNITS)),
    ]
    .into_iter()
    .flatten()
    .fold(FLOOR_E4, u64::min)
}

/// A line of our own, of a trade that the leader just made: its age stands where
/// its time will.
fn line(book: &Book, id: &str, side: &str, take: Take) -> Value {
    let price = decimal(take.price_e4, 4);
    json!({
        "v": 1, "id": id, "kind": "copy", "market": book.market, "token": book.token,
        "side": side, "price": price, "shares": decimal(take.shares_units, 6),
        "tick": decimal(book.tick_e4, 4), "order_type": "FOK", "neg_risk": book.neg_risk,
        "leader": LEADER, "leader_price": price, "leader_time_ms": 0,
    })
}

/// Gives a line's trade its time, of `now_ms` less its age.
pub(crate) fn stamp(line: &mut Value, now_ms: u64) {
    if let Some(age_ms) = line["leader_time_ms"].as_u64() {
        line["leader_time_ms"] = json!(now_ms - age_ms);
    } else {
        line["timestamp"] = json!(as_copytrader(now_ms));
    }
}

/// A price with all its four digits, so that one more lies on no tick.
fn decimal_padded(price_e4: u64) -> String {
    format!("0.{price_e4:04}")
}
