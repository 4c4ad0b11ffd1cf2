-- +goose Up
ALTER TABLE exceptions ADD waiting_until timestamptz;
UPDATE exceptions SET waiting_until = now() + interval '14 days' WHERE state = 'waiting';

ALTER TABLE triage_items DROP CONSTRAINT triage_items_outcome_check,
    ADD CONSTRAINT triage_items_outcome_check CHECK (outcome IN ('', 'done', 'changed', 'not_allowed', 'suppressed', 'urgent', 'needless', 'undone'));

-- +goose Down
UPDATE triage_items SET outcome = 'not_allowed' WHERE outcome = 'suppressed';
ALTER TABLE triage_items DROP CONSTRAINT triage_items_outcome_check,
    ADD CONSTRAINT triage_items_outcome_check CHECK (outcome IN ('', 'done', 'changed', 'not_allowed', 'urgent', 'needless', 'undone'));

ALTER TABLE exceptions DROP waiting_until;
