-- +goose Up

-- scopes: send brings events, read polls changes and exports. A key without a
-- rate is not limited; the rate is in events a second.
ALTER TABLE api_keys
    ADD COLUMN scopes text[] NOT NULL DEFAULT '{send}' CHECK (scopes <@ '{send,read}' AND cardinality(scopes) > 0),
    ADD COLUMN rate   double precision CHECK (rate > 0),
    ADD COLUMN burst  integer CHECK (burst > 0),
    ADD CHECK ((rate IS NULL) = (burst IS NULL));

-- How far retention has taken the change log of a shard: who has read less has missed something.
CREATE TABLE change_horizons (
    shard smallint PRIMARY KEY,
    pos   bigint   NOT NULL
);
INSERT INTO change_horizons (shard, pos) SELECT shard, min(pos) - 1 FROM changes GROUP BY shard;

-- +goose Down
DROP TABLE change_horizons;
ALTER TABLE api_keys DROP COLUMN scopes, DROP COLUMN rate, DROP COLUMN burst;
