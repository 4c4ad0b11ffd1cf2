-- The demo distributor's own database: state, outbox and business clock of its
-- three systems. Each statement may run again on a database that has it.
CREATE SCHEMA IF NOT EXISTS simulator;

CREATE TABLE IF NOT EXISTS simulator.state (
    name  text PRIMARY KEY,
    value text NOT NULL
);
-- The first eight digits tell the events of one life of this database from
-- those of another.
INSERT INTO simulator.state (name, value)
VALUES ('instance', left(replace(gen_random_uuid()::text, '-', ''), 8))
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS simulator.outbox (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source      text        NOT NULL,
    type        text        NOT NULL,
    subject     text        NOT NULL,
    item        text        NOT NULL,
    dc          text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    data        text        NOT NULL
);
-- Its number among what the source sends, given when it is first about to leave.
ALTER TABLE simulator.outbox ADD COLUMN IF NOT EXISTS sequence bigint;
-- The file of a night that it leaves in; null in the live exchange and until it is in one.
ALTER TABLE simulator.outbox ADD COLUMN IF NOT EXISTS file text;
CREATE INDEX IF NOT EXISTS outbox_by_source ON simulator.outbox (source, id);
-- What the source counts as sent and never sends.
ALTER TABLE simulator.outbox ADD COLUMN IF NOT EXISTS left_out boolean NOT NULL DEFAULT false;
-- What has the time at which it is numbered for its own.
ALTER TABLE simulator.outbox ADD COLUMN IF NOT EXISTS first_state boolean NOT NULL DEFAULT false;
CREATE INDEX IF NOT EXISTS outbox_left_out ON simulator.outbox (source) WHERE left_out;

-- In which trace and business case it stands, and the id of the event that it follows from.
ALTER TABLE simulator.outbox ADD COLUMN IF NOT EXISTS trace_parent text NOT NULL DEFAULT '';
ALTER TABLE simulator.outbox ADD COLUMN IF NOT EXISTS correlation text NOT NULL DEFAULT '';
ALTER TABLE simulator.outbox ADD COLUMN IF NOT EXISTS causation text NOT NULL DEFAULT '';

-- How many different events of a type each source counts as sent, by the time of
-- the events; stated is what it told the tower of them.
CREATE TABLE IF NOT EXISTS simulator.sent_totals (
    source text        NOT NULL,
    type   text        NOT NULL,
    since  timestamptz NOT NULL,
    until  timestamptz NOT NULL,
    events bigint      NOT NULL,
    stated bigint,
    PRIMARY KEY (source, type, since, until)
);
CREATE INDEX IF NOT EXISTS sent_totals_unstated ON simulator.sent_totals (source, until) WHERE events IS DISTINCT FROM stated;

-- What the tower delivered to a system in the nightly exchange and the system
-- has not imported yet. taken_on is business time.
CREATE TABLE IF NOT EXISTS simulator.inbox (
    id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    system   text        NOT NULL,
    taken_on timestamptz NOT NULL,
    event    text        NOT NULL
);
CREATE INDEX IF NOT EXISTS inbox_by_system ON simulator.inbox (system, id);

