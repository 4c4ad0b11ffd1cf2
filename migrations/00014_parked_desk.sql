-- +goose Up

-- What a person edited is kept beside what came: data is never touched. The
-- order and the version that a payload names are read once, when it is stored.
ALTER TABLE unsettled_events
    ADD COLUMN edited text,
    ADD COLUMN edits integer NOT NULL DEFAULT 0 CHECK (edits >= 0),
    ADD CHECK ((edits = 0) = (edited IS NULL)),
    ADD COLUMN order_number text NOT NULL
        GENERATED ALWAYS AS (coalesce(substring(coalesce(edited, data) from '"order"\s*:\s*"([^"\\]{1,64})"'), '')) STORED,
    ADD COLUMN version bigint
        GENERATED ALWAYS AS (CAST(substring(coalesce(edited, data) from '"(?:version|revision)"\s*:\s*([0-9]{1,18})\s*[,}]') AS bigint)) STORED;
ALTER TABLE settled_payloads ADD COLUMN original text;

-- One edit is the difference to the payload before it: the original and the
-- edits in their order give what took effect.
CREATE TABLE event_edits (
    seq        bigint      NOT NULL,
    number     integer     NOT NULL CHECK (number > 0),
    patch      json        NOT NULL CHECK (json_typeof(patch) = 'array'),
    reason     text        NOT NULL CHECK (reason <> ''),
    actor      text        NOT NULL CHECK (actor <> ''),
    outcome    text        NOT NULL,
    came_shard smallint    NOT NULL,
    came_key   text        NOT NULL,
    run        bigint,
    made_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (seq, number)
);
CREATE TRIGGER event_edits_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event_edits
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Counts of what did not pass, so that a page need not count the events. The
-- shard is part of the key, so that writers, who hold their shard's lock, never
-- wait for each other here.
CREATE TABLE unsettled_counts (
    state       text     NOT NULL,
    fingerprint uuid     NOT NULL,
    source      text     NOT NULL,
    dc          text     NOT NULL,
    day         date     NOT NULL,
    shard       smallint NOT NULL,
    stage       text     NOT NULL,
    code        text     NOT NULL,
    events      bigint   NOT NULL CHECK (events >= 0),
    PRIMARY KEY (state, fingerprint, source, dc, day, shard)
);

-- +goose StatementBegin
CREATE FUNCTION count_unsettled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO unsettled_counts AS g (state, fingerprint, source, dc, day, shard, stage, code, events)
        SELECT state, fingerprint, source, dc, (received_at AT TIME ZONE 'UTC')::date, shard, min(stage), min(code), count(*)
        FROM added GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
        ON CONFLICT (state, fingerprint, source, dc, day, shard) DO UPDATE SET events = g.events + EXCLUDED.events;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        UPDATE unsettled_counts g SET events = g.events - r.events
        FROM (SELECT state, fingerprint, source, dc, (received_at AT TIME ZONE 'UTC')::date AS day, shard, count(*) AS events
            FROM removed GROUP BY 1, 2, 3, 4, 5, 6) r
        WHERE (g.state, g.fingerprint, g.source, g.dc, g.day, g.shard) = (r.state, r.fingerprint, r.source, r.dc, r.day, r.shard);
        DELETE FROM unsettled_counts g
        USING (SELECT DISTINCT state, fingerprint, source, dc, (received_at AT TIME ZONE 'UTC')::date AS day, shard FROM removed) r
        WHERE (g.state, g.fingerprint, g.source, g.dc, g.day, g.shard) = (r.state, r.fingerprint, r.source, r.dc, r.day, r.shard)
            AND g.events = 0;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER unsettled_added AFTER INSERT ON unsettled_events REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_unsettled();
CREATE TRIGGER unsettled_changed AFTER UPDATE ON unsettled_events REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_unsettled();
CREATE TRIGGER unsettled_removed AFTER DELETE ON unsettled_events REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION count_unsettled();
INSERT INTO unsettled_counts (state, fingerprint, source, dc, day, shard, stage, code, events)
SELECT state, fingerprint, source, dc, (received_at AT TIME ZONE 'UTC')::date, shard, min(stage), min(code), count(*)
FROM unsettled_events GROUP BY 1, 2, 3, 4, 5, 6;

