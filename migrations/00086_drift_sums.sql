-- +goose Up

-- What a run leaves differing is worth an amount in each currency. What ended
-- before counted the currency of most items.
ALTER TABLE reconcile_runs RENAME COLUMN drift_value TO drift_amount;
ALTER TABLE reconcile_runs RENAME COLUMN unexplained_value TO unexplained_amount;
ALTER TABLE reconcile_runs
    ADD COLUMN drift_value       jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(drift_value) = 'object'),
    ADD COLUMN unexplained_value jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(unexplained_value) = 'object');
UPDATE reconcile_runs SET drift_value = jsonb_build_object(c.currency, drift_amount), unexplained_value = jsonb_build_object(c.currency, unexplained_amount)
FROM (SELECT coalesce((SELECT currency FROM items GROUP BY currency ORDER BY count(*) DESC, currency LIMIT 1), 'GBP') AS currency) c
WHERE drift_amount <> 0 OR unexplained_amount <> 0;
ALTER TABLE reconcile_runs DROP COLUMN drift_amount, DROP COLUMN unexplained_amount;

-- +goose Down
ALTER TABLE reconcile_runs
    ADD COLUMN drift_amount       numeric NOT NULL DEFAULT 0,
    ADD COLUMN unexplained_amount numeric NOT NULL DEFAULT 0;
UPDATE reconcile_runs SET drift_amount = coalesce((drift_value ->> c.currency)::numeric, 0), unexplained_amount = coalesce((unexplained_value ->> c.currency)::numeric, 0)
FROM (SELECT coalesce((SELECT currency FROM items GROUP BY currency ORDER BY count(*) DESC, currency LIMIT 1), 'GBP') AS currency) c;
ALTER TABLE reconcile_runs DROP COLUMN drift_value, DROP COLUMN unexplained_value;
ALTER TABLE reconcile_runs RENAME COLUMN drift_amount TO drift_value;
ALTER TABLE reconcile_runs RENAME COLUMN unexplained_amount TO unexplained_value;
