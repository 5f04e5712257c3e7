-- From schema 3 to 4: whose fills, adjustments and lots are. The lots are folded
-- again after this; the chain of the audit begins here.

ALTER TABLE fill ADD COLUMN strategy TEXT;
ALTER TABLE fill ADD COLUMN leader TEXT;
UPDATE fill SET
    strategy = (SELECT i.strategy FROM attempt a JOIN intent i USING (intent_id)
                WHERE a.order_hash = fill.order_hash),
    leader   = (SELECT i.leader FROM attempt a JOIN intent i USING (intent_id)
                WHERE a.order_hash = fill.order_hash)
WHERE source = 'OWN';
ALTER TABLE adjustment ADD COLUMN strategy TEXT;
ALTER TABLE adjustment ADD COLUMN leader TEXT;
ALTER TABLE adjustment ADD COLUMN cost_units INTEGER NOT NULL DEFAULT 0
    CHECK (cost_units >= 0);
DROP TABLE lot;
DROP TABLE closing;
UPDATE meta SET schema = 4 WHERE one = 1;
