package store

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"throughline/models"
)

const (
	queuePage    = 50
	queuePageMax = 200
)

// untilConsequence sorts what has none last.
const untilConsequence = "coalesce(consequence_at, " + noTime + ")"

// queueOrders are the orders that queues have of their own.
var queueOrders = map[models.ExceptionSort]keyset{
	models.SortPriority: {name: "priority", parts: []sortBy{{"priority", sortText}, {untilConsequence, sortTime}, {"id", sortNumber}}},
	models.SortMoney:    {name: "money", parts: []sortBy{{"-value_at_risk", sortNumber}, {untilConsequence, sortTime}, {"id", sortNumber}}},
	models.SortNewest:   {name: "newest", parts: []sortBy{{"-id", sortNumber}}},
}

// queueColumns are what a reader may sort a queue by instead.
var queueColumns = map[string]sortBy{
	"priority": {"priority", sortText}, "title": {"title", sortText}, "code": {"code", sortText}, "stage": {"stage", sortText},
	"supplier": {"supplier", sortText}, "item": {"item", sortText}, "dc": {"dc", sortText}, "order": {"document", sortText},
	"count": {"occurrences", sortNumber}, "first": {"opened_at", sortTime}, "checked": {"last_seen_at", sortTime}, "state": {stateNow, sortText},
	"risk": {"value_at_risk", sortNumber}, "left": {untilConsequence, sortTime}, "owner": {"owner", sortText},
	"clock": {"CASE WHEN acknowledged_at IS NULL THEN ack_due_at ELSE resolve_due_at END", sortTime},
}

// queueRow is an exception with its place in the order of the queue.
type queueRow struct {
	models.Exception
	Place string
}

// Queue reads one page of the exceptions that match a filter.
func (s *Exceptions) Queue(ctx context.Context, f models.ExceptionFilter) (models.ExceptionPage, error) {
	own, known := queueOrders[f.Sort]
	if !known {
		own = queueOrders[models.SortPriority]
	}
	order := sorted(f.By, queueColumns, own)
	limit := f.Limit
	if limit <= 0 {
		limit = queuePage
	}
	limit = min(limit, queuePageMax)
	after, place, err := order.after(f.After)
	if err != nil {
		return models.ExceptionPage{}, err
	}
	var rows []queueRow
	q := filterExceptions(s.db.Gorm.WithContext(ctx).Table("exceptions"), f).Select("*, " + order.place() + " AS place")
	if f.After != "" {
		q = q.Where(after, place)
	}
	if err := q.Order(order.orderBy()).Limit(limit + 1).Find(&rows).Error; err != nil {
		return models.ExceptionPage{}, fmt.Errorf("read the queue of exceptions: %w", err)
	}
	var page models.ExceptionPage
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = rows[limit-1].Place
	}
	page.Rows = column(rows, func(r *queueRow) models.Exception { return r.Exception })
	return page, nil
}

// Matching counts the exceptions that match a filter, whatever its page.
func (s *Exceptions) Matching(ctx context.Context, f models.ExceptionFilter) (int64, error) {
	var n int64
	if err := filterExceptions(s.db.Gorm.WithContext(ctx).Table("exceptions"), f).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count the matching exceptions: %w", err)
	}
	return n, nil
}

// Views counts the exceptions that match a filter in each view of their queue;
// what the filter says of the part, states, owners and the shelf is the views' to say.
func (s *Exceptions) Views(ctx context.Context, f models.ExceptionFilter, owner string) (models.ExceptionViews, error) {
	var views models.ExceptionViews
	f.Part, f.Concerns, f.Unowned, f.Escalated = models.PartAll, "", false, false
	stands := "(state <> 'resolved' AND " + isShelved + " IS NOT TRUE)"
	if f.State != "" {
		stands = "TRUE"
	}
	err := narrowExceptions(s.db.Gorm.WithContext(ctx).Table("exceptions"), f).Where("state <> 'resolved' OR ?", f.State != "").Select(`
		count(*) FILTER (WHERE `+stands+`) AS open, count(*) FILTER (WHERE `+stands+` AND `+owningTeam+` = ?) AS ours, count(*) FILTER (WHERE `+stands+` AND state IN ?) AS unowned,
		count(*) FILTER (WHERE `+stands+` AND (owner = ? OR `+callsAccount+`)) AS mine, count(*) FILTER (WHERE `+stands+` AND escalation > 0) AS escalated,
		count(*) FILTER (WHERE state <> 'resolved' AND `+isShelved+`) AS shelved, count(DISTINCT (code, source)) FILTER (WHERE `+stands+`) AS causes`,
		f.Team, models.UnownedStates(), owner, owner, owner).Scan(&views).Error
	if err != nil {
		return views, fmt.Errorf("count the views of the queue: %w", err)
	}
	return views, nil
}

