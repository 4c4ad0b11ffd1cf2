-- +goose Up

-- Whom the last step of an escalation calls by name; empty where only the role is known.
ALTER TABLE exceptions ADD COLUMN escalated_to text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE exceptions DROP COLUMN escalated_to;
