-- +goose Up

-- A flow is what one source says of one entity: "erp:inventory".
ALTER TABLE pauses
    DROP CONSTRAINT pauses_kind_check,
    ADD CONSTRAINT pauses_kind_check CHECK (kind IN ('source', 'flow', 'lane', 'target'));

-- +goose Down
DELETE FROM pauses WHERE kind = 'flow';
ALTER TABLE pauses
    DROP CONSTRAINT pauses_kind_check,
    ADD CONSTRAINT pauses_kind_check CHECK (kind IN ('source', 'lane', 'target'));
