-- +goose Up

-- When an exception lay on a shelf, its own or that of its kind: nobody is meant to
-- answer it then, so that the time is left out of how long that took.
CREATE TABLE shelf_times (
    exception_id bigint      NOT NULL REFERENCES exceptions ON DELETE CASCADE,
    since        timestamptz NOT NULL,
    until        timestamptz NOT NULL CHECK (until >= since), -- as it was meant, until something ends it before
    PRIMARY KEY (exception_id, since)
);
INSERT INTO shelf_times
SELECT r.exception_id, r.at, k.until FROM kind_shelf_rows r JOIN kind_shelves k ON k.id = r.shelf JOIN exceptions x ON x.id = r.exception_id
WHERE k.until > r.at AND x.priority <> 'P1'
UNION ALL
SELECT x.id, max(n.at), x.shelved_until FROM exceptions x JOIN exception_notes n ON n.exception_id = x.id AND n.action = 'shelve'
WHERE x.kind_shelf IS NULL AND x.priority <> 'P1' GROUP BY x.id, x.shelved_until HAVING x.shelved_until > max(n.at)
ON CONFLICT DO NOTHING;

-- Whoever puts one aside or takes it back, what is P1 lies on no shelf.
-- +goose StatementBegin
CREATE FUNCTION note_shelf_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE shelf_times SET until = greatest(since, now()) WHERE exception_id = NEW.id AND until > now();
    IF NEW.priority <> 'P1' AND NEW.shelved_until > now() THEN
        INSERT INTO shelf_times VALUES (NEW.id, now(), NEW.shelved_until)
        ON CONFLICT (exception_id, since) DO UPDATE SET until = EXCLUDED.until;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER exceptions_shelf_time AFTER UPDATE OF shelved_until, priority ON exceptions FOR EACH ROW
    WHEN (OLD.shelved_until IS DISTINCT FROM NEW.shelved_until OR NEW.shelved_until IS NOT NULL AND (OLD.priority = 'P1') <> (NEW.priority = 'P1'))
    EXECUTE FUNCTION note_shelf_time();

-- +goose Down
DROP TRIGGER exceptions_shelf_time ON exceptions;
DROP FUNCTION note_shelf_time();
DROP TABLE shelf_times;
