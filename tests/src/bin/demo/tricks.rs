//! The tricks of the hostile client, each with the answer it must get.

use std::collections::BTreeMap;

use frame::intent::{Intent, Kind, Size};
use order::{Exchange, PriceE4, ShareUnits, Side, TickSize, U256};
use tests::ask;
use tests::authority::Authority;
use tests::book::Book;
use tests::desk::{CALLER as ORCHESTRATOR, Desk, ORDER_MAX_UNITS};
use tests::session::{Carried, Session};
use tonic::Status;
use wire::sign_order_response::Outcome;

use crate::hostile::{CALLER, Hostile, Loot, MONITOR};
use crate::ladder::{BUY_MIN_UNITS, SHARE, at_least};
use crate::say::{fitted, say};

/// One hundredth of a share.
const LOT: u64 = 10_000;
/// More than any limit lets it sign.
const TRIES_MAX: u64 = 200;

/// An answer: its code, and what was said with it.
struct Told {
    code: String,
    sentence: String,
}

/// The attack as far as it went.
pub(crate) struct Attack<'a> {
    desk: &'a Desk,
    address: &'a str,
    hostile: &'a Hostile,
    book: &'a Book,
    floor: PriceE4,
    session: Session,
    serial: u64,
    pub(crate) loot: Loot,
    pub(crate) problems: Vec<String>,
    /// The status before it began.
    pub(crate) before: BTreeMap<String, String>,
}