DROP INDEX unsettled_groups;
CREATE INDEX unsettled_by_group ON unsettled_events (state, fingerprint, seq);
CREATE INDEX unsettled_group_items ON unsettled_events (state, fingerprint, item) WHERE item <> '';
CREATE INDEX unsettled_group_orders ON unsettled_events (state, fingerprint, order_number) WHERE order_number <> '';

-- A bulk action: a filter that is never empty, what it matched when it was
-- made, how careful it is, and how far it has come.
CREATE TABLE bulk_runs (
    id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action          text        NOT NULL CHECK (action IN ('retry', 'discard', 'edit')),
    patch           json,
    reason          text        NOT NULL CHECK (reason <> ''),
    actor           text        NOT NULL CHECK (actor <> ''),
    state           text        NOT NULL CHECK (state IN ('held', 'waiting', 'parked')),
    fingerprint     uuid,
    code            text        NOT NULL DEFAULT '',
    source          text        NOT NULL DEFAULT '',
    dc              text        NOT NULL DEFAULT '',
    received_from   timestamptz,
    received_before timestamptz,
    picked          bigint[]    NOT NULL DEFAULT '{}',
    canary          integer     NOT NULL CHECK (canary > 0),
    rate            integer     NOT NULL CHECK (rate BETWEEN 1 AND 1000),
    stop_share      integer     NOT NULL CHECK (stop_share BETWEEN 1 AND 100),
    go_on           boolean     NOT NULL DEFAULT false,
    status          text        NOT NULL DEFAULT 'draft'
        CHECK (status IN ('draft', 'canary', 'waiting', 'running', 'stopped', 'done', 'cancelled')),
    note            text        NOT NULL DEFAULT '',
    matched         integer     NOT NULL CHECK (matched > 0),
    done            integer     NOT NULL DEFAULT 0 CHECK (done BETWEEN 0 AND matched),
    failed          integer     NOT NULL DEFAULT 0 CHECK (failed BETWEEN 0 AND done),
    since_done      integer     NOT NULL DEFAULT 0, -- counts at the last go-ahead of a person: the stop rule looks at what came after
    since_failed    integer     NOT NULL DEFAULT 0,
    preview         jsonb       NOT NULL,
    lease_owner     uuid,
    lease_until     timestamptz,
    next_at         timestamptz NOT NULL DEFAULT now(),
    created_at      timestamptz NOT NULL DEFAULT now(),
    started_at      timestamptz,
    ended_at        timestamptz,
    CONSTRAINT bulk_runs_have_a_filter CHECK (fingerprint IS NOT NULL OR code <> '' OR source <> '' OR dc <> ''
        OR received_from IS NOT NULL OR received_before IS NOT NULL OR cardinality(picked) > 0),
    CHECK ((action = 'edit') = (patch IS NOT NULL)),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CHECK ((status IN ('done', 'cancelled')) = (ended_at IS NOT NULL))
);
CREATE INDEX bulk_runs_at_work ON bulk_runs (next_at) WHERE status IN ('canary', 'running');
CREATE TABLE bulk_items (
    run     bigint      NOT NULL REFERENCES bulk_runs ON DELETE CASCADE,
    seq     bigint      NOT NULL,
    outcome text,
    failed  boolean     NOT NULL DEFAULT false,
    reason  text        NOT NULL DEFAULT '',
    done_at timestamptz,
    PRIMARY KEY (run, seq),
    CHECK ((outcome IS NULL) = (done_at IS NULL))
);
CREATE INDEX bulk_items_left ON bulk_items (run, seq) WHERE outcome IS NULL;
CREATE INDEX bulk_items_failed ON bulk_items (run, seq) WHERE failed;

-- +goose Down
DROP TABLE bulk_items, bulk_runs;
DROP INDEX unsettled_group_orders, unsettled_group_items, unsettled_by_group;
CREATE INDEX unsettled_groups ON unsettled_events (fingerprint, seq) WHERE state = 'parked';
DROP TRIGGER unsettled_removed ON unsettled_events;
DROP TRIGGER unsettled_changed ON unsettled_events;
DROP TRIGGER unsettled_added ON unsettled_events;
DROP FUNCTION count_unsettled();
DROP TABLE unsettled_counts, event_edits;
ALTER TABLE settled_payloads DROP COLUMN original;
ALTER TABLE unsettled_events DROP COLUMN order_number, DROP COLUMN version, DROP COLUMN edited, DROP COLUMN edits;
