-- +goose Up

-- What somebody has stopped for a while: a source at the door, a lane in front
-- of its effect, a target before a call. A row that is past its end is over.
CREATE TABLE pauses (
    kind   text        NOT NULL CHECK (kind IN ('source', 'lane', 'target')),
    name   text        NOT NULL CHECK (name <> ''),
    reason text        NOT NULL CHECK (reason <> ''),
    actor  text        NOT NULL CHECK (actor <> ''),
    since  timestamptz NOT NULL DEFAULT now(),
    ends   timestamptz,
    PRIMARY KEY (kind, name)
);

-- +goose Down
DROP TABLE pauses;
