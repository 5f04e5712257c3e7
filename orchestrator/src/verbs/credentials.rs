//! `credentials`: the venue's API credentials, into a file of mode 0400, sealed
//! where the configuration names a sealing key; and their rotation.
//!
//! Invariant: each step is asked of the venue first and is then one renaming,
//! so that any of them can be asked for again after a crash.

use std::fs::File;

use orchestrator::checks::gas;
use orchestrator::clob::age::{Due, REMINDER};
use orchestrator::clob::slots::{Slot, Slots, StepRefused};
use orchestrator::clob::{Clob, ClobError, Credentials};
use orchestrator::clock;
use orchestrator::config::Config;
use orchestrator::files::{Draft, read_secret_from};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Answer, Failure, shortened};

/// Less collateral than this is said at an import, base units.
const LOW_USDC_UNITS: u64 = 10_000_000;

/// Handles the venue's API credentials. They post and cancel; they cannot
/// sign an order.
///
/// Exit: 0 done, or done before; 1 not, and the last line of stderr says why.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    orchestrator credentials import --verify < answer-of-the-venue.json\n  \
    orchestrator credentials import --fd 3 3< answer.json\n  \
    orchestrator credentials rotate < new-answer.json   # the former work on for 7 days\n  \
    orchestrator credentials revoke && orchestrator credentials delete")]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Reads {"apiKey", "secret", "passphrase"} from standard input, checks it,
    /// and writes it to clob.credentials, mode 0400, and sealed if the
    /// configuration names a sealing key. Never from the command line.
    ///
    /// Exit: 0 written; 1 not, and nothing changed.
    Import {
        /// Read from this descriptor instead.
        #[arg(long, value_name = "N")]
        fd: Option<u32>,
        /// Replace credentials that are there.
        #[arg(long)]
        replace: bool,
        /// Ask the venue with them once before they are written.
        #[arg(long)]
        verify: bool,
    },
    /// Reads new ones as import does, asks the venue with them, and swaps them
    /// in; the former are kept for an overlap of 7 days. Restart `run` after it.
    Rotate {
        /// Read from this descriptor instead.
        #[arg(long, value_name = "N")]
        fd: Option<u32>,
    },
    /// Lets the venue forget the former credentials, once the overlap is over.
    Revoke {
        /// During the overlap too: they may be known to others.
        #[arg(long)]
        now: bool,
    },
    /// Removes the former credentials from the file, once they are revoked.
    Delete,
    /// Says which credentials are there, how old they are and what is next.
    Status,
}

pub(crate) fn run(config: &Config, args: &Args) -> Result<Answer, Failure> {
    match &args.what {
        What::Import {
            fd,
            replace,
            verify,
        } => import(config, *fd, *replace, *verify),
        What::Rotate { fd } => rotate(config, *fd),
        What::Revoke { now } => revoke(config, *now),
        What::Delete => delete(config),
        What::Status => status(config),
    }
}

fn import(
    config: &Config,
    fd: Option<u32>,
    replace: bool,
    verify: bool,
) -> Result<Answer, Failure> {
    let place = &config.clob.credentials;
    if place.exists() && !replace {
        return Err(Failure::trouble(format!(
            "FILE {}: there are credentials already; add --replace",
            place.display()
        )));
    }
    let bytes = read(fd)?;
    let slot = slot_of(&bytes)?;
    let warnings = if verify {
        try_them(config, &slot)?
    } else {
        Vec::new()
    };
    let slots = Slots::only(slot.imported(clock::now_ms(), verify));
    write(config, &slots)?;
    let sealed = config.clob.sealing_key.is_some();
    let mut text = format!(
        "{} to {}{}",
        if sealed { "sealed" } else { "written" },
        place.display(),
        if verify {
            ", and the venue knows them"
        } else {
            ""
        }
    );
    for warning in &warnings {
        text.push('\n');
        text.push_str(warning);
    }
    Ok(Answer::done(
        text,
        json!({
            "written": place.display().to_string(), "verified": verify, "sealed": sealed,
            "warnings": warnings,
        }),
    ))
}

fn rotate(config: &Config, fd: Option<u32>) -> Result<Answer, Failure> {
    let (new, old) = (read(fd)?, opened(config)?);
    let slot = slot_of(&new)?;
    let slots = slots_of(config, &old)?;
    let now_ms = clock::now_ms();
    let rotated = match slots.rotated(slot.imported(now_ms, true), now_ms) {
        // A crash came between the swap and its answer.
        Err(StepRefused::Already) => return Ok(told(&slots, "swapped already", &[])),
        Err(refused) => return Err(step(&refused)),
        Ok(rotated) => rotated,
    };
    let warnings = try_them(config, &slot)?;
    write(config, &rotated)?;
    Ok(told(
        &rotated,
        "swapped; restart orchestrator run. The former work on for 7 days, then: orchestrator \
         credentials revoke",
        &warnings,
    ))
}

