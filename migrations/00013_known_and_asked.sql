-- +goose Up

-- When the tower recorded each fact, whatever time its source gives it: what
-- was known at a moment is what was recorded by then.
ALTER TABLE evaluations     ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE recommendations ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE orders          ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE confirmations   ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE asns            ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE receipts        ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now();

-- Each version of an order's lines as it was applied; orders and order_lines
-- hold the newest only.
CREATE TABLE order_line_versions (
    number      text        NOT NULL,
    version     bigint      NOT NULL,
    line        integer     NOT NULL,
    item        text        NOT NULL,
    quantity    numeric     NOT NULL,
    need_by     date        NOT NULL,
    state       text        NOT NULL,
    seq         bigint      NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (number, version, line)
);
CREATE INDEX order_line_versions_by_item ON order_line_versions (item);
INSERT INTO order_line_versions (number, version, line, item, quantity, need_by, state, seq)
SELECT number, o.version, l.line, l.item, l.quantity, l.need_by, o.state, o.seq FROM orders o JOIN order_lines l USING (number);

-- From here on it is kept what was known when; before, only what is known now.
INSERT INTO settings (name, value) VALUES ('known_since', now()::text);

-- What a person who decides asks about a recommendation, and the answer. The
-- recommendation goes on waiting meanwhile.
CREATE TABLE proposal_questions (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recommendation text        NOT NULL REFERENCES proposals,
    question       text        NOT NULL CHECK (question <> ''),
    asked_by       text        NOT NULL,
    asked_at       timestamptz NOT NULL,
    answer         text        NOT NULL DEFAULT '',
    answered_by    text        NOT NULL DEFAULT '',
    answered_at    timestamptz,
    CHECK ((answered_at IS NULL) = (answer = '')),
    CHECK ((answered_at IS NULL) = (answered_by = ''))
);
CREATE INDEX proposal_questions_by_recommendation ON proposal_questions (recommendation, id);
CREATE INDEX proposal_questions_open ON proposal_questions (asked_at, id) WHERE answered_at IS NULL;
CREATE INDEX proposal_questions_answered ON proposal_questions (answered_at) WHERE answered_at IS NOT NULL;

-- +goose Down
DROP TABLE proposal_questions;
DELETE FROM settings WHERE name = 'known_since';
DROP TABLE order_line_versions;
ALTER TABLE receipts        DROP COLUMN recorded_at;
ALTER TABLE asns            DROP COLUMN recorded_at;
ALTER TABLE confirmations   DROP COLUMN recorded_at;
ALTER TABLE orders          DROP COLUMN recorded_at;
ALTER TABLE recommendations DROP COLUMN recorded_at;
ALTER TABLE evaluations     DROP COLUMN recorded_at;
