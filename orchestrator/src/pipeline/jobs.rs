//! Effects: what is asked of the signer and the venue, and what came of it.
//!
//! Never touches: the store. A job is begun only after its arrow was committed.

use order::B256;

use crate::checks::{Standing, geoblock};
use crate::clob::{Cancellation, Clob, Gamma, Posted};
use crate::clock;
use crate::copy::{self, Facts};
use crate::intent::{Code, Draft, Intent, OrderType, Parsed, Reject, Token};
use crate::notes::{Attestations, Attested, Trade};
use crate::reconcile::sweep::{self, Found, Plan};
use crate::signer::{Answer, SignerClient};
use crate::store::{Attempt, Key, Observed};

/// How long the page that says where this host stands may take.
const PLACE_TIMEOUT_MS: u64 = 10_000;

/// As old may the book be whose best price a line without one takes.
const BOOK_AGE_MS_MAX: u64 = 2_000;

/// One question.
#[derive(Debug)]
pub(super) enum Job {
    /// What the line does not say, of the market.
    Resolve(Observed),
    /// What a leader's trade is decided on, of the market.
    Facts {
        intent_id: String,
        draft: Box<Draft>,
        gamma: Gamma,
        /// Of a sale: where its token was bought, and whether that is neg-risk.
        bought: Option<(B256, bool)>,
        /// Where its attestation is found, and until when it waits for one.
        attested: Option<(Attestations, u64)>,
    },
    /// An order, of the signer.
    Sign(Box<Attempt>),
    /// These bytes, to the venue.
    Post {
        key: Key,
        body: String,
        order_hash: String,
    },
    /// Away with it.
    Cancel { key: Key, order_hash: String },
    /// A look at everything.
    Look(Plan),
    /// Whether this host may trade, of the page at this address.
    Place(String),
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Done {
    Resolved {
        intent_id: String,
        /// None while the venue does not answer.
        outcome: Option<Result<Intent, Reject>>,
    },
    Facts {
        intent_id: String,
        /// None while the venue does not answer.
        facts: Option<Result<Box<Facts>, Reject>>,
    },
    Signed {
        key: Key,
        answer: Answer,
    },
    Posted {
        key: Key,
        posted: Posted,
    },
    Cancelled {
        key: Key,
        outcome: Cancellation,
    },
    Looked {
        full: bool,
        found: Box<Result<Found, String>>,
    },
    Placed {
        asked_ms: u64,
        standing: Standing,
    },
}

impl Job {
    /// The attempt it is for, if it is for one.
    pub(super) fn key(&self) -> Option<Key> {
        match self {
            Self::Resolve(observed) => Some((observed.intent_id.clone(), 0)),
            Self::Facts { intent_id, .. } => Some((intent_id.clone(), 0)),
            Self::Sign(row) => Some(row.key()),
            Self::Post { key, .. } | Self::Cancel { key, .. } => Some(key.clone()),
            Self::Look(_) | Self::Place(_) => None,
        }
    }

