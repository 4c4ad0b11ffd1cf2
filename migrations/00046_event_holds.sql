-- +goose Up

-- Events that a person keeps aside for a while: no replay touches them until
-- the hold ends. A row past its end is over.
CREATE TABLE event_holds (
    seq    bigint      PRIMARY KEY REFERENCES unsettled_events ON DELETE CASCADE,
    reason text        NOT NULL CHECK (reason <> ''),
    actor  text        NOT NULL CHECK (actor <> ''),
    since  timestamptz NOT NULL,
    ends   timestamptz NOT NULL CHECK (ends > since AND ends <= since + interval '72 hours')
);

-- The team to which somebody handed an exception, beside those that its kind names.
ALTER TABLE exceptions ADD COLUMN routed_team text NOT NULL DEFAULT '' CHECK (routed_team IN ('', 'planner', 'procurement', 'it'));

-- +goose Down
ALTER TABLE exceptions DROP COLUMN routed_team;
DROP TABLE event_holds;
