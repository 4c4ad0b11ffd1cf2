-- +goose Up

-- What the holder of a key calls itself, in the User-Agent of its calls, and when
-- it last did; told to the minute.
ALTER TABLE api_keys
    ADD COLUMN software    text NOT NULL DEFAULT '' CHECK (length(software) <= 120),
    ADD COLUMN software_at timestamptz;

-- +goose Down

ALTER TABLE api_keys DROP COLUMN software, DROP COLUMN software_at;
