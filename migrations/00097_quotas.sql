-- +goose Up

-- The quota of a source, which all its keys share. What a key of its own has in
-- api_keys limits that key further.
ALTER TABLE sources
    ADD COLUMN quota_rate  double precision CHECK (quota_rate > 0),
    ADD COLUMN quota_burst integer CHECK (quota_burst > 0),
    ADD CHECK ((quota_rate IS NULL) = (quota_burst IS NULL));

-- A declared quota stood with each key of its source: it moves to the source, so
-- that a higher one is not held back by the limits that the keys had from it.
CREATE TEMPORARY TABLE declared_quotas ON COMMIT DROP AS
SELECT k.id, k.source, k.rate, k.burst, k.revoked_at IS NULL AS honoured FROM api_keys k
WHERE k.rate IS NOT NULL AND EXISTS (
    SELECT FROM audit a WHERE a.subject = 'api_key:' || k.prefix AND a.action = 'configuration.apply'
        AND (a.after ->> 'rate')::double precision = k.rate AND (a.after ->> 'burst')::integer = k.burst);
UPDATE sources s SET quota_rate = d.rate, quota_burst = d.burst
FROM (SELECT DISTINCT ON (source) source, rate, burst FROM declared_quotas ORDER BY source, honoured DESC, id DESC) d WHERE d.source = s.source;
UPDATE api_keys k SET rate = NULL, burst = NULL FROM declared_quotas d WHERE d.id = k.id;

-- +goose Down
UPDATE api_keys k SET rate = s.quota_rate, burst = s.quota_burst FROM sources s WHERE s.source = k.source AND s.quota_rate IS NOT NULL AND k.rate IS NULL;
ALTER TABLE sources DROP COLUMN quota_rate, DROP COLUMN quota_burst;