fn revoke(config: &Config, now: bool) -> Result<Answer, Failure> {
    let bytes = opened(config)?;
    let slots = slots_of(config, &bytes)?;
    let former = slots
        .revocable(clock::now_ms(), now)
        .map_err(|e| step(&e))?;
    if former.revoked_ms.is_some() {
        return Ok(told(&slots, "revoked already", &[]));
    }
    let (ours, theirs) = (with(config, &slots.active)?, with(config, &former)?);
    super::runtime()?.block_on(async {
        let id = |ids: Vec<String>| ids.iter().any(|id| id == former.api_key);
        let known = ours.key_ids().await.map(id).map_err(|e| venue(&e))?;
        if known {
            // What it answers proves nothing, so the list is asked again.
            let asked = theirs.forget_key().await;
            if ours.key_ids().await.map(id).map_err(|e| venue(&e))? {
                let why = asked.err().map_or_else(String::new, |e| format!(" ({e})"));
                return Err(Failure::trouble(format!(
                    "VENUE it still knows the former credentials{why}; ask again, or revoke them \
                     at the venue"
                )));
            }
        }
        Ok(())
    })?;
    let revoked = slots.revoked(clock::now_ms());
    write(config, &revoked)?;
    let next = "revoked; next: orchestrator credentials delete";
    Ok(told(&revoked, next, &[]))
}

fn delete(config: &Config) -> Result<Answer, Failure> {
    let bytes = opened(config)?;
    let slots = slots_of(config, &bytes)?;
    let left = match slots.deleted() {
        Err(StepRefused::None) => return Ok(told(&slots, "there are no former ones", &[])),
        Err(refused) => return Err(step(&refused)),
        Ok(left) => left,
    };
    write(config, &left)?;
    Ok(told(&left, "deleted", &[]))
}

fn status(config: &Config) -> Result<Answer, Failure> {
    let bytes = opened(config)?;
    let slots = slots_of(config, &bytes)?;
    let credentials = Credentials::of(&slots.active).map_err(|e| file(config, &e))?;
    let age = credentials.age();
    let mut warnings = Vec::new();
    let now_ms = clock::now_ms();
    if age.due(now_ms) >= Due::Reminded {
        warnings.push(REMINDER.to_owned());
    }
    warnings.extend(age.stops_buys(now_ms).map(|(_, words)| words));
    Ok(told(&slots, "", &warnings))
}

/// Reads a secret from a descriptor, or standard input.
fn read(fd: Option<u32>) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bytes = match fd {
        None => read_secret_from(std::io::stdin()),
        Some(fd) => match File::open(format!("/dev/fd/{fd}")) {
            Ok(file) => read_secret_from(file),
            Err(e) => Err(format!("INPUT descriptor {fd}: {e}; open it in the shell")),
        },
    };
    bytes.map_err(Failure::trouble)
}

/// What came in, if it is the venue's credentials.
fn slot_of(bytes: &[u8]) -> Result<Slot<'_>, Failure> {
    Credentials::parse(bytes).map_err(|e| Failure::trouble(format!("INPUT {e}")))?;
    Slot::of_venue(bytes).map_err(|_not| {
        Failure::trouble("INPUT not the venue's own answer; give it as it came".to_owned())
    })
}

fn opened(config: &Config) -> Result<Zeroizing<Vec<u8>>, Failure> {
    Credentials::opened(&config.clob, &config.signer.signing_address).map_err(Failure::trouble)
}

fn slots_of<'a>(config: &Config, bytes: &'a [u8]) -> Result<Slots<'a>, Failure> {
    Slots::parse(bytes)
        .map_err(|_not| file(config, "not credentials; orchestrator credentials import"))
}

fn file(config: &Config, problem: &str) -> Failure {
    let place = config.clob.credentials.display();
    Failure::trouble(format!("FILE {place}: {problem}"))
}

fn step(refused: &StepRefused) -> Failure {
    Failure::trouble(format!("CREDENTIALS {refused}"))
}

fn venue(e: &ClobError) -> Failure {
    Failure::trouble(format!("VENUE {e}; nothing was written, ask again"))
}

/// Seals where it must, and takes the place in one step.
fn write(config: &Config, slots: &Slots<'_>) -> Result<(), Failure> {
    let plain = slots
        .to_bytes()
        .map_err(|_not| Failure::trouble("INPUT the credentials are too long".to_owned()))?;
    let address = config.signer.signing_address;
    let bytes = Credentials::at_rest(&config.clob, &address, &plain).map_err(Failure::trouble)?;
    Draft::write(&config.clob.credentials, &bytes)
        .and_then(Draft::keep)
        .map_err(Failure::trouble)
}

