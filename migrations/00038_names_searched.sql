-- +goose Up

-- The names that a chain prints, each of which the search finds.
CREATE INDEX confirmations_by_name ON confirmations (confirmation);
CREATE INDEX asns_by_name ON asns (asn);
CREATE INDEX receipts_by_name ON receipts (receipt);
CREATE INDEX forecast_revisions_by_run ON forecast_revisions (run);

-- +goose Down
DROP INDEX confirmations_by_name, asns_by_name, receipts_by_name, forecast_revisions_by_run;
