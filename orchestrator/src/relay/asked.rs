//! What the signer's status asks of its witnesses.

use std::collections::BTreeMap;

use tlog::{Checkpoint, Hash, Head, VerifierKey};

use crate::signer::Status;

/// A head that the signer's log signed, and what is known of who holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) head: Head,
    /// The checkpoint, with its log's signature.
    pub(super) note: String,
    /// Each witness that the policy names, by its key, and the size it holds.
    pub(super) each: BTreeMap<String, u64>,
    /// From each such size, the proof that this head continues it.
    proofs: BTreeMap<u64, Vec<Hash>>,
    pub(super) threshold: usize,
    pub(super) witnessed_leaves: u64,
    needs_leaves: u64,
    witnessed_ms: u64,
    late_ms: u64,
}

impl Asked {
    /// Reads a status; `None` where its policy names no witnesses.
    ///
    /// # Errors
    ///
    /// What of it does not fit together.
    pub(super) fn of(status: &Status) -> Result<Option<Self>, String> {
        let number = |name: &str| -> Result<u64, String> {
            let value = status.line(name).and_then(|value| value.parse().ok());
            value.ok_or_else(|| format!("its status has no {name}"))
        };
        if status.line("witness_needs_leaves").is_none() {
            return Ok(None);
        }
        let text = |name: &str| status.line(name).unwrap_or_default();
        let log = VerifierKey::parse(text("log_key")).ok_or("its status has no log key")?;
        let root = Hash::from_base64(text("checkpoint_root")).ok_or("its status has no root")?;
        let head = Head {
            origin: log.name().to_owned(),
            size: status.journal_size,
            root,
        };
        let note = format!("{}\n{}\n", head.text(), text("checkpoint_signature"));
        let signed = Checkpoint::open(note.as_bytes(), &log);
        signed.map_err(|e| format!("its log did not sign its head: {e}"))?;
        let named = |name: &'static str| {
            let lines = status.lines.iter().filter(move |(line, _)| line == name);
            lines.map(|(_, value)| value.as_str())
        };
        let each = named("witness").filter_map(|line| {
            let (key, size) = line.split_once(' ')?;
            Some((key.to_owned(), size.parse().ok()?))
        });
        let proofs = named("proof").filter_map(|line| {
            let mut words = line.split(' ');
            let old = words.next()?.parse().ok()?;
            let proof = words.map(Hash::from_base64).collect::<Option<_>>()?;
            Some((old, proof))
        });
        let (each, proofs) = (each.collect(), proofs.collect());
        let late_ms = number("witness_late_seconds")?.saturating_mul(1_000);
        Ok(Some(Self {
            head,
            note,
            each,
            proofs,
            threshold: usize::try_from(number("witness_threshold")?).unwrap_or(usize::MAX),
            witnessed_leaves: number("witnessed_leaves")?,
            needs_leaves: number("witness_needs_leaves")?,
            witnessed_ms: number("witnessed_unix_ms")?,
            late_ms,
        }))
    }

    /// Whether they are to be asked by now: something waits for them, or their
    /// word has lived through a third of its time.
    pub(super) fn is_due(&self, now_ms: u64) -> bool {
        let age_ms = now_ms.saturating_sub(self.witnessed_ms);
        self.needs_leaves > self.witnessed_leaves || age_ms >= self.late_ms.div_euclid(3)
    }

    /// The proof from `old` on; none is needed from nothing, nor from itself.
    pub(super) fn proof(&self, old: u64) -> Vec<Hash> {
        self.proofs.get(&old).cloned().unwrap_or_default()
    }
}
