-- +goose Up
-- What of each entity the log lost with a day.
CREATE TABLE retired_entities (
    day    date   NOT NULL, -- of the reception, UTC
    entity text   NOT NULL,
    events bigint NOT NULL CHECK (events > 0),
    PRIMARY KEY (day, entity)
);

-- +goose Down
DROP TABLE retired_entities;
