//! What our account holds and may do, and what time the venue has.

use serde_json::Value;

use order::{Address, Exchange, U256};
use reqwest::Method;

use super::budget::Endpoint;
use super::{Clob, ClobError, text};

/// What a balance is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asset {
    /// pUSD.
    Collateral,
    /// Shares of a token, by its decimal id.
    Shares(String),
}

/// The wallet's collateral, and who may take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wallet {
    /// pUSD, base units.
    pub balance_units: u64,
    /// Contracts, and how much each may take; a full 64 bits for any amount.
    pub allowances: Vec<(Address, u64)>,
}

impl Clob {
    /// What the account holds of `asset`, base units.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn balance(&self, asset: &Asset) -> Result<u64, ClobError> {
        let query = self.balance_query(asset);
        let path = "/balance-allowance";
        let answer = self.private(Endpoint::Balance, path, &query).await?;
        let written = text(&answer, "balance")?;
        written
            .parse()
            .map_err(|_ignored| ClobError::Shape(format!("balance {written:?} is no number")))
    }

    /// The wallet's collateral, and what each contract may take of it, as the
    /// venue tells both. An unlimited allowance is as much as fits.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn wallet(&self) -> Result<Wallet, ClobError> {
        let query = self.balance_query(&Asset::Collateral);
        let path = "/balance-allowance";
        let answer = self.private(Endpoint::Balance, path, &query).await?;
        let shape = |what: &str| ClobError::Shape(format!("{what} is no number"));
        let balance_units = text(&answer, "balance")?
            .parse()
            .map_err(|_ignored| shape("balance"))?;
        let allowances = answer
            .get("allowances")
            .and_then(Value::as_object)
            .ok_or_else(|| ClobError::Shape("allowances are missing".to_owned()))?;
        let mut told = Vec::new();
        for (contract, limit) in allowances {
            let contract = contract
                .parse()
                .map_err(|_ignored| ClobError::Shape(format!("{contract:?} is no contract")))?;
            let limit = limit.as_str().and_then(|digits| {
                let limit = U256::from_str_radix(digits, 10).ok()?;
                Some(u64::try_from(limit).unwrap_or(u64::MAX))
            });
            told.push((contract, limit.ok_or_else(|| shape("an allowance"))?));
        }
        Ok(Wallet {
            balance_units,
            allowances: told,
        })
    }

    /// Whether the venue answers at all.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub async fn is_up(&self) -> Result<(), ClobError> {
        match self.public(Endpoint::General, "/ok").await {
            // Its answer is a word, not JSON everywhere.
            Ok(_) | Err(ClobError::Shape(_)) => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// Lets the venue read `asset`'s balance from the chain again.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn refresh_balance(&self, asset: &Asset) -> Result<(), ClobError> {
        let query = self.balance_query(asset);
        let path = "/balance-allowance/update";
        // Its answer is empty text.
        match self.private(Endpoint::BalanceUpdate, path, &query).await {
            Ok(_) | Err(ClobError::Shape(_)) => Ok(()),
            Err(e) => Err(e),
        }
    }

    fn balance_query(&self, asset: &Asset) -> String {
        let kind = match self.account.exchange {
            Exchange::V2Standard | Exchange::V2NegRisk => "CONDITIONAL",
            Exchange::V3 => "CONDITIONAL-V2",
        };
        let what = match asset {
            Asset::Collateral => "asset_type=COLLATERAL".to_owned(),
            Asset::Shares(token) => format!("asset_type={kind}&token_id={token}"),
        };
        format!("?{what}&signature_type={}", self.signature_type)
    }

    /// Whether the account may only close positions.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn closed_only(&self) -> Result<bool, ClobError> {
        let path = "/auth/ban-status/closed-only";
        let answer = self.private(Endpoint::Auth, path, "").await?;
        answer
            .get("closed_only")
            .and_then(Value::as_bool)
            .ok_or_else(|| ClobError::Shape("closed_only is missing".to_owned()))
    }

    /// The ids of the address's API keys.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn key_ids(&self) -> Result<Vec<String>, ClobError> {
        let answer = self.private(Endpoint::Auth, "/auth/api-keys", "").await?;
        let ids = answer.get("apiKeys").and_then(Value::as_array);
        let id = |id: &Value| id.as_str().map(str::to_owned);
        ids.and_then(|ids| ids.iter().map(id).collect())
            .ok_or_else(|| ClobError::Shape("apiKeys is missing or not a list".to_owned()))
    }

    /// Asks the venue to forget the key that this is signed with.
    ///
    /// # Errors
    ///
    /// When there is no answer. What it answers proves nothing: [`Self::key_ids`]
    /// of another key does.
    pub async fn forget_key(&self) -> Result<(), ClobError> {
        let path = "/auth/api-key";
        self.signed(Method::DELETE, path, "", None).await.map(drop)
    }

    /// The venue's clock, unix seconds.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn time_s(&self) -> Result<u64, ClobError> {
        let answer = self.public(Endpoint::General, "/time").await?;
        answer
            .as_u64()
            .or_else(|| answer.as_str()?.parse().ok())
            .ok_or_else(|| ClobError::Shape("time is no number".to_owned()))
    }

    /// The version of the order API.
    ///
    /// # Errors
    ///
    /// When there is no answer, or one of another shape.
    pub async fn version(&self) -> Result<u64, ClobError> {
        let answer = self.public(Endpoint::General, "/version").await?;
        answer
            .get("version")
            .and_then(Value::as_u64)
            .ok_or_else(|| ClobError::Shape("version is no number".to_owned()))
    }
}
