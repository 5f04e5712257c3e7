//! What a note says, in words, for whoever is about to sign it.
//!
//! Invariant: every figure that widens authority is named; what is left out is
//! in the text itself, which is shown beside.

use note::{
    Attestation, Body, Declare, Dial, Fill, KeySet, Listing, Markets, Policy, Strategy, Watching,
};

/// One sentence a line.
pub(crate) fn words(body: &Body) -> Vec<String> {
    let mut lines = match body {
        Body::Policy(policy) => self::policy(policy),
        Body::KeySet(keyset) => self::keyset(keyset),
        Body::Cancel(cancel) => vec![format!(
            "cancel: the pending policy {} with hash {:?} is dropped for good",
            cancel.version, cancel.hash
        )],
        Body::Dial(dial) => self::dial(dial),
        Body::Ticket(ticket) => vec![format!(
            "ticket: one exit of at most {} shares of token {} at {} or better, whatever the floor",
            ticket.shares, ticket.token, ticket.price
        )],
        Body::Alive(alive) => vec![format!(
            "alive: an operator is there; silence is excused until {}",
            alive.until
        )],
        Body::Declare(declare) => self::declare(declare),
        Body::Unfreeze(unfreeze) => {
            vec![format!(
                "unfreeze: the freeze of leaf {} ends",
                unfreeze.leaf
            )]
        }
        Body::WriteOff(off) => {
            let mut lines = vec![format!(
                "write-off: {} signed orders fill no more, which the quorum saw finalised on chain",
                off.orders.len()
            )];
            let orders = off.orders.iter();
            lines.extend(orders.map(|off| format!("order {}: {:?}", off.order, off.evidence)));
            lines
        }
        Body::Listing(listing) => self::listing(listing),
        Body::Attestation(seen) => attestation(seen),
        Body::Fill(fill) => self::fill(fill),
        Body::Recovery(recovery) => vec![format!(
            "recovery: the freeze of leaf {} ends; all that was ever charged is at least {} USDC, \
             and what the journal forgot counts as open for ever",
            recovery.leaf, recovery.lifetime_usdc
        )],
        Body::Export(export) => vec![format!(
            "export: the PRIVATE KEY leaves, as leaf {} asks, for {}; the notifier signs only after \
             the owner was told",
            export.leaf,
            export.recipient.as_str()
        )],
    };
    let window = body.window();
    lines.push(format!(
        "may be applied from {} until {}, to journal {}",
        window.not_before,
        window.apply_before,
        hex::encode(body.journal().0)
    ));
    lines
}

fn keyset(keyset: &KeySet) -> Vec<String> {
    let mut lines = vec![format!(
        "key set {}: any {} of these {} keys are the quorum; a pending policy is voided",
        keyset.version,
        keyset.threshold,
        keyset.keys.len()
    )];
    lines.extend(keyset.keys.iter().map(|key| format!("key {key}")));
    lines
}

fn declare(declare: &Declare) -> Vec<String> {
    let rest = if declare.complete {
        "nothing is left out"
    } else {
        "something may be left out, so the sell side has no bound"
    };
    let mut lines = vec![format!(
        "declare: the wallet holds shares of {} tokens from elsewhere; {rest}",
        declare.holdings.len()
    )];
    let holdings = declare.holdings.iter();
    lines.extend(holdings.map(|held| format!("{} shares of {}", held.shares, held.token)));
    lines
}

fn listing(listing: &Listing) -> Vec<String> {
    let market = &listing.market;
    let exchange = if market.neg_risk {
        "neg-risk"
    } else {
        "standard"
    };
    let end = market
        .end
        .map_or_else(String::new, |end| format!(" until {end}"));
    vec![
        format!(
            "listing: market {} may be bought{end}, on the {exchange} exchange; its tokens belong \
             to it for ever",
            market.condition
        ),
        format!("tokens {} and {}", market.yes, market.no),
    ]
}

