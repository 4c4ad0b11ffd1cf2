-- +goose Up

-- In which tens of seconds of an hour something of a source took effect, of an
-- entity at a DC: how often it comes can be told without reading the log.
CREATE TABLE arrivals (
    hour   timestamptz NOT NULL,
    source text        NOT NULL,
    entity text        NOT NULL,
    dc     text        NOT NULL,
    slots  bit(360)    NOT NULL,
    events bigint      NOT NULL,
    PRIMARY KEY (hour, source, entity, dc)
) WITH (fillfactor = 50);

-- +goose Down
DROP TABLE arrivals;
