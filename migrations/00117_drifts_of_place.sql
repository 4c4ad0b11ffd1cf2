-- +goose Up
-- Who ended an exception about a difference is looked up by its item and DC.
CREATE INDEX drifts_of_place ON drifts (item, dc, id);

-- +goose Down
DROP INDEX drifts_of_place;
