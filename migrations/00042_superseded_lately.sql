-- +goose Up

-- Which sources tell things in the wrong order, without reading all that was ever settled.
CREATE INDEX settled_superseded ON settled_events (settled_at) WHERE outcome = 'superseded';
CREATE INDEX unsettled_parked ON unsettled_events (updated_at) WHERE state = 'parked';

-- +goose Down
DROP INDEX unsettled_parked, settled_superseded;