    /// Asks, and waits for the answer or the lack of one.
    pub(super) async fn run(self, clob: Clob, signer: SignerClient) -> Done {
        match self {
            Self::Resolve(observed) => Done::Resolved {
                outcome: resolve(&clob, &observed).await,
                intent_id: observed.intent_id,
            },
            Self::Facts {
                intent_id,
                draft,
                gamma,
                bought,
                attested,
            } => Done::Facts {
                facts: match attestation(attested, &draft, &intent_id) {
                    Ok(found) => known(&clob, &gamma, (&draft, bought, found), &intent_id).await,
                    Err(Unsigned) => None,
                },
                intent_id,
            },
            Self::Sign(row) => Done::Signed {
                key: row.key(),
                answer: signer.sign(&row).await,
            },
            Self::Post {
                key,
                body,
                order_hash,
            } => Done::Posted {
                key,
                posted: clob.post_order(&body, &order_hash).await,
            },
            Self::Cancel { key, order_hash } => Done::Cancelled {
                key,
                outcome: clob.cancel(&order_hash).await,
            },
            Self::Look(plan) => Done::Looked {
                full: plan.full.is_some(),
                found: Box::new(sweep::sweep(&clob, &signer, plan).await),
            },
            Self::Place(url) => Done::Placed {
                asked_ms: clock::now_ms(),
                standing: Standing::of_page(geoblock::ask(&url, PLACE_TIMEOUT_MS).await),
            },
        }
    }
}

impl Done {
    /// The attempt it is of, if it is of one.
    pub(super) fn key(&self) -> Option<Key> {
        match self {
            Self::Resolved { intent_id, .. } | Self::Facts { intent_id, .. } => {
                Some((intent_id.clone(), 0))
            }
            Self::Signed { key, .. } | Self::Posted { key, .. } | Self::Cancelled { key, .. } => {
                Some(key.clone())
            }
            Self::Looked { .. } | Self::Placed { .. } => None,
        }
    }
}

/// Too few watchers have signed yet.
struct Unsigned;

/// What watchers signed of the trade of `draft`: a trade waits for them, and goes
/// on without when they take too long.
fn attestation(
    attested: Option<(Attestations, u64)>,
    draft: &Draft,
    intent_id: &str,
) -> Result<Option<Attested>, Unsigned> {
    let (Some((notes, until_ms)), Token::Id(token)) = (attested, &draft.token) else {
        return Ok(None);
    };
    let (Some(transaction), Some(leader)) = (draft.transaction, draft.leader) else {
        return Ok(None);
    };
    let trade = Trade {
        transaction,
        leader,
        token: *token,
        side: draft.side,
    };
    match notes.of(&trade) {
        Ok(Some(found)) => return Ok(Some(found)),
        Ok(None) => {}
        Err(why) => tracing::warn!(intent = intent_id, why, "NOTES not looked at"),
    }
    if clock::now_ms() < until_ms {
        return Err(Unsigned);
    }
    tracing::warn!(
        intent = intent_id,
        "NOTES too few watchers signed its trade; asked without"
    );
    Ok(None)
}

/// What a leader's trade is decided on; nothing while the venue does not answer.
async fn known(
    clob: &Clob,
    gamma: &Gamma,
    (draft, bought, attested): (&Draft, Option<(B256, bool)>, Option<Attested>),
    intent_id: &str,
) -> Option<Result<Box<Facts>, Reject>> {
    match copy::facts(clob, gamma, draft, bought).await {
        Ok(facts) => Some(facts.map(|facts| Box::new(Facts { attested, ..facts }))),
        Err(why) => {
            tracing::warn!(intent = intent_id, why, "market not known yet");
            None
        }
    }
}

/// The whole intent behind an observed line, or why there is none; nothing
/// while the venue does not answer.
async fn resolve(clob: &Clob, observed: &Observed) -> Option<Result<Intent, Reject>> {
    let draft = match Parsed::read(&observed.line) {
        Ok(Parsed::Draft(draft)) => draft,
        Ok(Parsed::Whole(intent)) => return Some(Ok(*intent)),
        Err(reject) => return Some(Err(reject)),
    };
    match facts(clob, &draft).await {
        Ok(outcome) => Some(outcome),
        Err(why) => {
            tracing::warn!(intent = observed.intent_id, why, "market not known yet");
            None
        }
    }
}

async fn facts(clob: &Clob, draft: &Draft) -> Result<Result<Intent, Reject>, String> {
    let draft = match copy::token(clob, draft).await? {
        Ok(token) => draft.of_token(token),
        Err(reject) => return Ok(Err(reject)),
    };
    let token = match draft.token_id() {
        Ok(token) => token.to_string(),
        Err(reject) => return Ok(Err(reject)),
    };
    let Some(facts) = clob.market_of(&token).await.map_err(|e| e.to_string())? else {
        let sentence = format!("token_id: the venue knows no token {token}; correct it");
        return Ok(Err(Reject::new(Code::UnknownToken, sentence)));
    };
    let mut best = None;
    if draft.limit_e6.is_none() {
        let book = clob.book(&token).await.map_err(|e| e.to_string())?;
        if book.age_ms > BOOK_AGE_MS_MAX {
            return Err(format!("the book is {} ms old", book.age_ms));
        }
        best = book.best_for(draft.side);
    }
    Ok(draft.finish(&facts, best, OrderType::Fak))
}
