package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"throughline/models"
)

// resolve tells what a query means, the most exact reading first.
func (c *Chains) resolve(ctx context.Context, query string) (thread, error) {
	query = strings.TrimSpace(query)
	db := c.db.Gorm.WithContext(ctx)
	readings := []func() (thread, bool, error){
		func() (thread, bool, error) { return byPlace(db, query) },
		func() (thread, bool, error) {
			return byRecommendation(db, strings.TrimPrefix(query, models.OrderReference("")))
		},
		func() (thread, bool, error) { return byOrder(db, query) },
		func() (thread, bool, error) { return byItem(db, query) },
		func() (thread, bool, error) { return c.byEvent(ctx, query) },
	}
	for _, read := range readings {
		t, ok, err := read()
		if err != nil || ok {
			return t, err
		}
	}
	switch gone, err := c.Gone(ctx, query); {
	case err != nil:
		return thread{}, err
	case gone != "":
		return thread{}, models.Errorf(models.CodeNotFound, "%s", gone)
	}
	return thread{}, models.Errorf(models.CodeNotFound, "Nothing here is called %q.", query)
}

// byPlace reads item@dc, or item/dc, and item@dc#revision.
func byPlace(db *gorm.DB, query string) (thread, bool, error) {
	place, number, hasRevision := strings.Cut(query, "#")
	item, dc, ok := strings.Cut(place, "@")
	if !ok {
		item, dc, ok = strings.Cut(place, "/") // as many systems write it
	}
	if !ok {
		return thread{}, false, nil
	}
	t := thread{Item: item, DC: dc}
	if !hasRevision {
		t, found, err := newestAt(db, item, dc, nil)
		return t, found, err
	}
	revision, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return t, false, nil //nolint:nilerr // no revision has a number like this
	}
	t.Revision, t.focus = &revision, models.RevisionNode(revision)
	known, err := exists(db, `SELECT 1 FROM forecast_revisions WHERE item = @item AND dc = @dc AND revision = @revision`,
		binds{"item": item, "dc": dc, "revision": revision})
	return t, known, err
}

// newestAt is the thread of the newest recommendation or forecast revision of
// an item at a DC; without either, the thread of its bare position.
func newestAt(db *gorm.DB, item, dc string, at known) (thread, bool, error) {
	t := thread{Item: item, DC: dc}
	var newest struct {
		Recommendation *string
		Revision       *int64
		Known          bool
	}
	err := db.Raw(`
		SELECT (SELECT recommendation FROM recommendations WHERE item = @item AND dc = @dc AND recorded_at <= CAST(@at AS timestamptz)
				ORDER BY computed_at DESC LIMIT 1) AS recommendation,
			(SELECT max(revision) FROM forecast_revisions
				WHERE item = @item AND dc = @dc AND applied_at <= CAST(@at AS timestamptz)) AS revision,
			EXISTS (SELECT 1 FROM positions WHERE item = @item AND dc = @dc) AS known`,
		binds{"item": item, "dc": dc, "at": knownText(at)}).Scan(&newest).Error
	if err != nil {
		return t, false, fmt.Errorf("look for the newest of %s at %s: %w", item, dc, err)
	}
	if newest.Recommendation != nil {
		t.Recommendation = *newest.Recommendation
	} else {
		t.Revision = newest.Revision
	}
	return t, newest.Known || newest.Recommendation != nil || newest.Revision != nil, nil
}

func byRecommendation(db *gorm.DB, id string) (thread, bool, error) {
	var place struct{ Item, DC string }
	found := db.Raw(`SELECT item, dc FROM recommendations WHERE recommendation = @id`, binds{"id": id}).Scan(&place)
	t := thread{Item: place.Item, DC: place.DC, Recommendation: id, focus: models.RecommendationNode(id)}
	return t, found.RowsAffected > 0, found.Error
}

