//! The second part: a leader's session, seen by the watcher and copied, while
//! every program falls once; then the books are compared again.

mod audited;
mod copied;
pub(crate) mod crew;
mod kills;
mod market;
pub(crate) mod page;
mod steps;
mod wait;

use std::fs;

use frame::local::Verb;
use rusqlite::{Connection, OptionalExtension};
use serde_json::json;
use tests::audit::{self, Filled};
use tests::bins::Bins;
use tests::book::{Book, decimal};
use tests::desk::{Desk, LEADER};

use crate::hostile::Loot;
use crate::say::{fitted, head, say, shortened};
use crate::stage::Staged;
use crate::table;
use crate::{plan, verdict};
use audited::audited;
use copied::Copied;
use crew::Crew;
use kills::Kills;
use steps::{Blow, End, HASTY, SECOND, STRANGER, Step, WATCHED};

/// The most leaders that a policy names.
const LEADERS_MAX: usize = 256;

/// A leader's order, and what must become of it.
struct Row {
    name: String,
    asked: String,
    transaction: String,
    end: End,
}

/// Plays it; returns what ended otherwise than it must. With a seed, programs
/// are killed after any order, at any moment of its way: how a copy ends is then
/// only shown, and what must hold is what the books say.
pub(crate) fn play(staged: &Staged, kills: Option<u64>) -> Result<(), Vec<String>> {
    let one = |e: String| vec![e];
    let books = books(&staged.books);
    let desk = Desk::following(
        &Bins::beside_me(),
        staged.folder.path(),
        &[LEADER, SECOND],
        &[
            ("buy_price_min", "0.0001"),
            ("buy_price_max", "0.9999"),
            ("order_shares_max", "1000000"),
            ("sell_floor", "0.01"),
        ],
    );
    let wallets = [LEADER, SECOND, WATCHED, STRANGER, HASTY];
    let crew = Crew::start(&desk, &strategies(), &wallets).map_err(one)?;
    let declared = desk.authority.holds_nothing_else(&desk.journal_id);
    desk.ask(Verb::Note, &declared).map_err(one)?;
    head(
        "A leader's session, seen by `orchestrator watch` through the Data API and copied by `orchestrator run`.",
    );
    say(
        "Three strategies: `tenth` copies 10 % of one leader, at most 20 USDC; `fixed` 2 USDC of each trade of another; `hasty` only what is a second old.",
    );
    let mut session = Session {
        desk: &desk,
        crew,
        books,
        rows: Vec::new(),
        open: 0,
        problems: Vec::new(),
        kills: kills.map(Kills::new),
    };
    heading(if kills.is_some() { "ended" } else { "must end" });
    for step in steps::script(&session.books) {
        if let Err(stopped) = session.step(step) {
            session.problems.push(stopped);
            return Err(session.problems);
        }
    }
    session.finish()
}

