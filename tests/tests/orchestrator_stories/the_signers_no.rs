//! What a strategy's firewall lets through is asked of the signer, whose own
//! limits stand: both are asked the same here, and the signer's no wins.

use frame::intent::{Intent, Kind, Observed, Size};
use frame::label::Label;
use order::{B256, Exchange, PriceE4, ShareUnits, Side, TickSize, U256};
use tests::desk::LEADER;
use tests::session::{self, Explained, Session};
use tests::{ask, audit, keys, pki};

use crate::copying::{SECOND, fixed};
use crate::kit::{Stand, TRADING};

/// A leader whom a strategy follows, and the signer's policy does not name.
const UNNAMED: &str = "0xde709f2102306220921060314715629080e2fb77";
/// A caller that only asks what would become of an order.
const ASKER: &str = "asker";

/// What the orchestrator asked the signer for, under a name that is not taken.
fn asked(stand: &Stand, id: &str) -> Intent {
    let db = audit::open(&stand.desk.file("orchestrator.sqlite"));
    let row = db.query_row(
        "SELECT leader, leader_price_e4, leader_time_ms, seen_ms, market, token_id, side, \
         limit_price_e4, shares_units, tick_size_e4, deadline_ms, strategy \
         FROM intent WHERE source_id = ?1",
        [id],
        |r| {
            let text = |at: usize| r.get::<_, String>(at);
            let price = |at: usize| r.get(at).map(|e4| PriceE4::new(e4).expect("a price"));
            let shares = ShareUnits::new(r.get(8)?);
            Ok(Intent {
                kind: Kind::Copy(Observed {
                    leader: text(0)?.parse().expect("an address"),
                    fill: B256::repeat_byte(7),
                    price: price(1)?,
                    size: shares,
                    traded_ms: r.get(2)?,
                    observed_ms: r.get(3)?,
                }),
                id: ask::id(&format!("asked-{id}")),
                attempt: 0,
                market: text(4)?.parse().expect("a condition"),
                token_id: U256::from_str_radix(&text(5)?, 10).expect("a token"),
                exchange: Exchange::V2Standard,
                side: Side::parse(&text(6)?).expect("a side"),
                limit_price: price(7)?,
                size: Size::Shares(shares),
                tick_size: TickSize::from_e4(r.get(9)?).expect("a tick"),
                deadline_ms: r.get(10)?,
                strategy: Label::parse(&text(11)?).expect("a strategy"),
            })
        },
    );
    row.expect("a planned order")
}

/// Whether the audit says that the firewall let it through, as an order.
fn planned(stand: &Stand, id: &str) -> bool {
    let export = stand.ran(&["audit", "export"]).stdout;
    let mut records = export.lines().filter(|line| line.contains(id));
    records.any(|line| line.contains("planned"))
}

/// M7: every order that a strategy's firewall passed is asked of the signer,
/// and where the two disagree the signer's no is the end of it.
#[test]
fn whatever_the_firewall_passes_is_asked_of_the_signer_whose_no_wins() {
    let mut stand = Stand::following("standard.json", &[LEADER, SECOND], TRADING);
    let (pair, key) = (pki::pair(&stand.desk.folder, ASKER), keys::random());
    let address = stand.stop_signer();
    stand
        .desk
        .add_caller(ASKER, "orchestrator", &pair.pin, &key);
    stand.start_signer_at(&address);
    let strategies = [
        fixed("small", LEADER, "5.0", ""),
        // More than the signer signs at once.
        fixed("large", SECOND, "30.0", ""),
        fixed("unnamed", UNNAMED, "5.0", ""),
    ];
    let run = stand.copying(&strategies.concat());
    for (id, leader, ask_e4, no) in [
        ("usual", LEADER, 4_100, None),
        // Cheaper than the signer buys.
        ("cheap", LEADER, 300, Some("PRICE_BAND")),
        ("large", SECOND, 4_100, Some("ORDER_TOO_LARGE")),
        ("unnamed", UNNAMED, 4_100, Some("LEADER_NOT_ALLOWED")),
    ] {
        stand.offer(ask_e4 - 100, ask_e4);
        let line = stand.trade(id, leader, ("BUY", 100, ask_e4));
        assert_eq!(stand.post(&run, &line).0, 202, "{id}");
        let ended = stand.until(id, if no.is_some() { "DENIED" } else { "SETTLED" });
        let ended = ended.filter(|_| no.is_some());
        assert_eq!(ended.as_deref(), no, "{id}");
        assert!(planned(&stand, id), "{id}: the firewall let it through");
        let intent = asked(&stand, id);
        let explained = session::run(async {
            let session = Session::open(&address, &pair, ASKER, key).await;
            session.expect("an epoch").explain(&intent).await
        });
        let said = match explained.expect("an answer") {
            Explained::WouldApprove(_) => None,
            Explained::Denied(denied) => Some(denied.code),
        };
        assert_eq!(said, ended, "{id}: the signer says one thing to both");
    }
    assert_eq!(stand.orders(), 1, "nothing that was denied was posted");
    stand.agree(run);
}
