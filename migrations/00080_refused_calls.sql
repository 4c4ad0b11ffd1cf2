-- +goose Up

-- What goes wrong with an API key at the door, one row a key and kind: the spell
-- that lasts, or the last one. A pause in between begins another.
CREATE TABLE key_troubles (
    key_id  bigint      NOT NULL REFERENCES api_keys,
    kind    text        NOT NULL CHECK (kind IN ('throttled', 'scarce', 'expired', 'revoked', 'forbidden')),
    since   timestamptz NOT NULL,
    last_at timestamptz NOT NULL CHECK (last_at >= since),
    calls   bigint      NOT NULL CHECK (calls > 0),
    spare   integer     NOT NULL CHECK (spare >= 0), -- events that the key might bring at once after the last call
    PRIMARY KEY (key_id, kind)
);
CREATE INDEX key_troubles_by_time ON key_troubles (last_at);

-- The HTTP status of the answer to a call for a write, 0 without one.
ALTER TABLE erp_write_attempts ADD COLUMN status integer NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE erp_write_attempts DROP COLUMN status;
DROP TABLE key_troubles;
