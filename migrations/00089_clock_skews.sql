-- +goose Up

-- What the intake took in with a time of the future, which it replaced with its
-- own: by how much the newest such event was ahead.
CREATE TABLE clock_skews (
    source  text        NOT NULL,
    entity  text        NOT NULL,
    dc      text        NOT NULL,
    ahead   interval    NOT NULL CHECK (ahead > interval '0'),
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (source, entity, dc)
);

-- +goose Down
DROP TABLE clock_skews;