fn attestation(seen: &Attestation) -> Vec<String> {
    vec![
        format!(
            "attestation: leader {} {} {} shares of token {} at {}, {}",
            seen.leader,
            seen.side.as_str(),
            seen.size,
            seen.token,
            seen.price,
            seen.matched
        ),
        format!(
            "log {} of transaction {}, seen final until {}; an intent calls it fill_id {}",
            seen.log_index,
            seen.transaction,
            seen.seen,
            seen.fill()
        ),
    ]
}

fn fill(fill: &Fill) -> Vec<String> {
    let mut lines = vec![format!(
        "fill: what {} of our orders came to in all, seen final on chain; no meter changes",
        fill.fills.len()
    )];
    lines.extend(fill.fills.iter().map(|filled| {
        format!(
            "order {}: {} USDC against {} shares of {}",
            filled.order, filled.collateral, filled.shares, filled.token
        )
    }));
    lines
}

fn markets(markets: &Markets) -> String {
    match markets {
        Markets::All => "any market".to_owned(),
        Markets::Listed(markets) => format!("{} markets", markets.len()),
        Markets::Listers(role) => format!(
            "markets that {} of {} listers list: {} a day, each at {} USDC on its first",
            role.list_threshold,
            role.listers.len(),
            role.listings_per_day,
            role.listing_day_usdc
        ),
    }
}

fn watching(watching: &Watching) -> Option<String> {
    let role = watching.watchers()?;
    let buys = if role.attested_buys_only {
        "buys copy only what they attest"
    } else {
        "buys may copy what they do not attest"
    };
    Some(format!(
        "{} of {} watchers tell of the chain: {buys}, at most {} bps of it",
        role.watch_threshold,
        role.watchers.len(),
        role.copy_ratio_bps
    ))
}

/// What a policy demands beside its figures: whose key signs until when, who
/// remembers the journal's heads, of what the machine must be.
fn demands(policy: &Policy) -> Vec<String> {
    let (wallet, witnessing) = (&policy.wallet, &policy.witnessing);
    let mut lines = Vec::new();
    if let Some(end) = wallet.session_expires {
        lines.push(format!(
            "the key was lent: nothing of it is signed from {end}"
        ));
    }
    if wallet.builder_fee_bps > 0 {
        lines.push(format!(
            "builder {} takes {} bps of each fill",
            wallet.builder, wallet.builder_fee_bps
        ));
    }
    if witnessing.witnesses.is_empty() {
        lines.push("no witness: a journal that was rolled back may not show".to_owned());
    } else {
        lines.push(format!(
            "{} of {} witnesses remember its heads: {} USDC may be charged ahead of them, and \
             {} s without them reduces",
            witnessing.witness_threshold,
            witnessing.witnesses.len(),
            witnessing.advance_usdc,
            witnessing.witness_late_seconds
        ));
    }
    let witnesses = witnessing.witnesses.iter();
    lines.extend(witnesses.map(|key| format!("witness {key}")));
    lines.push(format!(
        "the signer's host: secret memory {}, the cage {}",
        demanded(policy.host.require_memfd_secret),
        demanded(policy.host.require_cage)
    ));
    lines
}

const fn demanded(is: bool) -> &'static str {
    if is { "demanded" } else { "NOT demanded" }
}

