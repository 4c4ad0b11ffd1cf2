-- +goose Up

-- A list as an account likes to see it: the query of its address, under a name.
-- role is whose accounts see it besides its owner.
CREATE TABLE saved_views (
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    list  text   NOT NULL CHECK (list LIKE '/%'),
    name  text   NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    query text   NOT NULL CHECK (char_length(query) <= 2000),
    owner text   NOT NULL REFERENCES users,
    role  text   NOT NULL DEFAULT '' CHECK (role IN ('', 'planner', 'procurement', 'it', 'executive', 'admin')),
    UNIQUE (owner, list, name)
);
CREATE INDEX saved_views_by_list ON saved_views (list);

-- +goose Down
DROP TABLE saved_views;
