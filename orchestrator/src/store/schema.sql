-- The outbox and the ledger: what we asked for, what came of it, what it cost.
-- A state is written before its effect. No row is ever deleted but those of
-- lot and closing, which are nothing but the fold of fill and adjustment.

CREATE TABLE IF NOT EXISTS meta (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    schema INTEGER NOT NULL
) STRICT;
INSERT OR IGNORE INTO meta (one, schema) VALUES (1, 4);

-- One row an intent, made at first sight. (strategy, source_id) is the name
-- its sender gave it, and decides what is the same intent; intent_id begins
-- with the UTC day of first sight and never changes. What is not known yet, or
-- was never understood, is NULL: all of it or none.
CREATE TABLE IF NOT EXISTS intent (
    intent_id       TEXT PRIMARY KEY,
    strategy        TEXT NOT NULL,
    source_id       TEXT NOT NULL,
    seen_ms         INTEGER NOT NULL,
    deadline_ms     INTEGER NOT NULL,
    line            TEXT NOT NULL,
    kind            TEXT CHECK (kind IN ('copy', 'exit')),
    market          TEXT,
    token_id        TEXT,
    side            TEXT CHECK (side IN ('BUY', 'SELL')),
    limit_price_e4  INTEGER CHECK (limit_price_e4 BETWEEN 1 AND 9999),
    shares_units    INTEGER CHECK (shares_units > 0),
    tick_size_e4    INTEGER,
    order_type      TEXT CHECK (order_type IN ('FOK', 'FAK')),
    neg_risk        INTEGER CHECK (neg_risk IN (0, 1)),
    leader          TEXT,
    leader_price_e4 INTEGER,
    leader_time_ms  INTEGER,
    UNIQUE (strategy, source_id),
    CHECK ((kind IS NULL) = (market IS NULL) AND (kind IS NULL) = (token_id IS NULL)
       AND (kind IS NULL) = (side IS NULL) AND (kind IS NULL) = (limit_price_e4 IS NULL)
       AND (kind IS NULL) = (shares_units IS NULL) AND (kind IS NULL) = (tick_size_e4 IS NULL)
       AND (kind IS NULL) = (order_type IS NULL))
) STRICT;
CREATE INDEX IF NOT EXISTS intent_by_token ON intent (token_id);

-- What watchers signed of the trade that an intent copies: asked for with it, each
-- time with the same bytes. A fill is copied by one intent.
CREATE TABLE IF NOT EXISTS attested (
    intent_id TEXT PRIMARY KEY REFERENCES intent (intent_id),
    fill      TEXT NOT NULL UNIQUE,
    note      TEXT NOT NULL
) STRICT;