fn policy(policy: &Policy) -> Vec<String> {
    let (wallet, order, budgets) = (&policy.wallet, &policy.order, &policy.budgets);
    let (exits, presence) = (&policy.exits, &policy.presence);
    let markets = markets(&policy.scope.markets);
    let mut lines = vec![
        format!(
            "policy {}: {:?} money, chain {}, signed by {}, funds of {}",
            policy.version,
            wallet.mode,
            wallet.mode.chain().id(),
            wallet.signing_address,
            wallet.maker
        ),
        format!(
            "buys stop at {}, sells {} days later; the next policy waits {} hours",
            policy.expires, exits.sell_grace_days, policy.delay_hours
        ),
        format!(
            "an order: at most {} USDC and {} shares, BUY at {} to {}, fee at most {} bps",
            order.order_usdc_max,
            order.order_shares_max,
            order.buy_price_min,
            order.buy_price_max,
            order.fee_ceiling_bps
        ),
        format!(
            "a day: at most {} USDC charged, {} orders a minute; the wallet holds at most {} USDC",
            budgets.day_usdc, budgets.orders_per_minute, policy.wallet_usdc_max
        ),
        format!(
            "sells: at {} or better without a ticket, {} times what is held a day",
            exits.sell_floor, exits.sell_reuse
        ),
        format!("copies {} leaders in {markets}", policy.scope.leaders.len()),
        format!(
            "silence reduces after {} hours and locks after {}; a lease is {} hours",
            presence.dead_man_reduce_hours, presence.dead_man_lock_hours, presence.lease_hours
        ),
    ];
    if let Strategy::On(caps) = &policy.strategy {
        lines.push(format!(
            "other bots may ask: {} USDC an order, {} USDC a day",
            caps.strategy_order_usdc_max, caps.strategy_total_day_usdc
        ));
    }
    lines.extend(watching(&policy.watching));
    lines.extend(demands(policy));
    let operators = policy.operators.iter();
    lines.extend(operators.map(|key| format!("operator {key}")));
    if let Some(key) = &policy.extras.notifier {
        lines.push(format!("notifier of exports {key}"));
    }
    if policy.extras.clob_auth.is_some() {
        lines.push("the key may sign the venue's login, on the signer's host".to_owned());
    }
    lines
}

fn dial(dial: &Dial) -> Vec<String> {
    let mut lines = vec![format!(
        "dial {} under policy {}: these figures from now on, the rest as it was",
        dial.serial, dial.policy
    )];
    // The figures stand in the text between their count and the floors.
    let text = Body::Dial(dial.clone()).print();
    let figures = text
        .lines()
        .skip_while(|line| !line.starts_with("figures "))
        .skip(1);
    lines.extend(figures.map(str::to_owned));
    lines
}

#[cfg(test)]
mod tests {
    use note::Body;

    use super::words;

    const FULL: &str = include_str!("../../../../proto/note/tests/suite/texts/policy-full.txt");

    fn said(text: &str) -> String {
        words(&Body::parse(text).unwrap()).join("\n")
    }

    #[test]
    fn whoever_signs_a_policy_reads_who_remembers_the_heads() {
        let full = said(FULL);
        for key in ["witness-1+eea481c6+", "witness-2+db0fc3f0+"] {
            assert!(
                full.contains(&format!("\nwitness example.com/{key}")),
                "{full}"
            );
        }
        assert!(full.contains("2 of 2 witnesses remember"), "{full}");
        // Another key in the place of one is another sentence.
        let other = FULL.replace("witness-2+", "witness-3+");
        assert!(Body::parse(&other).is_err(), "its name is in its number");
        let (before, rest) = FULL.split_once("witness_threshold").unwrap();
        let (_, after) = rest.split_once("witness_late_seconds").unwrap();
        let none = "witness_threshold 0\nwitnesses 0\nwitness_late_seconds";
        let without = [before, none, after].concat();
        assert!(said(&without).contains("\nno witness:"), "{without}");
    }

    #[test]
    fn whoever_signs_a_policy_reads_when_a_lent_key_ends_and_what_is_not_demanded() {
        let full = said(FULL);
        assert!(full.contains("nothing of it is signed from 2027-05-01T00:00:00Z"));
        assert!(full.contains("the cage demanded"), "{full}");
        let ends = "session_expires 2027-05-01T00:00:00Z";
        let owned = said(&FULL.replace(ends, "session_expires none"));
        assert!(!owned.contains("was lent"), "{owned}");
        let free = said(&FULL.replace("require_cage yes", "require_cage no"));
        assert!(free.contains("the cage NOT demanded"), "{free}");
    }
}
