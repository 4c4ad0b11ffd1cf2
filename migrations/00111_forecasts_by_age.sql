-- +goose NO TRANSACTION
-- +goose Up
-- Old rows are found by their age without reading the new ones.
DROP INDEX CONCURRENTLY IF EXISTS forecast_revisions_by_age;
CREATE INDEX CONCURRENTLY forecast_revisions_by_age ON forecast_revisions USING brin (applied_at) WITH (autosummarize = on);

-- +goose Down
DROP INDEX forecast_revisions_by_age;
