-- +goose Up

-- A promise and when it is due, at most one per kind and subject. due_at is
-- in the time of its clock; opened_at and closed_at are real.
CREATE TABLE milestones (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind      text        NOT NULL CHECK (kind IN ('evaluated', 'ordered', 'confirmed', 'received')),
    subject   text        NOT NULL,
    item      text        NOT NULL DEFAULT '',
    dc        text        NOT NULL DEFAULT '',
    revision  bigint      NOT NULL DEFAULT 0,
    clock     text        NOT NULL CHECK (clock IN ('real', 'business')),
    opened_at timestamptz NOT NULL,
    due_at    timestamptz NOT NULL,
    closed_at timestamptz,
    UNIQUE (kind, subject)
);
CREATE INDEX milestones_open ON milestones (kind, due_at) WHERE closed_at IS NULL;
CREATE INDEX milestones_unevaluated ON milestones (item, dc) WHERE closed_at IS NULL AND kind = 'evaluated';

-- standing says that the condition holds: one that a person has resolved while
-- it still holds is not opened a second time. Hours to the consequence are
-- reckoned from consequence_at, in business time, when they are read.
CREATE TABLE exceptions (
    id                bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code              text        NOT NULL,
    team              text        NOT NULL CHECK (team IN ('planner', 'procurement', 'it')),
    also_team         text        NOT NULL DEFAULT '' CHECK (also_team IN ('', 'planner', 'procurement', 'it') AND also_team <> team),
    stage             text        NOT NULL CHECK (stage IN ('api', 'transformation', 'workflow', 'business')),
    dedupe_key        text        NOT NULL,
    title             text        NOT NULL,
    happened          text        NOT NULL,
    state             text        NOT NULL CHECK (state IN ('new', 'acknowledged', 'assigned', 'in_progress', 'waiting', 'resolved')),
    standing          boolean     NOT NULL DEFAULT true,
    priority          text        NOT NULL CHECK (priority IN ('P1', 'P2', 'P3', 'P4')),
    consequence       text        NOT NULL CHECK (consequence IN ('C1', 'C2', 'C3', 'C4')),
    why               text        NOT NULL,
    source            text        NOT NULL DEFAULT '',
    item              text        NOT NULL DEFAULT '',
    dc                text        NOT NULL DEFAULT '',
    supplier          text        NOT NULL DEFAULT '',
    recommendation    text        NOT NULL DEFAULT '',
    document          text        NOT NULL DEFAULT '',
    event_seq         bigint      NOT NULL DEFAULT 0,
    erp_write         bigint      NOT NULL DEFAULT 0,
    fingerprint       text        NOT NULL DEFAULT '',
    occurrences       integer     NOT NULL DEFAULT 1 CHECK (occurrences > 0),
    value_at_risk     numeric     NOT NULL DEFAULT 0 CHECK (value_at_risk >= 0),
    currency          text        NOT NULL DEFAULT 'GBP',
    consequence_at    timestamptz,
    owner             text        NOT NULL DEFAULT '',
    opened_at         timestamptz NOT NULL,
    last_seen_at      timestamptz NOT NULL,
    ack_due_at        timestamptz NOT NULL,
    resolve_due_at    timestamptz NOT NULL,
    acknowledged_at   timestamptz,
    resolved_at       timestamptz,
    resolution        text        NOT NULL DEFAULT '',
    version           integer     NOT NULL DEFAULT 1,
    CHECK ((state = 'resolved') = (resolved_at IS NOT NULL)),
    CHECK (standing OR state = 'resolved')
);
CREATE UNIQUE INDEX exceptions_standing ON exceptions (dedupe_key) WHERE standing;
CREATE INDEX exceptions_by_key ON exceptions (dedupe_key, id);
CREATE INDEX exceptions_open ON exceptions (team, priority, id) WHERE state <> 'resolved';

CREATE TABLE exception_notes (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    exception_id bigint      NOT NULL REFERENCES exceptions,
    at           timestamptz NOT NULL DEFAULT now(),
    actor        text        NOT NULL,
    action       text        NOT NULL,
    note         text        NOT NULL DEFAULT ''
);
CREATE INDEX exception_notes_by_exception ON exception_notes (exception_id, id);

CREATE TABLE reconcile_runs (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source      text        NOT NULL,
    asked_by    text        NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    state       text        NOT NULL CHECK (state IN ('running', 'finished', 'failed', 'interrupted')),
    compared    bigint      NOT NULL DEFAULT 0,
    matched     bigint      NOT NULL DEFAULT 0,
    in_flight   bigint      NOT NULL DEFAULT 0,
    drifted     bigint      NOT NULL DEFAULT 0,
    healed      bigint      NOT NULL DEFAULT 0,
    drift_value numeric     NOT NULL DEFAULT 0,
    error       text        NOT NULL DEFAULT ''
);
CREATE TABLE drifts (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id          bigint      NOT NULL REFERENCES reconcile_runs,
    source          text        NOT NULL,
    item            text        NOT NULL,
    dc              text        NOT NULL,
    cause           text        NOT NULL CHECK (cause IN ('in_flight', 'missing_event', 'unexplained')),
    their_on_hand   numeric     NOT NULL,
    our_on_hand     numeric     NOT NULL,
    their_allocated numeric     NOT NULL,
    our_allocated   numeric     NOT NULL,
    their_version   bigint      NOT NULL,
    our_version     bigint      NOT NULL,
    found_at        timestamptz NOT NULL DEFAULT now(),
    cleared_at      timestamptz,
    cleared_how     text        NOT NULL DEFAULT '',
    healed_at       timestamptz -- when the key was last read again from its owner
);
CREATE UNIQUE INDEX drifts_open ON drifts (source, item, dc) WHERE cleared_at IS NULL;
CREATE INDEX drifts_by_run ON drifts (run_id, id);
CREATE INDEX reconcile_runs_recent ON reconcile_runs (source, id DESC);

-- What the sweep asks for every few seconds.
CREATE INDEX orders_open ON orders (number) WHERE state IN ('open', 'confirmed', 'shipped');

-- Numbers the hints that go to the browsers.
CREATE SEQUENCE hint_seq AS bigint CACHE 1;

-- +goose Down
DROP SEQUENCE hint_seq;
DROP INDEX orders_open;
DROP TABLE drifts, reconcile_runs, exception_notes, exceptions, milestones;
