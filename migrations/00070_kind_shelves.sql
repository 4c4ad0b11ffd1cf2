-- +goose Up

-- Kinds of exceptions that somebody put aside for a while, everywhere or only
-- from one source or at one DC. Rows stay, so that what was held back can be told.
CREATE TABLE kind_shelves (
    id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code     text        NOT NULL CHECK (code <> ''),
    source   text        NOT NULL DEFAULT '',
    dc       text        NOT NULL DEFAULT '',
    reason   text        NOT NULL CHECK (reason <> ''),
    actor    text        NOT NULL CHECK (actor <> ''),
    since    timestamptz NOT NULL,
    until    timestamptz NOT NULL CHECK (until >= since AND until <= since + interval '24 hours'),
    ended_by text        NOT NULL DEFAULT '' -- empty: it ends by itself
);
CREATE INDEX kind_shelves_by_end ON kind_shelves (until);

-- What each of them has held back.
CREATE TABLE kind_shelf_rows (
    shelf        bigint      NOT NULL REFERENCES kind_shelves,
    exception_id bigint      NOT NULL REFERENCES exceptions,
    at           timestamptz NOT NULL,
    PRIMARY KEY (shelf, exception_id)
);
CREATE INDEX kind_shelf_rows_by_exception ON kind_shelf_rows (exception_id);

-- The shelf of its kind on which an exception lies now.
ALTER TABLE exceptions ADD COLUMN kind_shelf bigint REFERENCES kind_shelves;
CREATE INDEX exceptions_by_kind_shelf ON exceptions (kind_shelf) WHERE kind_shelf IS NOT NULL;

-- What comes back from there calls people too.
DROP INDEX exception_notes_calls;
CREATE INDEX exception_notes_calls ON exception_notes (at) WHERE action IN ('opened', 'reopened', 'alone', 'returned');

-- A key may operate the tower: put kinds aside and pause what people may pause.
ALTER TABLE api_keys DROP CONSTRAINT api_keys_scopes_check;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_scopes_check CHECK (scopes <@ '{send,read,audit,operate}' AND cardinality(scopes) > 0);

-- +goose Down
DELETE FROM api_keys WHERE scopes <@ '{operate}';
UPDATE api_keys SET scopes = array_remove(scopes, 'operate');
ALTER TABLE api_keys DROP CONSTRAINT api_keys_scopes_check;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_scopes_check CHECK (scopes <@ '{send,read,audit}' AND cardinality(scopes) > 0);
DROP INDEX exception_notes_calls;
CREATE INDEX exception_notes_calls ON exception_notes (at) WHERE action IN ('opened', 'reopened', 'alone');
DROP INDEX exceptions_by_kind_shelf;
ALTER TABLE exceptions DROP COLUMN kind_shelf;
DROP TABLE kind_shelf_rows;
DROP TABLE kind_shelves;
