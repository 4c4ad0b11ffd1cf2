-- +goose Up
-- By what an answer counts as, so that the start of a long failure is found without
-- reading every attempt of it: 0 delivered, 1 asked to wait, 2 not let in, 3 anything else.
CREATE INDEX deliveries_answered ON deliveries (subscription,
    (CASE WHEN outcome = 'delivered' THEN 0 WHEN status = 429 THEN 1 WHEN status IN (401, 403) THEN 2 ELSE 3 END), id);

-- +goose Down
DROP INDEX deliveries_answered;
