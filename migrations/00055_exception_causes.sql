-- +goose Up

-- What an exception follows from, and the system that it waits for where that is
-- not its source. The cause of a resolved exception stays as it last was.
ALTER TABLE exceptions
    ADD COLUMN through  text   NOT NULL DEFAULT '',
    ADD COLUMN cause_id bigint REFERENCES exceptions ON DELETE SET NULL CHECK (cause_id <> id);
CREATE INDEX exceptions_by_cause ON exceptions (cause_id) WHERE cause_id IS NOT NULL;

-- +goose Down
DROP INDEX exceptions_by_cause;
ALTER TABLE exceptions DROP COLUMN cause_id, DROP COLUMN through;
