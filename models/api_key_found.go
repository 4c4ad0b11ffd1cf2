package models

import "context"

type foundKey struct{}

// WithFoundKey gives a context in which an Authenticator leaves in key the API key
// that it finds, also one that is no longer honoured.
func WithFoundKey(ctx context.Context, key *APIKey) context.Context {
	return context.WithValue(ctx, foundKey{}, key)
}

// KeepFoundKey leaves key where WithFoundKey said, if it did.
func KeepFoundKey(ctx context.Context, key APIKey) {
	if found, ok := ctx.Value(foundKey{}).(*APIKey); ok {
		*found = key
	}
}