fn with(config: &Config, slot: &Slot<'_>) -> Result<Clob, Failure> {
    let credentials = Credentials::of(slot).map_err(|e| Failure::trouble(format!("INPUT {e}")))?;
    let account = super::account(config);
    Clob::with(&config.clob, account, credentials).map_err(Failure::trouble)
}

/// One question that only the key's owner is answered, and what to warn of.
fn try_them(config: &Config, slot: &Slot<'_>) -> Result<Vec<String>, Failure> {
    let clob = with(config, slot)?;
    super::runtime()?.block_on(async {
        clob.closed_only().await.map_err(|e| unknown(&e))?;
        let wallet = clob.wallet().await.map_err(|e| venue(&e))?;
        let mut warnings: Vec<String> = low_balance(wallet.balance_units).into_iter().collect();
        warnings.extend(low_gas(config).await);
        Ok(warnings)
    })
}

/// Why they are not taken: the venue does not know them, or did not say.
fn unknown(e: &ClobError) -> Failure {
    let theirs = "they must be those of signer.signing_address";
    let (invalid, fix) = match e {
        ClobError::Refused { status: 401, .. } => ("Invalid API credentials: ", theirs),
        ClobError::NoAnswer(_) => ("", "check clob.url and the network"),
        ClobError::Refused { .. } | ClobError::Held(_) | ClobError::Shape(_) => ("", theirs),
    };
    Failure::trouble(format!(
        "VENUE {invalid}{e}; {fix}, and nothing was written"
    ))
}

/// What is said of the gas, where we pay it and a node is configured.
async fn low_gas(config: &Config) -> Option<String> {
    let (payer, url) = (gas::payer(config)?, config.checks.polygon_rpc.as_ref()?);
    match gas::ask(config, url, payer).await {
        Ok(wei) => gas::low(payer, wei),
        Err(e) => Some(format!("{}: not known: {e}", gas::GAS)),
    }
}

/// What is said of a balance with which there is not much to trade.
fn low_balance(units: u64) -> Option<String> {
    (units < LOW_USDC_UNITS).then(|| format!("Low USDC balance: {}", super::units(units)))
}

/// Both slots without a secret, and what is next.
fn told(slots: &Slots<'_>, word: &str, warnings: &[String]) -> Answer {
    let now_ms = clock::now_ms();
    let mut lines: Vec<String> = [word.to_owned()]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect();
    let mut rows = Vec::new();
    let both = [("active", Some(slots.active)), ("former", slots.deprecated)];
    for (name, slot) in both {
        let Some(slot) = slot else { continue };
        let days = slot
            .imported_ms
            .map(|imported_ms| now_ms.saturating_sub(imported_ms).div_euclid(86_400_000));
        let age = days.map_or_else(
            || "of unknown age".to_owned(),
            |days| format!("{days} days"),
        );
        let end = slot.revoked_ms.map_or("", |_ms| ", revoked");
        let (id, status) = (shortened(slot.api_key), slot.validation_status());
        lines.push(format!("{name} {id} {status}, {age}{end}"));
        rows.push(row(name, &slot));
    }
    lines.extend(warnings.iter().cloned());
    let json = json!({"said": word, "slots": rows, "warnings": warnings});
    Answer::done(lines.join("\n"), json)
}

fn row(name: &str, slot: &Slot<'_>) -> Value {
    json!({
        "slot": name, "api_key": shortened(slot.api_key),
        "validation_status": slot.validation_status(), "validated_at_ms": slot.validated_ms,
        "imported_at_ms": slot.imported_ms, "deprecated_at_ms": slot.deprecated_ms,
        "revoked_at_ms": slot.revoked_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::{ClobError, low_balance, unknown};

    #[test]
    fn a_venue_that_is_not_reached_blames_no_credentials() {
        let silent = unknown(&ClobError::NoAnswer("refused".to_owned()));
        assert_eq!(
            silent.sentence,
            "VENUE no answer from the venue: refused; check clob.url and the network, and nothing \
             was written"
        );
        let refused = unknown(&ClobError::Refused {
            status: 401,
            text: "no".to_owned(),
        });
        let said = refused.sentence;
        assert!(said.contains("those of signer.signing_address"), "{said}");
    }

    /// M97: the document's words below ten dollars, and nothing at ten.
    #[test]
    fn a_low_balance_is_said_below_ten() {
        let said = low_balance(9_990_000).expect("it is low");
        assert!(said.starts_with("Low USDC balance"), "{said}");
        assert_eq!(low_balance(10_000_000), None);
    }
}
