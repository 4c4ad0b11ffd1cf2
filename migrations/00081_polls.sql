-- +goose Up

-- How the consumers that poll stand, one row an API key and filter.
CREATE TABLE polls (
    key_id    bigint NOT NULL REFERENCES api_keys,
    entities  text   NOT NULL, -- names with commas between them; empty for all
    dcs       text   NOT NULL,
    polled_at timestamptz,     -- the last poll that was answered with changes, or with none, while its token leads somewhere
    known_at  timestamptz,     -- what took effect until then has been read
    gone_at   timestamptz,     -- the first 410 since the consumer last began anew
    missing   text[] NOT NULL DEFAULT '{}', -- the entities whose exports were not read since gone_at
    PRIMARY KEY (key_id, entities, dcs),
    CHECK (polled_at IS NOT NULL OR gone_at IS NOT NULL)
);

-- +goose Down
DROP TABLE polls;
