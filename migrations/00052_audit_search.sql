-- +goose Up

-- The trail is read newest first, narrowed by who did it or by what was done.
CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_actor ON audit (actor, at, id);
CREATE INDEX audit_by_action ON audit (action, at, id);

-- audit reads what people and the command line did, and nothing else.
ALTER TABLE api_keys DROP CONSTRAINT api_keys_scopes_check;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_scopes_check CHECK (scopes <@ '{send,read,audit}' AND cardinality(scopes) > 0);

-- +goose Down
DELETE FROM api_keys WHERE scopes <@ '{audit}';
UPDATE api_keys SET scopes = array_remove(scopes, 'audit');
ALTER TABLE api_keys DROP CONSTRAINT api_keys_scopes_check;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_scopes_check CHECK (scopes <@ '{send,read}' AND cardinality(scopes) > 0);
DROP INDEX audit_by_time, audit_by_actor, audit_by_action;
