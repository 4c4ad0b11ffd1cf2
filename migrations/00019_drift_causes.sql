-- +goose Up

-- Why a drift has its cause, and where the two sides parted: the last movement
-- or run at which they agreed and the first movement that differs.
ALTER TABLE drifts
    DROP CONSTRAINT drifts_cause_check,
    ADD CONSTRAINT drifts_cause_check CHECK (cause IN
        ('in_flight', 'missing_event', 'manual_edit', 'double_post', 'unit_of_measure', 'allocation_rule', 'unexplained')),
    ADD COLUMN is_copy               boolean NOT NULL DEFAULT false, -- what another system holds, not we
    ADD COLUMN why                   text   NOT NULL DEFAULT '',
    ADD COLUMN parted_side           text   NOT NULL DEFAULT '' CHECK (parted_side IN
        ('', 'missing_here', 'missing_there', 'differs', 'since', 'past_the_ledger')),
    ADD COLUMN parted_agreed_at      timestamptz,
    ADD COLUMN parted_agreed_version bigint NOT NULL DEFAULT 0,
    ADD COLUMN parted_first_at       timestamptz,
    ADD COLUMN parted_first_version  bigint NOT NULL DEFAULT 0,
    ADD COLUMN parted_first_line     text   NOT NULL DEFAULT '';

-- What a run called, by cause, and who signed it off.
ALTER TABLE reconcile_runs
    ADD COLUMN causes            jsonb   NOT NULL DEFAULT '{}',
    ADD COLUMN cleared           bigint  NOT NULL DEFAULT 0,
    ADD COLUMN unexplained_value numeric NOT NULL DEFAULT 0,
    ADD COLUMN signed_by         text    NOT NULL DEFAULT '',
    ADD COLUMN signed_at         timestamptz,
    ADD COLUMN sign_note         text    NOT NULL DEFAULT '',
    ADD CONSTRAINT reconcile_runs_signed CHECK ((signed_at IS NULL) = (signed_by = '') AND (signed_at IS NULL) = (sign_note = ''));

-- +goose Down
ALTER TABLE reconcile_runs
    DROP CONSTRAINT reconcile_runs_signed, DROP COLUMN causes, DROP COLUMN cleared, DROP COLUMN unexplained_value,
    DROP COLUMN signed_by, DROP COLUMN signed_at, DROP COLUMN sign_note;
ALTER TABLE drifts
    DROP COLUMN is_copy, DROP COLUMN why, DROP COLUMN parted_side, DROP COLUMN parted_agreed_at, DROP COLUMN parted_agreed_version,
    DROP COLUMN parted_first_at, DROP COLUMN parted_first_version, DROP COLUMN parted_first_line,
    DROP CONSTRAINT drifts_cause_check;
UPDATE drifts SET cause = CASE cause WHEN 'manual_edit' THEN 'missing_event' ELSE 'unexplained' END
    WHERE cause NOT IN ('in_flight', 'missing_event', 'unexplained');
ALTER TABLE drifts ADD CONSTRAINT drifts_cause_check CHECK (cause IN ('in_flight', 'missing_event', 'unexplained'));
