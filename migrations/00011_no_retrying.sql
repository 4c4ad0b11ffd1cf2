-- +goose Up

-- An event is never tried again on a timer: what fails for a moment (the
-- database) fails the whole batch, which is read again; what fails by its own
-- data is parked, and what waits is woken by what it waits for.
ALTER TABLE unsettled_events DROP COLUMN next_attempt_at;
ALTER TABLE unsettled_events DROP CONSTRAINT unsettled_events_state_check;
ALTER TABLE unsettled_events ADD CONSTRAINT unsettled_events_state_check CHECK (state IN ('held', 'waiting', 'parked'));

-- +goose Down
ALTER TABLE unsettled_events DROP CONSTRAINT unsettled_events_state_check;
ALTER TABLE unsettled_events ADD CONSTRAINT unsettled_events_state_check CHECK (state IN ('held', 'waiting', 'retrying', 'parked'));
ALTER TABLE unsettled_events ADD COLUMN next_attempt_at timestamptz;
ALTER TABLE unsettled_events ADD CONSTRAINT unsettled_events_check1 CHECK ((state = 'retrying') = (next_attempt_at IS NOT NULL));
CREATE INDEX unsettled_due ON unsettled_events (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
