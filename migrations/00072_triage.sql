-- +goose Up

-- The same done with many exceptions that a person chose from a queue. seconds
-- is for how long they are shelved. What is decided at the start is kept, so
-- that an interrupted one goes on as it began.
CREATE TABLE triages (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action     text        NOT NULL CHECK (action IN ('acknowledge', 'assign', 'shelve')),
    actor      text        NOT NULL,
    queue      text        NOT NULL CHECK (queue LIKE '/%'),
    owner      text        NOT NULL DEFAULT '',
    note       text        NOT NULL DEFAULT '',
    seconds    integer     NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at   timestamptz,
    undone_at  timestamptz,
    CHECK (started_at IS NOT NULL OR ended_at IS NULL),
    CHECK (ended_at IS NOT NULL OR undone_at IS NULL)
);
CREATE INDEX triages_by_time ON triages (created_at);

-- shown_version is what the preview showed, left_version what the change left.
CREATE TABLE triage_items (
    triage        bigint  NOT NULL REFERENCES triages ON DELETE CASCADE,
    exception_id  bigint  NOT NULL REFERENCES exceptions ON DELETE CASCADE,
    shown_version integer NOT NULL,
    outcome       text    NOT NULL DEFAULT '' CHECK (outcome IN ('', 'done', 'changed', 'not_allowed', 'urgent', 'needless', 'undone')),
    outcome_note  text    NOT NULL DEFAULT '',
    left_version  integer NOT NULL DEFAULT 0,
    PRIMARY KEY (triage, exception_id)
);
CREATE INDEX triage_items_by_exception ON triage_items (exception_id);

-- +goose Down
DROP TABLE triage_items, triages;
