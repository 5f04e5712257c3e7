-- What a lister signed. Nothing of it is ever changed or taken back.

-- Whose signatures, and for which chain.
CREATE TABLE IF NOT EXISTS lister (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    key      TEXT NOT NULL,
    chain_id INTEGER NOT NULL
) STRICT;
-- A market, once.
CREATE TABLE IF NOT EXISTS listing (
    condition TEXT PRIMARY KEY,
    -- When it was signed first, and until when it may be bought.
    signed_s  INTEGER NOT NULL,
    end_s     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS listing_by_time ON listing (signed_s);
-- A token is one market's, for ever.
CREATE TABLE IF NOT EXISTS token (
    token     TEXT PRIMARY KEY,
    condition TEXT NOT NULL REFERENCES listing
) STRICT, WITHOUT ROWID;
-- The texts that are signed, each in the file of this name.
CREATE TABLE IF NOT EXISTS note (
    subject        TEXT PRIMARY KEY,
    condition      TEXT NOT NULL REFERENCES listing,
    apply_before_s INTEGER NOT NULL,
    text           TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS listing_stays BEFORE UPDATE ON listing
BEGIN SELECT RAISE(ABORT, 'a listing is for ever'); END;
CREATE TRIGGER IF NOT EXISTS listing_is_kept BEFORE DELETE ON listing
BEGIN SELECT RAISE(ABORT, 'a listing is for ever'); END;
CREATE TRIGGER IF NOT EXISTS token_stays BEFORE UPDATE ON token
BEGIN SELECT RAISE(ABORT, 'a token is one market''s'); END;
CREATE TRIGGER IF NOT EXISTS token_is_kept BEFORE DELETE ON token
BEGIN SELECT RAISE(ABORT, 'a token is one market''s'); END;
CREATE TRIGGER IF NOT EXISTS note_stays BEFORE UPDATE ON note
BEGIN SELECT RAISE(ABORT, 'a text that was signed stays'); END;
CREATE TRIGGER IF NOT EXISTS note_is_kept BEFORE DELETE ON note
BEGIN SELECT RAISE(ABORT, 'a text that was signed stays'); END;
