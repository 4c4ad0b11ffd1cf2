-- +goose Up
-- The allocation behind a balance that was stated anew is looked up by its place and moment.
CREATE INDEX allocations_place ON allocations (item, dc, occurred_at);

-- +goose Down
DROP INDEX allocations_place;
