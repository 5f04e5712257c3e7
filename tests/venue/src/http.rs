//! The face of the venue: one file per kind of endpoint.
//!
//! A request passes the gate, where faults are injected and private requests
//! are noted down, then its handler, which locks the venue once. Nothing waits
//! while it holds the lock.

mod account;
mod control;
mod course;
mod data;
mod feed;
mod gamma;
mod gate;
mod leaders;
mod login;
mod markets;
mod node;
mod orders;
mod public;
mod reply;
mod rows;
mod script;
mod serve;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, delete, get, post};

#[cfg(test)]
pub(crate) use self::rows::seconds;
pub use self::serve::{Server, start};
pub use crate::venue::OpenError;
use crate::venue::Venue;

/// The venue, shared by all connections.
#[derive(Clone, Debug)]
pub(crate) struct App(Arc<Mutex<Venue>>);

impl App {
    pub(crate) fn new(venue: Venue) -> Self {
        Self(Arc::new(Mutex::new(venue)))
    }

    /// The venue, brought up to the present.
    pub(crate) fn venue(&self) -> MutexGuard<'_, Venue> {
        let mut venue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        venue.tick();
        venue
    }
}

/// Every endpoint.
pub(crate) fn router(app: &App) -> Router {
    Router::new()
        .route("/ok", get(public::ok))
        .route("/time", get(public::time))
        .route("/version", get(public::version))
        .route("/api/geoblock", get(public::geoblock))
        .route("/book", get(public::book))
        .route("/books", post(public::books))
        .route("/tick-size", get(public::tick_size))
        .route("/neg-risk", get(public::neg_risk))
        .route("/midpoint", get(public::midpoint))
        .route("/price", get(public::price))
        .route("/spread", get(public::spread))
        .route("/last-trade-price", get(public::last_trade_price))
        .route("/fee-rate", get(markets::fee_rate))
        .route("/midpoints", post(markets::midpoints))
        .route("/prices", post(markets::prices))
        .route("/spreads", post(markets::spreads))
        .route("/last-trades-prices", post(markets::last_trades_prices))
        .route("/markets", get(markets::markets))
        .route("/markets/{condition}", get(markets::market))
        .route("/clob-markets/{condition}", get(public::clob_market))
        .route("/markets-by-token/{token}", get(public::market_by_token))
        .route("/auth/api-key", post(login::create).delete(login::forget))
        .route("/auth/derive-api-key", get(login::derive))
        .route("/auth/api-keys", get(login::list))
        .route("/auth/ban-status/closed-only", get(account::closed_only))
        .route("/order", post(orders::post).delete(orders::cancel_one))
        .route(
            "/orders",
            post(orders::post_many).delete(orders::cancel_many),
        )
        .route("/cancel-market-orders", delete(orders::cancel_market))
        .route("/cancel-all", delete(orders::cancel_all))
        .route("/v1/heartbeats", post(account::heartbeat))
        .route("/balance-allowance", get(account::balance))
        .route("/balance-allowance/update", get(account::balance_update))
        .route("/data/order/{id}", get(data::order))
        .route("/data/orders", get(data::orders))
        .route("/data/trades", get(data::trades))
        .merge(others())
        .route("/sim/state", get(control::state))
        .route("/sim/assumptions", get(control::assumptions))
        .route(
            "/sim/requests",
            get(control::requests).delete(control::forget_requests),
        )
        .route("/sim/book", post(control::book))
        .route("/sim/trade", post(control::trade))
        .route("/sim/account", post(control::account))
        .route("/sim/settle", post(control::settle))
        .route("/sim/clock", post(control::clock))
        .route("/sim/misbehave", rules())
        .fallback(public::nowhere)
        .layer(from_fn_with_state(app.clone(), gate::gate))
        .with_state(app.clone())
}

/// Rules by which it misbehaves.
fn rules() -> MethodRouter<App> {
    post(control::misbehave)
        .put(control::misbehave_so)
        .get(control::faults)
        .delete(control::behave)
}

/// What anyone may ask about others, and who writes what they did.
fn others() -> Router<App> {
    Router::new()
        .route("/v2/trades", get(leaders::trades))
        .route("/v2/positions", get(leaders::positions))
        .route("/v2/activity", get(leaders::activity))
        .route("/v2/status", get(leaders::status))
        .route("/gamma/markets", get(gamma::markets))
        .route("/gamma/markets/keyset", get(gamma::keyset))
        .route("/gamma/markets/slug/{slug}", get(gamma::slug))
        .route("/ws/market", get(feed::market))
        .route("/rpc", post(node::rpc))
        .route("/sim/leader-trade", post(script::trade))
        .route("/sim/leader-position", post(script::position))
        .route("/sim/leader-activity", post(script::activity))
        .route("/sim/market", post(script::market))
        .route("/sim/edge", post(script::edge))
        .route("/sim/gas", post(script::gas))
}
