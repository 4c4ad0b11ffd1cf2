-- +goose Up

CREATE TABLE sources (
    source     text PRIMARY KEY,
    system     text NOT NULL CHECK (system IN ('erp', 'forecasting', 'replenishment', 'wms', 'oms', 'tms', 'supplier', 'analytics', 'other')),
    interval_s integer NOT NULL DEFAULT 0 CHECK (interval_s >= 0),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE api_keys (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source     text        NOT NULL REFERENCES sources,
    prefix     text        NOT NULL,
    hash       bytea       NOT NULL UNIQUE,
    types      text[]      NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);
CREATE TABLE users (
    name          text PRIMARY KEY CHECK (name ~ '^[a-z0-9._-]{1,64}$'),
    full_name     text        NOT NULL,
    role          text        NOT NULL CHECK (role IN ('planner', 'procurement', 'it', 'executive', 'admin')),
    password_hash text        NOT NULL,
    session_epoch integer     NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT now(),
    disabled_at   timestamptz
);
CREATE TABLE sessions (
    token  text        PRIMARY KEY,
    data   bytea       NOT NULL,
    expiry timestamptz NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expiry);

CREATE TABLE audit (
    id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    actor   text        NOT NULL,
    action  text        NOT NULL,
    subject text        NOT NULL,
    reason  text        NOT NULL DEFAULT '',
    before  jsonb,
    after   jsonb
);
CREATE INDEX audit_by_subject ON audit (subject, id);

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE audit, sessions, users, api_keys, sources;
DROP FUNCTION refuse_change();
