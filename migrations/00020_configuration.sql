-- +goose Up

-- Every throughline.yaml that changed something; the newest is in force.
CREATE TABLE configurations (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body       text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    applied_by text        NOT NULL
);
-- A route that a configuration declared, and that a later one may take away again.
ALTER TABLE subscriptions ADD COLUMN declared boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE subscriptions DROP COLUMN declared;
DROP TABLE configurations;
