-- The journal: every decision, before its answer. Rows are only ever added.

-- One journal, born once. The id is random: a second journal for the same
-- wallet is another journal, and its salts differ.
CREATE TABLE journal (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    schema     INTEGER NOT NULL CHECK (schema = 1),
    journal_id BLOB NOT NULL CHECK (length(journal_id) = 16),
    salt_key   BLOB NOT NULL CHECK (length(salt_key) = 32),
    created_ms INTEGER NOT NULL CHECK (created_ms > 0),
    -- Whose journal it is: its rows are worth nothing under another key.
    signing_address BLOB NOT NULL CHECK (length(signing_address) = 20),
    chain_id   INTEGER NOT NULL CHECK (chain_id IN (137, 80002))
) STRICT;

-- One row a decision. leaf_index is the row id and counts from 0 without a
-- gap, so appending touches one page.
CREATE TABLE leaf (
    leaf_index       INTEGER PRIMARY KEY CHECK (leaf_index >= 0),
    at_ms            INTEGER NOT NULL CHECK (at_ms > 0),
    outcome          TEXT NOT NULL CHECK (outcome IN ('approved', 'denied')),
    caller           TEXT NOT NULL,
    -- What was asked. Text is kept apart from what will be signed.
    kind             TEXT NOT NULL CHECK (kind IN ('copy', 'exit')),
    intent_id        TEXT NOT NULL CHECK (length(intent_id) BETWEEN 10 AND 64),
    attempt          INTEGER NOT NULL CHECK (attempt BETWEEN 0 AND 65535),
    fingerprint      BLOB NOT NULL CHECK (length(fingerprint) = 32),
    market           BLOB NOT NULL CHECK (length(market) = 32),
    token_id         BLOB NOT NULL CHECK (length(token_id) = 32),
    side             TEXT NOT NULL CHECK (side IN ('BUY', 'SELL')),
    limit_price_e4   INTEGER NOT NULL CHECK (limit_price_e4 BETWEEN 1 AND 9999),
    shares_units     INTEGER CHECK (shares_units >= 0),
    collateral_units INTEGER CHECK (collateral_units >= 0),
    tick_size_e4     INTEGER NOT NULL CHECK (tick_size_e4 > 0),
    deadline_ms      INTEGER NOT NULL CHECK (deadline_ms >= 0),
    -- Why not.
    code             TEXT,
    -- The order as it will be signed; its timestamp is at_ms.
    chain_id         INTEGER,
    exchange         TEXT CHECK (exchange IN ('v2-standard', 'v2-neg-risk', 'v3')),
    salt             INTEGER CHECK (salt BETWEEN 0 AND 9007199254740991),
    maker            BLOB CHECK (length(maker) = 20),
    signing_address  BLOB CHECK (length(signing_address) = 20),
    signature_type   INTEGER CHECK (signature_type BETWEEN 0 AND 3),
    maker_amount     INTEGER CHECK (maker_amount > 0),
    taker_amount     INTEGER CHECK (taker_amount > 0),
    builder          BLOB CHECK (length(builder) = 32),
    order_hash       BLOB CHECK (length(order_hash) = 32),
    charge_units     INTEGER CHECK (charge_units >= 0),
    -- Exactly one of the two sizes was given.
    CHECK ((shares_units IS NULL) <> (collateral_units IS NULL)),
    -- A denial carries its code and no order; an approval the whole order.
    CHECK (CASE outcome
        WHEN 'denied' THEN code IS NOT NULL AND order_hash IS NULL AND charge_units IS NULL
        ELSE code IS NULL AND chain_id IS NOT NULL AND exchange IS NOT NULL
            AND salt IS NOT NULL AND maker IS NOT NULL AND signing_address IS NOT NULL
            AND signature_type IS NOT NULL AND maker_amount IS NOT NULL
            AND taker_amount IS NOT NULL AND builder IS NOT NULL
            AND order_hash IS NOT NULL AND charge_units IS NOT NULL
    END)
) STRICT;

-- No statement of ours changes a row; these stop a later one that would.
CREATE TRIGGER leaf_is_append_only_update BEFORE UPDATE ON leaf
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER leaf_is_append_only_delete BEFORE DELETE ON leaf
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER leaf_has_no_gap BEFORE INSERT ON leaf
WHEN NEW.leaf_index <> (SELECT coalesce(max(leaf_index) + 1, 0) FROM leaf)
BEGIN SELECT RAISE(ABORT, 'the journal counts without a gap'); END;
CREATE TRIGGER journal_is_born_once BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'a journal is born once'); END;
