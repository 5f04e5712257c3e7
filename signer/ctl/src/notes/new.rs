//! `note new`: drafts with starter values, one verb a kind.
//!
//! Invariant: what only the signer knows comes from a flag or from its status.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use note::{
    Alive, Body, Cancel, Declare, Holding, NoteHash, NoteId, Ticket, Unfreeze, WriteOff, WrittenOff,
};
use order::{PriceE4, ShareUnits, U256};

use super::dial::NewDial;
use super::draft::{draft, set};
use super::facts::{About, Known};
use super::policy::{NewKeySet, NewPolicy};
use super::seen::{NewAttestation, NewExport, NewFill, NewListing, NewRecovery};
use super::text;
use crate::say::{Refusal, Said};
use crate::{clock, random, status, values};

const MINUTES_PER_HOUR: u64 = 60;
const SECONDS_PER_HOUR: u64 = 3_600;
/// What one operator signs is carried at once.
pub(crate) const OPERATOR_MINUTES: u64 = MINUTES_PER_HOUR;
/// A ticket lives no longer by its kind's rule.
const TICKET_MINUTES: u64 = 15;
/// A quorum takes a day to gather.
pub(crate) const QUORUM_MINUTES: u64 = 24 * MINUTES_PER_HOUR;
/// What a quorum must read takes a week.
pub(crate) const READING_MINUTES: u64 = 7 * 24 * MINUTES_PER_HOUR;
/// The longest silence that a starter policy excuses.
const ALIVE_HOURS: u64 = 72;

#[derive(Subcommand)]
pub(crate) enum New {
    /// What may be signed, by whom and how much.
    #[command(after_help = "Examples:\n  \
        signerctl note new policy --journal-id 6f1c... --mode paper --address 0x... \\\n    \
        --leader 0x... --operator desk/operator-1+... >policy.draft\n  \
        signerctl note new policy --renew policy.note --set day_usdc=2000 >policy-2.draft")]
    Policy(NewPolicy),
    /// Who the quorum is.
    #[command(
        after_help = "Example:\n  signerctl note new keyset --journal-id 6f1c... \\\n    \
        --threshold 2 --key desk/quorum-1+... --key desk/quorum-2+... --key desk/quorum-3+..."
    )]
    Keyset(NewKeySet),
    /// A pending policy is dropped.
    #[command(after_help = "Example:\n  signerctl note new cancel --pending policy-2.note")]
    Cancel(NewCancel),
    /// Today's values inside the policy's.
    #[command(
        after_help = "Example:\n  signerctl note new dial --day 2000 --token-floor 7132...=0.22"
    )]
    Dial(NewDial),
    /// One exit below the floor.
    #[command(after_help = "Example:\n  \
        signerctl note new ticket --token 7132... --shares 120 --price 0.15")]
    Ticket(NewTicket),
    /// An operator is there.
    #[command(after_help = "Example:\n  signerctl note new alive --hours 24")]
    Alive(NewAlive),
    /// Shares the wallet holds from elsewhere.
    #[command(after_help = "Example:\n  \
        signerctl note new declare --complete --holding 7132...=120")]
    Declare(NewDeclare),
    /// The freeze of one leaf ends.
    #[command(after_help = "Example:\n  signerctl note new unfreeze --leaf 81204")]
    Unfreeze(NewUnfreeze),
    /// Signed orders that can fill no more.
    #[command(after_help = "Example:\n  signerctl note new write-off --order 0x4355...=funds-gone")]
    WriteOff(NewWriteOff),
    /// A market that may be bought, by its listers.
    #[command(after_help = "Example:\n  \
        signerctl note new listing --condition 0x43... --yes 7132... --no 5211... \\\n    \
        --end 2026-12-31T00:00:00Z")]
    Listing(NewListing),
    /// A leader's fill, as watchers saw it.
    #[command(after_help = "Example:\n  \
        signerctl note new attestation --chain 137 --exchange v2 --transaction 0x43... \\\n    \
        --log-index 7 --order 0x6b... --leader 0x52... --token 7132... --side BUY \\\n    \
        --price 0.41 --size 1000 --matched 2026-11-20T11:59:58Z")]
    Attestation(Box<NewAttestation>),
    /// How far our own orders were filled, as watchers saw it.
    #[command(after_help = "Example:\n  signerctl note new fill --filled 0x43...=7132...:8.2:20.5")]
    Fill(NewFill),
    /// A journal that went back may be used again.
    #[command(after_help = "Example:\n  \
        signerctl note new recovery --leaf 81204 --lifetime-usdc 1234.5")]
    Recovery(NewRecovery),
    /// The key may leave its box, as its owner was told.
    #[command(after_help = "Example:\n  signerctl note new export --leaf 81204 --to age1...")]
    Export(NewExport),
}

/// The policy whose operators or quorum sign, and the note's number under it.
#[derive(Args)]
pub(crate) struct Numbered {
    /// The policy version in force; else the status says.
    #[arg(long, value_name = "N")]
    pub(crate) policy: Option<u64>,
    /// Above the last of this kind under this policy; else the status says.
    #[arg(long, value_name = "N")]
    pub(crate) serial: Option<u64>,
}

#[derive(Args)]
pub(crate) struct NewCancel {
    #[command(flatten)]
    about: About,
    /// The pending policy's note.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["version", "hash"])]
    pending: Option<PathBuf>,
    /// Its version; else the status says.
    #[arg(long, value_name = "N")]
    version: Option<u64>,
    /// The hash of its text; else the status says.
    #[arg(long, value_name = "0x...", value_parser = values::note_hash)]
    hash: Option<NoteHash>,
}

