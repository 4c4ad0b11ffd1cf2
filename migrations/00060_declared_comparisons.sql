-- +goose Up

-- Which comparison a run was, and what it let pass: a difference of either
-- figure within the larger of the two counts as agreeing.
ALTER TABLE reconcile_runs
    ADD COLUMN comparison        text    NOT NULL DEFAULT '',
    ADD COLUMN tolerance_units   numeric NOT NULL DEFAULT 0 CHECK (tolerance_units >= 0),
    ADD COLUMN tolerance_percent numeric NOT NULL DEFAULT 0 CHECK (tolerance_percent >= 0),
    ADD COLUMN within            bigint  NOT NULL DEFAULT 0 CHECK (within >= 0);

-- +goose Down
ALTER TABLE reconcile_runs DROP COLUMN within, DROP COLUMN tolerance_percent, DROP COLUMN tolerance_units, DROP COLUMN comparison;
