-- +goose Up

-- A supplier's word about no order that somebody ticked off.
ALTER TABLE supplier_exceptions
    ADD seen_at   timestamptz,
    ADD seen_by   text NOT NULL DEFAULT '',
    ADD seen_note text NOT NULL DEFAULT '',
    ADD CHECK ((seen_at IS NULL) = (seen_by = ''));

-- +goose Down
ALTER TABLE supplier_exceptions
    DROP seen_at,
    DROP seen_by,
    DROP seen_note;