func byOrder(db *gorm.DB, number string) (thread, bool, error) {
	var row struct {
		Item, DC, Reference, Recommendation string
		Line                                int
	}
	found := db.Raw(`
		SELECT l.item, o.dc, o.reference, l.line, coalesce(r.recommendation, '') AS recommendation
		FROM orders o JOIN order_lines l USING (number)
		LEFT JOIN recommendations r ON o.reference = 'TL-' || r.recommendation
		WHERE o.number = @number ORDER BY l.line LIMIT 1`, binds{"number": number}).Scan(&row)
	t := thread{
		Item: row.Item, DC: row.DC, Order: number, Recommendation: row.Recommendation, focus: models.OrderNode(number, row.Line),
	}
	return t, found.RowsAffected > 0, found.Error
}

// itemPlace is a DC that holds an item, and when something happened there last.
type itemPlace struct {
	DC string
	At *time.Time
}

func placesOf(db *gorm.DB, item string) ([]itemPlace, error) {
	var places []itemPlace
	err := db.Raw(`
		SELECT p.dc, greatest(
			(SELECT max(computed_at) FROM recommendations r WHERE r.item = p.item AND r.dc = p.dc),
			(SELECT max(published_at) FROM forecast_revisions f WHERE f.item = p.item AND f.dc = p.dc), p.as_of) AS at
		FROM positions p WHERE p.item = @item ORDER BY at DESC NULLS LAST, p.dc`, binds{"item": item}).Scan(&places).Error
	if err != nil {
		return nil, fmt.Errorf("read where %s is held: %w", item, err)
	}
	return places, nil
}

// byItem takes the DC where most recently something happened.
func byItem(db *gorm.DB, item string) (thread, bool, error) {
	places, err := placesOf(db, item)
	if err != nil || len(places) == 0 {
		return thread{}, false, err
	}
	return newestAt(db, item, places[0].DC, nil)
}

// otherDCs are the other places where a thread's item has a chain, the one where
// most recently something happened first.
func otherDCs(db *gorm.DB, t thread) ([]models.ChainChoice, error) {
	places, err := placesOf(db, t.Item)
	var others []models.ChainChoice
	for _, p := range places {
		if p.DC == t.DC {
			continue
		}
		choice := models.ChainChoice{Query: t.Item + "@" + p.DC, Label: p.DC}
		if p.At != nil {
			choice.At = *p.At
		}
		others = append(others, choice)
	}
	return others, err
}

// byEvent finds the thread of an event by its id, whichever source sent it.
func (c *Chains) byEvent(ctx context.Context, id string) (thread, bool, error) {
	events, err := c.eventsCalled(ctx, id)
	if err != nil {
		return thread{}, false, err
	}
	for _, e := range events {
		t, found, err := c.ofEvent(ctx, e)
		if t.focus == "" {
			t.event = e.Seq
		}
		if err != nil || found {
			return t, found, err
		}
	}
	return thread{}, false, nil
}

// ofEvent is the thread that an event belongs to.
func (c *Chains) ofEvent(ctx context.Context, e models.Event) (thread, bool, error) {
	var fact struct {
		Recommendation, Order, Run, Item, DC string
		Revision                             int64
	}
	if err := json.Unmarshal([]byte(e.Data), &fact); err != nil {
		return thread{}, false, nil //nolint:nilerr // what cannot be read belongs to no thread, and its own page says so
	}
	db := c.db.Gorm.WithContext(ctx)
	switch {
	case fact.Recommendation != "":
		return byRecommendation(db, fact.Recommendation)
	case fact.Order != "" && e.Type != models.TypeSalesOrder && e.Type != models.TypeAllocation:
		return byOrder(db, fact.Order)
	case e.Type == models.TypeForecastRevision:
		return byPlace(db, fmt.Sprintf("%s@%s#%d", fact.Item, fact.DC, fact.Revision))
	case e.Item != "" && e.DC != "":
		return newestAt(db, e.Item, e.DC, nil)
	case e.Item != "":
		return byItem(db, e.Item)
	default:
		return thread{}, false, nil
	}
}

func exists(db *gorm.DB, sql string, args binds) (bool, error) {
	var found bool
	if err := db.Raw(`SELECT EXISTS (`+sql+`)`, args).Scan(&found).Error; err != nil {
		return false, fmt.Errorf("look something up: %w", err)
	}
	return found, nil
}
