//! What was promised, held against what was measured: each a ratio of two
//! figures of the same round, and the median of the rounds.

use crate::run::{LONE_PINNED, Measured, Round, SIXTY_FOUR};
use crate::stats::{figure, median, p50, percentile, range, us};

/// Orders after which memory is judged.
const ORDERS: usize = 100_000;

/// One promise.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    /// The least and the largest of the rounds.
    pub(crate) range: (f64, f64),
    pub(crate) limit: f64,
    /// Whether the limit is a floor.
    pub(crate) at_least: bool,
    /// Nothing where it could not be judged.
    pub(crate) met: Option<bool>,
    /// What the figure is made of.
    pub(crate) parts: String,
}

impl Target {
    fn new(name: &'static str, values: &[f64], limit: f64, at_least: bool, parts: String) -> Self {
        let value = median(values);
        let met = if at_least {
            value >= limit
        } else {
            value <= limit
        };
        Self {
            name,
            value,
            range: range(values),
            limit,
            at_least,
            met: Some(met),
            parts,
        }
    }
}

/// Each round's figure.
fn each(measured: &Measured, one: impl Fn(&Round) -> f64) -> Vec<f64> {
    measured.rounds.iter().map(one).collect()
}

/// The median of the rounds' figures.
pub(crate) fn middle(measured: &Measured, one: impl Fn(&Round) -> f64) -> f64 {
    median(&each(measured, one))
}

/// Orders a second.
pub(crate) fn rate(load: &crate::load::Load) -> f64 {
    figure(u64::try_from(load.waited_ns.len()).unwrap_or(0)) * 1e9 / figure(load.wall_ns)
}

/// Microseconds of the server's on a processor, an order.
pub(crate) fn cpu_us(load: &crate::load::Load) -> f64 {
    us(load.cpu_ns) / figure(u64::try_from(load.waited_ns.len()).unwrap_or(0))
}

/// Every promise.
pub(crate) fn judge(measured: &Measured) -> Vec<Target> {
    vec![
        lone(measured),
        throughput(measured),
        processor(measured),
        tail(measured),
        tables(measured),
        vault_memory(measured),
        door_memory(measured),
        start(measured),
        intent(measured),
    ]
}

fn lone(measured: &Measured) -> Target {
    let took = |r: &Round| us(p50(&r.signer[LONE_PINNED].waited_ns));
    let echo = |r: &Round| us(p50(&r.echo[LONE_PINNED].waited_ns));
    let sync = |r: &Round| us(p50(&r.sync_ns));
    let paced = |r: &Round| us(p50(&r.paced_sync_ns));
    let curve = |r: &Round| us(r.curve.sign_and_check_ns);
    let without = |r: &Round| us(p50(&r.unrecorded[LONE_PINNED].waited_ns));
    let hop = |r: &Round| us(p50(&r.hop_ns));
    let floor = |r: &Round| us(p50(&r.floor.waited_ns));
    let values = each(measured, |r| took(r) / floor(r));
    let apart = middle(measured, |r| {
        took(r) / (echo(r) + hop(r) + sync(r) + curve(r))
    });
    let thinking = middle(measured, |r| without(r) - echo(r) - hop(r) - curve(r));
    let recording = middle(measured, |r| took(r) - without(r));
    let parts = format!(
        "{:.0} us against {:.0} in one way, which the parts, each measured alone and warm, come to \
         {:.0} of: echo {:.0}, hop {:.0}, sign-and-check {:.0}, a bare fdatasync {:.0} ({:.0} where \
         the disk had rested as long as in a lone request), {apart:.2} times; beside them deciding \
         and proving {thinking:.0}, recording {recording:.0}",
        middle(measured, took),
        middle(measured, floor),
        middle(measured, |r| echo(r) + hop(r) + sync(r) + curve(r)),
        middle(measured, echo),
        middle(measured, hop),
        middle(measured, curve),
        middle(measured, sync),
        middle(measured, paced),
    );
    let name = "lone p50 / (echo + hop + fdatasync + sign-and-check + Ed25519), pinned";
    Target::new(name, &values, 1.35, false, parts)
}

fn throughput(measured: &Measured) -> Target {
    let recorded = |r: &Round| rate(&r.signer[SIXTY_FOUR]);
    let without = |r: &Round| rate(&r.unrecorded[SIXTY_FOUR]);
    let values = each(measured, |r| recorded(r) / without(r));
    let idle = middle(measured, |r| {
        let load = &r.signer[SIXTY_FOUR];
        100.0 * (1.0 - figure(load.cpu_ns) / figure(load.wall_ns)).max(0.0)
    });
    let parts = format!(
        "{:.0} a second against {:.0}; its processor time {:.0} us an order against {:.0}; of the \
         recorded run it was off the processor {idle:.0} % (disk, client)",
        middle(measured, recorded),
        middle(measured, without),
        middle(measured, |r| cpu_us(&r.signer[SIXTY_FOUR])),
        middle(measured, |r| cpu_us(&r.unrecorded[SIXTY_FOUR])),
    );
    let name = "rate at 64 in flight / the same without recording";
    Target::new(name, &values, 0.75, true, parts)
}

