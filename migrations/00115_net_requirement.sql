-- +goose Up
-- What an evaluation found to be needed; NULL where the engine does not say.
ALTER TABLE evaluations ADD net_requirement numeric CHECK (net_requirement >= 0);

-- +goose Down
ALTER TABLE evaluations DROP net_requirement;
