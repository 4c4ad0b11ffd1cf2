-- +goose Up

-- A pause may be planned: its row is there before it begins, and beside the row of
-- the pause that holds now. What is over stays.
UPDATE pauses SET ends = since WHERE ends < since;
ALTER TABLE pauses
    DROP CONSTRAINT pauses_pkey,
    ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ADD CONSTRAINT pauses_order CHECK (ends >= since);
CREATE INDEX pauses_by_name ON pauses (kind, name);

-- +goose Down
DELETE FROM pauses WHERE since > now();
DELETE FROM pauses a USING pauses b
WHERE a.kind = b.kind AND a.name = b.name AND (coalesce(a.ends, 'infinity'), a.id) < (coalesce(b.ends, 'infinity'), b.id);
DROP INDEX pauses_by_name;
ALTER TABLE pauses
    DROP CONSTRAINT pauses_order,
    DROP COLUMN id,
    ADD PRIMARY KEY (kind, name);
