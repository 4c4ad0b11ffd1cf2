-- +goose Up

-- What the alarm-health page counts: how often people were called.
CREATE INDEX exception_notes_calls ON exception_notes (at) WHERE action IN ('opened', 'reopened');

-- +goose Down
DROP INDEX exception_notes_calls;
