//! The table a person reads, and the same as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::load::Load;
use crate::run::{LONE, LONE_PINNED, Measured, Round, SHAPES};
use crate::stats::{p50, percentile, us};
use crate::targets::{Target, cpu_us, middle, rate};

/// A baseline: its name, and its figure of one round in microseconds.
type Baseline = (&'static str, fn(&Round) -> f64);

const BASELINES: &[Baseline] = &[
    ("k256 sign, as shipped", |r| us(r.curve.sign_ns)),
    ("k256 sign and check, as shipped", |r| {
        us(r.curve.sign_and_check_ns)
    }),
    ("k256 sign, without tables", |r| us(r.bare_curve.sign_ns)),
    ("k256 sign and check, without tables", |r| {
        us(r.bare_curve.sign_and_check_ns)
    }),
    ("a page written and fdatasync", |r| us(p50(&r.sync_ns))),
    ("the same, each 200 us after the one before", |r| {
        us(p50(&r.paced_sync_ns))
    }),
    ("the same after 25 ms of rest", |r| {
        us(p50(&r.ways.idle_sync_ns))
    }),
    ("mTLS gRPC echo, pinned", |r| {
        us(p50(&r.echo[LONE_PINNED].waited_ns))
    }),
    (
        "the echo, a hop, a sync, the curve, Ed25519: one way",
        |r| us(p50(&r.floor.waited_ns)),
    ),
    ("mTLS gRPC echo", |r| us(p50(&r.echo[LONE].waited_ns))),
    ("loopback HTTP echo after 25 ms of rest", |r| {
        us(p50(&r.ways.http_echo_ns))
    }),
];

const PEERS: &[Baseline] = &[
    ("libsecp256k1 sign (reported only)", |r| {
        r.peers.map_or(f64::NAN, |peers| us(peers.secp256k1_ns))
    }),
    ("official Rust client, sign (reported only)", |r| {
        r.peers.map_or(f64::NAN, |peers| us(peers.client_ns))
    }),
];

fn baselines(measured: &Measured) -> impl Iterator<Item = &'static Baseline> {
    let has_peers = measured.rounds.iter().all(|r| r.peers.is_some());
    let peers = if has_peers { PEERS } else { &[] };
    BASELINES.iter().chain(peers)
}

/// One table.
pub(crate) fn table(measured: &Measured, targets: &[Target]) -> String {
    let mut out = String::new();
    let rounds = measured.rounds.len();
    let (cpu, cpus) = (measured.cpu, measured.cpus);
    // Writing to a string cannot fail.
    let mut line = |text: String| writeln!(out, "{text}").expect("text grows");
    line(format!(
        "Medians of {rounds} interleaved rounds on {cpus} processors; pinned is server and client \
         on processor {cpu}.\n"
    ));
    line(format!(
        "{:<54} {:>10}",
        "what it cannot be faster than", "p50, us"
    ));
    for (name, one) in baselines(measured) {
        line(format!("{name:<44} {:>10.1}", middle(measured, one)));
    }
    if measured.rounds.iter().any(|r| r.peers.is_none()) {
        line("libsecp256k1, official Rust client                      not built".to_owned());
    }
    for (name, pick) in SIDES {
        line(format!(
            "\n{name:<30} {:>10} {:>10} {:>10} {:>12}",
            "p50, us", "p99, us", "a second", "CPU us each"
        ));
        for (nth, shape) in SHAPES.iter().enumerate() {
            let of = |figure: fn(&Load) -> f64| middle(measured, |r| figure(&pick(r)[nth]));
            line(format!(
                "{:<30} {:>10.1} {:>10.1} {:>10.0} {:>12.1}",
                format!("{} in flight", shape.name),
                of(half),
                of(most),
                of(rate),
                of(cpu_us)
            ));
        }
    }
    line(format!("\n{:<72} {:>7} {:>7}", "target", "is", "should"));
    for target in targets {
        let word = match target.met {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "not judged",
        };
        let sign = if target.at_least { ">=" } else { "<=" };
        let (least, most) = target.range;
        line(format!(
            "{:<72} {:>7.2} {sign} {:>4.2} {word} ({least:.2} to {most:.2})",
            target.name, target.value, target.limit
        ));
        line(format!("    {}", target.parts));
    }
    out
}

/// Which loads are shown.
type Side = (&'static str, fn(&Round) -> &Vec<Load>);
const SIDES: [Side; 2] = [
    ("SignOrder", |r| &r.signer),
    ("SignOrder, recording off", |r| &r.unrecorded),
];

fn half(load: &Load) -> f64 {
    us(p50(&load.waited_ns))
}

fn most(load: &Load) -> f64 {
    us(percentile(&load.waited_ns, 990))
}

/// Every figure, by round.
pub(crate) fn json(measured: &Measured, targets: &[Target]) -> Value {
    let rounds: Vec<Value> = measured
        .rounds
        .iter()
        .map(|round| {
            let bases: serde_json::Map<String, Value> = baselines(measured)
                .map(|(name, one)| ((*name).to_owned(), json!(one(round))))
                .collect();
            let sides: serde_json::Map<String, Value> = SIDES
                .iter()
                .map(|(name, pick)| ((*name).to_owned(), loads(pick(round))))
                .collect();
            let ways: Vec<Value> = round
                .ways
                .ways
                .iter()
                .map(|way| {
                    json!({"to_signer_us": us(way.to_signer_ns), "to_venue_us": us(way.to_venue_ns),
                        "asking_us": us(way.asking_ns)})
                })
                .collect();
            json!({"baselines_us": bases, "loads": sides, "intents": ways})
        })
        .collect();
    let targets: Vec<Value> = targets
        .iter()
        .map(|t| {
            json!({"name": t.name, "value": t.value, "least": t.range.0, "most": t.range.1,
                "limit": t.limit, "at_least": t.at_least, "met": t.met, "parts": t.parts})
        })
        .collect();
    let (before, after) = measured.resident;
    json!({
        "processors": measured.cpus, "pinned_to": measured.cpu, "orders": measured.signed,
        "vault_resident_kib": {"before": before.vault_kib, "after": after.vault_kib},
        "door_resident_kib": {"before": before.door_kib, "after": after.door_kib},
        "targets": targets, "rounds": rounds,
    })
}

fn loads(loads: &[Load]) -> Value {
    let rows = SHAPES.iter().zip(loads).map(|(shape, load)| {
        json!({"in_flight": shape.in_flight, "pinned": shape.pinned, "orders": load.waited_ns.len(),
            "p50_us": half(load), "p99_us": most(load), "per_second": rate(load),
            "cpu_us": cpu_us(load)})
    });
    rows.collect()
}
