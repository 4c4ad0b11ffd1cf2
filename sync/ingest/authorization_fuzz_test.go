package ingest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"throughline/models"
	"throughline/sync/ingest"
)

// asked counts how often a header led to the keys, none of which it knows.
type asked struct {
	ingest.Keys
	times int
}

func (a *asked) ByHash(context.Context, []byte) (models.APIKey, error) {
	a.times++
	return models.APIKey{}, models.Errorf(models.CodeUnauthenticated, "No such key.")
}

// sayings is what the answers say to everybody.
const sayings = "This is no API key of Throughline, or a part of one: a key is tlk_ and more characters, as `throughline key add` printed it once. " +
	"An API key is needed, as the header Authorization: Bearer tlk_… `throughline key add --source NAME` makes one. No such key."

// FuzzAuthorization sends any header: it is nobody's, the answer never repeats
// it, and only what has the form of a key reaches the database.
func FuzzAuthorization(f *testing.F) {
	const wellFormed = "tlk_0123456789abcdefghijklmnopqrstuvwxyz0123456"
	for _, header := range []string{"", "Bearer", "Bearer ", "bearer " + wellFormed, "Bearer " + wellFormed + " ", "Basic dXNlcjpwYXNz", "Bearer tlk_", "Bearer\ttlk_x"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		keys := &asked{}
		_, err := ingest.NewAuthenticator(keys, time.Minute, time.Now).Authenticate(t.Context(), header)
		if models.CodeOf(err) != models.CodeUnauthenticated {
			t.Fatalf("%q gives %v", header, err)
		}
		_, secret, _ := strings.Cut(header, " ")
		if len(secret) >= 12 && !strings.Contains(sayings, secret) && strings.Contains(err.Error(), secret) {
			t.Errorf("the answer repeats the secret: %v", err)
		}
		if keys.times > 0 && !strings.HasPrefix(secret, "tlk_") {
			t.Errorf("%q was looked up", header)
		}
	})
}
