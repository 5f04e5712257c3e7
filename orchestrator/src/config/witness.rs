//! Whom the relay shows the signer's journal to.

use serde::Deserialize;
use tlog::WitnessKey;

use super::bad;
use super::trading::timeout;

/// The witnesses that the signer's policy names, and where they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witnesses {
    /// Each one; the relay rests without any.
    pub each: Vec<Witness>,
    /// Milliseconds to wait for an answer.
    pub timeout_ms: u64,
}

/// One witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Its key, as the policy names it.
    pub key: WitnessKey,
    /// Where it answers, without `/add-checkpoint`.
    pub url: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WitnessSection {
    #[serde(default)]
    each: Vec<OneSection>,
    timeout_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneSection {
    key: String,
    url: String,
}

impl WitnessSection {
    /// Nobody is asked unless named.
    pub(super) fn read(self) -> Result<Witnesses, String> {
        let timeout_ms = timeout("witness.timeout_ms", self.timeout_ms.unwrap_or(2_000))?;
        let mut each: Vec<Witness> = Vec::new();
        for one in self.each {
            let fix = "copy what `orchestrator witness key new` printed";
            let Some(key) = WitnessKey::parse(&one.key) else {
                let problem = format!("{:?} is no witness's key", one.key);
                return Err(bad("witness.each.key", &problem, fix));
            };
            if each.iter().any(|known| known.key == key) {
                return Err(bad("witness.each.key", "is there twice", "write it once"));
            }
            // What goes there is public, and what comes back is signed.
            let scheme = reqwest::Url::parse(&one.url).map(|url| url.scheme().to_owned());
            if !scheme.is_ok_and(|scheme| scheme == "https" || scheme == "http") {
                let fix = "write it as http://192.0.2.7:8766";
                return Err(bad("witness.each.url", "no http address", fix));
            }
            let url = one.url.trim_end_matches('/').to_owned();
            each.push(Witness { key, url });
        }
        Ok(Witnesses { each, timeout_ms })
    }
}
