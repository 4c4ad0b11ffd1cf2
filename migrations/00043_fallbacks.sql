-- +goose Up

-- What happens to recommendations while a system that they stand on is late:
-- nothing special, held until it is heard, judged on the last good figures with
-- a mark, or left to a person.
ALTER TABLE sources ADD COLUMN fallback text NOT NULL DEFAULT '' CHECK (fallback IN ('', 'hold', 'last_good', 'manual'));

-- Under which of them a recommendation entered, and what was late.
ALTER TABLE proposals
    ADD COLUMN fallback text NOT NULL DEFAULT '' CHECK (fallback IN ('', 'hold', 'last_good', 'manual')),
    ADD COLUMN late_feed text NOT NULL DEFAULT '',
    ADD CHECK ((fallback = '') = (late_feed = ''));
CREATE INDEX proposals_held ON proposals (entered_at) WHERE state = 'waiting' AND fallback = 'hold';

-- Who set a fallback aside, why and until when. It lapses by itself.
CREATE TABLE fallback_overrides (
    source text        PRIMARY KEY REFERENCES sources,
    reason text        NOT NULL CHECK (reason <> ''),
    actor  text        NOT NULL CHECK (actor <> ''),
    since  timestamptz NOT NULL,
    ends   timestamptz NOT NULL CHECK (ends > since)
);

-- +goose Down
DROP TABLE fallback_overrides;
DROP INDEX proposals_held;
ALTER TABLE proposals DROP COLUMN late_feed, DROP COLUMN fallback;
ALTER TABLE sources DROP COLUMN fallback;
