//! How intents come in, and when to ask, wait, halt and give up.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::bad;

/// How intents come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intake {
    /// How often the intents file is looked at.
    pub tail_ms: u64,
    /// Where `POST /intent` listens; off unless set.
    pub http: Option<SocketAddr>,
    /// File with the bearer token of that.
    pub token: Option<PathBuf>,
}

/// What to do first when nobody knows whether the venue has an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUnknown {
    /// Cancel it.
    Cancel,
    /// Send the identical bytes again while the deadline allows.
    Repost,
    /// Only look.
    Wait,
}

/// When to ask, wait, halt and give up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trading {
    /// Attempts whose signer or venue is being asked at once.
    pub in_flight_max: usize,
    /// The longest pause between two looks at the venue while something moves.
    pub poll_ms: u64,
    /// The pause while nothing does, and between looks at balances, time,
    /// version, open orders and the signer.
    pub idle_ms: u64,
    /// How far before the last look trades are read again.
    pub overlap_s: u64,
    /// How far apart two complete and empty looks must be to prove absence.
    pub absence_ms: u64,
    /// What to do first with an UNKNOWN.
    pub on_unknown: OnUnknown,
    /// So many UNKNOWN stop buys.
    pub unknown_max: u64,
    /// One UNKNOWN for so long stops buys.
    pub unknown_age_ms: u64,
    /// Set aside for fees on top of a BUY.
    pub fee_reserve_bps: u64,
    /// The venue's clock may differ by so much.
    pub skew_ms: u64,
}

/// Where to be asked for metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// The address; off unless set.
    pub listen: Option<SocketAddr>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IntakeSection {
    tail_ms: Option<u64>,
    http: Option<String>,
    token: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TradingSection {
    in_flight_max: Option<u64>,
    poll_ms: Option<u64>,
    idle_ms: Option<u64>,
    overlap_s: Option<u64>,
    absence_ms: Option<u64>,
    on_unknown: Option<String>,
    unknown_max: Option<u64>,
    unknown_age_ms: Option<u64>,
    fee_reserve_bps: Option<u64>,
    skew_ms: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MetricsSection {
    listen: Option<String>,
}

impl IntakeSection {
    pub(super) fn read(&self, base: &Path) -> Result<Intake, String> {
        let http = loopback("intake.http", self.http.as_deref())?;
        if http.is_some() && self.token.is_none() {
            return Err(bad(
                "intake.token",
                "missing, and intake.http is set",
                "name a file of mode 0400 with at least 32 random characters",
            ));
        }
        Ok(Intake {
            tail_ms: within("intake.tail_ms", self.tail_ms, 200, (10, 60_000))?,
            http,
            token: self.token.as_ref().map(|path| base.join(path)),
        })
    }
}

impl TradingSection {
    pub(super) fn read(&self) -> Result<Trading, String> {
        let in_flight = within("trading.in_flight_max", self.in_flight_max, 8, (1, 64))?;
        let hour_ms = 3_600_000;
        Ok(Trading {
            in_flight_max: usize::try_from(in_flight).unwrap_or(1),
            poll_ms: within("trading.poll_ms", self.poll_ms, 2_000, (10, 60_000))?,
            idle_ms: within("trading.idle_ms", self.idle_ms, 30_000, (50, hour_ms))?,
            overlap_s: within("trading.overlap_s", self.overlap_s, 120, (1, 86_400))?,
            absence_ms: within("trading.absence_ms", self.absence_ms, 60_000, (1, hour_ms))?,
            on_unknown: match self.on_unknown.as_deref() {
                None | Some("cancel") => OnUnknown::Cancel,
                Some("repost") => OnUnknown::Repost,
                Some("wait") => OnUnknown::Wait,
                Some(_) => {
                    let fix = "write cancel, repost or wait";
                    return Err(bad("trading.on_unknown", "not known", fix));
                }
            },
            unknown_max: within("trading.unknown_max", self.unknown_max, 3, (1, 1_000))?,
            unknown_age_ms: within(
                "trading.unknown_age_ms",
                self.unknown_age_ms,
                120_000,
                (1, hour_ms),
            )?,
            fee_reserve_bps: within(
                "trading.fee_reserve_bps",
                self.fee_reserve_bps,
                1_000,
                (0, 10_000),
            )?,
            skew_ms: within("trading.skew_ms", self.skew_ms, 5_000, (1_000, 30_000))?,
        })
    }
}

impl MetricsSection {
    pub(super) fn read(&self) -> Result<Metrics, String> {
        Ok(Metrics {
            listen: loopback("metrics.listen", self.listen.as_deref())?,
        })
    }
}

fn loopback(field: &str, text: Option<&str>) -> Result<Option<SocketAddr>, String> {
    let fix = "write an address of this host alone, as 127.0.0.1:8765";
    let Some(text) = text else {
        return Ok(None);
    };
    let address: SocketAddr = text
        .parse()
        .map_err(|_ignored| bad(field, "not an address with a port", fix))?;
    if !address.ip().is_loopback() {
        return Err(bad(field, "others can reach it", fix));
    }
    Ok(Some(address))
}

pub(super) fn within(
    field: &str,
    value: Option<u64>,
    default: u64,
    (least, most): (u64, u64),
) -> Result<u64, String> {
    let value = value.unwrap_or(default);
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(bad(
        field,
        &format!("outside {least} to {most}"),
        &format!("{default} is the usual"),
    ))
}

pub(super) fn timeout(field: &str, ms: u64) -> Result<u64, String> {
    if (1..=60_000).contains(&ms) {
        Ok(ms)
    } else {
        Err(bad(field, "outside 1 to 60000", "5000 is five seconds"))
    }
}
