-- +goose Up

-- Orders that fail with the same words are shown together. What succeeds keeps
-- no error, so that the index holds only what is in trouble.
CREATE INDEX erp_writes_by_error ON erp_writes USING hash (error) WHERE error <> '';

-- +goose Down
DROP INDEX erp_writes_by_error;