// Kinds are those of the exceptions that match a filter, in no order; which kinds
// the filter asks for does not count.
func (s *Exceptions) Kinds(ctx context.Context, f models.ExceptionFilter) ([]models.ExceptionCode, error) {
	var codes []models.ExceptionCode
	f.Codes = nil
	if err := filterExceptions(s.db.Gorm.WithContext(ctx).Table("exceptions"), f).Distinct().Pluck("code", &codes).Error; err != nil {
		return nil, fmt.Errorf("read the kinds in the queue: %w", err)
	}
	return codes, nil
}

// owningTeam is the one that has to see to an exception: whoever it was handed
// to, else the team of its kind.
const owningTeam = "coalesce(nullif(routed_team, ''), team)"

// isShelved ends by itself, and whatever becomes most urgent comes back at once.
const isShelved = "(shelved_until > now() AND priority <> 'P1')"

// stateNow is where an exception stands, as models.Exception.StateAt says it.
const stateNow = "(CASE WHEN state <> 'resolved' AND " + isShelved + " THEN 'suppressed' ELSE state END)"

func filterExceptions(q *gorm.DB, f models.ExceptionFilter) *gorm.DB {
	asked := f.State != "" || len(f.States) > 0
	if len(f.States) > 0 {
		q = q.Where("state IN ?", f.States)
	}
	if !asked || f.Shelved {
		q = q.Where("state <> ?", models.ExceptionResolved)
	}
	switch {
	case f.Shelved:
		q = q.Where(isShelved)
	case !asked:
		q = q.Where(isShelved + " IS NOT TRUE")
	}
	if f.Folded {
		f.Folded = false
		given := filterExceptions(q.Session(&gorm.Session{NewDB: true}).Table("exceptions").Select("id"), f)
		q = q.Where("(cause_id IS NULL OR cause_id NOT IN (?))", given)
	}
	return narrowExceptions(q, f)
}

// narrowExceptions is a filter without its states and the shelf.
func narrowExceptions(q *gorm.DB, f models.ExceptionFilter) *gorm.DB {
	if f.Team != "" {
		q = q.Where("(team = ? OR also_team = ? OR routed_team = ?)", f.Team, f.Team, f.Team)
	}
	switch f.Part {
	case models.PartOurs:
		q = q.Where(owningTeam+" = ?", f.Team)
	case models.PartAlso:
		q = q.Where(owningTeam+" <> ?", f.Team)
	case models.PartAll:
	}
	if len(f.Priorities) > 0 {
		q = q.Where("priority IN ?", f.Priorities)
	}
	if len(f.Codes) > 0 {
		q = q.Where("code IN ?", f.Codes)
	}
	for column, value := range map[string]string{
		"stage": string(f.Stage), "dc": f.DC, "item": f.Item, "supplier": f.Supplier, "source": f.Source,
	} {
		if value != "" {
			q = q.Where(column+" = ?", value)
		}
	}
	if f.State != "" {
		q = q.Where(stateNow+" = ?", f.State)
	}
	if f.Concerns != "" {
		q = q.Where("(owner = ? OR "+callsAccount+")", f.Concerns, f.Concerns, f.Concerns)
	}
	if f.Unowned {
		q = q.Where("state IN ?", models.UnownedStates())
	}
	if f.Escalated {
		q = q.Where("escalation > 0")
	}
	if !f.Since.IsZero() {
		q = q.Where("opened_at > ?", f.Since)
	}
	if f.Cause != 0 {
		q = q.Where("cause_id = ?", f.Cause)
	}
	if f.NoSource {
		q = q.Where("source = ''")
	}
	if f.Text != "" {
		q = q.Where("concat_ws(' ', code, title, happened, item, dc, supplier, source, document, recommendation) ILIKE ?", containing(f.Text))
	}
	return q
}

// containing is a LIKE pattern for text as it stands.
func containing(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}