/// Plays a recorded page: every wallet of it is followed with two dollars a
/// trade, and each order happens now.
pub(crate) fn recorded(staged: &Staged, orders: &[page::Order]) -> Result<(), Vec<String>> {
    let one = |e: String| vec![e];
    let assumed = page::assume_books(orders, &staged.books, staged.folder.path()).map_err(one)?;
    let mut wallets: Vec<&str> = Vec::new();
    for order in orders {
        if !wallets.contains(&order.wallet.as_str()) && wallets.len() < LEADERS_MAX {
            wallets.push(&order.wallet);
        }
    }
    let bend = [
        ("buy_price_min", "0.0001"),
        ("buy_price_max", "0.9999"),
        ("order_shares_max", "1000000"),
        ("sell_floor", "0.001"),
    ];
    let desk = Desk::following(&Bins::beside_me(), staged.folder.path(), &wallets, &bend);
    let listed: Vec<String> = wallets.iter().map(|wallet| format!("{wallet:?}")).collect();
    let strategies = format!(
        "\n[[strategy]]\nname = \"recorded\"\nfollow_traders = [{}]\nallow_all_markets = true\n\
         copy_sizing_strategy = \"FIXED\"\ncopy_size = \"2.0\"\nprice_min = \"0.001\"\n\
         price_max = \"0.999\"\n",
        listed.join(", ")
    );
    let crew = Crew::start(&desk, &strategies, &wallets).map_err(one)?;
    let declared = desk.authority.holds_nothing_else(&desk.journal_id);
    desk.ask(Verb::Note, &declared).map_err(one)?;
    head(
        "A recorded page of the Data API, as if it happened now; each order is copied with 2 USDC.",
    );
    say(&format!(
        "{} orders of {} wallets. Assumed, since no book was given for them: {assumed} books around the page's prices.",
        orders.len(),
        wallets.len(),
    ));
    let mut session = Session {
        desk: &desk,
        crew,
        books: Vec::new(),
        rows: Vec::new(),
        open: 0,
        problems: Vec::new(),
        kills: None,
    };
    heading("ended");
    for (nth, order) in orders.iter().enumerate() {
        let transaction = format!("0x{:064x}", nth + 1);
        session
            .crew
            .script("leader-trade", &order.now(&transaction))
            .map_err(one)?;
        session.rows.push(Row {
            name: format!("order {}", nth + 1),
            asked: order.asked.clone(),
            transaction,
            end: End::Any,
        });
        session.catch_up().map_err(one)?;
    }
    session.finish()
}

fn heading(third: &str) {
    say(&format!(
        "\n{:<19} {:<27} {third:<30} {:<3} {:<14} {}",
        "leader's order", "leader", "ok?", "order hash", "copied"
    ));
}

/// The book of the standard exchange that most steps play on, and one of the
/// other exchange if there is one.
fn books(all: &[Book]) -> Vec<Book> {
    let main = plan::main_book(all).clone();
    let other = all
        .iter()
        .find(|book| book.neg_risk != main.neg_risk && book.market != main.market);
    let other = other.cloned();
    [main].into_iter().chain(other).collect()
}

fn strategies() -> String {
    format!(
        "\n[[strategy]]\nname = \"tenth\"\nfollow_traders = [\"{LEADER}\"]\n\
         watch_only = [\"{WATCHED}\"]\nallow_all_markets = true\n\
         copy_sizing_strategy = \"PERCENTAGE\"\ncopy_size = \"10.0\"\n\
         max_intent_size_usdc = \"20.0\"\naggregate_seconds = 600\n\
         \n[[strategy]]\nname = \"fixed\"\nfollow_traders = [\"{SECOND}\"]\n\
         allow_all_markets = true\ncopy_sizing_strategy = \"FIXED\"\ncopy_size = \"2.0\"\n\
         \n[[strategy]]\nname = \"hasty\"\nfollow_traders = [\"{HASTY}\"]\n\
         allow_all_markets = true\nmax_intent_age_seconds = 1\n"
    )
}

struct Session<'a> {
    desk: &'a Desk,
    crew: Crew<'a>,
    books: Vec<Book>,
    rows: Vec<Row>,
    /// The first row that was not looked at yet.
    open: usize,
    problems: Vec<String>,
    kills: Option<Kills>,
}