fn processor(measured: &Measured) -> Target {
    let spent = |r: &Round| cpu_us(&r.signer[SIXTY_FOUR]);
    let curve = |r: &Round| us(r.curve.sign_and_check_ns);
    let values = each(measured, |r| spent(r) / curve(r));
    let without = |r: &Round| cpu_us(&r.unrecorded[SIXTY_FOUR]);
    let parts = format!(
        "{:.0} us: sign-and-check {:.0}, recording {:.0}, the rest (TLS, gRPC, MACs, policy, log) \
         {:.0}",
        middle(measured, spent),
        middle(measured, curve),
        middle(measured, |r| spent(r) - without(r)),
        middle(measured, |r| without(r) - curve(r)),
    );
    let name = "processor time an order at 64 / sign-and-check";
    Target::new(name, &values, 2.2, false, parts)
}

fn tail(measured: &Measured) -> Target {
    let half = |r: &Round| us(p50(&r.signer[SIXTY_FOUR].waited_ns));
    let most = |r: &Round| us(percentile(&r.signer[SIXTY_FOUR].waited_ns, 990));
    let values = each(measured, |r| most(r) / half(r));
    let parts = format!(
        "p50 {:.0} us, p99 {:.0} us; without recording {:.2} times",
        middle(measured, half),
        middle(measured, most),
        middle(measured, |r| {
            let waited = &r.unrecorded[SIXTY_FOUR].waited_ns;
            us(percentile(waited, 990)) / us(p50(waited))
        }),
    );
    Target::new("p99 / p50 at 64 in flight", &values, 2.5, false, parts)
}

fn tables(measured: &Measured) -> Target {
    let with = |r: &Round| us(r.curve.sign_ns);
    let without = |r: &Round| us(r.bare_curve.sign_ns);
    let values = each(measured, |r| with(r) / without(r));
    let parts = format!(
        "{:.1} us against {:.1} us without tables",
        middle(measured, with),
        middle(measured, without)
    );
    let name = "k256 sign as shipped / without its tables";
    Target::new(name, &values, 0.75, false, parts)
}

fn vault_memory(measured: &Measured) -> Target {
    let (before, after) = measured.resident;
    let grown = figure(after.vault_kib.saturating_sub(before.vault_kib)) * 1_024.0;
    let orders = figure(u64::try_from(measured.signed).unwrap_or(u64::MAX));
    let parts = format!(
        "{:.1} MiB before the first, and {:.0} bytes for each of {} orders",
        figure(before.vault_kib) / 1_024.0,
        grown / orders,
        measured.signed
    );
    let name = "vault resident after 100,000 orders, MiB";
    after_orders(measured, name, (after.vault_kib, 12.0), parts)
}

fn door_memory(measured: &Measured) -> Target {
    let (before, after) = measured.resident;
    let mib = |kib: u64| figure(kib) / 1_024.0;
    let parts = format!(
        "{:.1} MiB before the first; the vault's {:.1} and the supervisor's {:.1} beside it hold the \
         same code once more",
        mib(before.door_kib),
        mib(after.vault_kib),
        mib(after.supervisor_kib),
    );
    let name = "door resident after 100,000 orders, MiB";
    after_orders(measured, name, (after.door_kib, 24.0), parts)
}

fn start(measured: &Measured) -> Target {
    let ms = |took: std::time::Duration| took.as_secs_f64() * 1e3;
    let restart = &measured.restart;
    let parts = format!(
        "and answers after {:.0} ms, when it has read the journal of {} orders",
        ms(restart.answering),
        measured.signed
    );
    let name = "listening on the journal of 100,000 orders, ms";
    let mut target = Target::new(name, &[ms(restart.listening)], 100.0, false, parts);
    if measured.signed < ORDERS {
        target.met = None;
    }
    target
}

/// A process's memory, judged once enough orders were signed.
fn after_orders(
    measured: &Measured,
    name: &'static str,
    (kib, limit_mib): (u64, f64),
    parts: String,
) -> Target {
    let mut target = Target::new(name, &[figure(kib) / 1_024.0], limit_mib, false, parts);
    if measured.signed < ORDERS {
        target.met = None;
    }
    target
}

fn intent(measured: &Measured) -> Target {
    let own = |r: &Round| {
        let ways: Vec<u64> = r.ways.ways.iter().map(crate::trader::Way::own_ns).collect();
        us(p50(&ways))
    };
    let part = |r: &Round, part: fn(&crate::trader::Way) -> u64| {
        let parts: Vec<u64> = r.ways.ways.iter().map(part).collect();
        us(p50(&parts))
    };
    let sync = |r: &Round| us(p50(&r.ways.idle_sync_ns));
    let echo = |r: &Round| us(p50(&r.ways.http_echo_ns));
    let values = each(measured, |r| own(r) / (2.0 * sync(r) + echo(r)));
    let parts = format!(
        "{:.0} us: to the question for an order {:.0}, from its answer to the POST {:.0}, less {:.0} \
         of other questions to the venue; an idle fdatasync {:.0}, the HTTP echo {:.0}",
        middle(measured, own),
        middle(measured, |r| part(r, |way| way.to_signer_ns)),
        middle(measured, |r| part(r, |way| way.to_venue_ns)),
        middle(measured, |r| part(r, |way| way.asking_ns)),
        middle(measured, sync),
        middle(measured, echo),
    );
    let name = "intent to POST p50 / (two idle fdatasyncs + an HTTP echo)";
    Target::new(name, &values, 1.5, false, parts)
}
