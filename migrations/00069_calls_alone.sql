-- +goose Up

-- What is freed from its cause calls people too.
DROP INDEX exception_notes_calls;
CREATE INDEX exception_notes_calls ON exception_notes (at) WHERE action IN ('opened', 'reopened', 'alone');

-- +goose Down
DROP INDEX exception_notes_calls;
CREATE INDEX exception_notes_calls ON exception_notes (at) WHERE action IN ('opened', 'reopened');
