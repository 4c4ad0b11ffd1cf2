package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"throughline/models"
)

// Gone says what retention took where a query names a forecast revision that is not
// here, has later ones and can have come before what is kept; empty for any other.
func (c *Chains) Gone(ctx context.Context, query string) (string, error) {
	place, number, isRevision := strings.Cut(strings.TrimSpace(query), "#")
	revision, err := strconv.ParseInt(number, 10, 64)
	if !isRevision || err != nil || revision < 1 {
		return "", nil //nolint:nilerr // no revision has a number like this
	}
	item, dc, ok := strings.Cut(place, "@")
	if !ok {
		item, dc, _ = strings.Cut(place, "/")
	}
	since, err := keptSince(ctx, c.db, models.KeptForecasts)
	if err != nil || since.IsZero() {
		return "", err
	}
	gone, err := exists(c.db.Gorm.WithContext(ctx), `
		SELECT 1 FROM forecast_revisions n WHERE n.item = @item AND n.dc = @dc AND n.revision > @revision
			AND NOT EXISTS (SELECT FROM forecast_revisions r WHERE r.item = @item AND r.dc = @dc
				AND (r.revision = @revision OR r.revision < @revision AND r.applied_at >= @since))`,
		binds{"item": item, "dc": dc, "revision": revision, "since": since})
	if err != nil || !gone {
		return "", err
	}
	return fmt.Sprintf("Forecast revision %d of %s at %s is not kept any more. Retention took what came before %s, except the newest of each item at a DC and what decisions rest on.",
		revision, item, dc, since.UTC().Format("2 Jan 2006 15:04 UTC")), nil
}
