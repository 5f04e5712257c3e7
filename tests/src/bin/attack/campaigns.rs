//! Campaigns of an adversary that optimises, several at a time.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use hostile::{Outcome, Rng, Scene, Total};
use order::Address;
use tests::bins::Bins;
use tests::clock::now_ms;
use tests::desk::LEADER;

use crate::stage::Stage;
use crate::{Args, say};

/// A figure lowered to this part of itself must not hold: else the adversary
/// is too weak to say anything of it.
const LOWERED: u64 = 85;
/// Over the policy's fee ceiling, basis points.
const OVER_BPS: u64 = 500;

type Played = Result<Outcome, String>;

/// Plays one campaign against `signer`.
fn one(bins: &Bins, signer: &Path, (seed, nth): (u64, u64), over_bps: u64) -> Played {
    let mut rng = Rng::of(seed, nth);
    let scene = Scene::of(&mut rng).taking(over_bps);
    let leader: Address = LEADER.parse().expect("an address");
    let mut stage = Stage::set(bins, signer, &scene);
    let played = hostile::run(&mut stage, &scene, rng, leader);
    stage.fell.map_or(played, Err)
}

/// Plays all of them; by their number, in no order.
fn all(args: &Args, signer: &Path, over_bps: u64) -> Vec<(u64, Played)> {
    let bins = Bins::beside_me();
    let next = AtomicU64::new(args.first);
    let played = Mutex::new(Vec::new());
    let work = || {
        loop {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            if nth >= args.first + args.campaigns {
                break;
            }
            let outcome = one(&bins, signer, (args.seed, nth), over_bps);
            played.lock().expect("nobody panics").push((nth, outcome));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..args.workers {
            scope.spawn(work);
        }
    });
    played.into_inner().expect("nobody panicked")
}

fn sum(played: &[(u64, Played)]) -> Total {
    let mut total = Total::default();
    for (nth, outcome) in played {
        if let Ok(outcome) = outcome {
            total.add(*nth, outcome);
        }
    }
    total
}

/// The promises that did not hold, and the figures that were exceeded.
fn broken(played: &[(u64, Played)], seed: u64, figures: bool) -> Vec<String> {
    let mut problems = Vec::new();
    for (nth, outcome) in played {
        let broken = match outcome {
            Err(broken) => broken.clone(),
            Ok(one) if figures && one.exceeds(100) => {
                format!("{} was taken of {:?}", one.taken, one.figure)
            }
            Ok(_) => continue,
        };
        problems.push(format!("seed {seed}, campaign {nth}: {broken}"));
    }
    problems
}

fn exceeding(played: &[(u64, Played)], percent: u64) -> usize {
    let exceeds = |outcome: &Played| outcome.as_ref().is_ok_and(|one| one.exceeds(percent));
    played
        .iter()
        .filter(|(_, outcome)| exceeds(outcome))
        .count()
}

fn seconds(since_ms: u64) -> u64 {
    (now_ms() - since_ms) / 1_000
}

/// Figures against what is taken.
pub(crate) fn play(args: &Args) -> Vec<String> {
    let began_ms = now_ms();
    let played = all(args, &Bins::beside_me().signer, 0);
    let (seed, took) = (args.seed, seconds(began_ms));
    say(&format!(
        "Campaigns of a hostile orchestrator, seed {seed}, {took} seconds:\n{}",
        sum(&played).table()
    ));
    let mut problems = broken(&played, seed, true);
    let caught = exceeding(&played, LOWERED);
    say(&format!(
        "  control: figures lowered to {LOWERED} % would have been exceeded by {caught} campaigns"
    ));
    if caught == 0 {
        problems.push(format!("no campaign takes {LOWERED} % of its figure"));
    }
    problems
}

/// An exchange that takes more than the policy's fee ceiling.
pub(crate) fn fees(args: &Args) -> Vec<String> {
    let signer = Bins::beside_me().signer;
    let mut problems = Vec::new();
    for over_bps in [0, OVER_BPS] {
        let played = all(args, &signer, over_bps);
        problems.extend(broken(&played, args.seed, over_bps == 0));
        let overshoot = played
            .iter()
            .filter_map(|(_, outcome)| outcome.as_ref().ok())
            .map(|one| one.overshoot)
            .max()
            .unwrap_or(0);
        let exceeded = exceeding(&played, 100);
        say(&format!(
            "Fees of f + {over_bps} bps, {} campaigns: a BUY paid at most {overshoot} units over its \
             charge, {exceeded} figures exceeded",
            played.len()
        ));
        match (over_bps, overshoot) {
            (0, 1..) => problems.push("fees up to f exceeded a charge".to_owned()),
            (1.., ..=0) => problems.push("fees above f were not felt".to_owned()),
            _ => {}
        }
    }
    problems
}

/// The same against a signer that forgets its charges when it is killed: it
/// must be caught.
pub(crate) fn control(args: &Args) -> Result<Vec<String>, String> {
    let forgets = args.forgets.as_ref();
    let forgets = forgets.ok_or("--forgets names no signer; `make attack` builds it")?;
    let played = all(args, forgets, 0);
    let caught = broken(&played, args.seed, true);
    let exceeded = exceeding(&played, 100);
    say(&format!(
        "Control, a signer that records nothing: caught in {} of {} campaigns, in {exceeded} by a figure that was exceeded; the first by\n  {}",
        caught.len(),
        played.len(),
        caught.first().map_or("nothing", String::as_str)
    ));
    Ok(if exceeded == 0 {
        vec!["a signer that records nothing exceeded no figure".to_owned()]
    } else {
        Vec::new()
    })
}
