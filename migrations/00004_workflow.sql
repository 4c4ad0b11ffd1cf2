-- +goose Up

-- One row a recommendation that has entered the workflow.
CREATE TABLE proposals (
    recommendation text        PRIMARY KEY REFERENCES recommendations,
    state          text        NOT NULL CHECK (state IN ('waiting', 'approved', 'rejected', 'superseded', 'ordered', 'failed')),
    policy_version text        NOT NULL,
    route          text        NOT NULL CHECK (route IN ('auto', 'single', 'double')),
    value          numeric     NOT NULL,
    currency       text        NOT NULL,
    quantity       numeric     NOT NULL CHECK (quantity > 0),
    version        integer     NOT NULL DEFAULT 1,
    first_approver text        NOT NULL DEFAULT '', -- of a double route
    changed_by     text        NOT NULL DEFAULT '', -- who last changed the quantity
    superseded_by  text        NOT NULL DEFAULT '', -- the recommendation or run that took its place
    entered_at     timestamptz NOT NULL DEFAULT now(),
    due_at         timestamptz NOT NULL,
    decided_at     timestamptz,
    ordered_at     timestamptz,
    CHECK ((state = 'waiting') = (decided_at IS NULL)),
    CHECK ((state = 'ordered') = (ordered_at IS NOT NULL)),
    CHECK ((state = 'superseded') = (superseded_by <> ''))
);
CREATE INDEX proposals_waiting ON proposals (due_at, recommendation) WHERE state = 'waiting';
CREATE INDEX proposals_unordered ON proposals (decided_at, recommendation) WHERE state IN ('approved', 'failed');

CREATE TABLE policy_results (
    recommendation text    NOT NULL REFERENCES proposals,
    rule           text    NOT NULL,
    passed         boolean NOT NULL,
    inputs         jsonb   NOT NULL,
    message        text    NOT NULL,
    PRIMARY KEY (recommendation, rule)
);

-- Immutable: what was decided, by whom, on which basis as it was known then.
CREATE TABLE decisions (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recommendation text        NOT NULL REFERENCES proposals,
    verdict        text        NOT NULL CHECK (verdict IN ('approved', 'rejected', 'first_approval', 'recompute')),
    actor          text        NOT NULL,
    by_policy      boolean     NOT NULL,
    reason         text        NOT NULL DEFAULT '',
    quantity       numeric     NOT NULL,
    decided_at     timestamptz NOT NULL DEFAULT now(),
    CHECK (by_policy OR verdict <> 'rejected' OR reason <> '')
);
CREATE INDEX decisions_by_recommendation ON decisions (recommendation, id);
CREATE UNIQUE INDEX decisions_final ON decisions (recommendation) WHERE verdict IN ('approved', 'rejected');

-- The basis verdict as known at compute, approve and order; now is computed on reading.
CREATE TABLE basis_checks (
    recommendation text        NOT NULL REFERENCES recommendations,
    moment         text        NOT NULL CHECK (moment IN ('compute', 'approve', 'order')),
    verdict        text        NOT NULL CHECK (verdict IN ('CURRENT', 'AGED', 'SUPERSEDED', 'UNKNOWN')),
    cause          text        NOT NULL DEFAULT '',
    changed        text        NOT NULL DEFAULT '', -- what changed, in words
    stock_version  bigint      NOT NULL,
    net_movement   numeric     NOT NULL,
    deviation      numeric     NOT NULL, -- net_movement without the demand that was expected
    tolerance      numeric     NOT NULL,
    recomputed     numeric     NOT NULL, -- the quantity that a new run would recommend, estimated
    age_s          bigint      NOT NULL,
    checked_at     timestamptz NOT NULL,
    PRIMARY KEY (recommendation, moment)
);

-- One approved recommendation makes exactly one ERP document: one row, one reference, one lease.
CREATE TABLE erp_writes (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recommendation  text        NOT NULL UNIQUE REFERENCES proposals,
    system          text        NOT NULL,
    kind            text        NOT NULL CHECK (kind IN ('purchase', 'transfer')),
    reference       text        NOT NULL UNIQUE,
    request         jsonb       NOT NULL,
    state           text        NOT NULL CHECK (state IN ('intent', 'sent', 'unknown', 'confirmed', 'failed', 'discarded')),
    document        text        NOT NULL DEFAULT '',
    attempts        integer     NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    lease_owner     text        NOT NULL DEFAULT '',
    lease_until     timestamptz,
    sent_at         timestamptz,
    error_class     text        NOT NULL DEFAULT '',
    error           text        NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'confirmed') = (document <> '')),
    CHECK ((lease_owner = '') = (lease_until IS NULL)),
    CHECK (state NOT IN ('sent', 'unknown') OR sent_at IS NOT NULL)
);
CREATE INDEX erp_writes_due ON erp_writes (next_attempt_at) WHERE state IN ('intent', 'sent', 'unknown');
CREATE TABLE erp_write_attempts (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    write_id   bigint      NOT NULL REFERENCES erp_writes,
    attempt    integer     NOT NULL,
    action     text        NOT NULL CHECK (action IN ('send', 'lookup')),
    started_at timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL,
    outcome    text        NOT NULL CHECK (outcome IN ('created', 'found', 'absent', 'refused', 'unknown', 'unreached')),
    class      text        NOT NULL DEFAULT '' CHECK (class IN ('', 'transient', 'permanent', 'unknown')),
    error      text        NOT NULL DEFAULT '',
    request    text        NOT NULL DEFAULT '',
    response   text        NOT NULL DEFAULT ''
);
CREATE INDEX erp_write_attempts_by_time ON erp_write_attempts USING brin (started_at);
CREATE INDEX erp_write_attempts_by_write ON erp_write_attempts (write_id, id);

-- +goose Down
DROP TABLE erp_write_attempts, erp_writes, basis_checks, decisions, policy_results, proposals;
