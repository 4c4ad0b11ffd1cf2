-- +goose Up
-- How sure the engine is of a quantity, from 0 to 1; NULL where it does not say.
ALTER TABLE recommendations ADD confidence numeric CHECK (confidence BETWEEN 0 AND 1);

-- +goose Down
ALTER TABLE recommendations DROP confidence;
