-- +goose Up

-- How far an exception was carried upward, and since when: 1 to the lead of its
-- owner, 2 to the duty manager, 3 to the executive. It never comes down.
ALTER TABLE exceptions
    ADD COLUMN escalation   smallint NOT NULL DEFAULT 0 CHECK (escalation BETWEEN 0 AND 3),
    ADD COLUMN escalated_at timestamptz;

-- +goose Down
ALTER TABLE exceptions DROP COLUMN escalation, DROP COLUMN escalated_at;
