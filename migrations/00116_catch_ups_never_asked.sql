-- +goose Up
-- A source that is not asked, since somebody has paused it, may never have been asked
-- before: times is 0 then, and asked_at is since when that is told.
ALTER TABLE catch_ups DROP CONSTRAINT catch_ups_times_check;
ALTER TABLE catch_ups ADD CONSTRAINT catch_ups_times_check CHECK (times >= 0);

-- +goose Down
DELETE FROM catch_ups WHERE times = 0;
ALTER TABLE catch_ups DROP CONSTRAINT catch_ups_times_check;
ALTER TABLE catch_ups ADD CONSTRAINT catch_ups_times_check CHECK (times > 0);