-- One row an attempt. order_hash is the venue's order id, known before the
-- POST; body is the exact bytes to send, so that a repeat sends the same.
-- reserved_units: collateral for a BUY, shares for a SELL, set aside from
-- RESERVED until a terminal state.
CREATE TABLE IF NOT EXISTS attempt (
    intent_id      TEXT NOT NULL REFERENCES intent (intent_id),
    attempt        INTEGER NOT NULL CHECK (attempt BETWEEN 0 AND 65535),
    state          TEXT NOT NULL,
    since_ms       INTEGER NOT NULL,
    order_hash     TEXT UNIQUE,
    leaf_index     INTEGER,
    charge_units   INTEGER,
    body           TEXT,
    code           TEXT,
    detail         TEXT,
    reserved_units INTEGER NOT NULL DEFAULT 0 CHECK (reserved_units >= 0),
    posted_ms      INTEGER,
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
    code      TEXT,
    detail    TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS step_by_intent ON step (intent_id, attempt);

-- Fills of this wallet, by the venue's trade id and order hash: one row each,
-- whichever way it was learnt of. Money only when confirmed. EXTERNAL: an
-- order that is not in the outbox; never dropped. strategy and leader are the
-- intent's whose attempt it was; NULL for EXTERNAL.
CREATE TABLE IF NOT EXISTS fill (
    trade_id         TEXT NOT NULL,
    order_hash       TEXT NOT NULL,
    seq              INTEGER NOT NULL UNIQUE,
    source           TEXT NOT NULL CHECK (source IN ('OWN', 'EXTERNAL')),
    market           TEXT NOT NULL,
    token_id         TEXT NOT NULL,
    side             TEXT NOT NULL CHECK (side IN ('BUY', 'SELL')),
    shares_units     INTEGER NOT NULL CHECK (shares_units > 0),
    collateral_units INTEGER NOT NULL CHECK (collateral_units >= 0),
    fee_units        INTEGER NOT NULL CHECK (fee_units >= 0),
    match_s          INTEGER NOT NULL,
    status           TEXT NOT NULL,
    strategy         TEXT,
    leader           TEXT,
    PRIMARY KEY (trade_id, order_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS fill_by_order ON fill (order_hash);
CREATE INDEX IF NOT EXISTS fill_by_token ON fill (token_id);
CREATE INDEX IF NOT EXISTS fill_by_status ON fill (status);

-- Shares that came or went without a fill: found when balances were compared,
-- or written off or taken over by a person. seq is counted together with
-- fill's; cost_units is what a person says they cost, or what they take along.
CREATE TABLE IF NOT EXISTS adjustment (
    seq          INTEGER PRIMARY KEY,
    token_id     TEXT NOT NULL,
    at_ms        INTEGER NOT NULL,
    direction    TEXT NOT NULL CHECK (direction IN ('IN', 'OUT')),
    source       TEXT NOT NULL CHECK (source IN ('OWN', 'EXTERNAL')),
    shares_units INTEGER NOT NULL CHECK (shares_units > 0),
    why          TEXT NOT NULL,
    strategy     TEXT,
    leader       TEXT,
    cost_units   INTEGER NOT NULL DEFAULT 0 CHECK (cost_units >= 0)
) STRICT;

-- The fold: lots in the order they were opened, and what closed them.
CREATE TABLE IF NOT EXISTS lot (
    token_id        TEXT NOT NULL,
    nth             INTEGER NOT NULL,
    name            TEXT NOT NULL,
    source          TEXT NOT NULL CHECK (source IN ('OWN', 'EXTERNAL')),
    shares_units    INTEGER NOT NULL,
    left_units      INTEGER NOT NULL CHECK (left_units BETWEEN 0 AND shares_units),
    cost_units      INTEGER NOT NULL,
    cost_left_units INTEGER NOT NULL CHECK (cost_left_units BETWEEN 0 AND cost_units),
    settled         INTEGER NOT NULL CHECK (settled IN (0, 1)),
    strategy        TEXT NOT NULL,
    leader          TEXT,
    PRIMARY KEY (token_id, nth)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS closing (
    token_id       TEXT NOT NULL,
    nth            INTEGER NOT NULL,
    sale           TEXT NOT NULL,
    lot            TEXT,
    shares_units   INTEGER NOT NULL,
    cost_units     INTEGER NOT NULL,
    proceeds_units INTEGER NOT NULL,
    settled        INTEGER NOT NULL CHECK (settled IN (0, 1)),
    PRIMARY KEY (token_id, nth)
) STRICT, WITHOUT ROWID;

-- Signals too small to be an order of their own, until enough of them are:
-- units are base units of the side's own kind, used_by the intent that took
-- them along. A row whose used_by is its own intent is what that exit is to
-- sell in all; 'left', what no further try sells.
CREATE TABLE IF NOT EXISTS carry (
    intent_id TEXT PRIMARY KEY REFERENCES intent (intent_id),
    strategy  TEXT NOT NULL,
    leader    TEXT,
    token_id  TEXT NOT NULL,
    side      TEXT NOT NULL CHECK (side IN ('BUY', 'SELL')),
    units     INTEGER NOT NULL CHECK (units > 0),
    at_ms     INTEGER NOT NULL,
    used_by   TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS carry_by_pile ON carry (strategy, token_id) WHERE used_by IS NULL;

-- Every intent, accepted or not, and every decision, in order: hash is SHA-256
-- over what stands before it, prev the hash of the row before.
CREATE TABLE IF NOT EXISTS audit (
    seq   INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    kind  TEXT NOT NULL,
    body  TEXT NOT NULL,
    prev  TEXT NOT NULL,
    hash  TEXT NOT NULL
) STRICT;

-- What cannot be, and was. Unresolved: no start, until a person says why.
CREATE TABLE IF NOT EXISTS incident (
    id          INTEGER PRIMARY KEY,
    at_ms       INTEGER NOT NULL,
    code        TEXT NOT NULL,
    detail      TEXT NOT NULL,
    resolved_ms INTEGER,
    because     TEXT
) STRICT;

-- How far the signer's journal was when last seen: it only grows. And what it
-- said of itself then, for whoever must not ask it while `run` does.
CREATE TABLE IF NOT EXISTS signer_seen (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    journal_id   TEXT NOT NULL,
    journal_size INTEGER NOT NULL,
    state        TEXT NOT NULL,
    why          TEXT NOT NULL,
    at_ms        INTEGER NOT NULL
) STRICT;

-- Since when the signer's key signs, as it said last; session: an owner lent it.
CREATE TABLE IF NOT EXISTS signer_key (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    since_ms INTEGER NOT NULL,
    session  INTEGER NOT NULL CHECK (session IN (0, 1))
) STRICT;

-- How far the venue's trades were read.
CREATE TABLE IF NOT EXISTS cursor (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    trade_s INTEGER NOT NULL
) STRICT;

-- What the venue says we hold. token_id '' is collateral.
CREATE TABLE IF NOT EXISTS balance (
    token_id TEXT PRIMARY KEY,
    units    INTEGER NOT NULL CHECK (units >= 0),
    at_ms    INTEGER NOT NULL
) STRICT;