impl<'a> Attack<'a> {
    /// Opens an epoch, and reads the figures.
    pub(crate) async fn begin(
        desk: &'a Desk,
        address: &'a str,
        hostile: &'a Hostile,
        (book, floor): (&'a Book, PriceE4),
    ) -> Self {
        let session = Session::open(address, &hostile.pair, CALLER, hostile.key).await;
        let mut session = session.unwrap_or_else(|e| panic!("an epoch: {e}"));
        let status = session.status().await;
        let status = status.unwrap_or_else(|e| panic!("a status: {e}"));
        let lines = status.lines.into_iter().map(|line| (line.name, line.value));
        Self {
            desk,
            address,
            hostile,
            book,
            floor,
            session,
            serial: 0,
            loot: Loot::default(),
            problems: Vec::new(),
            before: lines.collect(),
        }
    }

    /// Tries everything.
    pub(crate) async fn run(&mut self) {
        self.strangers().await;
        self.forge().await;
        self.bend().await;
        self.repeat().await;
        self.spend().await;
        self.sell_out().await;
        self.freeze().await;
    }

    /// Prints one trick with its answer, which must have this code.
    fn tell(&mut self, trick: &str, must: &str, told: &Told) {
        let Told { code, sentence } = told;
        let mark = if code == must { "" } else { "NOT " };
        // What to do about it is said for honest callers.
        let sentence = sentence.split(". ").next().unwrap_or_default();
        let answer = format!("{mark}{code}: {sentence}");
        let answer = answer.trim_end_matches([':', ' ']);
        say(&format!("  {trick:<60} {}", fitted(answer, 63)));
        if code != must {
            self.problems
                .push(format!("{trick}: {code}, and must be {must}"));
        }
    }

    /// Asks for an order, keeps it if it was signed, and tells.
    async fn ask(&mut self, trick: &str, must: &str, intent: &Intent) {
        let told = self.signed(intent).await;
        self.tell(trick, must, &told);
    }

    async fn signed(&mut self, intent: &Intent) -> Told {
        match self.session.sign(intent).await {
            Ok(Outcome::Approved(approved)) => {
                self.loot.take(&approved);
                told("SIGNED", &format!("leaf {}", approved.leaf_index))
            }
            Ok(Outcome::Denied(denied)) => told(&denied.code, &denied.sentence),
            Err(status) => unanswered(&status),
        }
    }

    fn name(&mut self) -> String {
        self.serial += 1;
        format!("hostile-{}", self.serial)
    }

    /// A small BUY at the best ask, as an honest copy would be.
    fn buy(&mut self) -> Intent {
        let mut intent = ask::buy(self.book, &self.name());
        let price = u64::from(intent.limit_price.get());
        intent.size = Size::Shares(ShareUnits::new(at_least(BUY_MIN_UNITS, price)));
        intent
    }

    /// An exit of the book's token.
    fn exit(&mut self, shares_units: u64, price: PriceE4) -> Intent {
        let mut intent = ask::buy(self.book, &self.name());
        intent.kind = Kind::Exit;
        intent.side = Side::Sell;
        intent.limit_price = price;
        intent.tick_size = TickSize::TenThousandth;
        intent.size = Size::Shares(ShareUnits::new(shares_units));
        intent
    }

    /// Others' names and roles.
    async fn strangers(&mut self) {
        let hostile = self.hostile;
        let open = Session::open(self.address, &hostile.pair, ORCHESTRATOR, hostile.key).await;
        let answer = open.err().map_or(told("WELCOME", ""), |e| unanswered(&e));
        self.tell(
            "opens an epoch under the orchestrator's name",
            "PermissionDenied",
            &answer,
        );
        let mut looker =
            Session::open(self.address, &hostile.monitor, MONITOR, hostile.monitor_key)
                .await
                .unwrap_or_else(|e| panic!("an epoch: {e}"));
        let intent = self.buy();
        let answer = match looker.sign(&intent).await {
            Ok(Outcome::Approved(approved)) => {
                self.loot.take(&approved);
                told("SIGNED", "")
            }
            Ok(Outcome::Denied(denied)) => told(&denied.code, &denied.sentence),
            Err(status) => unanswered(&status),
        };
        self.tell(
            "asks for an order with a monitor's key",
            "PermissionDenied",
            &answer,
        );
    }

    /// Notes that it signed itself, under the right names.
    async fn forge(&mut self) {
        let (forger, journal) = (Authority::new(), self.desk.journal_id.clone());
        let token = self.book.token.clone();
        for (trick, note) in [
            (
                "carries a ticket signed under the operator's name",
                forger.ticket(&journal, &token, "1000", "0.0001"),
            ),
            (
                "carries a declaration signed under the quorum's names",
                forger.holds_nothing_else(&journal),
            ),
        ] {
            let answer = match self.session.note(&note).await {
                Ok(Carried::Noted(_)) => told("NOTED", ""),
                Ok(Carried::Denied(denied)) => told(&denied.code, &denied.sentence),
                Err(status) => unanswered(&status),
            };
            self.tell(trick, "NOTE_NO_KNOWN_KEY", &answer);
        }
    }

    /// Orders that no policy of this desk lets pass.
    async fn bend(&mut self) {
        let floor = self.floor;
        let all = self.exit(1_000_000 * SHARE, floor);
        self.ask("sells a million shares at the floor", "HOLDINGS", &all)
            .await;
        let least = PriceE4::new(1).expect("a price");
        if floor > least {
            let cheap = self.exit(SHARE, least);
            self.ask("sells one share for 0.0001", "SELL_FLOOR", &cheap)
                .await;
        }
        let mut turned = self.buy();
        turned.kind = Kind::Exit;
        self.ask("buys, and calls it an exit", "EXIT_MUST_SELL", &turned)
            .await;
        let mut strategy = self.buy();
        strategy.kind = Kind::Strategy;
        self.ask("calls it another bot's order", "STRATEGY_OFF", &strategy)
            .await;
        let mut other = self.buy();
        other.token_id = U256::from(7);
        self.ask(
            "buys a token of its own under a listed market",
            "TOKEN_NOT_OF_MARKET",
            &other,
        )
        .await;
        let mut routed = self.buy();
        routed.exchange = match routed.exchange {
            Exchange::V2Standard => Exchange::V2NegRisk,
            Exchange::V2NegRisk | Exchange::V3 => Exchange::V2Standard,
        };
        self.ask("sends it to the other exchange contract", "VENUE", &routed)
            .await;
        let mut late = self.buy();
        late.deadline_ms = 1;
        self.ask("names a deadline that is over", "DEADLINE_PASSED", &late)
            .await;
    }

    /// One question twice, one name for two orders, one order twice.
    async fn repeat(&mut self) {
        let intent = self.buy();
        let request = self.session.request(&intent);
        let first = self.session.client.sign_order(request.clone()).await;
        let first = match first.map(|answer| answer.into_inner().outcome) {
            Ok(Some(Outcome::Approved(approved))) => {
                self.loot.take(&approved);
                Some(approved)
            }
            _ => None,
        };
        let answer = first.as_ref().map_or(told("DENIED", ""), |a| {
            told("SIGNED", &format!("leaf {}", a.leaf_index))
        });
        self.tell(
            "asks for a small order, as an honest copy would be",
            "SIGNED",
            &answer,
        );
        let again = self.session.client.sign_order(request).await;
        let answer = again.err().map_or(told("ANSWERED", ""), |e| unanswered(&e));
        self.tell(
            "sends those very bytes again: a used counter",
            "AlreadyExists",
            &answer,
        );
        let answer = match self.session.sign(&intent).await {
            Ok(Outcome::Approved(second)) if Some(&second) == first.as_ref() => {
                told("SAME", "same leaf, hash and signature, no new charge")
            }
            Ok(Outcome::Approved(second)) => {
                self.loot.take(&second);
                told("SIGNED", "another order")
            }
            Ok(Outcome::Denied(denied)) => told(&denied.code, &denied.sentence),
            Err(status) => unanswered(&status),
        };
        self.tell(
            "asks for the same attempt with a fresh counter",
            "SAME",
            &answer,
        );
        let mut other = intent;
        other.size = Size::Shares(ShareUnits::new(2 * SHARE));
        self.ask("asks for it with another size", "INTENT_REUSED", &other)
            .await;
    }

    /// Buys at the highest price there is until no size passes.
    async fn spend(&mut self) {
        let price_e4 = 10_000 - self.book.tick_e4;
        let price = PriceE4::new(u16::try_from(price_e4).expect("a price")).expect("a price");
        let mut units = ORDER_MAX_UNITS;
        let mut last = told("SIGNED", "");
        for _ in 0..TRIES_MAX {
            let mut intent = self.buy();
            intent.limit_price = price;
            if let Kind::Copy(seen) = &mut intent.kind {
                // Nobody attests what the leader did: it says so itself.
                seen.price = price;
            }
            let shares = units * 10_000 / price_e4 / LOT * LOT;
            intent.size = Size::Shares(ShareUnits::new(shares));
            last = self.signed(&intent).await;
            if last.code != "SIGNED" {
                if units == BUY_MIN_UNITS {
                    break;
                }
                units = (units / 2).max(BUY_MIN_UNITS);
            }
        }
        let trick = format!("buys at {price}, as its leader, until a dollar is too much");
        self.tell(&trick, "BUDGET_DAY", &last);
    }

    /// Sells at the floor until no size passes.
    async fn sell_out(&mut self) {
        let floor = self.floor;
        let mut units = 1_000 * SHARE;
        let mut last = told("SIGNED", "");
        for _ in 0..TRIES_MAX {
            let intent = self.exit(units, floor);
            last = self.signed(&intent).await;
            if last.code == "EXIT_RATE" || (last.code != "SIGNED" && units == LOT) {
                break;
            }
            if last.code != "SIGNED" {
                units = (units / 2 / LOT).max(1) * LOT;
            }
        }
        let must = if last.code == "SELL_REUSE" {
            "SELL_REUSE"
        } else {
            "EXIT_RATE"
        };
        self.tell(
            "sells the same shares at the floor until a lot is too much",
            must,
            &last,
        );
    }

    /// It may stop everything: that costs trades, and no money.
    async fn freeze(&mut self) {
        let intent = self.buy();
        let answer = match self.session.freeze("spite").await {
            Ok(leaf) => told("FROZEN", &format!("leaf {leaf}; only the quorum unfreezes")),
            Err(status) => unanswered(&status),
        };
        self.tell(
            "freezes the signer, which any orchestrator may",
            "FROZEN",
            &answer,
        );
        self.ask("asks once more", "FROZEN", &intent).await;
    }
}

fn told(code: &str, sentence: &str) -> Told {
    Told {
        code: code.to_owned(),
        sentence: sentence.to_owned(),
    }
}

/// What is not answered is no denial: only a gRPC code.
fn unanswered(status: &Status) -> Told {
    told(&format!("{:?}", status.code()), status.message())
}
