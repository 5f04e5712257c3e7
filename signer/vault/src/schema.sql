-- The journal: every decision, before its answer. Rows are only ever added.

-- One journal, born once. The id is random: a second journal for the same
-- wallet is another journal, its salts differ, and no note of the first is
-- for it.
CREATE TABLE journal (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    -- A program that does not know this schema must not guess.
    schema     INTEGER NOT NULL CHECK (schema = 4),
    journal_id BLOB NOT NULL CHECK (length(journal_id) = 16),
    -- Salts are a keyed hash, so that nobody outside can choose or foresee one.
    salt_key   BLOB NOT NULL CHECK (length(salt_key) = 32),
    -- Where the account of time begins.
    created_ms INTEGER NOT NULL CHECK (created_ms > 0),
    -- The seed that checkpoints are signed with: Ed25519, and never a wallet's key.
    log_key    BLOB NOT NULL CHECK (length(log_key) = 32)
) STRICT;

-- One row a leaf. leaf_index is the row id and counts from 0 without a gap, so
-- appending touches one page and a missing row shows. Three words and more are
-- not written as IN: SQLite builds a table of them for each row that it adds.
CREATE TABLE leaf (
    leaf_index       INTEGER PRIMARY KEY CHECK (leaf_index >= 0),
    entry            TEXT NOT NULL CHECK (entry = 'approved' OR entry = 'denied'
                         OR entry = 'denials' OR entry = 'note' OR entry = 'froze'
                         OR entry = 'started' OR entry = 'stopped' OR entry = 'advanced'
                         OR entry = 'unlocked'
                         OR entry = 'locked' OR entry = 'clock_jumped'
                         OR entry = 'clock_accepted' OR entry = 'export' OR entry = 'login'),
    -- Three times: what the wall says, what grows authority, what ends it. The
    -- last two never go back; a trigger below holds them to it.
    wall_ms          INTEGER NOT NULL CHECK (wall_ms > 0),
    slow_ms          INTEGER NOT NULL CHECK (slow_ms > 0),
    fast_ms          INTEGER NOT NULL CHECK (fast_ms > 0),
    -- Who brought it: a caller's name, `local` for the operator's socket, or
    -- `vault` for the vault itself.
    by               TEXT NOT NULL CHECK (length(by) BETWEEN 1 AND 32),
    -- What was asked: approved and denied.
    kind             TEXT CHECK (kind = 'COPY' OR kind = 'EXIT' OR kind = 'STRATEGY'),
    intent_id        TEXT CHECK (length(intent_id) BETWEEN 10 AND 64),
    attempt          INTEGER CHECK (attempt BETWEEN 0 AND 65535),
    fingerprint      BLOB CHECK (length(fingerprint) = 32),
    market           BLOB CHECK (length(market) = 32),
    token_id         BLOB CHECK (length(token_id) = 32),
    exchange         TEXT CHECK (exchange = 'v2-standard' OR exchange = 'v2-neg-risk'
                         OR exchange = 'v3'),
    side             TEXT CHECK (side IN ('BUY', 'SELL')),
    limit_price_e4   INTEGER CHECK (limit_price_e4 BETWEEN 1 AND 9999),
    shares_units     INTEGER CHECK (shares_units > 0),
    -- What may be charged ahead, too: advanced.
    collateral_units INTEGER CHECK (collateral_units > 0),
    tick_size_e4     INTEGER CHECK (tick_size_e4 = 1 OR tick_size_e4 = 10 OR tick_size_e4 = 25
                         OR tick_size_e4 = 50 OR tick_size_e4 = 100 OR tick_size_e4 = 1000),
    deadline_ms      INTEGER CHECK (deadline_ms >= 0),
    strategy         TEXT CHECK (length(strategy) BETWEEN 1 AND 32),
    leader           BLOB CHECK (length(leader) = 20),
    fill_id          BLOB CHECK (length(fill_id) = 32),
    observed_price_e4 INTEGER CHECK (observed_price_e4 BETWEEN 1 AND 9999),
    observed_shares_units INTEGER CHECK (observed_shares_units > 0),
    traded_ms        INTEGER CHECK (traded_ms >= 0),
    observed_ms      INTEGER CHECK (observed_ms >= 0),
    -- Why not: denied. What was only counted, by code: denials.
    code             TEXT,
    -- The order as it will be signed: approved. Its timestamp is wall_ms.
    chain_id         INTEGER CHECK (chain_id IN (137, 80002)),
    salt             INTEGER CHECK (salt BETWEEN 0 AND 9007199254740991),
    maker            BLOB CHECK (length(maker) = 20),
    signing_address  BLOB CHECK (length(signing_address) = 20),
    session_key      INTEGER CHECK (session_key IN (0, 1)),
    signature_type   INTEGER CHECK (signature_type BETWEEN 0 AND 3),
    maker_amount     INTEGER CHECK (maker_amount > 0),
    taker_amount     INTEGER CHECK (taker_amount > 0),
    builder          BLOB CHECK (length(builder) = 32),
    order_hash       BLOB CHECK (length(order_hash) = 32),
    charge_units     INTEGER CHECK (charge_units >= 0),
    ticket           BLOB CHECK (length(ticket) = 16),
    generation       INTEGER CHECK (generation > 0),
    -- The note as it was signed: note.
    envelope         BLOB,
    -- Words for people, or a flag: froze, started, locked.
    reason           TEXT,
    -- The largest whole subtree that this leaf ends (RFC 6962), over all columns
    -- before this one: with it every proof is a few rows, and an edit shows at
    -- its row.
    top              BLOB NOT NULL CHECK (length(top) = 32),
    -- Each kind of leaf carries what it needs and nothing of another kind.
    CHECK ((entry IN ('approved', 'denied')) = (intent_id IS NOT NULL)),
    CHECK ((intent_id IS NULL) = (fingerprint IS NULL)),
    CHECK (intent_id IS NULL OR (shares_units IS NULL) <> (collateral_units IS NULL)),
    CHECK (entry <> 'advanced' OR collateral_units IS NOT NULL),
    CHECK ((entry = 'approved') = (order_hash IS NOT NULL)),
    CHECK ((entry = 'approved') = (charge_units IS NOT NULL)),
    CHECK ((entry IN ('denied', 'denials')) = (code IS NOT NULL)),
    CHECK ((entry = 'note') = (envelope IS NOT NULL))
) STRICT;

