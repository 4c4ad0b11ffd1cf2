-- +goose Up

-- A position that was delivered to a copy and that the copy has no more.
ALTER TABLE drifts
    DROP CONSTRAINT drifts_cause_check,
    ADD CONSTRAINT drifts_cause_check CHECK (cause IN
        ('in_flight', 'missing_event', 'manual_edit', 'lost', 'double_post', 'unit_of_measure', 'allocation_rule', 'only_here', 'unexplained'));

-- +goose Down
ALTER TABLE drifts DROP CONSTRAINT drifts_cause_check;
UPDATE drifts SET cause = 'missing_event' WHERE cause = 'lost';
ALTER TABLE drifts ADD CONSTRAINT drifts_cause_check CHECK (cause IN
    ('in_flight', 'missing_event', 'manual_edit', 'double_post', 'unit_of_measure', 'allocation_rule', 'only_here', 'unexplained'));
