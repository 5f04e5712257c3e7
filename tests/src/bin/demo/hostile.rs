//! A hostile client: it has a valid certificate and a valid request key of an
//! orchestrator, talks to the signer directly and posts nothing.
//!
//! The signer printed beforehand what the worst orchestrator could lose; what
//! it got signed is held against that.

use std::collections::{BTreeMap, BTreeSet};

use order::PriceE4;
use tests::book::{Book, decimal, scaled};
use tests::desk::{Desk, FEE_CEILING_BPS};
use tests::keys;
use tests::pki::{self, Pair};

use crate::say::{cents, head, say};
use crate::tricks::Attack;

/// Its name among the callers.
pub(crate) const CALLER: &str = "hostile";
/// The name of a caller that may only look.
pub(crate) const MONITOR: &str = "monitor-1";

/// What it stole.
pub(crate) struct Hostile {
    pub(crate) pair: Pair,
    pub(crate) key: [u8; 32],
    pub(crate) monitor: Pair,
    pub(crate) monitor_key: [u8; 32],
}

impl Hostile {
    /// Adds it to the callers, before the signer starts.
    pub(crate) fn let_in(desk: &Desk) -> Self {
        let hostile = Self {
            pair: pki::pair(&desk.folder, CALLER),
            key: keys::random(),
            monitor: pki::pair(&desk.folder, MONITOR),
            monitor_key: keys::random(),
        };
        desk.add_caller(CALLER, "orchestrator", &hostile.pair.pin, &hostile.key);
        desk.add_caller(
            MONITOR,
            "monitor",
            &hostile.monitor.pin,
            &hostile.monitor_key,
        );
        hostile
    }
}

/// Everything that was signed for it.
#[derive(Default)]
pub(crate) struct Loot {
    pub(crate) hashes: BTreeSet<String>,
    pub(crate) buys: u64,
    pub(crate) charged_units: u64,
    pub(crate) sells: u64,
    /// What the SELLs could give away, were each filled whole.
    pub(crate) given_units: u64,
}

impl Loot {
    /// Takes an approval in; the same one again counts once.
    pub(crate) fn take(&mut self, approved: &wire::Approved) {
        let order = approved.order.as_ref().expect("an approval has its order");
        let hash = format!("0x{}", hex::encode(&approved.order_hash));
        if !self.hashes.insert(hash) {
            return;
        }
        if order.side() == wire::Side::Buy {
            self.buys += 1;
            self.charged_units += most_paid(order.maker_amount_units);
        } else {
            self.sells += 1;
            // Shares marked at 1, less what the least proceeds leave after the
            // fee ceiling.
            let kept_bps = u128::from(10_000 - FEE_CEILING_BPS);
            let got = u128::from(order.taker_amount_units) * kept_bps / 10_000;
            let got = u64::try_from(got).expect("amounts are bounded");
            self.given_units += order.maker_amount_units - got;
        }
    }
}

/// The most that can leave the wallet for a BUY, fee ceiling included.
fn most_paid(maker_units: u64) -> u64 {
    let most = u128::from(maker_units) * u128::from(10_000 + FEE_CEILING_BPS);
    u64::try_from(most.div_ceil(10_000)).expect("amounts are bounded")
}

/// Lets it try everything; returns what it got signed, and what must not have
/// been.
pub(crate) fn play(
    desk: &Desk,
    address: &str,
    hostile: &Hostile,
    (book, floor_e4): (&Book, u64),
) -> (Loot, Vec<String>) {
    head(
        "A hostile client with an orchestrator's certificate and request key asks the signer directly:",
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let floor = u16::try_from(floor_e4).ok().and_then(PriceE4::new);
    let trade = (book, floor.expect("a price"));
    let mut attack = runtime.block_on(Attack::begin(desk, address, hostile, trade));
    runtime.block_on(attack.run());
    let Attack {
        loot,
        mut problems,
        before,
        ..
    } = attack;
    problems.extend(held(&loot, &Printed(before)));
    (loot, problems)
}

/// The lines of a status.
struct Printed(BTreeMap<String, String>);

impl Printed {
    fn usdc(&self, name: &str) -> Result<u64, String> {
        let text = self.0.get(name).map_or("missing", String::as_str);
        scaled(text, 6).ok_or_else(|| format!("GetStatus says {name} {text}, which bounds nothing"))
    }
}

/// Holds what it got against what was printed.
fn held(loot: &Loot, printed: &Printed) -> Vec<String> {
    let read = || {
        Ok::<_, String>([
            printed.usdc("loss_next_24h_usdc")?,
            printed.usdc("term_signed_buys_usdc")?,
            printed.usdc("term_new_buys_24h_usdc")?,
            printed.usdc("term_sells_usdc")?,
            printed.usdc("wallet_usdc_max")?,
        ])
    };
    let [loss, signed, new, sells, wallet] = match read() {
        Ok(figures) => figures,
        Err(problem) => return vec![problem],
    };
    let text = |name: &str| printed.0.get(name).map_or("?", String::as_str);
    say(&format!(
        "\nGetStatus beforehand: loss_next_24h_usdc {} = signed buys {} + new buys {} + sells {}.",
        cents(loss),
        cents(signed),
        cents(new),
        cents(sells)
    ));
    say(&format!(
        "  (sells: {} shares that may be held, had every BUY filled at the finest tick, given away at {};\n\
         \x20  no wallet loses more than it holds: wallet_usdc_max {}.)",
        text("term_shares"),
        text("term_lowest_price"),
        decimal(wallet, 6)
    ));
    let total = loot.charged_units + loot.given_units;
    say(&format!(
        "It got {} BUYs, charged {} USDC with the fee ceiling: {} a day, of which the orchestrator had used {}.\n\
         It got {} SELLs, which could give away {} USDC, were each filled whole at the floor.\n\
         Together {} USDC, of {} that the signer printed.",
        loot.buys,
        cents(loot.charged_units),
        cents(new),
        cents(signed),
        loot.sells,
        cents(loot.given_units),
        cents(total),
        cents(loss),
    ));
    [
        (loot.charged_units + signed, new, "BUYs of this day"),
        (loot.given_units, sells, "SELLs"),
        (total, loss, "orders"),
    ]
    .into_iter()
    .filter(|(got, bound, _)| got > bound)
    .map(|(got, bound, what)| {
        let (got, bound) = (decimal(got, 6), decimal(bound, 6));
        format!("{what} for {got} USDC were signed, and {bound} was the bound")
    })
    .collect()
}