#[derive(Args)]
pub(crate) struct NewTicket {
    #[command(flatten)]
    about: About,
    /// The policy version in force; else the status says.
    #[arg(long, value_name = "N")]
    policy: Option<u64>,
    /// The token to sell.
    #[arg(long, value_parser = values::token)]
    token: U256,
    /// The most shares.
    #[arg(long, value_parser = values::shares)]
    shares: ShareUnits,
    /// The lowest price.
    #[arg(long, alias = "floor", value_parser = values::price)]
    price: PriceE4,
}

#[derive(Args)]
pub(crate) struct NewAlive {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    numbered: Numbered,
    /// For how long silence is excused.
    #[arg(long, value_name = "N", default_value_t = ALIVE_HOURS)]
    hours: u64,
}

#[derive(Args)]
pub(crate) struct NewDeclare {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    numbered: Numbered,
    /// Nothing is left out.
    #[arg(long)]
    complete: bool,
    /// A token, and how many shares of it are held; again for each.
    #[arg(long, value_name = "TOKEN=SHARES", value_parser = values::holding)]
    holding: Vec<Holding>,
}

#[derive(Args)]
pub(crate) struct NewUnfreeze {
    #[command(flatten)]
    about: About,
    /// The leaf that froze; else the status says.
    #[arg(long, value_name = "N")]
    leaf: Option<u64>,
}

#[derive(Args)]
pub(crate) struct NewWriteOff {
    #[command(flatten)]
    about: About,
    /// An order's hash, and why it fills no more: filled, funds-gone or
    /// allowance-gone, seen finalised on chain; again for each.
    #[arg(long, value_name = "0x...=WHY", required = true, value_parser = values::written_off)]
    order: Vec<WrittenOff>,
}

pub(crate) fn run(new: &New) -> Result<Said, Refusal> {
    let now = clock::now()?;
    let body = match new {
        New::Policy(args) => args.body(now)?,
        New::Keyset(args) => args.body(now)?,
        New::Cancel(args) => cancel(args, &Known::new(&args.about, now))?,
        New::Dial(args) => args.body(now)?,
        New::Ticket(args) => {
            let known = Known::new(&args.about, now);
            ticket(args, &known, NoteId(*random::bytes()?))?
        }
        New::Alive(args) => alive(args, &Known::new(&args.about, now))?,
        New::Declare(args) => declare(args, &Known::new(&args.about, now))?,
        New::Unfreeze(args) => return unfreeze(args),
        New::Listing(args) => args.body(now)?,
        New::Attestation(args) => args.body(now)?,
        New::Fill(args) => args.body(now)?,
        New::Recovery(args) => args.body(now)?,
        New::Export(args) => args.body(now)?,
        New::WriteOff(args) => {
            let known = Known::new(&args.about, now);
            Body::WriteOff(WriteOff {
                journal: known.journal()?,
                id: NoteId(*random::bytes()?),
                window: known.window(QUORUM_MINUTES)?,
                orders: set("--order", &args.order)?,
            })
        }
    };
    draft(&body)
}

fn cancel(args: &NewCancel, known: &Known<'_>) -> Result<Body, Refusal> {
    let window = known.window(QUORUM_MINUTES)?;
    if let Some(path) = &args.pending {
        let (text, policy) = text::policy(path)?;
        return Ok(Body::Cancel(Cancel {
            journal: policy.journal,
            version: policy.version,
            hash: NoteHash::of(&text),
            window,
        }));
    }
    let hash = match args.hash {
        Some(hash) => hash,
        None => known.read("--hash", status::PENDING_HASH, values::note_hash)?,
    };
    Ok(Body::Cancel(Cancel {
        journal: known.journal()?,
        version: known.number(args.version, "--version", status::PENDING_VERSION)?,
        hash,
        window,
    }))
}

fn ticket(args: &NewTicket, known: &Known<'_>, id: NoteId) -> Result<Body, Refusal> {
    Ok(Body::Ticket(Ticket {
        journal: known.journal()?,
        policy: known.number(args.policy, "--policy", status::POLICY_VERSION)?,
        id,
        window: known.window(TICKET_MINUTES)?,
        token: args.token,
        shares: args.shares,
        price: args.price,
    }))
}

fn alive(args: &NewAlive, known: &Known<'_>) -> Result<Body, Refusal> {
    let minutes = OPERATOR_MINUTES.min(args.hours.saturating_mul(MINUTES_PER_HOUR));
    let numbered = &args.numbered;
    Ok(Body::Alive(Alive {
        journal: known.journal()?,
        policy: known.number(numbered.policy, "--policy", status::POLICY_VERSION)?,
        serial: known.serial(numbered.serial, status::ALIVE_SERIAL)?,
        window: known.window(minutes)?,
        until: known.after("--hours", args.hours.saturating_mul(SECONDS_PER_HOUR))?,
    }))
}

fn declare(args: &NewDeclare, known: &Known<'_>) -> Result<Body, Refusal> {
    let numbered = &args.numbered;
    Ok(Body::Declare(Declare {
        journal: known.journal()?,
        policy: known.number(numbered.policy, "--policy", status::POLICY_VERSION)?,
        serial: known.serial(numbered.serial, status::DECLARE_SERIAL)?,
        window: known.window(QUORUM_MINUTES)?,
        complete: args.complete,
        holdings: set("--holding", &args.holding)?,
    }))
}

/// The draft that ends the freeze of one leaf.
pub(crate) fn unfreeze(args: &NewUnfreeze) -> Result<Said, Refusal> {
    let known = Known::new(&args.about, clock::now()?);
    draft(&Body::Unfreeze(Unfreeze {
        journal: known.journal()?,
        leaf: known.number(args.leaf, "--leaf", status::FROZEN_LEAF)?,
        window: known.window(QUORUM_MINUTES)?,
    }))
}
