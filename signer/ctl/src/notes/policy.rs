//! `note new policy` and `note new keyset`: the first of each, and the next
//! after one that is in force.
//!
//! Invariant: the next names the hash of the very text it was made from.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use note::{Body, KeySet, Mode, NoteHash, Permitted, Policy, UtcSeconds, VerifierKey};
use order::{Address, SignatureType};

use super::draft::set;
use super::facts::{About, Known};
use super::new::READING_MINUTES;
use super::starter::{self, Desk};
use super::text;
use crate::say::Refusal;
use crate::values;

const SECONDS_PER_DAY: u64 = 86_400;
const EXPIRES_DAYS: u64 = 90;

#[derive(Args)]
pub(crate) struct NewPolicy {
    #[command(flatten)]
    about: About,
    /// The policy in force, to make the next from; its figures stay unless set.
    #[arg(
        long, value_name = "FILE",
        conflicts_with_all = ["journal_id", "mode", "address", "maker", "signature_type"]
    )]
    renew: Option<PathBuf>,
    /// Real money or the simulator's.
    #[arg(long, required_unless_present = "renew")]
    mode: Option<Money>,
    /// The address whose key signs.
    #[arg(long, value_name = "0x...", required_unless_present = "renew",
        value_parser = values::address)]
    address: Option<Address>,
    /// The address whose funds move, if it is another.
    #[arg(long, value_name = "0x...", value_parser = values::address)]
    maker: Option<Address>,
    /// How the two relate: 0 the same, 1 proxy, 2 Safe, 3 deposit wallet.
    #[arg(long, value_name = "N", value_parser = signature_type)]
    signature_type: Option<SignatureType>,
    /// A trader whose trades may be copied; again for each.
    #[arg(long, value_name = "0x...", value_parser = values::address)]
    leader: Vec<Address>,
    /// Who dials, writes tickets and says alive; again for each.
    #[arg(long, value_name = "VKEY", required_unless_present = "renew",
        value_parser = values::key)]
    operator: Vec<VerifierKey>,
    /// Who tells the owner of an export, and signs that it did: a key of its own.
    #[arg(long, value_name = "VKEY", value_parser = values::key)]
    notifier: Option<VerifierKey>,
    /// Let the key sign the venue's login, or no longer.
    #[arg(long, value_name = "yes or no")]
    clob_auth: Option<Answer>,
    /// When buys stop unless it is renewed, days from now.
    #[arg(long, value_name = "N", default_value_t = EXPIRES_DAYS)]
    expires_days: u64,
    /// Any line of the text that is no list; again for each.
    #[arg(long, value_name = "FIELD=VALUE", value_parser = values::setting)]
    set: Vec<(String, String)>,
}

#[derive(Args)]
pub(crate) struct NewKeySet {
    #[command(flatten)]
    about: About,
    /// The key set in force, to make the next from.
    #[arg(long, value_name = "FILE", conflicts_with = "journal_id")]
    renew: Option<PathBuf>,
    /// How many of the keys must sign.
    #[arg(long, value_name = "N")]
    threshold: u8,
    /// A key of the quorum; again for each.
    #[arg(long, value_name = "VKEY", required = true, value_parser = values::key)]
    key: Vec<VerifierKey>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Answer {
    Yes,
    No,
}

#[derive(Clone, Copy, ValueEnum)]
enum Money {
    /// Chain 80002, which the simulator plays.
    Paper,
    /// Chain 137.
    Live,
}

fn signature_type(text: &str) -> Result<SignatureType, String> {
    text.parse()
        .ok()
        .and_then(SignatureType::from_u8)
        .ok_or_else(|| "write 0, 1, 2 or 3".to_owned())
}

fn given<T: Copy>(value: Option<T>, flag: &'static str) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal::new("DRAFT", flag, "is missing", "give it, or --renew"))
}

impl NewPolicy {
    pub(crate) fn body(&self, now: UtcSeconds) -> Result<Body, Refusal> {
        let known = Known::new(&self.about, now);
        let mut policy = match &self.renew {
            Some(path) => {
                let (text, mut policy) = text::policy(path)?;
                policy.version = policy.version.saturating_add(1);
                policy.previous = NoteHash::of(&text);
                policy
            }
            None => Box::new(self.first(&known)?),
        };
        policy.window = known.window(READING_MINUTES)?;
        let life = self.expires_days.saturating_mul(SECONDS_PER_DAY);
        policy.expires = known.after("--expires-days", life)?;
        if !self.leader.is_empty() {
            policy.scope.leaders = set("--leader", &self.leader)?;
        }
        if !self.operator.is_empty() {
            policy.operators = set("--operator", &self.operator)?;
        }
        if self.notifier.is_some() {
            policy.extras.notifier.clone_from(&self.notifier);
        }
        if let Some(answer) = self.clob_auth {
            policy.extras.clob_auth = (answer == Answer::Yes).then_some(Permitted);
        }
        let mut text = Body::Policy(policy).print();
        for (field, value) in &self.set {
            text = with(&text, field, value)?;
        }
        text::parse(&text)
    }

