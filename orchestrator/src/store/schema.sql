-- The outbox and the ledger: what we asked for, what came of it, what it cost.
-- A state is written before its effect; a row is never deleted.

CREATE TABLE IF NOT EXISTS meta (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    schema INTEGER NOT NULL CHECK (schema = 1)
) STRICT;
INSERT OR IGNORE INTO meta (one, schema) VALUES (1, 1);

-- One row an intent, made at first sight. source_id is the name its sender
-- gave it, and decides what is the same intent; intent_id begins with the UTC
-- day of first sight and never changes.
CREATE TABLE IF NOT EXISTS intent (
    intent_id      TEXT PRIMARY KEY,
    source_id      TEXT NOT NULL UNIQUE,
    seen_ms        INTEGER NOT NULL,
    deadline_ms    INTEGER NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('copy', 'exit')),
    market         TEXT NOT NULL,
    token_id       TEXT NOT NULL,
    side           TEXT NOT NULL CHECK (side IN ('BUY', 'SELL')),
    limit_price_e4 INTEGER NOT NULL CHECK (limit_price_e4 BETWEEN 1 AND 9999),
    shares_units   INTEGER NOT NULL CHECK (shares_units > 0),
    tick_size_e4   INTEGER NOT NULL,
    order_type     TEXT NOT NULL CHECK (order_type IN ('FOK', 'FAK'))
) STRICT;

-- One row an attempt. order_hash is the venue's order id, known before the
-- POST; body is the exact bytes to send, so that a repeat sends the same.
CREATE TABLE IF NOT EXISTS attempt (
    intent_id    TEXT NOT NULL REFERENCES intent (intent_id),
    attempt      INTEGER NOT NULL CHECK (attempt BETWEEN 0 AND 65535),
    state        TEXT NOT NULL,
    order_hash   TEXT UNIQUE,
    leaf_index   INTEGER,
    charge_units INTEGER,
    body         TEXT,
    code         TEXT,
    detail       TEXT,
    PRIMARY KEY (intent_id, attempt)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS attempt_by_state ON attempt (state);

-- Every arrow that was taken, in order: the explanation, and the timings.
CREATE TABLE IF NOT EXISTS step (
    seq       INTEGER PRIMARY KEY,
    intent_id TEXT NOT NULL,
    attempt   INTEGER NOT NULL,
    state     TEXT NOT NULL,
    at_us     INTEGER NOT NULL,
    detail    TEXT
) STRICT;

-- Our own fills, by the venue's trade id and our order hash: one row each,
-- whichever way it was learnt of. Money only when confirmed.
CREATE TABLE IF NOT EXISTS fill (
    trade_id         TEXT NOT NULL,
    order_hash       TEXT NOT NULL,
    token_id         TEXT NOT NULL,
    side             TEXT NOT NULL CHECK (side IN ('BUY', 'SELL')),
    shares_units     INTEGER NOT NULL CHECK (shares_units > 0),
    collateral_units INTEGER NOT NULL CHECK (collateral_units >= 0),
    fee_units        INTEGER NOT NULL CHECK (fee_units >= 0),
    status           TEXT NOT NULL,
    PRIMARY KEY (trade_id, order_hash)
) STRICT, WITHOUT ROWID;
