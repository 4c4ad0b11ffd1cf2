-- +goose Up

-- How calls to a target fare, for all processes to show; who calls decides from its own memory.
CREATE TABLE circuits (
    target     text        PRIMARY KEY,
    state      text        NOT NULL CHECK (state IN ('closed', 'open', 'half-open', 'recovering')),
    since      timestamptz NOT NULL,
    next_probe timestamptz,
    failures   integer     NOT NULL
);

-- +goose Down
DROP TABLE circuits;