    fn first(&self, known: &Known<'_>) -> Result<Policy, Refusal> {
        let signing_address = given(self.address, "--address")?;
        Ok(starter::policy(&Desk {
            journal: known.journal()?,
            window: known.window(READING_MINUTES)?,
            mode: match given(self.mode, "--mode")? {
                Money::Paper => Mode::Paper,
                Money::Live => Mode::Live,
            },
            signing_address,
            maker: self.maker.unwrap_or(signing_address),
            signature_type: self.signature_type.unwrap_or(SignatureType::Eoa),
        }))
    }
}

impl NewKeySet {
    pub(crate) fn body(&self, now: UtcSeconds) -> Result<Body, Refusal> {
        let known = Known::new(&self.about, now);
        let (journal, version, previous) = match &self.renew {
            Some(path) => {
                let (text, keyset) = text::keyset(path)?;
                let next = keyset.version.saturating_add(1);
                (keyset.journal, next, NoteHash::of(&text))
            }
            None => (known.journal()?, 1, NoteHash::ZERO),
        };
        Ok(Body::KeySet(KeySet {
            journal,
            version,
            previous,
            window: known.window(READING_MINUTES)?,
            threshold: self.threshold,
            keys: set("--key", &self.key)?,
        }))
    }
}

/// The text with the value of one line replaced.
fn with(text: &str, field: &str, value: &str) -> Result<String, Refusal> {
    let refuse = |problem, fix| Refusal::new("DRAFT", format_args!("--set {field}"), problem, fix);
    let is_it = |line: &str| line.split_once(' ').is_some_and(|(name, _)| name == field);
    if text.lines().filter(|line| is_it(line)).count() != 1 {
        return Err(refuse(
            "is not the name of one line",
            "name a line of the draft; edit lists in the draft itself",
        ));
    }
    if value.chars().any(char::is_control) {
        return Err(refuse("has control characters", "write one line"));
    }
    let mut changed = String::with_capacity(text.len().saturating_add(value.len()));
    for line in text.lines() {
        if is_it(line) {
            changed.push_str(field);
            changed.push(' ');
            changed.push_str(value);
        } else {
            changed.push_str(line);
        }
        changed.push('\n');
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn one_line_is_set_and_no_list() {
        let text = "a/v1\nday_usdc 1\nday 2\nkeys 2\nkey a\nkey b\n";
        assert_eq!(
            with(text, "day", "3").unwrap(),
            text.replace("day 2", "day 3")
        );
        for (field, value) in [
            ("key", "c"),
            ("hour", "1"),
            ("a/v1", "2"),
            ("day", "3\nx 1"),
        ] {
            assert!(with(text, field, value).is_err(), "{field}");
        }
    }
}
