-- What the watcher saw, and what it told.
CREATE TABLE IF NOT EXISTS chain (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    chain_id INTEGER NOT NULL
) STRICT;
-- One row a leader. Nothing before `begin_s` is told.
CREATE TABLE IF NOT EXISTS leader (
    wallet       TEXT PRIMARY KEY,
    begin_s      INTEGER NOT NULL,
    position_s   INTEGER NOT NULL,
    activity_s   INTEGER NOT NULL,
    -- Whether what it holds has to be asked for.
    to_ask       INTEGER NOT NULL DEFAULT 1,
    -- As of when all that it holds is in `holding`; null if that is not known.
    whole_s      INTEGER
) STRICT, WITHOUT ROWID;
-- Fills by what they say, and how many say it.
CREATE TABLE IF NOT EXISTS fill (
    wallet    TEXT NOT NULL REFERENCES leader,
    tx        TEXT NOT NULL,
    token     TEXT NOT NULL,
    is_buy    INTEGER NOT NULL,
    size_e6   INTEGER NOT NULL,
    price_e10 INTEGER NOT NULL,
    at_s      INTEGER NOT NULL,
    seen      INTEGER NOT NULL,
    missed    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (wallet, tx, token, is_buy, size_e6, price_e10)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS fill_by_time ON fill (wallet, at_s);
-- Activity that moves shares and is no trade.
CREATE TABLE IF NOT EXISTS event (
    wallet TEXT NOT NULL REFERENCES leader,
    kind   TEXT NOT NULL,
    rest   TEXT NOT NULL,
    at_s   INTEGER NOT NULL,
    PRIMARY KEY (wallet, kind, rest, at_s)
) STRICT, WITHOUT ROWID;
-- Shares that are known to be held. No row is zero where the leader's holdings
-- are whole and the token is not in doubt; anywhere else it is unknown.
CREATE TABLE IF NOT EXISTS holding (
    wallet  TEXT NOT NULL REFERENCES leader,
    token   TEXT NOT NULL,
    size_e6 INTEGER NOT NULL,
    -- Null where nobody said.
    market  TEXT,
    PRIMARY KEY (wallet, token)
) STRICT, WITHOUT ROWID;
-- A token, all tokens of a condition, or (empty) everything that may be held
-- otherwise than trades tell, since when.
CREATE TABLE IF NOT EXISTS doubt (
    wallet  TEXT NOT NULL REFERENCES leader,
    what    TEXT NOT NULL,
    since_s INTEGER NOT NULL,
    PRIMARY KEY (wallet, what)
) STRICT, WITHOUT ROWID;
-- Every line, for ever: its name is used once.
CREATE TABLE IF NOT EXISTS intent (
    seq       INTEGER PRIMARY KEY,
    intent_id TEXT NOT NULL UNIQUE,
    wallet    TEXT NOT NULL REFERENCES leader,
    tx        TEXT NOT NULL,
    token     TEXT NOT NULL,
    is_buy    INTEGER NOT NULL,
    ordinal   INTEGER NOT NULL,
    at_s      INTEGER NOT NULL,
    line      TEXT NOT NULL,
    -- What the other side said, once it did.
    sent      TEXT,
    UNIQUE (wallet, tx, token, is_buy, ordinal)
) STRICT;
CREATE INDEX IF NOT EXISTS intent_to_send ON intent (seq) WHERE sent IS NULL;
