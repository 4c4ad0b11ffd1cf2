-- +goose Up
ALTER TABLE suppliers ADD status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'on_hold', 'blocked'));

-- What was committed lately, for the budget.
CREATE INDEX proposals_committed ON proposals (decided_at) WHERE state IN ('approved', 'ordered', 'failed');

-- +goose Down
DROP INDEX proposals_committed;
ALTER TABLE suppliers DROP status;