-- The truth about what was broken on purpose, for scoring what the tower finds.
CREATE TABLE IF NOT EXISTS simulator.fault_log (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text        NOT NULL,
    cause      text        NOT NULL CHECK (cause IN ('request', 'rate')),
    target     text        NOT NULL,
    started_at timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS fault_log_by_name ON simulator.fault_log (name, id DESC);

-- ERP.

CREATE TABLE IF NOT EXISTS simulator.balances (
    item      text        NOT NULL,
    dc        text        NOT NULL,
    on_hand   bigint      NOT NULL CHECK (on_hand >= 0),
    allocated bigint      NOT NULL CHECK (allocated >= 0),
    safety    bigint      NOT NULL,
    version   bigint      NOT NULL,
    as_of     timestamptz NOT NULL,
    PRIMARY KEY (item, dc)
) WITH (fillfactor = 70);

-- The newest lines of the ERP's stock ledger, one a version.
CREATE TABLE IF NOT EXISTS simulator.stock_ledger (
    item            text        NOT NULL,
    dc              text        NOT NULL,
    version         bigint      NOT NULL,
    kind            text        NOT NULL,
    document        text        NOT NULL,
    on_hand_delta   bigint      NOT NULL,
    allocated_delta bigint      NOT NULL,
    on_hand         bigint      NOT NULL,
    allocated       bigint      NOT NULL,
    at              timestamptz NOT NULL,
    PRIMARY KEY (item, dc, version)
);

CREATE SEQUENCE IF NOT EXISTS simulator.order_numbers START 4500001;
CREATE TABLE IF NOT EXISTS simulator.orders (
    number     text        PRIMARY KEY,
    kind       text        NOT NULL CHECK (kind IN ('purchase', 'transfer')),
    reference  text        NOT NULL,
    supplier   text        NOT NULL,
    from_dc    text        NOT NULL,
    dc         text        NOT NULL,
    currency   text        NOT NULL,
    ordered_at timestamptz NOT NULL,
    ordered_on timestamptz NOT NULL, -- business time
    version    bigint      NOT NULL
);
-- When a purchase went to its supplier, and when the supplier's system said that it has it.
ALTER TABLE simulator.orders ADD COLUMN IF NOT EXISTS transmitted_at timestamptz;
ALTER TABLE simulator.orders ADD COLUMN IF NOT EXISTS acknowledged_at timestamptz;
-- The trace in which it was asked for, or that began with it.
ALTER TABLE simulator.orders ADD COLUMN IF NOT EXISTS trace_parent text NOT NULL DEFAULT '';
-- When what is told of it changed last, real time.
ALTER TABLE simulator.orders ADD COLUMN IF NOT EXISTS changed_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX IF NOT EXISTS orders_by_change ON simulator.orders (changed_at);
-- Not unique: the check can be switched off.
CREATE INDEX IF NOT EXISTS orders_by_reference ON simulator.orders (reference) WHERE reference <> '';
CREATE TABLE IF NOT EXISTS simulator.order_lines (
    number     text    NOT NULL REFERENCES simulator.orders,
    line       integer NOT NULL,
    item       text    NOT NULL,
    quantity   bigint  NOT NULL CHECK (quantity >= 0),
    unit_price numeric NOT NULL,
    need_by    date    NOT NULL,
    answers    integer NOT NULL DEFAULT 0, -- confirmations given so far
    confirmed  bigint,
    promised   date,
    shipped    bigint,
    received   bigint,
    PRIMARY KEY (number, line)
);
-- The id of the event that told of it last: its order, confirmation, shipping notice or receipt.
ALTER TABLE simulator.order_lines ADD COLUMN IF NOT EXISTS told text NOT NULL DEFAULT '';
CREATE INDEX IF NOT EXISTS order_lines_by_item ON simulator.order_lines (item);
-- What the ERP will do at a business time.
CREATE TABLE IF NOT EXISTS simulator.agenda (
    id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    due      timestamptz NOT NULL,
    kind     text        NOT NULL,
    document text        NOT NULL,
    line     integer     NOT NULL,
    item     text        NOT NULL,
    dc       text        NOT NULL,
    quantity bigint      NOT NULL
);
CREATE INDEX IF NOT EXISTS agenda_due ON simulator.agenda (due, id);
CREATE INDEX IF NOT EXISTS agenda_by_document ON simulator.agenda (document, line);

-- Forecasting.

CREATE TABLE IF NOT EXISTS simulator.series (
    item       text             NOT NULL,
    dc         text             NOT NULL,
    level      double precision NOT NULL,
    revision   bigint           NOT NULL,
    start      date             NOT NULL,
    quantities text[]           NOT NULL,
    PRIMARY KEY (item, dc)
);
CREATE TABLE IF NOT EXISTS simulator.demand_lines (
    sales_order text    NOT NULL,
    line        integer NOT NULL,
    item        text    NOT NULL,
    dc          text    NOT NULL,
    day         date    NOT NULL,
    quantity    bigint  NOT NULL,
    counted     boolean NOT NULL DEFAULT false,
    PRIMARY KEY (sales_order, line)
);
CREATE INDEX IF NOT EXISTS demand_lines_open ON simulator.demand_lines (dc, day) WHERE NOT counted;

-- What it holds of the stock that the tower delivered.
CREATE TABLE IF NOT EXISTS simulator.held_stock (
    item      text        NOT NULL,
    dc        text        NOT NULL,
    on_hand   numeric     NOT NULL,
    allocated numeric     NOT NULL,
    version   bigint      NOT NULL,
    as_of     timestamptz NOT NULL,
    moved     boolean     NOT NULL, -- a movement led to the version, not a balance
    PRIMARY KEY (item, dc)
) WITH (fillfactor = 70);
-- The business days on which nothing of an item was available at a DC, from the
-- first to the last; without a last one nothing is.
CREATE TABLE IF NOT EXISTS simulator.stockouts (
    item    text NOT NULL,
    dc      text NOT NULL,
    first   date NOT NULL,
    last    date,
    PRIMARY KEY (item, dc, first)
);

-- Replenishment: the newest of each fact that the tower delivered, and what
-- the engine made of them.
CREATE TABLE IF NOT EXISTS simulator.facts (
    kind text NOT NULL,
    key  text NOT NULL,
    data text NOT NULL,
    PRIMARY KEY (kind, key)
) WITH (fillfactor = 70);
CREATE SEQUENCE IF NOT EXISTS simulator.recommendation_numbers START 100001;
CREATE SEQUENCE IF NOT EXISTS simulator.run_numbers;