-- A head that was true once: of each start and of each clean stop. What the
-- leaves come to must agree with all of them.
CREATE TABLE head (
    size INTEGER PRIMARY KEY CHECK (size >= 0),
    root BLOB NOT NULL CHECK (length(root) = 32)
) STRICT;

-- The largest head that each witness said it holds, in its own line. A line is
-- on disk before it counts, and it counts only while the process lives that
-- took it; after that the head is one more that was true once.
CREATE TABLE cosigned (
    witness TEXT PRIMARY KEY,
    size    INTEGER NOT NULL CHECK (size > 0),
    root    BLOB NOT NULL CHECK (length(root) = 32),
    line    TEXT NOT NULL
) STRICT;

-- No statement of ours changes a leaf or a head; these stop a later one that would.
CREATE TRIGGER leaf_is_append_only_update BEFORE UPDATE ON leaf
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER leaf_is_append_only_delete BEFORE DELETE ON leaf
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER head_is_append_only_update BEFORE UPDATE ON head
BEGIN SELECT RAISE(ABORT, 'a head stays what it was'); END;
CREATE TRIGGER head_is_append_only_delete BEFORE DELETE ON head
BEGIN SELECT RAISE(ABORT, 'a head stays what it was'); END;
CREATE TRIGGER leaf_has_no_gap BEFORE INSERT ON leaf
WHEN NEW.leaf_index <> (SELECT coalesce(max(leaf_index) + 1, 0) FROM leaf)
BEGIN SELECT RAISE(ABORT, 'the journal counts without a gap'); END;
CREATE TRIGGER time_does_not_go_back BEFORE INSERT ON leaf
WHEN EXISTS (SELECT 1 FROM leaf WHERE leaf_index = NEW.leaf_index - 1
             AND (slow_ms > NEW.slow_ms OR fast_ms > NEW.fast_ms))
BEGIN SELECT RAISE(ABORT, 'neither time goes back'); END;
CREATE TRIGGER journal_is_born_once BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'a journal is born once'); END;