impl Session<'_> {
    fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Offer {
                book,
                levels,
                shares,
                moved,
            } => {
                let book = &self.books[book];
                let (bid, ask) = market::touch(book);
                let by = moved * book.tick_e4;
                let offer = market::offer(book, (bid + by, ask + by), levels, shares);
                self.crew.script("book", &offer)
            }
            Step::Tick(tick_e4) => {
                self.books[0].tick_e4 = tick_e4;
                let tick = decimal(tick_e4, 4);
                let body = json!({"asset_id": self.books[0].token, "tick_size": tick});
                say(&format!("{:20}The market's tick becomes {tick}.", ""));
                self.crew.script("book", &body)
            }
            Step::Blow(blow) => self.blow(blow),
            Step::Trade {
                name,
                trade,
                end,
                wait,
            } => {
                let transaction = format!("0x{:064x}", self.rows.len() + 1);
                let book = &self.books[trade.book];
                let rows = market::rows(&trade, book, &transaction);
                if trade.side == "SELL" {
                    self.holding_known(&trade, &book.token)?;
                }
                let end = if self.kills.is_some() { End::Any } else { end };
                self.crew.script("leader-trade", &rows)?;
                let shares: u64 = trade.fills.iter().map(|(shares, _)| shares).sum();
                let price = decimal(trade.fills[0].1, 4);
                let asked = format!("{} {} at {price}", trade.side, decimal(shares, 2));
                self.rows.push(Row {
                    name: name.to_owned(),
                    asked,
                    transaction,
                    end,
                });
                self.strike()?;
                if wait { self.catch_up() } else { Ok(()) }
            }
        }
    }

    /// With kills: ends one program somewhere on the way of the last order.
    fn strike(&mut self) -> Result<(), String> {
        let Some(kills) = &mut self.kills else {
            return Ok(());
        };
        let (looks, whom) = (kills.below(30), kills.below(4));
        let last = self.rows.last().map(|row| row.transaction.clone());
        let last = last.unwrap_or_default();
        // As far along as chance says: the kill falls between any two steps.
        wait::looks(looks, || Ok(self.found(&last)?.filter(Copied::is_over)))?;
        match whom {
            0 => self.blow(Blow::Orchestrator),
            1 => self.blow(Blow::Watcher),
            2 if self.crew.has_signer() => {
                self.blow(Blow::SignerDown)?;
                self.blow(Blow::SignerUp)
            }
            _ => Ok(()),
        }
    }

    /// Waits until the watcher knows what the wallet holds: it believes the
    /// venue's positions only some time after a trade.
    fn holding_known(&self, trade: &market::Trade, token: &str) -> Result<(), String> {
        if trade.held_before == 0 {
            return Ok(());
        }
        let want = Some(trade.held_before * 10_000);
        let known = wait::until(|| {
            let known = self.holding(trade.wallet, token);
            Ok(known
                .map_err(|e| e.to_string())?
                .filter(|known| Some(*known) == want))
        })?;
        known.map(drop).ok_or_else(|| {
            let wallet = trade.wallet;
            format!("the watcher does not learn what {wallet} holds")
        })
    }

    fn holding(&self, wallet: &str, token: &str) -> rusqlite::Result<Option<u64>> {
        let db = Connection::open(self.desk.file("watch.sqlite"))?;
        db.query_row(
            "SELECT size_e6 FROM holding WHERE lower(wallet) = ?1 AND token = ?2",
            [wallet, token],
            |r| r.get(0),
        )
        .optional()
    }

    fn blow(&mut self, blow: Blow) -> Result<(), String> {
        let told = match blow {
            Blow::Orchestrator => {
                self.crew.restart_orchestrator();
                "The orchestrator is killed, and started again."
            }
            Blow::SignerDown => {
                self.crew.kill_signer();
                "The signer is killed."
            }
            Blow::SignerUp => {
                self.crew.start_signer();
                "The signer is started again."
            }
            Blow::Watcher => {
                self.crew.restart_watcher()?;
                "The watcher is killed, and started again."
            }
            Blow::Replay => {
                let path = self.desk.file("intents.jsonl");
                let text = fs::read_to_string(&path).map_err(|e| e.to_string())?;
                fs::write(path, format!("{text}{text}")).map_err(|e| e.to_string())?;
                "Every line of the intents file comes in once more."
            }
        };
        say(&format!("{:20}{told}", ""));
        Ok(())
    }

    /// Waits for every row so far, and prints it.
    fn catch_up(&mut self) -> Result<(), String> {
        while let Some(row) = self.rows.get(self.open) {
            let over = wait::until(|| Ok(self.found(&row.transaction)?.filter(Copied::is_over)))?;
            let Some(over) = over else {
                let stands = self.found(&row.transaction)?;
                let stands = stands.map_or("never seen".to_owned(), |found| found.state);
                let log = fs::read_to_string(self.desk.file("orchestrator.log"));
                let log = log.unwrap_or_default();
                let last: Vec<&str> = log.lines().rev().take(5).collect();
                return Err(format!(
                    "{} is {stands} after {:?}: {}",
                    row.name,
                    wait::PATIENCE,
                    last.join(" | ")
                ));
            };
            let problem = self.print(row, &over).map_err(|e| e.to_string())?;
            self.problems.extend(problem);
            self.open += 1;
        }
        Ok(())
    }

    fn found(&self, transaction: &str) -> Result<Option<Copied>, String> {
        let path = self.desk.file("orchestrator.sqlite");
        Copied::of(&path, transaction).map_err(|e| e.to_string())
    }

    /// Prints a row; returns what is wrong with it.
    fn print(&self, row: &Row, found: &Copied) -> rusqlite::Result<Option<String>> {
        let db = audit::open(&self.desk.file("orchestrator.sqlite"));
        let mut filled = Filled::default();
        for hash in &found.hashes {
            let more = table::filled(&db, Some(hash))?;
            filled.shares_units += more.shares_units;
            filled.collateral_units += more.collateral_units;
            filled.fee_units += more.fee_units;
        }
        let (must, is) = match row.end {
            End::Settled => (
                "SETTLED".to_owned(),
                found.state == "SETTLED" && filled.shares_units > 0,
            ),
            End::Any => (
                format!(
                    "{} {}",
                    found.state,
                    found.code.as_deref().unwrap_or_default()
                ),
                true,
            ),
            End::Rejected(code) => (
                format!("REJECTED {code}"),
                found.state == "REJECTED" && found.code.as_deref() == Some(code),
            ),
        };
        let once = found.attempts == 1;
        say(&format!(
            "{:<19} {:<27} {must:<30} {:<3} {:<14} {}",
            row.name,
            row.asked,
            if is && once { "yes" } else { "NO" },
            found
                .hashes
                .first()
                .map_or("-".to_owned(), |hash| shortened(hash)),
            table::filled_text(filled),
        ));
        if let (true, Some(detail)) = (!is || found.state == "REJECTED", &found.detail) {
            say(&format!("{:20}{}", "", fitted(detail, 20)));
        }
        let (state, code) = (&found.state, found.code.as_deref().unwrap_or_default());
        let detail = found.detail.as_deref().unwrap_or_default();
        Ok(if !once {
            Some(format!(
                "{} has {} attempts, and must have one",
                row.name, found.attempts
            ))
        } else if is {
            None
        } else {
            Some(format!(
                "{} ended {state} {code}, and must end {must}: {detail}",
                row.name
            ))
        })
    }

    /// Nothing is held by any strategy, every row has one attempt, the books
    /// agree, and the audit decides again what it recorded.
    fn finish(mut self) -> Result<(), Vec<String>> {
        let one = |e: String| vec![e];
        self.catch_up().map_err(one)?;
        for row in &self.rows {
            match self.found(&row.transaction) {
                Ok(Some(found)) if found.attempts == 1 => {}
                found => self.problems.push(format!(
                    "{} has {} attempts at the end, and must have one",
                    row.name,
                    found.ok().flatten().map_or(0, |found| found.attempts)
                )),
            }
        }
        let count = self.rows.len();
        let (desk, mut problems) = (self.desk, self.problems);
        let (venue, signer) = self.crew.end().map_err(one)?;
        say(&format!(
            "{count} orders of leaders, each seen once; nothing was copied twice, nothing forgotten."
        ));
        problems.extend(audited(desk));
        problems.extend(verdict::compare(desk, venue, signer, &Loot::default()).map_err(one)?);
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }
}
