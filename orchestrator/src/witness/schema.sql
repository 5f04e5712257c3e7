-- What a witness remembers. It is never made smaller.

-- Whose memory this is.
CREATE TABLE witness (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key TEXT NOT NULL
) STRICT;

-- The largest head of each log, and the note that proves it.
CREATE TABLE log (
    origin TEXT PRIMARY KEY,
    size   INTEGER NOT NULL CHECK (size >= 0),
    root   BLOB NOT NULL CHECK (length(root) = 32),
    note   TEXT NOT NULL
) STRICT;

CREATE TRIGGER log_does_not_go_back BEFORE UPDATE ON log
WHEN NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root)
BEGIN SELECT RAISE(ABORT, 'a witness does not go back'); END;
CREATE TRIGGER log_is_not_forgotten BEFORE DELETE ON log
BEGIN SELECT RAISE(ABORT, 'a witness does not forget'); END;
