-- +goose Up

-- What each system said of its stock when it was last compared: the owner, and
-- those that hold a copy of the owner's figures.
CREATE TABLE stock_told (
    source    text        NOT NULL,
    item      text        NOT NULL,
    dc        text        NOT NULL,
    is_copy   boolean     NOT NULL,
    on_hand   numeric     NOT NULL,
    allocated numeric     NOT NULL,
    version   bigint      NOT NULL,
    as_of     timestamptz NOT NULL,
    PRIMARY KEY (source, item, dc)
) WITH (fillfactor = 80);
CREATE INDEX stock_told_by_key ON stock_told (item, dc);

-- +goose Down
DROP TABLE stock_told;
