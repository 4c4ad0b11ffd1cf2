-- +goose Up

-- Who may change what (invariant 4). The row without a record owns every
-- record of its entity that has no row of its own; an entity without a row is
-- open to every key that may send it. Owners of single fields would be further
-- rows, with the field in the key.
CREATE TABLE owners (
    entity text        NOT NULL CHECK (entity <> ''),
    record text        NOT NULL DEFAULT '', -- the ordering key of one record, or empty
    source text        NOT NULL CHECK (source <> ''),
    since  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (entity, record)
);

-- +goose Down
DROP TABLE owners;
