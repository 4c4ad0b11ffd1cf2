-- +goose Up

-- The columns of a list that an account does not want to see. A list is named by
-- the path of its page.
CREATE TABLE hidden_columns (
    account text NOT NULL REFERENCES users,
    list    text NOT NULL CHECK (list LIKE '/%'),
    columns text NOT NULL CHECK (columns ~ '^[a-z_]+(,[a-z_]+)*$'),
    PRIMARY KEY (account, list)
);

-- +goose Down
DROP TABLE hidden_columns;
