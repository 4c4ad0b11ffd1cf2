-- +goose Up

-- Whether mending a difference by itself helps: the owner's version of the try
-- that no run has judged yet, 0 for none, and how many tries in a row did not help.
ALTER TABLE drifts
    ADD COLUMN heal_version  bigint  NOT NULL DEFAULT 0,
    ADD COLUMN heals_in_vain integer NOT NULL DEFAULT 0 CHECK (heals_in_vain >= 0);
CREATE INDEX drifts_healed ON drifts (source, cleared_at) WHERE healed_at IS NOT NULL;

-- +goose Down
DROP INDEX drifts_healed;
ALTER TABLE drifts DROP COLUMN heal_version, DROP COLUMN heals_in_vain;
