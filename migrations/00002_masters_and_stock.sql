-- +goose Up

-- content_hash tells the same version sent again from another content under the same version.

CREATE TABLE items (
    item        text PRIMARY KEY,
    description text    NOT NULL,
    unit        text    NOT NULL,
    pack_size   numeric NOT NULL CHECK (pack_size > 0),
    moq         numeric NOT NULL CHECK (moq >= 0),
    unit_cost   numeric NOT NULL CHECK (unit_cost >= 0),
    unit_price  numeric NOT NULL CHECK (unit_price >= 0),
    currency    text    NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    abc_class   text    NOT NULL CHECK (abc_class IN ('A', 'B', 'C')),
    supplier    text    NOT NULL,
    version     bigint  NOT NULL,
    content_hash uuid   NOT NULL,
    seq         bigint  NOT NULL,
    updated_at  timestamptz NOT NULL
);
CREATE TABLE suppliers (
    supplier       text PRIMARY KEY,
    name           text    NOT NULL,
    lead_time_days numeric NOT NULL CHECK (lead_time_days >= 0),
    cut_off        text    NOT NULL,
    currency       text    NOT NULL,
    version        bigint  NOT NULL,
    content_hash   uuid    NOT NULL,
    seq            bigint  NOT NULL,
    updated_at     timestamptz NOT NULL
);
CREATE TABLE locations (
    dc         text PRIMARY KEY,
    name       text   NOT NULL,
    time_zone  text   NOT NULL,
    version    bigint NOT NULL,
    content_hash uuid NOT NULL,
    seq        bigint NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Position = newest balance and the movements with a higher version; version is
-- the highest of both, balance_version -1 as long as only movements came.
CREATE TABLE positions (
    item            text        NOT NULL,
    dc              text        NOT NULL,
    on_hand         numeric     NOT NULL,
    allocated       numeric     NOT NULL,
    available       numeric     GENERATED ALWAYS AS (on_hand - allocated) STORED,
    unit            text        NOT NULL,
    version         bigint      NOT NULL,
    balance_version bigint      NOT NULL,
    balance_hash    uuid        NOT NULL,
    as_of           timestamptz NOT NULL,
    seq             bigint      NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (item, dc)
) WITH (fillfactor = 70);

-- The stock ledger: append only, one row an applied stock fact. Its one index
-- serves "movements between basis and now" and "as known at" by key, and
-- refuses the same event twice.
CREATE TABLE stock_movements (
    item            text        NOT NULL,
    dc              text        NOT NULL,
    kind            text        NOT NULL,
    on_hand_delta   numeric     NOT NULL,
    allocated_delta numeric     NOT NULL,
    on_hand         numeric     NOT NULL,
    allocated       numeric     NOT NULL,
    document        text        NOT NULL DEFAULT '',
    version         bigint      NOT NULL,
    content_hash    uuid        NOT NULL,
    seq             bigint      NOT NULL,
    occurred_at     timestamptz NOT NULL,
    recorded_at     timestamptz NOT NULL,
    PRIMARY KEY (item, dc, version, seq)
);

CREATE TABLE threshold_breaches (
    item        text        NOT NULL,
    dc          text        NOT NULL,
    threshold   text        NOT NULL,
    level       numeric     NOT NULL,
    available   numeric     NOT NULL,
    version     bigint      NOT NULL,
    content_hash uuid       NOT NULL,
    seq         bigint      NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (item, dc, threshold)
);

-- Daily demand by item and DC, in business days.
CREATE TABLE demand_days (
    item     text    NOT NULL,
    dc       text    NOT NULL,
    day      date    NOT NULL,
    quantity numeric NOT NULL,
    version  bigint  NOT NULL,
    seq      bigint  NOT NULL,
    PRIMARY KEY (item, dc, day)
);
CREATE TABLE sales_order_lines (
    sales_order    text        NOT NULL,
    line           integer     NOT NULL,
    customer       text        NOT NULL,
    item           text        NOT NULL,
    dc             text        NOT NULL,
    quantity       numeric     NOT NULL,
    unit           text        NOT NULL,
    requested_date date        NOT NULL,
    version        bigint      NOT NULL,
    content_hash   uuid        NOT NULL,
    seq            bigint      NOT NULL,
    occurred_at    timestamptz NOT NULL,
    PRIMARY KEY (sales_order, line)
);
-- Apart from the line, since it may arrive first and has an ordering key of its own.
CREATE TABLE allocations (
    sales_order  text        NOT NULL,
    line         integer     NOT NULL,
    item         text        NOT NULL,
    dc           text        NOT NULL,
    quantity     numeric     NOT NULL,
    unit         text        NOT NULL,
    version      bigint      NOT NULL,
    content_hash uuid        NOT NULL,
    seq          bigint      NOT NULL,
    occurred_at  timestamptz NOT NULL,
    PRIMARY KEY (sales_order, line)
);

-- +goose Down
DROP TABLE allocations, sales_order_lines, demand_days, threshold_breaches, stock_movements, positions, locations, suppliers, items;
