package app

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/ingest"
)

// AddKey makes an API key for a source system and returns its secret. interval
// is how long the source may be quiet between two useful rows; 0 leaves that as it is.
func AddKey(ctx context.Context, db *store.DB, key models.APIKey, interval time.Duration) (string, error) {
	key.Interval = interval
	return ingest.IssueKey(ctx, store.NewAPIKeys(db), key, commandLine)
}

// expectedWithin is how long a source that nothing is declared of may be quiet between
// two useful rows: whoever exchanges at all does so once a day.
const expectedWithin = 24 * time.Hour

// AddWatchedKey is AddKey for a source that somebody connects: of a new one that sends
// something is always expected, so that its silence is told, unless noInterval says why not.
func AddWatchedKey(ctx context.Context, db *store.DB, key models.APIKey, interval time.Duration, noInterval string) (string, error) {
	key.Reason = strings.TrimSpace(noInterval)
	if key.Reason != "" && interval != 0 {
		return "", models.Errorf(models.CodeInvalid, "Give --interval or --no-interval, not both.")
	}
	if key.May(models.ScopeSend) && interval == 0 && key.Reason == "" {
		known, err := store.NewSources(db).Known(ctx, key.Source)
		if err != nil {
			return "", err
		}
		if !known {
			interval = expectedWithin
		}
	}
	return AddKey(ctx, db, key, interval)
}

// LimitKey sets the rate limit of a key, or takes it away.
func LimitKey(ctx context.Context, db *store.DB, prefix string, to models.RateLimit, reason string) error {
	if err := to.Validate(); err != nil {
		return err
	}
	return store.NewAPIKeys(db).SetLimit(ctx, prefix, to, commandLine, reason)
}

// RevokeKey ends a key. Towers that know it may honour it for another ten seconds.
func RevokeKey(ctx context.Context, db *store.DB, prefix, reason string) error {
	return store.NewAPIKeys(db).Revoke(ctx, prefix, commandLine, reason)
}

const keyTime = "2006-01-02 15:04 UTC"

// PrintKeys lists the keys that were not revoked.
func PrintKeys(ctx context.Context, db *store.DB, out io.Writer) error {
	keys, err := store.NewAPIKeys(db).List(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "KEY\tSOURCE\tSCOPES\tEVENTS/S\tBURST\tALL KEYS\tSINCE\tEXPIRES") // Flush tells what could not be written
	for _, k := range keys {
		rate, burst := "no limit", ""
		if k.Limit.Limited() {
			rate, burst = fmt.Sprintf("%g", k.Limit.Rate), strconv.Itoa(k.Limit.Burst)
		}
		shared := "no quota"
		if k.Quota.Limited() {
			shared = fmt.Sprintf("%g/s, %d at once", k.Quota.Rate, k.Quota.Burst)
		}
		scopes := make([]string, len(k.Scopes))
		for i, s := range k.Scopes {
			scopes[i] = string(s)
		}
		expires := "never"
		if k.ExpiresAt != nil {
			expires = k.ExpiresAt.UTC().Format(keyTime)
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.Prefix, k.Source, strings.Join(scopes, ","), rate, burst, shared,
			k.CreatedAt.UTC().Format(keyTime), expires)
	}
	return table.Flush()
}

// quotas tells what the keys of each limited source may bring to this process.
type quotas struct {
	keys   *store.APIKeys
	limits *ingest.Limits
}

// Quotas is what each limited source may bring now: its quota, or else the limits
// of its keys together, where each key has one.
func (q quotas) Quotas(ctx context.Context) (map[string]models.Quota, error) {
	keys, err := q.keys.List(ctx)
	if err != nil {
		return nil, err
	}
	found, free := map[string]models.Quota{}, map[string]bool{}
	for _, key := range keys {
		if key.Expired(time.Now()) {
			continue
		}
		if key.Quota.Limited() {
			found[key.Source] = *q.limits.Quota(models.APIKey{Source: key.Source, Quota: key.Quota})
			continue
		}
		quota := q.limits.Quota(key)
		if quota == nil {
			free[key.Source] = true
			continue
		}
		sum := found[key.Source]
		sum.Remaining, sum.Limit.Burst = sum.Remaining+quota.Remaining, sum.Limit.Burst+quota.Limit.Burst
		found[key.Source] = sum
	}
	for source := range free {
		delete(found, source)
	}
	return found, nil
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
