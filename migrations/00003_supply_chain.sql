-- +goose Up

-- content_hash tells the same document sent again from another content under the same number.

CREATE TABLE forecast_revisions (
    item          text        NOT NULL,
    dc            text        NOT NULL,
    revision      bigint      NOT NULL,
    run           text        NOT NULL,
    model         text        NOT NULL,
    model_version text        NOT NULL,
    bucket        text        NOT NULL CHECK (bucket = 'day'),
    start_day     date        NOT NULL,
    quantities    numeric[]   NOT NULL,
    unit          text        NOT NULL,
    previous_quantity numeric, -- over the same lead-time horizon, of the revision before
    quantity      numeric     NOT NULL,
    material      boolean     NOT NULL,
    content_hash  uuid        NOT NULL,
    published_at  timestamptz NOT NULL,
    received_at   timestamptz NOT NULL,
    applied_at    timestamptz NOT NULL,
    seq           bigint      NOT NULL,
    PRIMARY KEY (item, dc, revision)
);
CREATE INDEX forecast_revisions_recent ON forecast_revisions (published_at DESC);

CREATE TABLE evaluations (
    run               text        NOT NULL,
    item              text        NOT NULL,
    dc                text        NOT NULL,
    outcome           text        NOT NULL CHECK (outcome IN ('recommend', 'no_action', 'blocked')),
    reason            text        NOT NULL,
    recommendation    text        NOT NULL DEFAULT '',
    basis             jsonb,
    forecast_revision bigint,
    stock_version     bigint,
    evaluated_at      timestamptz NOT NULL,
    content_hash      uuid        NOT NULL,
    seq               bigint      NOT NULL,
    PRIMARY KEY (run, item, dc)
);
CREATE INDEX evaluations_by_key ON evaluations (item, dc, forecast_revision DESC);

CREATE TABLE recommendations (
    recommendation    text        PRIMARY KEY,
    kind              text        NOT NULL CHECK (kind IN ('purchase', 'transfer')),
    run               text        NOT NULL,
    item              text        NOT NULL,
    dc                text        NOT NULL,
    from_dc           text        NOT NULL DEFAULT '',
    supplier          text        NOT NULL DEFAULT '',
    quantity          numeric     NOT NULL CHECK (quantity > 0),
    unit              text        NOT NULL,
    unit_price        numeric     NOT NULL CHECK (unit_price >= 0),
    currency          text        NOT NULL,
    need_by           date        NOT NULL,
    order_by          timestamptz NOT NULL,
    reason            text        NOT NULL,
    basis             jsonb,
    basis_kind        text        NOT NULL CHECK (basis_kind IN ('declared', 'captured', 'inferred', 'missing')),
    forecast_revision bigint,
    stock_version     bigint,
    stock_quantity    numeric,
    stock_as_of       timestamptz,
    computed_at       timestamptz NOT NULL,
    received_at       timestamptz NOT NULL,
    content_hash      uuid        NOT NULL,
    seq               bigint      NOT NULL,
    CHECK ((kind = 'transfer') = (from_dc <> '')),
    CHECK ((kind = 'purchase') = (supplier <> ''))
);
CREATE INDEX recommendations_by_key ON recommendations (item, dc, computed_at DESC);

CREATE TABLE orders (
    number     text        PRIMARY KEY,
    kind       text        NOT NULL CHECK (kind IN ('purchase', 'transfer')),
    reference  text        NOT NULL DEFAULT '',
    supplier   text        NOT NULL DEFAULT '',
    from_dc    text        NOT NULL DEFAULT '',
    dc         text        NOT NULL,
    state      text        NOT NULL CHECK (state IN ('open', 'confirmed', 'shipped', 'received', 'cancelled')),
    currency   text        NOT NULL,
    ordered_at timestamptz NOT NULL,
    version    bigint      NOT NULL,
    content_hash uuid      NOT NULL,
    seq        bigint      NOT NULL,
    applied_at timestamptz NOT NULL
);
CREATE INDEX orders_by_reference ON orders (reference) WHERE reference <> '';
CREATE TABLE order_lines (
    number     text    NOT NULL REFERENCES orders,
    line       integer NOT NULL,
    item       text    NOT NULL,
    quantity   numeric NOT NULL CHECK (quantity > 0),
    unit       text    NOT NULL,
    unit_price numeric NOT NULL CHECK (unit_price >= 0),
    need_by    date    NOT NULL,
    PRIMARY KEY (number, line)
);
CREATE INDEX order_lines_by_item ON order_lines (item);

-- The three that follow are appended whichever arrives first; the chain joins them by order and line.
CREATE TABLE confirmations (
    confirmation text        NOT NULL,
    number       text        NOT NULL,
    line         integer     NOT NULL,
    quantity     numeric     NOT NULL CHECK (quantity >= 0),
    unit         text        NOT NULL,
    promised_day date        NOT NULL,
    confirmed_at timestamptz NOT NULL,
    content_hash uuid NOT NULL,
    seq          bigint      NOT NULL,
    PRIMARY KEY (number, line, confirmation)
);
CREATE TABLE asns (
    asn        text        NOT NULL,
    number     text        NOT NULL,
    line       integer     NOT NULL,
    quantity   numeric     NOT NULL CHECK (quantity > 0),
    unit       text        NOT NULL,
    shipped_at timestamptz NOT NULL,
    eta_day    date        NOT NULL,
    content_hash uuid NOT NULL,
    seq        bigint      NOT NULL,
    PRIMARY KEY (number, line, asn)
);
CREATE TABLE receipts (
    receipt     text        NOT NULL,
    number      text        NOT NULL,
    line        integer     NOT NULL,
    item        text        NOT NULL,
    dc          text        NOT NULL,
    quantity    numeric     NOT NULL CHECK (quantity > 0),
    unit        text        NOT NULL,
    received_at timestamptz NOT NULL,
    content_hash uuid NOT NULL,
    seq         bigint      NOT NULL,
    PRIMARY KEY (number, line, receipt)
);
CREATE TABLE supplier_exceptions (
    seq         bigint      PRIMARY KEY,
    supplier    text        NOT NULL,
    number      text        NOT NULL DEFAULT '',
    line        integer     NOT NULL DEFAULT 0,
    kind        text        NOT NULL,
    message     text        NOT NULL,
    occurred_at timestamptz NOT NULL
);

-- +goose Down
DROP TABLE supplier_exceptions, receipts, asns, confirmations, order_lines, orders, recommendations, evaluations, forecast_revisions;
