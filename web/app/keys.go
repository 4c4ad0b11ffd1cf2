package app

import (
	"context"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/ingest"
)

// AddKey makes an API key for a source system and returns its secret. interval
// is how long the source may be quiet between two useful rows; 0 leaves that as it is.
func AddKey(ctx context.Context, db *store.DB, key models.APIKey, interval time.Duration) (string, error) {
	secret, err := ingest.IssueKey(ctx, store.NewAPIKeys(db), key)
	if err != nil || interval == 0 {
		return secret, err
	}
	return secret, store.NewSources(db).Expect(ctx, key.Source, interval)
}

// demoKey is the API key of a demo system: the one that is kept, where the
// database still knows it, else a new one.
func demoKey(ctx context.Context, db *store.DB, source, kept string, interval time.Duration) (string, error) {
	if kept != "" {
		known := ingest.NewAuthenticator(store.NewAPIKeys(db), 0, time.Now)
		_, err := known.Authenticate(ctx, "Bearer "+kept)
		if err == nil {
			return kept, store.NewSources(db).Expect(ctx, source, interval)
		}
		if models.CodeOf(err) != models.CodeUnauthenticated {
			return "", err
		}
	}
	return AddKey(ctx, db, models.APIKey{Source: source}, interval)
}
